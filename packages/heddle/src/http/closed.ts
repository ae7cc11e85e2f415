/**
 * Closed: waits for the end of something that many may wait for.
 */
import type { Context } from "../future/context.js";
import { PENDING, type Poll } from "../future/poll.js";
import { Waiter, type WaitList } from "../future/wait-list.js";

/** What comes to an end. It wakes all of `waiting` then. */
export interface Ending {
  readonly isClosed: boolean;
  readonly waiting: WaitList<Closed>;
  /** Somebody waits for it who did not before. */
  waitBegins?(): void;
  waitEnds?(): void;
}

/** Ready once it is closed. */
export class Closed extends Waiter<void> {
  readonly #ending: Ending;

  get label(): string {
    return "closed()";
  }

  constructor(ending: Ending) {
    super();
    this.#ending = ending;
  }

  poll(cx: Context): Poll<void> {
    const { isClosed, waiting } = this.#ending;
    if (isClosed) return undefined;
    if (!waiting.has(this)) {
      waiting.push(this);
      this.#ending.waitBegins?.();
    }
    this.waker = cx.waker;
    return PENDING;
  }

  override drop(): void {
    this.waker = null;
    if (this.#ending.waiting.remove(this)) this.#ending.waitEnds?.();
  }
}

/** Tells all who wait. */
export function tellClosed(ending: Ending): void {
  for (const waiter of ending.waiting.drain()) {
    ending.waitEnds?.();
    waiter.wake();
  }
}
