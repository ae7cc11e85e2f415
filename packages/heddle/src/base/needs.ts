/**
 * Needs: what a wait cannot end without, as far as its leaf knows. For those who look for deadlocks, and for nobody else: leaves that
 * anybody may wake, such as a channel's, say nothing.
 */
import type { Holder } from "./resource.js";

/** Something that a task has to do before a wait can end. */
export interface Need {
  /** Who has to; null: somebody who is no task, so that nobody can tell. */
  readonly task: Holder | null;
  /** Go on, so that it gives back what it holds; or end. */
  readonly until: "release" | "end";
  /** Of a release: the mark of the calls that took it (a `Stack`), and go on with it as a rule; 0 if they are not known. */
  readonly by: number;
}

/** The tasks that some needs are of, once each. */
export function tasksOf(needs: Iterable<Need>): Holder[] {
  const tasks = new Set<Holder>();
  for (const { task } of needs) if (task !== null) tasks.add(task);
  return [...tasks];
}

/** What a wait cannot end without. Nothing at all: it never ends. */
export interface Needs {
  /** Whether it needs each of them, or one. */
  readonly each: boolean;
  /** The same object for all waits that need the same. */
  readonly of: Iterable<Need>;
  /** One more that would do. */
  readonly or?: Need | undefined;
}

/** A leaf that may know. */
export interface Needing {
  /** Null if it may end without anything being done by a task that is known. */
  needs?(): Needs | null;
}

/** Of a wait that never ends by itself. */
export const NEVER: Needs = /* @__PURE__ */ Object.freeze({ each: false, of: [] });
