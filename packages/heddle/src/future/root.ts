/**
 * Root: a stack that owns the whole tree under it. What its branches drop is its to finish, and it is not over before that.
 */
import { suppress } from "../base/errors.js";
import type { Branch } from "./branch.js";
import type { ActiveRoot, Droppable } from "./current.js";
import { Stack } from "./stack.js";
import { WokenQueue } from "./woken-queue.js";

/** What a root has to finish besides its own calls. Made on demand, part by part: most tasks never need one. */
export class Cleanups {
  #woken: WokenQueue | null = null;
  /** @internal The dropped branches that are not over. Others read these two, for dumps. */
  live: Set<Branch> | null = null;
  /** @internal What was pinned and is not over. */
  kept: Set<Droppable> | null = null;
  #errors: unknown[] | null = null;
  /** Why the task was aborted. Kept here because few are. */
  reason: unknown = undefined;
  /** What its calls ended with, until the cleanups are over. */
  outcome: unknown = undefined;

  /** Whether something is left to do. */
  get #isBusy(): boolean {
    return this.live !== null && this.live.size > 0;
  }

  get failed(): boolean {
    return this.#errors !== null;
  }

  fail(error: unknown): void {
    (this.#errors ??= []).push(error);
  }

  /** The first error, which is the task's own if it has one, with the later ones attached to it. */
  errorAfter(...own: unknown[]): unknown {
    return [...own, ...this.#errors!].reduce(suppress);
  }

  adopt(branch: Branch): void {
    (this.live ??= new Set()).add(branch);
  }

  branchWoken(branch: Branch): void {
    (this.#woken ??= new WokenQueue()).push(branch);
  }

  keep(pinned: Droppable): void {
    (this.kept ??= new Set()).add(pinned);
  }

  release(pinned: Droppable): void {
    this.kept?.delete(pinned);
  }

  /**
   * Whether all is done. What was pinned and never came to its end is dropped only when nothing else is left that might
   * go on with it; its own cleanups may then pin again.
   */
  settle(): boolean {
    const kept = this.kept;
    if (kept !== null)
      for (const pinned of kept) {
        if (this.#isBusy) break;
        kept.delete(pinned);
        pinned.drop();
      }
    return !this.#isBusy;
  }

  /** Polls the dropped branches that were woken. */
  drive(): void {
    if (this.#woken === null) return;
    const { last } = this.#woken;
    for (let branch = this.#woken.take(); branch !== null; branch = this.#woken.takeAfter(branch, last))
      if (!branch.isOver && branch.pollCleanup()) this.live!.delete(branch);
  }
}

/** Ends the dropped branches where their cleanups await. */
export function endCleanups(cleanups: Cleanups): void {
  do {
    if (cleanups.live === null) continue;
    for (const branch of cleanups.live) branch.end();
    cleanups.live.clear();
  } while (!cleanups.settle());
}

/** A stack at the bottom of a tree: a task, or a future that is polled by hand. */
export abstract class Root extends Stack implements ActiveRoot {
  /** @internal Made by {@link cleanupsOf}. */
  declare cleanups: Cleanups | null;

  // As `Stack` does.
  constructor() {
    super();
    this.cleanups = null;
  }

  adopt(branch: Branch): void {
    cleanupsOf(this).adopt(branch);
  }

  cleanupFailed(error: unknown): void {
    cleanupsOf(this).fail(error);
  }

  branchWoken(branch: Branch): void {
    cleanupsOf(this).branchWoken(branch);
    this.wake();
  }

  keep(pinned: Droppable): void {
    cleanupsOf(this).keep(pinned);
  }

  release(pinned: Droppable): void {
    this.cleanups?.release(pinned);
  }
}

/** The cleanups of a root, made for the first. */
export function cleanupsOf(root: Root): Cleanups {
  return (root.cleanups ??= new Cleanups());
}
