/**
 * Iteration: `for await (const message of receiver)`, for code outside of tasks. It polls by hand, so it needs no runtime.
 */
import { Context, type Waker } from "../future/context.js";
import type { Leaf } from "../future/leaf.js";
import { END, PENDING } from "../future/poll.js";

type Result<T> = IteratorResult<T, undefined>;

/** Reads a receiver to its end. To break out of the loop leaves the receiver as it is: another loop goes on. */
export class Iteration<T> implements AsyncIterableIterator<T, undefined>, Waker {
  readonly #cx = new Context(this);
  readonly #recv: () => Leaf<T | typeof END>;
  /** Awaits the next message while somebody asks for it. */
  #leaf: Leaf<T | typeof END> | null = null;
  /** Who asks, oldest first. `for await` never asks twice at once, others may. */
  readonly #asks: ((result: Result<T> | Promise<never>) => void)[] = [];

  /** @param recv makes the future of the next message */
  constructor(recv: () => Leaf<T | typeof END>) {
    this.#recv = recv;
  }

  next(): Promise<Result<T>> {
    return new Promise((resolve) => {
      this.#asks.push(resolve);
      if (this.#asks.length === 1) this.wake();
    });
  }

  wake(): void {
    while (this.#asks.length > 0) {
      let result: Result<T> | Promise<never>;
      try {
        const value = (this.#leaf ??= this.#recv()).poll(this.#cx);
        if (value === PENDING) return;
        result = value === END ? { done: true, value: undefined } : { done: false, value };
      } catch (error) {
        result = Promise.reject(error);
      }
      this.#leaf = null;
      this.#asks.shift()!(result);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
