/**
 * The words that pollers and the polled exchange: `PENDING`, and the two shared answers of a future's iterator.
 *
 * A future is its own iterator and answers `next()` with one of two objects that all futures share. `yield*` reads an
 * answer at once and keeps nothing of it, so sharing is safe and a ready `yield*` allocates nothing (10 ns against 25).
 */

/** What `poll` answers when there is no value yet and the waker has been kept. */
export const PENDING: unique symbol = Symbol("heddle.pending");

/** What a poll answers: the value, or {@link PENDING}. */
export type Poll<T> = T | typeof PENDING;

/** What a stream answers at its end. */
export const END: unique symbol = Symbol("heddle.end");

/** The type of what an async function yields. Only `yield*` of a future makes one; user code never does. */
export interface Pending {
  /** Its name is what the compiler says of a bare `yield`. */
  readonly "write yield* instead of yield": typeof PENDING;
}

/**
 * Something that can be awaited with `yield*`: a future, a handle, or a plain generator that awaits such things.
 *
 * A future is inert: nothing runs until a task or a `yield*` polls it.
 */
export interface Future<T> {
  [Symbol.iterator](): Iterator<Pending, T, any>;
}

/** The type that awaiting `F` gives. */
export type Output<F> = F extends Future<infer T> ? T : never;

/** The shared answer of every future that is ready. Write `value`, return it, forget it. */
export const READY: { done: true; value: any } = { done: true, value: undefined };

/** What a true suspension yields, and nothing else does. */
export const SUSPENSION = Symbol("heddle.suspension") as unknown as Pending;

/** The shared answer of every future that is pending. The driver knows a true suspension by its identity. */
export const SUSPENDED: { done: false; value: Pending } = { done: false, value: SUSPENSION };
