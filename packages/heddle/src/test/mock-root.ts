/**
 * MockRoot: stands for the task where a test polls by hand. Unlike a pinned future it polls whenever it is told to, woken or not, and it is
 * the root of the tree also when the test itself runs in a task: what is dropped in it is finished by its own polls.
 */
import { AbortedError } from "../base/errors.js";
import type { Waker } from "../future/context.js";
import { BUDGET, current } from "../future/current.js";
import { claimed } from "../future/frame.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { Root } from "../future/root.js";
import { UNWOUND } from "../future/stack.js";

/** The life of one future that is polled by hand. */
export class MockRoot<T> extends Root {
  yielded = false;
  /** Its calls are over, and so are the cleanups of what it dropped. */
  isOver = false;
  /** It was dropped before it came to its end. */
  isCut = false;
  /** What its calls ended with, until the cleanups are over as well. */
  #outcome: { value: T } | { error: unknown } | "cut" | null = null;

  readonly #waker: Waker;

  /** @param waker woken whenever the future asks for another poll */
  constructor(future: Future<T>, waker: Waker) {
    super();
    this.#waker = waker;
    this.top = claimed(future, "mock");
  }

  wake(): void {
    this.#waker.wake();
  }

  /** One poll. Throws what the future throws; AbortedError when one that was dropped has unwound. */
  poll(): Poll<T> {
    return this.#asRoot(() => {
      this.cleanups?.drive();
      if (this.#outcome === null) this.#run(() => this.resume());
      return this.#isSettled() ? this.#give() : PENDING;
    });
  }

  /** Drops the future. Its cleanups begin; polls go on with those that await. Throws what a cleanup threw if all are over. */
  cut(): void {
    if (this.isOver || this.isCut) return;
    this.isCut = true;
    this.#asRoot(() => {
      if (this.#outcome === null) this.#run(() => this.unwind());
      if (this.#isSettled() && this.cleanups?.failed === true) throw this.cleanups.errorAfter();
    });
  }

  #run(drive: () => Poll<unknown> | typeof UNWOUND): void {
    try {
      const value = drive();
      if (value === UNWOUND) this.#outcome = "cut";
      else if (value !== PENDING) this.#outcome = { value: value as T };
    } catch (error) {
      this.#outcome = { error };
    }
  }

  #isSettled(): boolean {
    this.isOver = this.#outcome !== null && this.cleanups?.settle() !== false;
    return this.isOver;
  }

  #give(): T {
    const { cleanups } = this;
    const outcome = this.#outcome as { value: T } | { error: unknown } | "cut";
    if (outcome !== "cut" && "error" in outcome)
      throw cleanups?.failed === true ? cleanups.errorAfter(outcome.error) : outcome.error;
    if (cleanups?.failed === true) throw cleanups.errorAfter();
    if (outcome === "cut") throw new AbortedError();
    return outcome.value;
  }

  // The test may itself be a task in the middle of a poll: what is current is put back as it was.
  #asRoot<R>(work: () => R): R {
    const { root, stack, budget, depth, last } = current;
    current.root = this;
    current.stack = null;
    current.budget = BUDGET;
    current.last = null;
    try {
      return work();
    } finally {
      current.root = root;
      current.stack = stack;
      current.budget = budget;
      current.depth = depth;
      current.last = last;
    }
  }
}
