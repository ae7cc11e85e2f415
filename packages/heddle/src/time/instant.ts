/**
 * Instant: a point on the clock of the runtime that is current.
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import { servicesFor } from "../future/current.js";

/**
 * A point in time, by the clock of a runtime. It stands still and moves with that clock; the date is not involved. Only instants of one
 * runtime compare.
 *
 * @example Measure
 * ```ts
 * import { async, run, sleep } from "heddle";
 * import { Instant } from "heddle/time";
 *
 * const main = async(function* () {
 *   const start = Instant.now();
 *   yield* sleep(5);
 *   console.log(start.elapsed() >= 5);
 * });
 * await run(main());
 * // prints: true
 * ```
 */
export class Instant {
  /** Milliseconds since the runtime was made. */
  readonly milliseconds: number;

  /** @internal */
  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  /** Now. @throws NoRuntimeError outside of a runtime */
  static now(): Instant {
    return new Instant(servicesFor("read the time").clock.now());
  }

  /** Milliseconds from here to now. */
  elapsed(): number {
    return Instant.now().since(this);
  }

  /** Milliseconds from `earlier` to here; 0 if it is not earlier. */
  since(earlier: Instant): number {
    return Math.max(0, this.milliseconds - earlier.milliseconds);
  }

  /** The instant `duration` later. */
  add(duration: Duration): Instant {
    return new Instant(this.milliseconds + clampMilliseconds(toMilliseconds(duration, "add to an instant")));
  }

  /** The instant `duration` earlier. */
  sub(duration: Duration): Instant {
    return new Instant(this.milliseconds - clampMilliseconds(toMilliseconds(duration, "subtract from an instant")));
  }

  isBefore(other: Instant): boolean {
    return this.milliseconds < other.milliseconds;
  }
}
