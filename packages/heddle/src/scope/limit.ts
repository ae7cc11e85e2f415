/**
 * Limit: the limits of time that the options of scopes and retries give.
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import { advised, ElapsedError, quote } from "../base/errors.js";
import { current } from "../future/current.js";

/** How long something may take. With both, the earlier counts. */
export interface TimeLimit {
  /** Milliseconds, or `{ hours, minutes, seconds, milliseconds }`, counted from the first poll. */
  timeout?: Duration | undefined;
  /** An `Instant`, by the clock of the runtime. */
  deadline?: { readonly milliseconds: number } | undefined;
}

/** A time limit whose options have been looked at. */
export class Limit {
  readonly #timeout: number;
  readonly #deadline: number;

  /**
   * @param verb what was asked for: `open a scope`
   * @throws TypeError or RangeError
   */
  constructor({ timeout, deadline }: TimeLimit, verb: string) {
    this.#timeout = timeout === undefined ? Infinity : clampMilliseconds(toMilliseconds(timeout, verb, "timeout"));
    if (deadline !== undefined && !(typeof deadline?.milliseconds === "number" && deadline.milliseconds >= 0))
      throw new TypeError(
        advised(`Cannot ${verb} as 'deadline' must be an Instant: received ${quote(deadline)}`, "deadline"),
      );
    this.#deadline = deadline?.milliseconds ?? Infinity;
  }

  /** How many milliseconds there are for what begins at `now`. Infinity without a limit. */
  lengthFrom(now: number): number {
    return Math.min(this.#timeout, Math.max(0, this.#deadline - now));
  }

  /**
   * @param what was to be finished: `scope "upload"`
   * @param length how long it had: {@link lengthFrom}
   */
  error(what: string, length: number, cause?: unknown): ElapsedError {
    const over = length < this.#timeout ? "the deadline" : current.diagnostics.duration(this.#timeout);
    return new ElapsedError("time.elapsed", `Cannot finish ${what} in time: ${over} passed`, { cause });
  }
}
