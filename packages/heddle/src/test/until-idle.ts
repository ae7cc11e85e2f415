/**
 * `untilIdle`: waits for the moment at which nothing else can run before time moves.
 */
import { NoRuntimeError } from "../base/errors.js";
import type { Context, Waker } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import type { Reactor } from "../reactor/reactor.js";
import { currentRuntime } from "../runtime/run.js";

class UntilIdle extends Leaf<void> implements Waker {
  #timers: Reactor | null = null;
  #waker: Waker | null = null;
  #isIdle = false;

  get label(): string {
    return "untilIdle()";
  }

  poll(cx: Context): Poll<void> {
    if (this.#isIdle) return undefined;
    this.#waker = cx.waker;
    if (this.#timers !== null) return PENDING;
    const runtime = currentRuntime();
    if (runtime === null) throw new NoRuntimeError("wait until nothing can run");
    this.#timers = runtime.timers;
    this.#timers.onIdle(this);
    return PENDING;
  }

  /** Nothing can run. */
  wake(): void {
    this.#isIdle = true;
    const waker = this.#waker;
    this.#waker = null;
    waker?.wake();
  }

  override drop(): void {
    this.#waker = null;
    this.#timers?.offIdle(this);
  }
}

/**
 * Waits until no other task of the current runtime can run before time moves: all have ended, or wait for a deadline, for each other, or for what
 * will never come. The host has looked at its sockets and promises by then; a runtime that waits for the host (`waitForHost`, as test
 * runtimes do) also waits until no promise or callback is outstanding.
 *
 * Several tasks may wait for it; all are woken at that moment.
 *
 * **Cancel safety**: nothing to lose.
 *
 * @throws NoRuntimeError outside of a runtime
 *
 * @example
 * ```ts
 * import { async, spawn, yieldNow } from "heddle";
 * import { testRuntime, untilIdle } from "heddle/test";
 *
 * const main = async(function* () {
 *   let rounds = 0;
 *   const others = spawn((function* () {
 *     while (rounds < 1000) {
 *       rounds++;
 *       yield* yieldNow();
 *     }
 *   })());
 *   yield* untilIdle();
 *   console.log(rounds, others.isFinished);
 * });
 * await testRuntime().run(main());
 * // prints: 1000 true
 * ```
 */
export function untilIdle(): Future<void> {
  return new UntilIdle();
}
