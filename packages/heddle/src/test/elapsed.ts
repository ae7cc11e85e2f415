/**
 * `assertElapsed`: how much time has passed, exactly, as a virtual clock makes it.
 */
import { type Duration, formatDuration, toMilliseconds } from "../base/duration.js";
import type { Instant } from "../time/instant.js";
import { failAssertion } from "./assertion-error.js";

/**
 * Fails the test unless `duration` has passed since `start`, by the clock of the current runtime, or up to 1 ms more: timers are in
 * whole milliseconds.
 *
 * @throws AssertionError that says how much has
 * @throws NoRuntimeError outside of a runtime
 *
 * @example
 * ```ts
 * import { async, sleep } from "heddle";
 * import { assertElapsed, testRuntime } from "heddle/test";
 * import { Instant } from "heddle/time";
 *
 * const main = async(function* () {
 *   const start = Instant.now();
 *   yield* sleep({ minutes: 5 });
 *   assertElapsed(start, { minutes: 5 });
 * });
 * const runtime = testRuntime();
 * await runtime.run(main());
 * await runtime.finish();
 * ```
 */
export function assertElapsed(start: Instant, duration: Duration): void {
  const expected = toMilliseconds(duration, "compare times");
  const actual = start.elapsed();
  if (actual < expected || actual >= expected + 1)
    failAssertion(
      { assertElapsed },
      "assertElapsed",
      `${formatDuration(expected)} must have passed`,
      `it was ${formatDuration(actual)}`,
      {
        expected,
        actual,
      },
    );
}
