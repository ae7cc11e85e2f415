/**
 * Expiry: the keys that are to go, and when. A delay queue holds them, and one task of the server waits for the first (`Db.forgetting`).
 *
 * The task may be a moment late: there may be others before it. So whoever reads a key asks `isOver` too, and nobody sees a key past its time.
 */
import { async, END } from "heddle";
import { Notify } from "heddle/sync";
import { type Delayed, DelayQueue, Instant } from "heddle/time";
import type { Bytes } from "./resp/bytes.js";

export class Expiry {
  readonly #queue = new DelayQueue<Bytes>();
  readonly #delays = new Map<Bytes, Delayed<Bytes>>();
  /** There was no key to wait for, and now there is. */
  readonly #begun = new Notify();

  /** How many keys are to go. */
  get size(): number {
    return this.#delays.size;
  }

  /** From now on, the key is to go in so many milliseconds. */
  set(key: Bytes, milliseconds: number): void {
    const delay = this.#delays.get(key);
    if (delay !== undefined) this.#queue.reset(delay, milliseconds);
    else {
      this.#delays.set(key, this.#queue.insert(key, milliseconds));
      if (this.#delays.size === 1) this.#begun.notifyOne();
    }
  }

  /** The key is to stay, or is gone. */
  clear(key: Bytes): void {
    const delay = this.#delays.get(key);
    if (delay === undefined) return;
    this.#delays.delete(key);
    this.#queue.remove(delay);
  }

  /** How many milliseconds are left; null for a key that is to stay. */
  left(key: Bytes): number | null {
    return this.#delays.get(key)?.deadline.since(Instant.now()) ?? null;
  }

  /** Whether the key should be gone. */
  isOver(key: Bytes): boolean {
    return this.left(key) === 0;
  }

  /** Waits for the next key whose time has come. */
  @async
  *next() {
    for (;;) {
      const delayed = yield* this.#queue.next();
      if (delayed !== END) {
        this.#delays.delete(delayed.value);
        return delayed.value;
      }
      yield* this.#begun.notified();
    }
  }
}
