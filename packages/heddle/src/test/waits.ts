/**
 * What a suspended task waits for: every leaf that it would poll. And how to have it poll them all without their having woken it.
 */
import type { Stack } from "../future/stack.js";
import { awaitedBy, branchesOf } from "../runtime/await-tree.js";
import type { Task } from "../task/task.js";

/** One leaf, and who polls it. */
interface Wait {
  readonly leaf: object;
  readonly stack: Stack;
}

/** In the order they are polled. */
export function waitsOf(stack: Stack): Wait[] {
  const leaf = awaitedBy(stack);
  if (leaf === null) return [];
  const branches = branchesOf(leaf);
  return branches.length === 0 ? [{ leaf, stack }] : branches.flatMap(waitsOf);
}

/** Wakes everything in a task that waits, so that its next poll asks all of its leaves. */
export function wakeAll(task: Task<any>): void {
  for (const { stack } of waitsOf(task)) stack.wake();
}

/** What a leaf is called in messages. */
export function labelOf(leaf: object): string {
  const { label } = leaf as { label?: unknown };
  return typeof label === "string" ? label : leaf.constructor.name;
}
