/**
 * What is current on this thread. The little other state of modules is listed in ARCHITECTURE.md.
 *
 * The driver of frames (`stack.ts`) writes `stack`, `depth` and `last`; the outermost poller writes `budget`, it and `branch.ts` `root`;
 * `runtime/` writes `services`, `warnings` and, for development, `diagnostics`; `inspect.ts` writes `inspection`, `stack.ts` `marks` too. Everyone else reads.
 */
import type { Clock } from "../base/clock.js";
import type { Random } from "../base/random.js";
import type { Warnings } from "../base/warnings.js";
import type { TimerEntry } from "../base/wheel.js";
import type { Context, Waker } from "./context.js";
import { NoRuntimeError } from "../base/errors.js";
import { type Diagnostics, terse } from "./diagnostics.js";

/** Operations a task may do in one poll before it has to let others run. Tokio's figure. */
export const BUDGET = 128;

/** A suspended call as the stack links it: towards the call that awaits it. */
export interface Suspended {
  parent: Suspended | null;
}

/** The stack of suspended calls that is being driven; also the context its leaves are polled with. */
export interface ActiveStack extends Context, Waker {
  top: Suspended | null;
  /** Task-local values in force, innermost first. */
  readonly locals: Locals | null;
  /** Whether this stack has just yielded of its own will. `yield-now.ts` writes it. */
  yielded: boolean;
  /** `markOf` writes it. */
  mark: number;
}

/** One task-local value and those outside it. */
export interface Locals {
  readonly key: object;
  readonly value: unknown;
  readonly outer: Locals | null;
}

/** The owner of the whole tree that is being polled. It finishes what was dropped, and is not done before. */
export interface ActiveRoot extends BranchOwner, Waker {
  /** Takes over a dropped branch whose cleanup awaits. */
  adopt(branch: object): void;
  /** Takes an error that a cleanup threw while it was unwound. */
  cleanupFailed(error: unknown): void;
  /** Drops a pinned future when the root ends, unless it was released before. */
  keep(pinned: Droppable): void;
  release(pinned: Droppable): void;
}

/** Who is told that a branch was woken, and polls it. */
export interface BranchOwner {
  branchWoken(branch: any): void;
}

/** Something that ends early when its owner ends. */
export interface Droppable {
  drop(): void;
}

/** What futures may ask of the runtime that polls them. */
export interface Services {
  readonly clock: Clock;
  /** Null until somebody needs one. */
  random: Random | null;
  readonly timers: Timers;
  /** Wakes, in an event of the host's: whoever was woken runs before it returns, or, if it may wait, with those whom other events wake. See `Executor.wakeInEvent`. */
  wakeInEvent(waker: Waker, mayWait: boolean): void;
}

/** The timers of a runtime. `when` is in whole milliseconds of its clock. */
export interface Timers {
  /** The tick up to which timers have fired: only an entry whose `when` is behind it may be inserted. */
  readonly now: number;
  insert(entry: TimerEntry): void;
  remove(entry: TimerEntry): void;
  /** Something outside was begun that will wake a task, such as a promise: a paused clock may wait for it. */
  outsideBegins(): void;
  /** It has come to its end, or is not waited for any more. */
  outsideEnds(): void;
  /** Calls `turnEnds` of it when the turn ends, as often as this was called; at once outside of turns. */
  atTurnEnd(one: TurnEnd): void;
}

/** What is put off to the end of a turn, because it may be undone within it. */
export interface TurnEnd {
  turnEnds(): void;
}

/** Answers for whoever looks at a suspended call instead of running it. See `inspect.ts`. */
export interface Inspection {
  answer(future: object): { done: boolean; value: unknown };
}

export const current: {
  stack: ActiveStack | null;
  /** The root, where that is not the stack itself; `currentRoot()` answers in any case. */
  root: ActiveRoot | null;
  services: Services | null;
  /** Where warnings go; null when they are switched off. */
  warnings: Warnings | null;
  /** Who speaks for the engine. */
  diagnostics: Diagnostics;
  /** What is left of the poll's budget. Zero outside of polls, so that a stray `next()` takes the slow path. */
  budget: number;
  /** Calls running inline, one inside the other, since the driver was last in control. */
  depth: number;
  /** The outermost call linked since the driver was last in control. */
  last: Suspended | null;
  inspection: Inspection | null;
  /** How many stacks have a mark: see `markOf`. */
  marks: number;
} = {
  stack: null,
  root: null,
  services: null,
  warnings: null,
  diagnostics: terse,
  budget: 0,
  depth: 0,
  last: null,
  inspection: null,
  marks: 0,
};

/**
 * The owner of the tree that is being polled; null outside of polls.
 *
 * Most polls are of a task without branches, whose stack is the root. There `current.root` stays null: to write it for each poll costs a
 * seventh of a resumption, as the task is younger than `current` and the collector has to be told of every such write.
 *
 * INVARIANT: while a stack that is no root is driven, `current.root` is set. `Branch` sees to that.
 */
export function currentRoot(): ActiveRoot | null {
  return current.root ?? (current.stack as unknown as ActiveRoot | null);
}

/**
 * The services of the runtime that is current.
 *
 * @param verb what they are asked for: `sleep`
 * @throws NoRuntimeError
 */
export function servicesFor(verb: string): Services {
  const { services } = current;
  if (services === null) throw new NoRuntimeError(verb);
  return services;
}
