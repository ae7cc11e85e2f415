/**
 * Futures that need no waiting: `ready`, `pending`, `lazy`, and `pollFn`.
 */
import { quote } from "../base/errors.js";
import { type Needs, NEVER } from "../base/needs.js";
import type { Context } from "./context.js";
import { Leaf } from "./leaf.js";
import { PENDING, type Future, type Poll } from "./poll.js";

class Ready<T> extends Leaf<T> {
  readonly #value: T;
  constructor(value: T) {
    super();
    this.#value = value;
  }
  poll(): T {
    return this.#value;
  }
}

class Never extends Leaf<never> {
  get label(): string {
    return "pending()";
  }
  needs(): Needs {
    return NEVER;
  }
  poll(): typeof PENDING {
    return PENDING;
  }
}

class Lazy<T> extends Leaf<T> {
  readonly #fn: () => T;
  constructor(fn: () => T) {
    super();
    this.#fn = fn;
  }
  poll(): T {
    return this.#fn();
  }
}

class PollFn<T> extends Leaf<T> {
  readonly #fn: (cx: Context) => Poll<T>;
  readonly #onDrop: (() => void) | undefined;
  get label(): string {
    return "pollFn(…)";
  }
  constructor(fn: (cx: Context) => Poll<T>, onDrop: (() => void) | undefined) {
    super();
    this.#fn = fn;
    this.#onDrop = onDrop;
  }
  poll(cx: Context): Poll<T> {
    return this.#fn(cx);
  }
  override drop(): void {
    this.#onDrop?.();
  }
}

/** A future that is ready with `value`. May be awaited any number of times. */
export function ready<T>(value: T): Future<T> {
  return new Ready(value);
}

/** A future that is never ready. Whoever awaits it waits until it is dropped. */
export function pending(): Future<never> {
  return new Never();
}

/** A future that calls `fn` when it is polled, and is ready with what it returns. */
export function lazy<T>(fn: () => T): Future<T> {
  if (typeof fn !== "function")
    throw new TypeError(
      `Cannot make a future as 'fn' must be a function: received ${quote(fn)}\nhelp: lazy(() => value), or ready(value)`,
    );
  return new Lazy(fn);
}

/**
 * A future made of a function: it answers the value, or keeps `cx.waker` and answers `PENDING`.
 *
 * @param onDrop called if the wait ends before the value came
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { PENDING, pollFn } from "heddle/lowlevel";
 *
 * let polls = 0;
 * const third = pollFn((cx) => {
 *   if (++polls === 3) return "third";
 *   cx.waker.wake();
 *   return PENDING;
 * });
 * console.log(await run(third));
 * // prints: third
 * ```
 */
export function pollFn<T>(fn: (cx: Context) => Poll<T>, onDrop?: () => void): Future<Exclude<T, typeof PENDING>> {
  return new PollFn(fn, onDrop) as Future<any>;
}
