/**
 * Iteration: `for await (const item of …)`, for code outside of tasks, over whatever has a `next()`.
 */
import { END, type Future } from "../future/poll.js";
import type { Engine } from "../runtime/engine.js";
import { currentRuntime, defaultRuntime } from "../runtime/run.js";

/** What gives items one at a time. */
export interface Nexts<T> {
  next(): Future<T | typeof END>;
}

/** Awaits the items of `source` in tasks. To break out of the loop leaves the source as it is. */
export class Iteration<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: Nexts<T>;
  readonly #runtime: Engine;

  constructor(source: Nexts<T>) {
    this.#source = source;
    this.#runtime = currentRuntime() ?? defaultRuntime();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const value = await this.#runtime.spawn(this.#source.next());
    return value === END ? { done: true, value: undefined } : { done: false, value };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
