/**
 * Alarm: a timer for leaves that have something else to wait for as well.
 */
import { NoRuntimeError } from "../base/errors.js";
import type { TimerEntry } from "../base/wheel.js";
import type { Context, Waker } from "./context.js";
import { current, type Timers } from "./current.js";
import { PENDING, type Poll } from "./poll.js";

/**
 * Wakes once, when its time has come. It is no future: the leaf that has it polls and cancels it. The delay counts from its first poll, is
 * rounded up to the millisecond, and is never early.
 *
 * @example A leaf that gives up
 * ```ts
 * import { run } from "heddle";
 * import { Alarm, type Context, Leaf, PENDING } from "heddle/lowlevel";
 *
 * class Patience extends Leaf<string> {
 *   readonly #alarm = new Alarm(5);
 *   poll(cx: Context) {
 *     return this.#alarm.poll(cx) === PENDING ? PENDING : "enough";
 *   }
 *   override drop() {
 *     this.#alarm.cancel();
 *   }
 * }
 * console.log(await run(new Patience()));
 * // prints: enough
 * ```
 */
export class Alarm implements TimerEntry {
  /** @internal The tick, or minus the delay, less one, until the first poll. */
  when: number;
  /** @internal */
  after: TimerEntry | null = null;
  /** @internal */
  before: TimerEntry | null = null;
  #timers: Timers | null = null;
  #waker: Waker | null = null;

  /** @param delay in milliseconds */
  constructor(delay: number) {
    this.when = -delay - 1;
  }

  /** Whether its time has come; if not it keeps `cx.waker`. @throws NoRuntimeError at the first poll outside of a runtime */
  poll(cx: Context): Poll<void> {
    if (this.#timers === null) this.#begin();
    if (this.when <= this.#timers!.now) return undefined;
    this.#waker = cx.waker;
    if (this.after === null) this.#timers!.insert(this);
    return PENDING;
  }

  #begin(): void {
    const { services } = current;
    if (services === null) throw new NoRuntimeError("set an alarm");
    this.#timers = services.timers;
    this.when = Math.ceil(services.clock.now() - this.when - 1);
  }

  /** Wakes nobody any more. */
  cancel(): void {
    this.#waker = null;
    if (this.after !== null) this.#timers!.remove(this);
  }

  /** @internal */
  fire(): void {
    const waker = this.#waker;
    this.#waker = null;
    if (waker !== null) waker.wake();
  }
}
