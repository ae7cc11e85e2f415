/**
 * `move`: a function that is no export, sent with the variables that it uses.
 */
import { quote } from "../../base/errors.js";
import { notAFunction } from "./refusals.js";

/** What `move` was given. */
export interface Moved {
  readonly captures: object;
  readonly fn: (captures: any, ...args: any[]) => unknown;
}

const moved = new WeakMap<Function, Moved>();

/**
 * Makes of an inline function one that other threads can be given: `captures` are sent with each call, as a first argument, like the others.
 *
 * Everything else that `fn` uses must be its own, global, or of its module: imports, constants and functions at the top level of the file, exported or
 * not, are there on the other thread too, as its own. A variable of a function around it that is not listed is refused, at the call that was to
 * send it, by its name. Called on this thread, it is called here.
 *
 * The text of `fn` is evaluated inside its module on the other thread, which needs Node; the plugin of the bundlers makes an export of it, which
 * works on every host.
 *
 * @param captures the variables it uses, as `{ a, b }`. They are copied when it is called, not when it is made
 * @param fn the function, also an async one of heddle; its first parameter is `captures`
 * @returns a function of the other parameters
 * @throws TypeError if `captures` is no object, or `fn` no function
 *
 * @example
 * ```ts
 * import { move } from "heddle/thread";
 *
 * const factor = 3;
 * const multiply = move({ factor }, ({ factor }, n: number) => n * factor);
 * console.log(multiply(14));
 * // prints: 42
 * ```
 */
export function move<C extends object, A extends any[], R>(
  captures: C,
  fn: (captures: C, ...args: A) => R,
): (...args: A) => R {
  if (typeof captures !== "object" || captures === null)
    throw new TypeError(
      `Cannot move a function as 'captures' must be an object of what it uses: received ${quote(captures)}\nhelp: write move({ a, b }, ({ a, b }, …) => …)`,
    );
  if (typeof fn !== "function") throw notAFunction(fn);
  const here = (...args: A): R => fn(captures, ...args);
  Object.defineProperty(here, "name", { value: fn.name, configurable: true });
  moved.set(here, { captures, fn });
  return here;
}

/** What `move` was given to make `fn`; undefined if `move` did not make it. */
export function movedOf(fn: Function): Moved | undefined {
  return moved.get(fn);
}

/** The values that travel with each call of `fn`, before its arguments; null if there are none. */
export function captured(fn: Function): object | null {
  return moved.get(fn)?.captures ?? null;
}
