/**
 * `sleep` and `sleepUntil`: a future that is one entry of the timer wheel.
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import { NoRuntimeError } from "../base/errors.js";
import type { TimerEntry } from "../base/wheel.js";
import type { Context, Waker } from "../future/context.js";
import { current, type Timers } from "../future/current.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Poll } from "../future/poll.js";
import { Instant, toTick } from "./instant.js";

/** A future that is ready when its deadline has come. */
export class Sleep extends Leaf<void> implements TimerEntry {
  /** @internal The deadline as a tick of the runtime's clock; minus the delay, less one, until it is known. */
  when: number;
  /** @internal */
  after: TimerEntry | null = null;
  /** @internal */
  before: TimerEntry | null = null;
  #waker: Waker | null = null;
  #timers: Timers | null = null;

  /** @internal */
  constructor(when: number) {
    super();
    this.when = when;
  }

  poll(cx: Context): Poll<void> {
    if (this.after === null) {
      if (this.#timers === null) this.#begin();
      if (this.when <= this.#timers!.now) return undefined;
      this.#timers!.insert(this);
    }
    this.#waker = cx.waker;
    return PENDING;
  }

  #begin(): void {
    const { services } = current;
    if (services === null) throw new NoRuntimeError("sleep");
    this.#timers = services.timers;
    // Made outside of any runtime: the delay counts from the first poll.
    if (this.when < 0) this.when = Math.ceil(services.clock.now() - this.when - 1);
  }

  fire(): void {
    const waker = this.#waker;
    this.#waker = null;
    if (waker !== null) waker.wake();
  }

  override drop(): void {
    this.#waker = null;
    if (this.after !== null) this.#timers!.remove(this);
  }

  /** Whether the deadline has come, by the runtime's clock. */
  get isElapsed(): boolean {
    return this.when >= 0 && current.services !== null && this.when <= current.services.clock.now();
  }

  /** When it is ready. Undefined while it was made outside of a runtime and never polled. */
  get deadline(): Instant | undefined {
    return this.when < 0 ? undefined : new Instant(this.when);
  }

  /** Moves the deadline. A task that awaits it goes on awaiting. */
  reset(deadline: Instant): void {
    const waker = this.#waker;
    if (this.after !== null) this.#timers!.remove(this);
    this.when = toTick(deadline.milliseconds);
    if (waker === null || this.#timers === null) return;
    if (this.when <= this.#timers.now) this.fire();
    else this.#timers.insert(this);
  }
}

/**
 * Waits. The delay counts from the call; made outside of a runtime, from the first poll. Never early; late by the time other tasks
 * take, and at least rounded up to the next millisecond.
 *
 * **Cancel safety**: nothing to lose.
 *
 * @param duration milliseconds, or `{ hours, minutes, seconds, milliseconds }`; Infinity waits for about 30 years
 * @throws RangeError if it is negative or not a number
 *
 * @example
 * ```ts
 * import { run, sleep } from "heddle";
 *
 * await run(sleep({ milliseconds: 5 }));
 * console.log("awake");
 * // prints: awake
 * ```
 */
export function sleep(duration: Duration): Sleep {
  const delay = clampMilliseconds(toMilliseconds(duration, "sleep"));
  const { services } = current;
  return new Sleep(services === null ? -delay - 1 : Math.ceil(services.clock.now() + delay));
}

/**
 * Waits until `deadline`. Ready at once if that is past.
 *
 * **Cancel safety**: nothing to lose.
 */
export function sleepUntil(deadline: Instant): Sleep {
  return new Sleep(toTick(deadline.milliseconds));
}
