/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/time: sleeping, limits, intervals, queues of delays, and the clock that they all read.
 */
export type { Duration } from "./base/duration.js";
export { type Delayed, DelayQueue } from "./time/delay-queue.js";
export { Instant } from "./time/instant.js";
export { interval, type Interval, type IntervalOptions, type MissedTicks } from "./time/interval.js";
export { sleep, type Sleep, sleepUntil } from "./time/sleep.js";
export { timeout, timeoutAt } from "./time/timeout.js";
export { advance, pause, resume } from "./time/virtual.js";
