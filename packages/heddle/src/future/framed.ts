/**
 * `framed`: whatever a callback answered with, as a future that can be awaited inline and unwound.
 */
import { isFuture } from "./definition.js";
import { Frame } from "./frame.js";
import type { Future, Pending } from "./poll.js";
import { fromPromise } from "./from-promise.js";
import { ready } from "./ready.js";

/** What awaiting the outcome of a callback gives: of a future, a promise, or the value itself. */
export type Settled<R> = R extends Future<infer T> ? T : Awaited<R>;

/**
 * Makes one future of what a callback returned, for those who take "a function, async or not": of a plain generator one with a frame of
 * its own, so that a `finally` in it may await also when it is dropped; of a future itself; of a native promise one that, dropped, is not over
 * before the promise is settled, because nothing can stop it; of any other value one that is ready.
 *
 * @example
 * ```ts
 * import { async, type Future, run } from "heddle";
 * import { framed } from "heddle/lowlevel";
 *
 * const twice = async(function* (fn: () => unknown) {
 *   yield* framed(fn());
 *   return yield* framed(fn());
 * });
 * console.log(await run(twice(function* () { return 1; })), await run(twice(async () => 2)), await run(twice(() => 3)));
 * // prints: 1 2 3
 * ```
 */
export function framed<R>(outcome: R): Future<Settled<R>> {
  if (typeof outcome === "object" && outcome !== null) {
    if (isGenerator(outcome)) return new Frame(null, undefined, outcome);
    if (isFuture(outcome)) return outcome as unknown as Future<Settled<R>>;
    if (typeof (outcome as Partial<PromiseLike<unknown>>).then === "function")
      return new Frame(null, undefined, settled(outcome as unknown as PromiseLike<Settled<R>>));
  }
  return ready(outcome as Settled<R>);
}

function isGenerator(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Generator]";
}

function* settled<T>(promise: PromiseLike<T>): Generator<Pending, T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  const watched = Promise.resolve(promise).finally(over);
  try {
    return yield* fromPromise(watched);
  } finally {
    if (!isOver) yield* fromPromise(watched.then(over, over));
  }
}
