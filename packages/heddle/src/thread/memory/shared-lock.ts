/**
 * SharedLock: what a mutex and a read-write lock have in common: a word with the name of who has it, and what becomes of that when it dies.
 *
 *     LOCK_OWNER   0 ──► name ──release──► 0
 *                         └── its thread dies ──► POISONED, or 0 if it has changed nothing ──recover──► name
 */
import type { SharedValue } from "./buffers.js";
import type { SharedGuard } from "./guard.js";
import { here } from "./here.js";
import { idIn, LOCK_OWNER, nameOf, POISONED, SOMEBODY } from "./layout.js";
import { SharedThing } from "./shared-thing.js";

/** What {@link SharedMutex} and {@link SharedRwLock} can do once a thread has died while it had them. */
export abstract class SharedLock<T extends SharedValue, G extends SharedGuard> extends SharedThing<T> {
  /** @internal The name of this thread. */
  readonly me: number = nameOf(here.id);

  /** Whether a thread died while it could change what is protected, as far as anybody has noticed. */
  get isPoisoned(): boolean {
    return (this.owner() & POISONED) !== 0;
  }

  /**
   * The guard of a poisoned lock, which is not poisoned from now on: put right what it protects, then release it. Undefined if it is not poisoned; of
   * several who try, one gets it.
   */
  recover(): G | undefined {
    const word = this.owner();
    if ((word & POISONED) === 0) return undefined;
    // SAFETY: poisoned, it has no owner, and this makes one.
    const isMine = Atomics.compareExchange(this.words, LOCK_OWNER, word, this.owned) === word;
    return isMine ? this.guard() : undefined;
  }

  /** Says that what it protects is right as it is. Whether it was poisoned. */
  clearPoison(): boolean {
    const guard = this.recover();
    guard?.release();
    return guard !== undefined;
  }

  /** @internal The owner's word; an owner that is over has been replaced by what it leaves behind. */
  owner(): number {
    const word = Atomics.load(this.words, LOCK_OWNER);
    return word >= SOMEBODY && here.isOver(idIn(word)) ? this.bury(word) : word;
  }

  /** @internal Its owner is over. Answers what the word is now. */
  protected bury(word: number): number {
    const left = this.legacy(word);
    const now = Atomics.compareExchange(this.words, LOCK_OWNER, word, left);
    if (now !== word) return now;
    this.wakeAll(word);
    return left;
  }

  /** @internal The word of this thread while it may change what is protected. */
  protected abstract get owned(): number;

  /** @internal What an owner leaves behind that has died: POISONED, or 0. */
  protected abstract legacy(word: number): number;

  /** @internal Wakes all who wait, whoever had the lock before. */
  protected abstract wakeAll(word: number): void;

  /** @internal The guard of this thread, which has just become the owner. */
  protected abstract guard(): G;
}
