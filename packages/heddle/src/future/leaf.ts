/**
 * Leaf: a future that is polled, because what it waits for is outside of any async function.
 *
 * Everything that heddle can wait for is a leaf, and anyone can write one.
 */
import type { Context } from "./context.js";
import { current as $current, currentRoot } from "./current.js";
import { answerSlowly } from "./inspect.js";
import { PENDING as $PENDING, READY, SUSPENDED, type Future, type Pending, type Poll } from "./poll.js";

// Folded, where imports are loaded: see docs/design/0023-imports-are-loads.md.
const current = $current;
const PENDING: typeof $PENDING = $PENDING;

/**
 * A future written by hand: say how it is polled, and what to undo when it is dropped.
 *
 * @example A future that is ready the second time it is polled
 * ```ts
 * import { run } from "heddle";
 * import { Leaf, PENDING, type Context } from "heddle/lowlevel";
 *
 * class Twice extends Leaf<string> {
 *   #polls = 0;
 *   poll(cx: Context) {
 *     if (++this.#polls === 2) return "ready";
 *     setTimeout(() => cx.waker.wake(), 1);
 *     return PENDING;
 *   }
 * }
 * console.log(await run(new Twice()));
 * // prints: ready
 * ```
 */
export abstract class Leaf<T> implements Future<T> {
  /** Answers the value, or keeps `cx.waker` and answers {@link PENDING}. Throws to fail. Not called again after that. */
  abstract poll(cx: Context): Poll<T>;

  /** Forgets the waker and undoes what the wait had begun. Called when the wait ends before the value came. */
  drop(_cx: Context): void {}

  [Symbol.iterator](): Iterator<Pending, T, any> {
    return this as unknown as Iterator<Pending, T, any>;
  }

  /** @internal The iterator protocol of `yield*`: one poll. */
  next(): IteratorResult<Pending, T> {
    // Charge before the poll and whatever its answer: a loop of ready leaves must end its turn as well.
    if (--current.budget < 0) return answerSlowly(this) as IteratorResult<Pending, T>;
    const value = this.poll(current.stack!);
    if (value === PENDING) return SUSPENDED;
    READY.value = value;
    return READY;
  }

  /** @internal The iterator protocol of `yield*`: the awaiting call is being unwound. */
  return(): IteratorResult<Pending, T> {
    // Do not let an error out: thrown here it would reach a `catch` of the very call that is being cancelled.
    try {
      this.drop(current.stack!);
    } catch (error) {
      currentRoot()!.cleanupFailed(error);
    }
    READY.value = undefined;
    return READY;
  }
}
