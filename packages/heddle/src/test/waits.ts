/**
 * What a suspended task waits for: every leaf that it would poll. And how to have it poll them all without their having woken it.
 */
import { lastInspected, levelsOf } from "../future/inspect.js";
import type { Stack } from "../future/stack.js";
import type { Task } from "../task/task.js";

/** What has branches: the combinators. */
interface Branching {
  branches?(): readonly ((Stack & { readonly isOver: boolean }) | null)[];
}

/** One leaf, and who polls it. */
interface Wait {
  readonly leaf: object;
  readonly stack: Stack;
}

/** In the order they are polled. */
export function waitsOf(stack: Stack): Wait[] {
  const leaf = stack.leaf ?? awaitedBy(stack);
  if (leaf === null) return [];
  const branches = (leaf as Branching).branches?.() ?? [];
  if (branches.length === 0) return [{ leaf, stack }];
  return branches.flatMap((branch) => (branch === null || branch.isOver ? [] : waitsOf(branch)));
}

function awaitedBy({ top }: Stack): object | null {
  if (top === null || top.isStartable) return null;
  levelsOf(top.generator);
  return lastInspected();
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
