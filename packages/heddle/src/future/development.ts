/**
 * The engine's words for those who develop: mistakes explained, traces stitched, futures that nobody polled reported.
 */
import { siteOf } from "../base/stacktrace.js";
import { advice, takenAt } from "./advice.js";
import type { Diagnostics } from "./diagnostics.js";
import { type CallStates, Frame } from "./frame.js";
import {
  adviseNotIterable,
  bareYieldError,
  inlinedCleanupError,
  misuseError,
  notAFutureError,
  unstoppableError,
} from "./mistakes.js";
import { traceNative, traceSuspended } from "./trace.js";
import { born, noteAgain, sweepUnpolled, unwatch } from "./unpolled.js";

const RETURNED: CallStates["RETURNED"] = 7;

/** What can be said without knowing of tasks and runtimes. */
export const explained: Omit<Diagnostics, "warnings" | "built" | "blocked"> = {
  misuse: misuseError,
  bareYield: bareYieldError,
  notAFuture: notAFutureError,
  inlinedCleanup: inlinedCleanupError,
  unstoppable: unstoppableError,
  advice,
  advise: adviseNotIterable,
  traceNative,
  traceSuspended,
  siteOf,
  takenAt,
  born,
  noteAgain,
  unwatch,
  sweep: sweepUnpolled,
};

/** How Node, Bun and Deno print a future. HOST: they look for this method. */
Object.defineProperty(Frame.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Frame<unknown>): string {
    const progress = this.isStartable ? "not started" : this.state < RETURNED ? "running" : "over";
    return `Future { ${this.label}, ${progress} }`;
  },
});
