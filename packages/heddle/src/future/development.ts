/**
 * The engine's words for those who develop: mistakes explained, traces stitched, futures that nobody polled reported.
 */
import { advice } from "../base/advice.js";
import { formatDuration } from "../base/duration.js";
import { siteOf, withStackLimit } from "../base/stacktrace.js";
import type { Diagnostics } from "./diagnostics.js";
import { type CallStates, Frame } from "./frame.js";
import {
  adviseNotIterable,
  bareYieldError,
  inlinedCleanupError,
  misuseError,
  notAFutureError,
  refuseClosing,
  refuseEndlessly,
  refuseTakenTwice,
  refuseValues,
  unstoppableError,
} from "./mistakes.js";
import { Leaf } from "./leaf.js";
import { traceNative, traceSuspended } from "./trace.js";
import { born, noteAgain, sweepUnpolled, unwatch } from "./unpolled.js";
import { words } from "./words.js";

const RETURNED: CallStates["RETURNED"] = 7;

/** What can be said without knowing of tasks and runtimes. */
export const explained: Omit<Diagnostics, "warnings" | "built" | "blocked"> = {
  // It is thrown deep in the engine, and is to show the line of the program too.
  misuse: (call) => withStackLimit(16, () => misuseError(call)),
  bareYield: bareYieldError,
  notAFuture: notAFutureError,
  check: refuseValues,
  doubt: (future) => {
    // Only a stack has a frame made for what is no call.
    if (future instanceof Frame && future.definition === null) refuseTakenTwice(future);
    else refuseEndlessly(future);
  },
  inlinedCleanup: inlinedCleanupError,
  unstoppable: unstoppableError,
  advise: adviseNotIterable,
  traceNative,
  traceSuspended,
  siteOf,
  duration: formatDuration,
  takenAt: (resource, task) => words.keeper?.takenAt(resource, task) ?? "",
  born,
  noteAgain,
  unwatch,
  sweep: sweepUnpolled,
};

Object.assign(advice, {
  async: "write async(function* (…) { … })",
  bug: "this is a bug in heddle, please report it with the stack",
  "clock.paused": "resume() it first",
  "clock.running": "pause() it first",
  deadline: "pass Instant.now().add(…), or { timeout: … }",
  duration: "pass milliseconds, or some of { hours, minutes, seconds, milliseconds }",
  "future.completed": "make a new future for each await, or share one outcome with shared(…)",
  instant: "pass Instant.now().add(…)",
  "runtime.none": "start it with run(…); in a callback, or after a native await, with runtime.spawn(…)",
  "runtime.nested": "await the future with yield*, or start it with spawn(…)",
  "scope.over": "do it before the scope ends; what is to outlive the scope is started with spawn(…)",
  "task-local": "for a future use scope(value, future)",
  "task.awaits-itself": "join it from another task",
});

refuseClosing(Frame.prototype);
refuseClosing(Leaf.prototype);

/** How Node, Bun and Deno print a future. HOST: they look for this method. */
Object.defineProperty(Frame.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Frame<unknown>): string {
    const progress = this.isStartable ? "not started" : this.state < RETURNED ? "running" : "over";
    return `Future { ${this.label}, ${progress} }`;
  },
});
