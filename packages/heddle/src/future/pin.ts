/**
 * `pin`: makes any future pollable by hand, and lets it survive when a combinator drops it.
 */
import { AbortedError, HeddleError } from "../base/errors.js";
import { Branch } from "./branch.js";
import type { Context, Waker } from "./context.js";
import { BUDGET, current, currentRoot, type BranchOwner, type Droppable } from "./current.js";
import { Leaf } from "./leaf.js";
import { PENDING, type Future, type Poll } from "./poll.js";
import { Root } from "./root.js";

/** Stands for the task where there is none: a pinned future that is polled by hand finishes its own cleanups. */
class HandRoot extends Root {
  yielded = false;
  readonly #pinned: Pinned<unknown>;
  constructor(pinned: Pinned<unknown>) {
    super();
    this.#pinned = pinned;
  }
  wake(): void {
    this.#pinned.branchWoken();
  }
}

/**
 * A future that is polled by hand, or by several combinators one after the other. Its owner drops it; a combinator that loses
 * interest only stops polling. One that a task has polled is dropped when that task ends.
 */
export class Pinned<T> extends Leaf<T> implements BranchOwner, Droppable {
  readonly #branch: Branch;
  #waker: Waker | null = null;
  #root: HandRoot | null = null;
  #isDropped = false;
  #isFinished = false;
  #isKept = false;
  // Held back until the cleanups are over, when no task is there to finish them.
  #outcome: { value: T } | { error: unknown } | null = null;

  /** @param verb for the message when `future` is none */
  constructor(future: Future<T>, verb = "pin") {
    super();
    this.#branch = new Branch(this, 0, future, verb);
  }

  /** Whether the outcome was given, or the future dropped and its cleanups are over. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** @internal */
  get label(): string {
    return "pin(…)";
  }

  /** @internal For dumps. */
  branches(): readonly Branch[] {
    return [this.#branch];
  }

  /** @internal */
  branchWoken(): void {
    this.#waker?.wake();
  }

  /**
   * One poll.
   *
   * @returns the value, or `PENDING`
   * @throws what the future throws; AbortedError once a dropped one has unwound; HeddleError `future.completed` after the end
   */
  poll(cx: Context): Poll<T> {
    if (this.#isFinished)
      throw new HeddleError("future.completed", "Cannot poll a pinned future again: it is over", {
        help: "pin a new future",
      });
    this.#waker = cx.waker;
    if (currentRoot() !== null) return this.#pollInTask();
    return this.#asRoot(() => this.#pollByHand());
  }

  #pollInTask(): Poll<T> {
    if (!this.#isKept) {
      this.#isKept = true;
      currentRoot()!.keep(this);
    }
    if (!this.#branch.isWoken) return PENDING;
    try {
      const value = this.#branch.poll();
      if (value !== PENDING) this.#end();
      return value as Poll<T>;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #end(): void {
    this.#isFinished = true;
    currentRoot()!.release(this);
  }

  #pollByHand(): Poll<T> {
    const { cleanups } = this.#root!;
    cleanups?.drive();
    if (this.#outcome === null && !this.#isDropped && this.#branch.isWoken) {
      try {
        const value = this.#branch.poll() as Poll<T>;
        if (value !== PENDING) this.#outcome = { value };
      } catch (error) {
        this.#outcome = { error };
      }
    }
    if (this.#outcome === null && !this.#isDropped) return PENDING;
    if (this.#root!.cleanups?.settle() === false) return PENDING;
    this.#isFinished = true;
    return this.#give();
  }

  #give(): T {
    const { cleanups } = this.#root!;
    const outcome = this.#outcome;
    if (outcome !== null && "error" in outcome) {
      throw cleanups?.failed === true ? cleanups.errorAfter(outcome.error) : outcome.error;
    }
    if (cleanups?.failed === true) throw cleanups.errorAfter();
    if (outcome === null) throw new AbortedError();
    return outcome.value;
  }

  #asRoot<R>(work: () => R): R {
    current.root = this.#root ??= new HandRoot(this as Pinned<unknown>);
    current.budget = BUDGET;
    try {
      return work();
    } finally {
      current.root = null;
      current.budget = 0;
    }
  }

  /** Stops waiting, for the poller that has `cx`. The future itself goes on when it is polled again. */
  override drop(cx?: Context): void {
    if (cx !== undefined) {
      if (this.#waker === cx.waker) this.#waker = null;
      return;
    }
    if (this.#isFinished || this.#isDropped) return;
    this.#isDropped = true;
    // Polled by a task, the rest is that task's to finish; by hand, whoever polls goes on until it throws AbortedError.
    if (currentRoot() !== null) {
      this.#branch.drop();
      this.#end();
    } else {
      this.#asRoot(() => this.#branch.drop());
      this.#waker?.wake();
    }
  }

  /** Drops the future: its cleanups run. */
  [Symbol.dispose](): void {
    this.drop();
  }
}

/**
 * Pins a future: it can be polled by hand, and it survives when a `select` or a `race` that it loses drops its branches. Poll it to
 * its end, or drop it.
 *
 * @example A slow branch that keeps its progress through a loop of selects
 * ```ts
 * import { async, map, Runtime, select, sleep } from "heddle";
 * import { pin } from "heddle/lowlevel";
 *
 * const main = async(function* () {
 *   const slow = pin(map(sleep(18), () => "slow"));
 *   for (let ticks = 0; ; ticks++) {
 *     const won = yield* select({ slow, tick: sleep(5) });
 *     if (won.key === "slow") return `${won.value} after ${ticks} ticks`;
 *   }
 * });
 * console.log(await new Runtime({ startPaused: true }).run(main()));
 * // prints: slow after 3 ticks
 * ```
 */
export function pin<T>(future: Future<T>): Pinned<T> {
  return future instanceof Pinned ? future : new Pinned(future);
}
