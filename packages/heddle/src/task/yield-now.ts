/**
 * `yieldNow`: lets others run.
 */
import type { Context } from "../future/context.js";
import { current as $current } from "../future/current.js";
import { answerSlowly } from "../future/inspect.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, READY, SUSPENDED, type Future, type Pending, type Poll } from "../future/poll.js";

// Folded, where imports are loaded: see docs/design/0023-imports-are-loads.md.
const current = $current;

class YieldOnce extends Leaf<void> {
  #hasYielded = false;
  poll(cx: Context): Poll<void> {
    if (this.#hasYielded) return undefined;
    this.#hasYielded = true;
    cx.waker.wake();
    return PENDING;
  }
}

// One object for all tasks: whether it has yielded stands in the stack that awaits it (32 ns a yield against 40).
class YieldNow extends Leaf<void> {
  get label(): string {
    return "yieldNow()";
  }
  poll(cx: Context): Poll<void> {
    const stack = current.stack!;
    if (stack.yielded) {
      stack.yielded = false;
      return undefined;
    }
    stack.yielded = true;
    cx.waker.wake();
    return PENDING;
  }
  // Not charged: it ends the poll anyway.
  override next(): IteratorResult<Pending, void> {
    const stack = current.stack;
    if (stack === null || current.inspection !== null) return answerSlowly(this) as IteratorResult<Pending, void>;
    if (stack.yielded) {
      stack.yielded = false;
      READY.value = undefined;
      return READY;
    }
    stack.yielded = true;
    stack.wake();
    return SUSPENDED;
  }
  override drop(): void {
    current.stack!.yielded = false;
  }
}

const yieldNowFuture = /* @__PURE__ */ new YieldNow();

/**
 * Goes behind all tasks that are ready. Timers and sockets get their turn too, under any load.
 *
 * **Cancel safety**: nothing to lose.
 *
 * @example
 * ```ts
 * import { async, run, spawn, yieldNow } from "heddle";
 *
 * const main = async(function* () {
 *   spawn(function* () { console.log("other"); }());
 *   yield* yieldNow();
 *   console.log("main");
 * });
 * await run(main());
 * // prints: other
 * // prints: main
 * ```
 */
export function yieldNow(): Future<void> {
  return current.stack === null ? new YieldOnce() : yieldNowFuture;
}
