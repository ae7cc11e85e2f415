/**
 * What a scope defers to its end: futures, and functions that may give one.
 */
import { quote } from "../base/errors.js";
import { async } from "../future/async.js";
import { Frame } from "../future/frame.js";
import type { Future } from "../future/poll.js";

/** A cleanup: a future, or a function that gives one, or that does all there is to do when it is called. */
export type Cleanup = Future<unknown> | (() => unknown);

interface Shape {
  readonly poll?: unknown;
  readonly then?: unknown;
  readonly [Symbol.iterator]?: () => Iterator<any>;
}

/**
 * A future that the driver unwinds by itself; null if `value` is none. A plain generator that is awaited with `yield*` is part of the call that
 * awaits it, and could not await in its `finally`; in a frame of its own it can.
 */
function ownedOrNull(value: unknown): Future<unknown> | null {
  const shape = value as Shape | null | undefined;
  if (shape instanceof Frame || typeof shape?.poll === "function") return shape as unknown as Future<unknown>;
  // The iterators of arrays, strings, maps and sets have no `return`.
  const iterator = shape?.[Symbol.iterator]?.();
  return typeof iterator?.return === "function" ? new Frame(null, undefined, iterator) : null;
}

const GENERATOR_FUNCTION = Object.getPrototypeOf(function* () {}) as object;

/**
 * The future that a function gives.
 *
 * @param rule as in {@link owned}
 * @throws TypeError if it is none
 */
export function ownedCall<A, T>(fn: (argument: A) => Future<T>, argument: A, rule: string): Future<T> {
  const value = fn(argument);
  // Ask a generator nothing: a generator function that was just made has generators of a shape of their own, and each question costs V8 a search (a
  // scope with its body in place and ten tasks takes 8.7 µs when it is asked, and 5.4 when not).
  if (Object.getPrototypeOf(fn) === GENERATOR_FUNCTION) return new Frame<T>(null, undefined, value);
  return owned(value, rule);
}

/**
 * See {@link ownedOrNull}.
 *
 * @param rule what `value` has to be: `open a scope as its body must give a future`
 * @throws TypeError if it is no future
 */
export function owned<T>(value: Future<T>, rule: string): Future<T> {
  return (ownedOrNull(value) as Future<T> | null) ?? refuse(value, rule);
}

function refuse(value: unknown, rule: string): never {
  throw new TypeError(
    `Cannot ${rule}: received ${quote(value)}\nhelp: write function* (…) { … }; a promise becomes a future by fromPromise(…)`,
  );
}

/**
 * Runs cleanups, the last first, one after the other. One that fails does not keep the others from running.
 *
 * @param cleanups is emptied. A cleanup may add to it
 */
export const runCleanups: (cleanups: Cleanup[], failed: (error: unknown) => void) => Future<void> = async(function* (
  cleanups: Cleanup[],
  failed: (error: unknown) => void,
) {
  try {
    for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
      try {
        const given = typeof cleanup === "function" ? cleanup() : cleanup;
        const future = ownedOrNull(given);
        if (future !== null) yield* future;
        // Nobody would wait for it, nor hear that it failed.
        else if (typeof (given as Shape | undefined)?.then === "function")
          refuse(given, "run a deferred cleanup as it must not give a promise");
      } catch (error) {
        failed(error);
      }
    }
  } finally {
    // Ended by force in one of them: the others begin all the same.
    if (cleanups.length > 0) yield* runCleanups(cleanups, failed);
  }
});
