/**
 * What the tests of the channels share: futures polled by hand.
 */
import assert from "node:assert/strict";
import { Context, type Waker } from "../future/context.js";
import { PENDING, type Poll } from "../future/poll.js";
import { type Future, type HeddleError, type LaggedError, type SendError } from "../index.js";

export const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One future that is polled by hand; its waker counts. */
export class Hand<T> implements Waker {
  wakes = 0;
  readonly cx = new Context(this);
  readonly #leaf: { poll(cx: Context): Poll<T>; drop(cx: Context): void };
  constructor(future: Future<T>) {
    this.#leaf = future as never;
  }
  wake(): void {
    this.wakes++;
  }
  poll(cx = this.cx): T | "pending" {
    const value = this.#leaf.poll(cx);
    return value === PENDING ? "pending" : (value as T);
  }
  drop(): void {
    this.#leaf.drop(this.cx);
  }
}

/** Polls a future once, by hand. */
export function begun<T>(future: Future<T>): Hand<T> {
  const hand = new Hand(future);
  assert.equal(hand.poll(), "pending");
  return hand;
}

/** What `body` throws. */
export function caught(body: () => unknown): SendError<unknown> & LaggedError & HeddleError {
  try {
    body();
  } catch (error) {
    return error as never;
  }
  throw new Error("nothing was thrown");
}
