/**
 * Stack: the calls of one future that are suspended, and the driver that runs them.
 *
 *     top ──parent──► … ──parent──► outermost
 *
 * The driver resumes `top` directly, whatever the depth. A call that ends hands its outcome to its parent. A call that is
 * unwound is given `return()`, which runs its `finally` blocks; if one of them awaits, the calls it makes lie on top of the unwinding one and
 * run ordinarily. So cancellation reaches the innermost call first, no `catch` sees it, and nothing after the
 * cancelled `yield*` runs.
 */
import type { Context, Waker } from "./context.js";
import { current as $current, currentRoot, type ActiveStack, type Locals } from "./current.js";
import { type CallStates, claimed, type Frame, settle } from "./frame.js";
import { lastInspected, levelsOf, sightOf } from "./inspect.js";
import { type Future, PENDING, type Pending, type Poll, READY, SUSPENDED as $SUSPENDED } from "./poll.js";

// Folded, where imports are loaded: see docs/design/0023-imports-are-loads.md.
const current = $current;
const SUSPENDED = $SUSPENDED;

const CLAIMED: CallStates["CLAIMED"] = 2;
const RUNNING: CallStates["RUNNING"] = 3;
const WAITING: CallStates["WAITING"] = 4;
const CANCELLED: CallStates["CANCELLED"] = 5;
const UNWINDING: CallStates["UNWINDING"] = 6;
const RETURNED: CallStates["RETURNED"] = 7;
const THREW: CallStates["THREW"] = 8;
const DONE: CallStates["DONE"] = 9;

/** What a drive ends with when the calls were unwound instead of run to their end. */
export const UNWOUND: unique symbol = Symbol("heddle.unwound");

// What `giveReturn` answers when it has put calls on top of the frame that have to end first.
const ABANDONED: IteratorResult<Pending, unknown> = { done: false, value: undefined as never };

const RESUME = 0;
const RETURN = 1;

/** A future with branches of its own: what has to be awaited before the call that awaits it is unwound. */
interface Branching {
  unwindFirst?(): Future<void> | null;
}

/** The suspended calls of one future, and their driver. */
export abstract class Stack implements Context, ActiveStack {
  /** @internal The innermost suspended call; null before the start and after the end. */
  declare top: Frame<any> | null;

  /** @internal What it is known by to locks that it took: they must not keep it, who may have a guard that was forgotten. 0: to none. */
  declare mark: number;

  // As `Waiter` does, whose constructor says why; and private methods would be another word in each task.
  constructor() {
    this.top = null;
    this.mark = 0;
  }

  abstract yielded: boolean;

  /** @internal What is polled in place of calls. */
  get leaf(): object | null {
    return null;
  }

  abstract wake(): void;

  get waker(): Waker {
    return this;
  }

  get locals(): Locals | null {
    return null;
  }

  /** @internal Runs until it is suspended ({@link PENDING}), ended (the value, or throws), or unwound ({@link UNWOUND}). */
  resume(): Poll<unknown> | typeof UNWOUND {
    return drive(this, RESUME);
  }

  /** @internal Starts to unwind the calls, from the innermost. Goes on with {@link resume} when it is suspended in a cleanup. */
  unwind(): Poll<unknown> | typeof UNWOUND {
    return drive(this, RETURN);
  }
}

function drive(stack: Stack, first: typeof RESUME | typeof RETURN): Poll<unknown> | typeof UNWOUND {
  const { stack: outer, depth } = current;
  current.stack = stack;
  current.depth = 0;
  let frame = stack.top!;
  let action: typeof RESUME | typeof RETURN = first;
  for (;;) {
    let outcome;
    try {
      if (action === RETURN) outcome = giveReturn(frame);
      else if (frame.state > CLAIMED) outcome = frame.proceed();
      else outcome = frame.begin();
    } catch (error) {
      action = threw(stack, frame, error, action);
      outcome = null;
    }
    if (outcome === SUSPENDED) {
      if (frame.state === RUNNING) frame.state = WAITING;
      if (current.last !== null) {
        // The calls made since are linked to each other, innermost first, and `top` is the innermost: close the chain.
        (current.last as Frame<any>).parent = frame;
        current.last = null;
        if (stack.top!.state <= CLAIMED && current.budget >= 0) {
          frame = stack.top!;
          action = RESUME;
          continue;
        }
      }
      current.stack = outer;
      current.depth = depth;
      return PENDING;
    }
    if (outcome === ABANDONED) {
      // Calls lie on top of this one that have to end first.
      (current.last as unknown as Frame<any>).parent = frame;
      current.last = null;
      frame = stack.top!;
      action = frame.state === CLAIMED ? RESUME : RETURN;
      continue;
    }
    if (outcome !== null) {
      if (action === RETURN || frame.state === UNWINDING) {
        frame.state = DONE;
        action = RETURN;
      } else {
        frame.state = RETURNED;
        frame.slot = outcome.value;
      }
    }
    const { parent } = frame;
    frame.generator = null;
    frame.parent = null;
    stack.top = parent;
    if (parent === null) {
      current.stack = outer;
      current.depth = depth;
      return outcomeOf(frame);
    }
    if (parent.state === CANCELLED) action = RETURN;
    frame = parent;
  }
}

/** A call threw. Answers what its parent is given: the error, or `return()` as well. */
function threw(
  stack: Stack,
  frame: Frame<any>,
  error: unknown,
  action: typeof RESUME | typeof RETURN,
): typeof RESUME | typeof RETURN {
  // Whatever was linked on the way to the throw is abandoned with it.
  current.last = null;
  current.depth = 0;
  if (action === RETURN || frame.state === UNWINDING) {
    currentRoot()!.cleanupFailed(error);
    frame.state = DONE;
    return RETURN;
  }
  current.diagnostics.advise(error);
  current.diagnostics.traceSuspended(error, frame, stack);
  frame.state = THREW;
  frame.slot = error;
  return RESUME;
}

/** Gives a call `return()`: its `finally` blocks run, and it is done unless one of them awaits. */
function giveReturn(frame: Frame<any>): IteratorResult<Pending, unknown> {
  if (frame.state <= CLAIMED) {
    frame.close();
    return READY;
  }
  const generator = frame.generator!;
  const levels = levelsOf(generator);
  // The branches of what it awaits unwind before it does: they may still use what its own `finally` gives back.
  const branches = (lastInspected() as Branching | null)?.unwindFirst?.();
  if (branches != null) {
    frame.state = CANCELLED;
    claimed(branches, "unwind").link();
    return ABANDONED;
  }
  frame.state = UNWINDING;
  // A plain generator that is awaited inline cannot be unwound past a `finally` that awaits: the language forgets the
  // `return()` and would run on behind the cancelled `yield*`. It shows when the frame has not moved.
  const before = levels > 1 ? sightOf(generator)?.lines : undefined;
  for (;;) {
    const result = settle(generator.return!(undefined), frame);
    if (levels <= 1 || result.done === true) return result;
    const after = sightOf(generator)?.lines;
    if (before === undefined || after === undefined || after.length === 1 || after.at(-1) !== before.at(-1))
      return result;
    // The helper is the first, from the outside, that has moved: into its `finally`.
    let at = -2;
    while (after.at(at - 1) !== undefined && after.at(at) === before.at(at)) at--;
    currentRoot()!.cleanupFailed(current.diagnostics.inlinedCleanup(after.at(at)!));
    if (current.last !== null) return ABANDONED;
  }
}

/** The mark of a stack; 0 where there is none. */
export function markOf(stack: ActiveStack | null): number {
  if (stack === null) return 0;
  return stack.mark !== 0 ? stack.mark : (stack.mark = ++current.marks);
}

/** What the outermost call ended with. */
function outcomeOf(frame: Frame<any>): unknown {
  const { state, slot } = frame;
  frame.state = DONE;
  frame.slot = undefined;
  if (state === DONE) return UNWOUND;
  if (state === THREW) throw slot;
  return slot;
}
