/**
 * `currentTask`: which task is being polled, for primitives that remember who holds them.
 */
import type { Need } from "../base/needs.js";
import type { Holder } from "../base/resource.js";
import { current, currentRoot } from "../future/current.js";
import { markOf } from "../future/stack.js";
import { Task } from "./task.js";

/**
 * The task that is being polled; null outside of tasks, and while a pinned future is polled by hand.
 *
 * It answers with less than a handle: whoever learns that way which task runs can neither join nor abort it.
 */
export function currentTask(): Holder | null {
  const root = currentRoot();
  return root instanceof Task ? root : null;
}

/** What has to be done before a part of something that is given out now comes back. See `Holders` for what is given out as often as a lock. */
export function currentOwner(): Need {
  return { task: currentTask(), until: "release", by: markOf(current.stack) };
}
