/**
 * Alarm: a timer for leaves that have something else to wait for as well. `Sleep` is one that stands alone.
 */
import type { TimerEntry } from "../base/wheel.js";
import type { Context, Waker } from "./context.js";
import { servicesFor, type Timers } from "./current.js";
import { Leaf } from "./leaf.js";
import { PENDING, type Poll } from "./poll.js";
import { knownTick } from "./tick.js";

/**
 * Wakes once, when its time has come. As a rule no call awaits it, but a leaf that has it polls and cancels it. The delay counts from its first poll, is
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
export class Alarm extends Leaf<void> implements TimerEntry {
  /** @internal The deadline as a tick of the runtime's clock; minus the delay, less one, until it is known. */
  declare when: number;
  /** @internal */
  declare after: TimerEntry | null;
  /** @internal */
  declare before: TimerEntry | null;
  /** @internal */
  declare protected waker: Waker | null;
  /** @internal Of the runtime that it belongs to since its first poll; until then null, or undefined if a `Sleep` is under watch. */
  declare protected timers: Timers | null | undefined;

  // As `Waiter` does, whose constructor says why.
  /** @param delay in milliseconds */
  constructor(delay: number) {
    super();
    this.when = -delay - 1;
    this.after = this.before = this.waker = this.timers = null;
  }

  /** Whether its time has come; if not it keeps `cx.waker`. @throws NoRuntimeError at the first poll outside of a runtime */
  poll(cx: Context): Poll<void> {
    if (this.after === null) {
      if (this.timers == null) this.begin();
      if (this.when <= this.timers!.now) return undefined;
      this.timers!.insert(this);
    }
    this.waker = cx.waker;
    return PENDING;
  }

  /** @internal */
  protected begin(): void {
    const services = servicesFor("sleep");
    this.timers = services.timers;
    this.when = knownTick(this.when, services.clock);
  }

  /** Wakes nobody any more. */
  cancel(): void {
    this.waker = null;
    if (this.after !== null) this.timers!.remove(this);
  }

  /** As {@link cancel}. */
  override drop(): void {
    this.cancel();
  }

  /** @internal */
  fire(): void {
    const { waker } = this;
    this.waker = null;
    if (waker !== null) waker.wake();
  }
}
