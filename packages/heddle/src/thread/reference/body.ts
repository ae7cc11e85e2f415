/**
 * What tells one function from another on two threads: its text.
 *
 * The same module is loaded from the same URL by the same loaders on each thread, so the text of a function is the same there, to the letter.
 */
import { type Definition, DEFINITION } from "../../future/frame.js";

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

// Test runners and coverage tools that load modules by themselves, in the main thread only, leave these in the text.
const REWRITTEN = /__vite_ssr_|__vi_import|\bcov_[0-9a-z]+\(\)/;

/**
 * A fingerprint of a function's text; null where the text will be another one on the other thread.
 *
 * It is FNV-1a over UTF-16 units, 32 bits, with the length behind. It tells mistakes, not forgeries.
 */
export function printOf(fn: Function): string | null {
  const text = textOf(bodyOf(fn));
  if (REWRITTEN.test(text)) return null;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return `${(hash >>> 0).toString(36)}.${text.length.toString(36)}`;
}
