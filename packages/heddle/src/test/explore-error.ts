/**
 * ExploreError: a schedule under which a program does not do what it should.
 */
import { HeddleError, type HeddleErrorOptions } from "../base/errors.js";

export interface ExploreErrorOptions extends HeddleErrorOptions {
  /** What to give to `explore` as `replay`. */
  replay: string;
  /** The schedule, a line for each step. */
  trace: string;
  /** How many schedules were run before it. */
  schedules: number;
}

/** Says under which schedule the program goes wrong. The error of the program, if there is one, is `cause`. */
export class ExploreError extends HeddleError {
  /** What to give to `explore` as `replay`, to have exactly this schedule again. */
  readonly replay: string;
  /** The schedule, a line for each step: who was polled, where it was suspended then, whom it woke. */
  readonly trace: string;
  /** How many schedules were run until this one was found, not counting those that made it shorter. */
  readonly schedules: number;

  constructor(code: string, message: string, options: ExploreErrorOptions) {
    super(code, message, options);
    this.replay = options.replay;
    this.trace = options.trace;
    this.schedules = options.schedules;
  }

  override get name(): string {
    return "ExploreError";
  }
}
