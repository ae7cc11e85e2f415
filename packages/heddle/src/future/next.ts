/**
 * What the `next()` of a leaf is made of, for those that are awaited so often that they have one of their own.
 *
 * `Leaf.next` calls the `poll` of every leaf there is, so the engine cannot know which, and does not inline it. A copy in a class does
 * (a channel's message took 88 ns with the one, 69 with the other).
 */
import type { Context } from "./context.js";
import { current as $current } from "./current.js";
import { type Pending, PENDING as $PENDING, type Poll, READY, SUSPENDED } from "./poll.js";

// Folded, where imports are loaded: see docs/design/0023-imports-are-loads.md.
const current = $current;
const PENDING: typeof $PENDING = $PENDING;

/** Takes one operation from the budget. False if none is left: do not poll then, `answerSlowly`. */
export function charge(): boolean {
  return --current.budget >= 0;
}

/** What the leaf that is being awaited is polled with. */
export function context(): Context {
  return current.stack!;
}

/** Says in the iterator's words what a poll has answered. The object is shared by all: return it at once. */
export function answer<T>(value: Poll<T>): IteratorResult<Pending, T> {
  if (value === PENDING) return SUSPENDED;
  READY.value = value;
  return READY;
}
