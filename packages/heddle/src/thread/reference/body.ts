/**
 * What tells one function from another on two threads: its text.
 *
 * The same module is loaded from the same URL by the same loaders on each thread, so the text of a function is the same there, to the letter.
 */
import { type Definition, DEFINITION } from "../../future/definition.js";

/** What is known of an async function of heddle; undefined for any other. */
export function definitionOf(fn: Function): Definition | undefined {
  return (fn as { [DEFINITION]?: Definition })[DEFINITION];
}

/** The function that the program wrote: of an async function of heddle, whose own code is heddle's, the generator function it was made of. */
export function bodyOf(fn: Function): Function {
  return definitionOf(fn)?.fn ?? fn;
}

/** The text of a function as the engine runs it. Not as `fn.toString()`, which a program may replace. */
export function textOf(fn: Function): string {
  return Function.prototype.toString.call(fn);
}

// Coverage tools that count in the text do so in the main thread only.
const COUNTED = /\bcov_[0-9a-z]+\(\)/;

/** What test runners that load modules by themselves make of imported names. */
const RENAMED = /\(0,\s*__vi\w+\.([\w$]+)\)|__vi\w+\./g;

/** Whether whatever runs the program has changed the names in a text. */
export function isRewritten(text: string): boolean {
  return COUNTED.test(text) || text.search(RENAMED) >= 0;
}

/**
 * A fingerprint of a function's text; null where it would be another one on the other thread.
 *
 * It is FNV-1a over UTF-16 units, 32 bits, with the length behind. It tells mistakes, not forgeries.
 *
 * @param isLoose of that only which is the same however the text is laid out: its words and operators
 */
export function printOf(fn: Function, isLoose: boolean): string | null {
  const whole = textOf(bodyOf(fn));
  if (COUNTED.test(whole)) return null;
  const text = isLoose ? whole.replaceAll(RENAMED, "$1").replaceAll(/[\s;,()'"`]+/g, "") : whole;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return `${(hash >>> 0).toString(36)}.${text.length.toString(36)}`;
}
