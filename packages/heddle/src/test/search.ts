/**
 * Search: goes from schedule to schedule. And the error for programs that cannot be searched.
 */
import { HeddleError } from "../base/errors.js";
import type { Chooser } from "./execution.js";
import type { SteppedTask } from "./stepped-tasks.js";

/** A chooser for many schedules, one after the other. */
export interface Search extends Chooser {
  /** Prepares the next schedule. False when there is none. */
  next(): boolean;
  /** Whether all schedules there are have been run. */
  readonly isExhausted: boolean;
}

/** The ready task with this number. */
export function withNumber(ready: readonly SteppedTask[], number: number): SteppedTask | undefined {
  for (const task of ready) if (task.number === number) return task;
  return undefined;
}

/** Who goes on if nothing speaks against it: whoever was polled before, so that a schedule has few switches; else the first. */
export function calmest(ready: readonly SteppedTask[], last: SteppedTask | null): SteppedTask {
  return last !== null && last.isReady ? last : ready[0]!;
}

export const NONDETERMINISTIC =
  "make all state inside the program, anew for each run, and take time and chance from heddle only: no Math.random(), no Date.now()";

/** The program did not do what it did before. */
export function nondeterministic(step: number, expected: string, ready: readonly SteppedTask[]): HeddleError {
  return new HeddleError(
    "explore.nondeterministic",
    `Cannot explore this program: run again in the same order, it does something else. At step ${step + 1}, ${expected} should be ready: ` +
      `${ready.map(({ task }) => task.label).join(", ")} ${ready.length === 1 ? "is" : "are"}`,
    { help: NONDETERMINISTIC },
  );
}
