/**
 * Waiting until a pool's queue has room.
 */
import type { Context, Waker } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Poll } from "../future/poll.js";
import type { Pool } from "./crew/pool.js";

/** A future that is ready when fewer calls wait than may. */
export class Room extends Leaf<void> {
  readonly #pool: Pool;
  #waker: Waker | null = null;
  #forget: (() => void) | null = null;

  constructor(pool: Pool) {
    super();
    this.#pool = pool;
  }

  poll(cx: Context): Poll<void> {
    if (!this.#pool.isFull) return undefined;
    this.#waker = cx.waker;
    this.#forget ??= this.#pool.whenRoom(() => {
      this.#forget = null;
      const waker = this.#waker;
      this.#waker = null;
      waker?.wake();
    });
    return PENDING;
  }

  override drop(): void {
    this.#waker = null;
    this.#forget?.();
  }
}
