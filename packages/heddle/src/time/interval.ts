/**
 * `interval`: ticks at a fixed distance, and what becomes of those that nobody was there to take.
 *
 *     scheduled   0         100        200        300        400        500
 *     taken       0         100                        350: late by 150, and missed at 300
 *     burst                            200        300  at once, 400 …      all of them, as soon as they are taken
 *     delay                            200                   450, 550 …    a period from when it was taken
 *     skip                             200              400, 500 …         the next on the old beat
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import { quote } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import type { Context } from "../future/context.js";
import { current, servicesFor } from "../future/current.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { Instant } from "./instant.js";
import { toTick } from "../future/tick.js";
import { OneAwaiter } from "./one-awaiter.js";
import { Sleep } from "./sleep.js";

/** What to do when a tick was missed: take all that were, a whole period from now on, or the next on the beat. */
export type MissedTicks = "burst" | "delay" | "skip";

export interface IntervalOptions {
  /** What to do when a tick was missed. `"burst"` by default. */
  missed?: MissedTicks | undefined;
  /** When the first tick is due. At once by default. */
  start?: Instant | undefined;
}

/** Milliseconds a tick may be late and not count as missed. Tokio's figure: timers and other tasks take that long. */
const TOLERANCE = 5;

const STRATEGIES: readonly unknown[] = ["burst", "delay", "skip"] satisfies MissedTicks[];

/** Ticks. Made with {@link interval}. */
export class Interval {
  /** Milliseconds from tick to tick. */
  readonly period: number;
  #missed: MissedTicks = "burst";
  /** When the next tick is due, in milliseconds with fractions; null until the clock that counts is known. */
  #next: number | null;
  readonly #sleep: Sleep;
  readonly #tick: OneAwaiter<Instant>;

  /** @internal */
  constructor(period: number, missed: MissedTicks, start: number | null) {
    this.period = period;
    this.missed = missed;
    this.#next = start;
    this.#sleep = new Sleep(start === null ? 0 : toTick(start));
    this.#tick = new OneAwaiter(
      "interval.tick()",
      (cx) => this.pollTick(cx),
      () => this.#sleep.drop(),
    );
  }

  /** What becomes of missed ticks, from the next one on. */
  get missed(): MissedTicks {
    return this.#missed;
  }

  set missed(missed: MissedTicks) {
    if (!STRATEGIES.includes(missed))
      throw new TypeError(
        `Cannot set an interval as 'missed' must be "burst", "delay" or "skip": received ${quote(missed)}`,
      );
    this.#missed = missed;
  }

  /**
   * Waits for the next tick.
   *
   * **Cancel safety**: a tick that is not taken is there for the next wait.
   *
   * @returns when the tick was due, which is never later than now; `elapsed()` of it says how late it was taken
   * @throws BusyError if another task awaits a tick of this interval
   */
  tick(): Future<Instant> {
    return this.#tick;
  }

  /** One poll for a tick, for futures by hand. The waker of the last one counts. */
  pollTick(cx: Context): Poll<Instant> {
    const now = nowFor("poll an interval");
    const scheduled = (this.#next ??= now);
    if (scheduled > now && this.#sleep.poll(cx) === PENDING) return PENDING;
    this.#sleep.drop();
    this.#schedule(now > scheduled + TOLERANCE ? this.#afterMissed(scheduled, now) : scheduled + this.period);
    return new Instant(scheduled);
  }

  #afterMissed(scheduled: number, now: number): number {
    const { period } = this;
    if (this.#missed === "burst") return scheduled + period;
    if (this.#missed === "delay") return now + period;
    // A multiple of the period, not what is left of it: fractions would add up, and the beat would drift.
    return scheduled + period * (Math.floor((now - scheduled) / period) + 1);
  }

  #schedule(next: number): void {
    this.#next = next;
    this.#sleep.moveTo(toTick(next));
  }

  /** The next tick is a period from now. */
  reset(): void {
    this.#schedule(nowFor("reset an interval") + this.period);
  }

  /** The next tick is now. */
  resetImmediately(): void {
    this.#schedule(nowFor("reset an interval"));
  }

  /** The next tick is `delay` from now. Those behind it follow at the period. */
  resetAfter(delay: Duration): void {
    this.#schedule(
      nowFor("reset an interval") + clampMilliseconds(toMilliseconds(delay, "reset an interval", "delay")),
    );
  }

  /** The next tick is at `deadline`, past or not. Those behind it follow at the period. */
  resetAt(deadline: Instant): void {
    this.#schedule(deadline.milliseconds);
  }
}

function nowFor(verb: string): number {
  return servicesFor(verb).clock.now();
}

/**
 * Makes an interval: a tick at once, or at `start`, and one every `period`. It counts from the call; made outside of a runtime, from the first
 * poll. Ticks are not lost in between: what `missed` says is done with those that are taken more than 5 ms late.
 *
 * Nothing happens between the waits: an interval that nobody awaits costs nothing and does not keep the process alive.
 *
 * @param period milliseconds, or `{ hours, minutes, seconds, milliseconds }`; more than 0
 * @throws RangeError if the period is 0
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { interval } from "heddle/time";
 *
 * const main = async(function* () {
 *   const ticker = interval(5);
 *   const first = yield* ticker.tick();
 *   const second = yield* ticker.tick();
 *   console.log(Math.round(second.since(first)), "ms");
 * });
 * await run(main());
 * // prints: 5 ms
 * ```
 */
export function interval(period: Duration, options: IntervalOptions = {}): Interval {
  const milliseconds = clampMilliseconds(toMilliseconds(period, "make an interval", "period"));
  checkOptions(options, "make an interval", '{ missed: "skip" }');
  if (milliseconds === 0)
    throw new RangeError(
      "Cannot make an interval as 'period' must be longer than 0: received 0\nhelp: for a loop that lets others run, use yieldNow()",
    );
  const start = options.start?.milliseconds ?? current.services?.clock.now() ?? null;
  return new Interval(milliseconds, options.missed ?? "burst", start);
}
