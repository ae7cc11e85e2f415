/**
 * What a function uses of its surroundings, and whether its module may export it: as far as it can be told without a parser, for messages and
 * for refusing early. Where this file is in doubt it says that it may be, and the other thread, which has the exports, decides.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Scope } from "./inspect.js";

const NAME = /(?<![\p{ID_Continue}$.])[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/** The variables of the functions and blocks around it that the text names. */
export function capturedIn(text: string, scopes: readonly Scope[]): string[] {
  const around = new Set(scopes.filter(({ kind }) => kind === "local").flatMap(({ names }) => names));
  return [...new Set(text.match(NAME))].filter((name) => around.has(name));
}

/**
 * Whether an ES module may export a function.
 *
 * @param variable the variable of the module that holds it, null if none does
 * @param name what the function is called
 */
export function mayExport(url: string, variable: string | null, name: string): boolean {
  const source = sourceOf(url);
  if (source === null) return true;
  // What is exported as the value of an expression is in no variable.
  if (variable === null) return /\bexport\s+default\b|\bas\s+default\b/.test(source);
  const names = new Set([variable, name].filter((each) => each !== ""));
  return [...names].some((each) => mentions(source, each));
}

/** Whether `name` stands where an export may name it: behind `export` and before the first `=`, `(` or `;`, or behind a comma. */
function mentions(source: string, name: string): boolean {
  const word = `(?<![\\p{ID_Continue}$])${name.replaceAll("$", "\\$")}(?![\\p{ID_Continue}$])`;
  return new RegExp(`\\bexport\\b[^;=(]*${word}|,\\s*${word}`, "u").test(source);
}

/** By the URL of a module: what it exports by the very declaration of a function. */
const declarations = new Map<string, ReadonlySet<string>>();

const DECLARATION =
  /^export\s+(?:(?:default\s+)?(?:async\s+)?function\s*\*?\s*(?<declared>[\p{ID_Start}$_][\p{ID_Continue}$]*)|(?:const|let|var)\s+(?<held>[\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=\s*(?:async\s*\(\s*function\b|(?:async\s+)?(?:function\b|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>|\([^()]*\)[^=;]*=>)))/gmu;

/** Whether a module exports a function of this name by the very declaration of it, so that there is one only. */
export function declaresExport(url: string, name: string): boolean {
  let names = declarations.get(url);
  if (names === undefined) {
    const found = (sourceOf(url) ?? "").matchAll(DECLARATION);
    names = new Set([...found].map(({ groups }) => groups!["declared"] ?? groups!["held"]!));
    declarations.set(url, names);
  }
  return names.has(name);
}

function sourceOf(url: string): string | null {
  try {
    return readFileSync(fileURLToPath(url), "utf8");
  } catch {
    // It is no file, or cannot be read (any more).
    return null;
  }
}
