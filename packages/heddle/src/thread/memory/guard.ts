/**
 * Guard: what a thread has while it holds something shared, and how a function runs with it.
 */
import { async } from "../../future/async.js";
import { framed } from "../../future/framed.js";
import type { Future } from "../../future/poll.js";
import type { SharedValue } from "./buffers.js";
import { released } from "./refusals.js";
import type { SharedThing } from "./shared-thing.js";

/** What a thread has while it has locked something shared. It belongs to that thread, and cannot be sent. */
export interface SharedGuard {
  /** Whether it was released. */
  readonly isReleased: boolean;
  /** Gives back what it holds. Again: does nothing. */
  release(): void;
  /** As {@link release}: for `using`. */
  [Symbol.dispose](): void;
}

/** @internal The hottest objects here: their fields are assigned by the last constructor, and not defined before, which costs as much as a free lock. */
export abstract class Guard implements SharedGuard {
  declare isHeld: boolean;

  get isReleased(): boolean {
    return !this.isHeld;
  }

  release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.giveBack();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** Gives back what it held: once. */
  protected abstract giveBack(): void;
}

/** @internal A guard that lets its holder at what a lock protects. */
export abstract class LockGuard<T extends SharedValue, L extends SharedThing<T>> extends Guard {
  declare readonly lock: L;

  constructor(lock: L) {
    super();
    this.lock = lock;
    this.isHeld = true;
  }

  get value(): T {
    if (!this.isHeld) this.mustHold(`use what ${this.lock.what} protects`);
    return this.lock.content;
  }

  mustHold(verb: string): void {
    if (!this.isHeld) throw released(verb, this.lock.what);
  }
}

/** Waits for a guard, and holds it until all that `fn` began is over, its cleanups included. */
export const whileHeld = /* @__PURE__ */ async(function* <L, V>(
  lock: L,
  ask: (lock: L) => Future<SharedGuard & { readonly value?: V }>,
  fn: (value: V) => any,
) {
  const guard = yield* ask(lock);
  try {
    return yield* framed(fn(guard.value as V));
  } finally {
    guard.release();
  }
});

/** As {@link whileHeld}, for a function that does not wait, and a guard that is there. */
export function whileHeldBlocking<V, R>(guard: SharedGuard & { readonly value: V }, fn: (value: V) => R): R {
  try {
    return fn(guard.value);
  } finally {
    guard.release();
  }
}
