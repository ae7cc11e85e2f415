/**
 * Source: where the items of a concurrent loop come from, one at a time: an iterator, or an async iterator that is polled.
 *
 * An async iterator is asked for the next item only when the one before has come: many cannot be asked twice.
 */
import { quote } from "../base/errors.js";
import { fromPromise } from "../future/from-promise.js";
import { isFuture } from "../future/gather.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";

/** Items that are there, or that come. */
export type Items<T> = Iterable<T> | AsyncIterable<T>;

/** @throws TypeError unless `items` are iterable */
export function checkItems(items: Items<unknown>, verb: string): void {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = (items ?? {}) as Iterable<unknown> &
    AsyncIterable<unknown>;
  // A future iterates too, and its items are not those of the loop.
  if (typeof async !== "function" && (typeof sync !== "function" || isFuture(items)))
    throw new TypeError(
      `Cannot ${verb} as 'items' must be iterable: received ${quote(items)}\nhelp: pass an array, or something one can for await`,
    );
}

type Pulled<T> = { result: IteratorResult<T> } | { error: unknown };

/** The items of one loop. */
export class Source<T> {
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  readonly #isAsync: boolean;
  readonly #came: () => void;
  #isPulling = false;
  #pulled: Pulled<T> | null = null;
  #isOver = false;

  /** @param came called when an item came that was asked for */
  constructor(items: Items<T>, came: () => void) {
    this.#isAsync = Symbol.asyncIterator in Object(items);
    this.#iterator = this.#isAsync
      ? (items as AsyncIterable<T>)[Symbol.asyncIterator]()
      : (items as Iterable<T>)[Symbol.iterator]();
    this.#came = came;
  }

  /** Whether the last item was taken, or the source has failed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The next item; at the end `isOver` is set, and there is none. Throws what the iterator throws. */
  poll(): Poll<{ item: T } | null> {
    if (!this.#isAsync) return this.#take(() => (this.#iterator as Iterator<T>).next());
    const pulled = this.#pulled;
    if (pulled === null) {
      if (!this.#isPulling) this.#pull();
      return PENDING;
    }
    this.#pulled = null;
    return this.#take(() => {
      if ("error" in pulled) throw pulled.error;
      return pulled.result;
    });
  }

  #take(next: () => IteratorResult<T>): { item: T } | null {
    try {
      const result = next();
      if (result.done !== true) return { item: result.value };
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
    this.#isOver = true;
    return null;
  }

  #pull(): void {
    this.#isPulling = true;
    const settle = (pulled: Pulled<T>): void => {
      this.#isPulling = false;
      this.#pulled = pulled;
      this.#came();
    };
    Promise.resolve((this.#iterator as AsyncIterator<T>).next()).then(
      (result) => settle({ result }),
      (error) => settle({ error }),
    );
  }

  /** Says that no more will be asked for. Answers what has to be awaited until the iterator has cleaned up. */
  close(): Future<unknown> | null {
    if (this.#isOver) return null;
    this.#isOver = true;
    const closing: unknown = this.#iterator.return?.();
    // Do not wait for an iterator that was asked for an item it may never have: it comes to the `return` only after that.
    return this.#isAsync && !this.#isPulling && closing !== undefined ? fromPromise(Promise.resolve(closing)) : null;
  }
}
