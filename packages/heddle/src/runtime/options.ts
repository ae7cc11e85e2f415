/**
 * The options of a Runtime, checked.
 */
import { type Duration, toMilliseconds } from "../base/duration.js";
import { quote } from "../base/errors.js";
import type { Probe } from "../base/probe.js";
import type { Warnings } from "../base/warnings.js";
import type { Limits } from "../executor/executor.js";
import { DEFAULT_LIMITS } from "./engine.js";
import type { OnUnhandled } from "./unhandled.js";

export interface RuntimeOptions {
  /** Shown in messages and dumps. */
  name?: string | undefined;
  /** Start with the clock stopped: when nothing can run, it jumps to the next deadline. For tests. */
  startPaused?: boolean | undefined;
  /** While the clock is paused: whether it jumps to the next deadline when nothing can run. True. False: only `advance` moves it. */
  autoAdvance?: boolean | undefined;
  /**
   * While the clock is paused: whether it stands still as long as a task waits for a promise or a callback from outside. False: a timeout
   * around those fires at once.
   */
  waitForHost?: boolean | undefined;
  /** Makes every random choice reproducible. */
  rngSeed?: number | string | bigint | undefined;
  /** Takes errors of tasks that nobody joins. By default they are printed, and the process ends with code 1. */
  onUnhandled?: OnUnhandled | undefined;
  /** False switches warnings off, true on. By default they are on unless `NODE_ENV` is `production` or `HEDDLE_WARNINGS` is `off`. */
  warnings?: boolean | undefined;
  /** Takes warnings instead of the standard error stream. */
  onWarning?: Warnings | undefined;
  /** From how long on a poll is said to block the thread, also on the threads that work for this runtime. 100 ms. */
  blockedAfter?: Duration | undefined;
  /** Polls after which the host gets its turn. 8192. */
  turnTasks?: number | undefined;
  /** Time after which the host gets its turn. 2 ms. */
  turnTime?: Duration | undefined;
  /** Hears what the runtime does. */
  probe?: Probe | undefined;
}

export const KNOWN: Record<keyof RuntimeOptions, string> = {
  name: "string",
  startPaused: "boolean",
  rngSeed: "number string bigint",
  autoAdvance: "boolean",
  waitForHost: "boolean",
  onUnhandled: "function",
  warnings: "boolean",
  onWarning: "function",
  blockedAfter: "number object",
  turnTasks: "number",
  turnTime: "number object",
  probe: "object",
};

/**
 * Whether options are what they must be.
 *
 * @param known for each option its types
 */
export function checkTypes(options: object, known: Record<string, string>, verb: string, hint = ""): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`Cannot ${verb} as the options must be an object: received ${quote(options)}`);
  for (const [key, value] of Object.entries(options)) {
    const types = known[key];
    if (types === undefined)
      throw new TypeError(
        `Cannot ${verb} as '${key}' is not an option\nhelp: the options are ${Object.keys(known).join(", ")}${hint}`,
      );
    if (value !== undefined && !types.split(" ").includes(typeof value))
      throw new TypeError(
        `Cannot ${verb} as '${key}' must be a${types === "object" ? "n" : ""} ${types.replaceAll(" ", " or ")}: received ${quote(value)}`,
      );
  }
}

/** The limits of a turn, and whether the options can be used at all. */
export function checkOptions(options: RuntimeOptions): Limits {
  checkTypes(options, KNOWN, "make a runtime", "; those of threads has the Runtime of heddle/thread");
  const { turnTasks = DEFAULT_LIMITS.turnTasks } = options;
  if (!Number.isInteger(turnTasks) || turnTasks < 1)
    throw new RangeError(`Cannot make a runtime as 'turnTasks' must be an integer >= 1: received ${quote(turnTasks)}`);
  if (Number.isNaN(options.rngSeed))
    throw new RangeError("Cannot make a runtime as 'rngSeed' must be a number that can be written down: received NaN");
  const { turnMilliseconds, blockedMilliseconds } = DEFAULT_LIMITS;
  return {
    turnTasks,
    turnMilliseconds: toMilliseconds(options.turnTime ?? turnMilliseconds, "make a runtime", "turnTime"),
    blockedMilliseconds: toMilliseconds(options.blockedAfter ?? blockedMilliseconds, "make a runtime", "blockedAfter"),
  };
}
