/**
 * `currentTask`: which task is being polled, for primitives that remember who holds them.
 */
import type { Holder } from "../base/resource.js";
import { currentRoot } from "../future/current.js";
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
