/**
 * `task`: says of which module a function is, where that cannot be found out.
 */
import { quote } from "../../base/errors.js";
import { say } from "./refer.js";
import { notAFunction } from "./refusals.js";

/**
 * Says which module exports `fn`, so that other threads find it, and answers `fn` itself.
 *
 * Node finds that out by itself; Bun and Deno do not tell, so it is needed there, and works everywhere. Say it once, where the function is
 * defined, or where it is given to a thread, in the module that exports it.
 *
 * @param module `import.meta` of the module that exports the function, or the URL of it
 * @param fn the function
 * @param exported the name of the export; needed only where several exports of the module look alike, as what one function made
 * @returns `fn`
 * @throws TypeError if `module` has no URL, or `fn` is no function
 *
 * @example
 * ```ts no-run
 * import { task } from "heddle/thread";
 *
 * export const fib = task(import.meta, (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2)));
 * ```
 */
export function task<F extends (...args: any[]) => unknown>(module: ImportMeta | string, fn: F, exported?: string): F {
  const url = typeof module === "string" ? module : (module as { url?: unknown } | null | undefined)?.url;
  if (typeof url !== "string" || !/^[a-z][a-z\d+.-]+:/i.test(url))
    throw new TypeError(
      `Cannot name a task as 'module' must be import.meta or a URL: received ${quote(module)}\nhelp: write task(import.meta, fn)`,
    );
  if (typeof fn !== "function") throw notAFunction(fn);
  say(fn, url, exported ?? null);
  return fn;
}
