/**
 * Context and Waker: what a poll is given, and how it asks for the next one.
 */

/** Asks for another poll. Idempotent, harmless after completion, callable from anywhere on the thread. */
export interface Waker {
  wake(): void;
}

/** A waker that does nothing, for polling by hand. */
export const noopWaker: Waker = { wake() {} };

/** What a poll is given. Keep `waker` when you answer `PENDING`; a later poll may bring another one: keep the last. */
export class Context {
  readonly waker: Waker;
  constructor(waker: Waker) {
    this.waker = waker;
  }
}
