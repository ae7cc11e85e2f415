/**
 * Which variables a function uses that are not its own, told from its text alone: by the engine, which knows best.
 *
 * The text is compiled again, inside a function that has nothing but the variables in question. The engine keeps those that the inner function
 * uses, and only those, where its inspector shows them. So what is a parameter, a property or a word in a string is not mistaken for a variable.
 */
import { inspected } from "./inspect.js";

/** What a text uses. */
export interface Uses {
  /** Of the variables in question those that it uses. */
  readonly names: readonly string[];
  /** Whether `this` in it is that of what is around it. */
  readonly isBoundToThis: boolean;
}

// `arguments` and `this` are there anyway; the others no strict function can have.
const UNDECLARABLE =
  /^(arguments|await|eval|implements|interface|let|package|private|protected|public|static|this|yield)$/;

const cache = new Map<string, Uses | Error>();

/**
 * What the text of a function uses.
 *
 * @param among the variables in question
 * @throws SyntaxError if the text is no function by itself: that of a method, or one with `super`
 */
export function usesOf(text: string, among: readonly string[]): Uses {
  const key = `${among.join()}\n${text}`;
  let uses = cache.get(key);
  if (uses === undefined) {
    try {
      uses = {
        names: compiledIn(among, text) ?? [],
        // An arrow function has the `arguments` of what is around it exactly where it has its `this`; and these the inspector shows.
        isBoundToThis: isBoundToThis(text),
      };
    } catch (error) {
      uses = error as Error;
    }
    cache.set(key, uses);
  }
  if (uses instanceof Error) throw uses;
  return uses;
}

function isBoundToThis(text: string): boolean {
  if (!/\bthis\b/.test(text)) return false;
  try {
    return compiledIn([], text.replaceAll(/\bthis\b/g, "arguments"))?.includes("arguments") === true;
  } catch {
    // Where the one cannot stand for the other, as in a class, it is not known; the call will tell.
    return false;
  }
}

/** The names that the inspector shows around the text, once it was compiled among these variables. */
function compiledIn(among: readonly string[], text: string): string[] | null {
  const variables = among.filter((name) => !UNDECLARABLE.test(name));
  const declared = variables.length === 0 ? "" : `let ${variables.join(", ")};`;
  // Evaluating here what the program wrote defines a function and runs nothing of it.
  // oxlint-disable-next-line typescript/no-implied-eval
  const around = new Function(`"use strict"; ${declared} return (${text}\n);`) as () => Function;
  const fn = around();
  return inspected(fn, (known) => known.scopes(fn).flatMap(({ kind, names }) => (kind === "local" ? names : [])));
}
