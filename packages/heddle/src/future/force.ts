/**
 * Force: ends calls now, cleanups and all, where the time for them is over.
 */
import type { Context } from "./context.js";
import { current, currentRoot } from "./current.js";
import type { CallStates, Frame } from "./frame.js";
import { lastInspected, levelsOf } from "./inspect.js";
import type { Stack } from "./stack.js";

const UNWINDING: CallStates["UNWINDING"] = 6;
const DONE: CallStates["DONE"] = 9;

// A `finally` that always yields again cannot be ended by force; when so many tries have not made the stack shorter it is given up.
const FORCED_RETURNS = 100;

/** Ends all calls now: cleanups are given up at the place where they await. */
export function unwindByForce(stack: Stack): void {
  let depth = Infinity;
  for (let tries = 0; stack.top !== null; tries++) {
    if (tries % FORCED_RETURNS === 0) {
      const before = depth;
      depth = 0;
      for (let frame: Frame<any> | null = stack.top; frame !== null; frame = frame.parent) depth++;
      if (depth >= before) {
        giveUp(stack);
        depth = Infinity;
      }
    }
    if (stack.top !== null) stack.unwind();
  }
}

/** Leaves the innermost call that is being unwound where it stands. Those that await it can still be unwound. */
function giveUp(stack: Stack): void {
  let stubborn = stack.top!;
  // It can no longer be resumed; what it waits for must not keep a timer or a place in a queue for it.
  levelsOf(stubborn.generator);
  (lastInspected() as { drop?(cx: Context): void } | null)?.drop?.(stack);
  while (stubborn.state !== UNWINDING && stubborn.parent !== null) stubborn = stubborn.parent;
  currentRoot()!.cleanupFailed(current.diagnostics.unstoppable(stubborn));
  stubborn.state = DONE;
  stack.top = stubborn.parent;
}
