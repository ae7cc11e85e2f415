/**
 * heddle/time: sleeping, limits, intervals, and the clock that they all read.
 */
export type { Duration } from "./base/duration.js";
export { Instant } from "./time/instant.js";
export { sleep, type Sleep, sleepUntil } from "./time/sleep.js";
export { timeout, timeoutAt } from "./time/timeout.js";
