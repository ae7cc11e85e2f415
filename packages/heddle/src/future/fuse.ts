/**
 * `fuse`: a future that may be polled after its end.
 */
import type { Context } from "./context.js";
import { Leaf } from "./leaf.js";
import { Pinned } from "./pin.js";
import { PENDING, type Future, type Poll } from "./poll.js";

/** A pinned future that stays pending once it has ended. See {@link fuse}. */
export class Fused<T> extends Leaf<T> {
  readonly #pinned: Pinned<T>;

  constructor(future: Future<T>) {
    super();
    this.#pinned = future instanceof Pinned ? future : new Pinned(future, "fuse");
  }

  /** Whether it has given its outcome, or was dropped. */
  get isTerminated(): boolean {
    return this.#pinned.isFinished;
  }

  poll(cx: Context): Poll<T> {
    return this.#pinned.isFinished ? PENDING : this.#pinned.poll(cx);
  }

  /** Stops waiting, for the poller that has `cx`; without one, drops the future. */
  override drop(cx?: Context): void {
    this.#pinned.drop(cx);
  }

  /** Drops the future: its cleanups run. */
  [Symbol.dispose](): void {
    this.drop();
  }
}

/**
 * Pins a future and lets it be polled after its end: it is pending then, for ever. For loops of `select` that go on when one branch
 * is over. Like every pinned future it survives losing, and is dropped by its owner or with its task.
 *
 * @example
 * ```ts
 * import { async, fuse, ready, run, select, sleep } from "heddle";
 *
 * const main = async(function* () {
 *   const once = fuse(ready("once"));
 *   for (let round = 0; round < 2; round++) {
 *     const won = yield* select({ once, tick: sleep(1) });
 *     console.log(won.key);
 *   }
 * });
 * await run(main());
 * // prints: once
 * // prints: tick
 * ```
 */
export function fuse<T>(future: Future<T>): Fused<T> {
  return new Fused(future);
}
