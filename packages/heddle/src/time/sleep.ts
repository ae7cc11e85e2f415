/**
 * `sleep` and `sleepUntil`: a future that is one entry of the timer wheel.
 *
 * | `timers`   | meaning                                                     |
 * | ----------- | ----------------------------------------------------------- |
 * | `null`      | never polled                                                |
 * | `undefined` | never polled, and old enough to be under suspicion          |
 * | the timers  | of the runtime it belongs to since its first poll           |
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import { keepShape } from "../base/shapes.js";
import { Alarm } from "../future/alarm.js";
import { current } from "../future/current.js";
import type { Film, Unpolled } from "../future/diagnostics.js";
import { tickOf } from "./deadline.js";
import { Instant } from "./instant.js";
import { tickAfter, toTick } from "../future/tick.js";

const film: Film = { photos: 64 };

/**
 * A future that is ready when its deadline has come. It may be reset and awaited again, as often as you like, and a `select` that it
 * loses takes nothing from it.
 */
export class Sleep extends Alarm implements Unpolled {
  /** @internal @param when a tick, or minus the delay, less one */
  constructor(when: number) {
    super(0);
    this.when = when;
  }

  /** @internal */
  protected override begin(): void {
    if (this.timers === undefined) current.diagnostics.unwatch(this);
    super.begin();
  }

  override drop(): void {
    this.cancel();
    this.closeUnpolled();
  }

  /** Whether the deadline has come, by the clock of the runtime. */
  get isElapsed(): boolean {
    // To look at it is a use as well: who does that need not await it.
    this.closeUnpolled();
    const now = current.services?.clock.now() ?? this.timers?.now;
    return now !== undefined && this.when >= 0 && this.when <= now;
  }

  /** When it is ready. Undefined while it was made outside of a runtime and never polled. */
  get deadline(): Instant | undefined {
    return this.when < 0 ? undefined : new Instant(this.when);
  }

  /** Moves the deadline. A task that awaits it goes on awaiting. */
  reset(deadline: Instant): void {
    this.moveTo(toTick(deadline.milliseconds));
  }

  /** @internal As {@link reset}, to a tick. */
  moveTo(when: number): void {
    const timers = this.timers;
    if (this.after !== null) timers!.remove(this);
    this.when = when;
    if (this.waker === null || timers == null) return;
    if (when <= timers.now) this.fire();
    else timers.insert(this);
  }

  /** @internal */
  get label(): string {
    return "sleep(…)";
  }

  /** @internal */
  get film(): Film {
    return film;
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.timers == null;
  }

  /** @internal */
  watched(): void {
    this.timers = undefined;
  }

  /** @internal A combinator ended before it came to this one: that is no mistake. */
  closeUnpolled(): void {
    if (this.timers == null && current.services !== null) this.begin();
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
  return noted(new Sleep(tickAfter(delay)));
}

/**
 * Waits until `deadline`. Ready at once if that is past.
 *
 * **Cancel safety**: nothing to lose.
 *
 * @throws TypeError if it is not an Instant
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { Instant, sleepUntil } from "heddle/time";
 *
 * const main = async(function* () {
 *   const start = Instant.now();
 *   yield* sleepUntil(start.add(5));
 *   return start.elapsed() >= 5;
 * });
 * console.log(await run(main()));
 * // prints: true
 * ```
 */
export function sleepUntil(deadline: Instant): Sleep {
  return noted(new Sleep(tickOf(deadline, "sleep")));
}

/** Has it watched: `sleep(1000)` without `yield*` waits for nothing. */
function noted(sleep: Sleep): Sleep {
  if (current.warnings !== null) current.diagnostics.born(sleep, film);
  return sleep;
}

keepShape(new Sleep(0));
