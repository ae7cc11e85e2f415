/**
 * Par: parallel iterators, as a program sees them. They only build plans; `perform.ts` performs one.
 *
 *     Par ◄── IndexedPar ◄── NumbersPar
 *
 * An IndexedPar knows the number of each item, so it can pair, count and cut them; a filter, for one, loses that.
 */
import { quote } from "../../base/errors.js";
import { async } from "../../future/async.js";
import type { Future } from "../../future/poll.js";
import { entryOf } from "../crew/functions.js";
import { captured } from "../reference/move.js";
import { check } from "../values/pack.js";
import type { CannotSend, Send } from "../values/send.js";
import { isNumberArray, isShared, type NumberArray, type NumberIn, sharedLike } from "./numbers.js";
import { type How, howOf, type ParOptions } from "./options.js";
import { perform } from "./perform.js";
import type { End, Indexed, Stage } from "./plan.js";
import { isRange, lengthOf, type Range } from "./range.js";
import type { Callee } from "./reader.js";
import { sorted, sortShared } from "./sort-numbers.js";

/** `unknown` if `T` can be sent; otherwise a type that nothing is assignable to. Intersect with it. */
export type Crosses<T, What extends string> = Send<T, What> extends CannotSend<infer Why> ? CannotSend<Why> : unknown;

/** What is planned so far. */
interface Draft {
  readonly of: Indexed<Callee>;
  readonly stages: readonly Stage<Callee>[];
  readonly how: How;
}

/**
 * A parallel iterator. Adaptors make a new one and run nothing; what gives a future has threads do the work when the future is awaited.
 *
 * All functions are by reference, as for `thread.spawn`: exports of modules, what `task` was given, or what `move` has made. They are called on other
 * threads, so what they write to their variables stays there. They take the item and nothing else, and are not async.
 *
 * **Cancel safety**, for all futures: dropped, no thread claims more items; the future is over when those have ended that had begun, which are some
 * milliseconds of work each. What `forEach` and `collectInto` have done by then stays done.
 *
 * **Errors**: an item that fails stops the rest, and its error comes out as itself; of several that of the first item. A thread that dies makes it
 * a `JoinError`.
 */
export class Par<T> {
  /** @internal */
  protected readonly draft: Draft;

  /** @internal */
  constructor(draft: Draft) {
    this.draft = draft;
  }

  /** @internal */
  protected staged(stage: Stage<Callee>): Draft {
    return { ...this.draft, stages: [...this.draft.stages, stage] };
  }

  /** @internal */
  protected ending(end: End<Callee>): Future<any> {
    const { of, stages, how } = this.draft;
    return perform({ of, stages, end }, how);
  }

  /** What `fn` makes of each item. */
  map<U>(fn: (item: T) => U): Par<U> {
    return new Par(this.staged({ kind: "map", fn: callee(fn, "map") }));
  }

  /** The items for which `fn` answers true. */
  filter<U extends T>(fn: (item: T) => item is U): Par<U>;
  filter(fn: (item: T) => boolean): Par<T>;
  filter(fn: (item: T) => boolean): Par<T> {
    return new Par(this.staged({ kind: "filter", fn: callee(fn, "filter") }));
  }

  /** All that `fn` makes of each item: a list, or anything that can be iterated. */
  flatMap<U>(fn: (item: T) => Iterable<U>): Par<U> {
    return new Par(this.staged({ kind: "flatMap", fn: callee(fn, "map") }));
  }

  /**
   * Puts items together that follow each other, as `reduce` of an array does, and gives one result for each part that a thread has worked off in one go. How
   * many there are differs from run to run: reduce them.
   *
   * @param initial what each part begins with: a clone of it, which `step` may change
   *
   * @example
   * ```ts
   * import { async, main } from "heddle";
   * import { par } from "heddle/thread";
   *
   * type Counts = Map<string, number>;
   * export const count = (counts: Counts, word: string): Counts => counts.set(word, (counts.get(word) ?? 0) + 1);
   * export const add = (a: Counts, b: Counts): Counts => {
   *   for (const [word, n] of b) a.set(word, (a.get(word) ?? 0) + n);
   *   return a;
   * };
   *
   * main(async(function* () {
   *   const words = "the warp and the weft".split(" ");
   *   console.log(yield* par(words).fold(count, new Map()).reduce(add, new Map()));
   * })());
   * // prints: Map(4) { 'the' => 2, 'warp' => 1, 'and' => 1, 'weft' => 1 }
   * ```
   */
  fold<A>(step: (result: A, item: T) => A, initial: A): Par<A> {
    return new Par(this.staged({ kind: "fold", fn: callee(step, "fold"), initial }));
  }

  /** All items in a list, in the order of the source. They are clones, unless threads were not worth it. */
  collect(this: Par<T> & Crosses<T, "an item">): Future<T[]> {
    return this.ending({ kind: "collect" });
  }

  /** Calls `fn` with each item, in no order. */
  forEach(fn: (item: T) => void): Future<void> {
    return this.ending({ kind: "each", fn: callee(fn, "iterate") });
  }

  /**
   * Puts all items together to one.
   *
   * `combine` must be associative: `combine(a, combine(b, c))` is `combine(combine(a, b), c)`, because parts are put together on several threads,
   * and their results on this one. It need not be commutative, for the order stays. Sums of fractions are associative up to their last digits only.
   *
   * @param identity what changes nothing when it is combined with an item: 0 for a sum. Each part begins with a clone of it
   *
   * @example
   * ```ts
   * import { async, main } from "heddle";
   * import { par, range } from "heddle/thread";
   *
   * export const longer = (a: string, b: string): string => (b.length > a.length ? b : a);
   * export const spelled = (n: number): string => n.toString(2);
   *
   * main(async(function* () {
   *   console.log(yield* par(range(0, 1000)).map(spelled).reduce(longer, ""));
   * })());
   * // prints: 1000000000
   * ```
   */
  reduce(this: Par<T> & Crosses<T, "an item">, combine: (a: T, b: T) => T, identity: T): Future<T> {
    return this.ending({ kind: "reduce", fn: callee(combine, "reduce"), identity });
  }

  /** The sum; 0 if there are no items. Of fractions, the last digits differ from run to run, as the order of additions does. */
  sum(this: Par<number>): Future<number> {
    return this.ending({ kind: "sum" });
  }

  /** The product; 1 if there are no items. */
  product(this: Par<number>): Future<number> {
    return this.ending({ kind: "product" });
  }

  /** How many items there are. */
  count(): Future<number> {
    return this.ending({ kind: "count" });
  }

  /**
   * The least item, and of several the first; undefined if there are none.
   *
   * @param compare as for `Array.sort`. By default numbers by size (NaN is the least, as for `Math.min`), strings by their units
   */
  min(this: Par<T> & Crosses<T, "an item">, compare?: (a: T, b: T) => number): Future<T | undefined> {
    return this.ending({ kind: "min", fn: comparator(compare) });
  }

  /** The greatest item, and of several the first; undefined if there are none. See `min`. */
  max(this: Par<T> & Crosses<T, "an item">, compare?: (a: T, b: T) => number): Future<T | undefined> {
    return this.ending({ kind: "max", fn: comparator(compare) });
  }

  /** Whether `fn` answers true for an item. Once it does, no more are looked at. */
  any(fn: (item: T) => boolean): Future<boolean> {
    return this.ending({ kind: "any", fn: callee(fn, "search") });
  }

  /** Whether `fn` answers true for all items. Once it does not, no more are looked at. */
  all(fn: (item: T) => boolean): Future<boolean> {
    return this.ending({ kind: "all", fn: callee(fn, "search") });
  }

  /** The first item for which `fn` answers true. Once there is one, only items before it are looked at. */
  find(this: Par<T> & Crosses<T, "an item">, fn: (item: T) => boolean): Future<T | undefined> {
    return this.ending({ kind: "findFirst", fn: callee(fn, "search") });
  }

  /** An item for which `fn` answers true: the one that was met first, wherever it is. Quicker than `find` where there are many. */
  findAny(this: Par<T> & Crosses<T, "an item">, fn: (item: T) => boolean): Future<T | undefined> {
    return this.ending({ kind: "findAny", fn: callee(fn, "search") });
  }

  /**
   * All items in order, in a list. Stable: those that are equal stay in the order of the source.
   *
   * Numbers that come from the source as they are, without `compare`, are sorted and merged by all threads; anything else is sorted by them and
   * merged by the calling one.
   *
   * @param compare as for `Array.sort`. By default numbers by size (-0 before 0, NaN last), strings by their units
   */
  sort(this: Par<T> & Crosses<T, "an item">, compare?: (a: T, b: T) => number): Future<T[]> {
    const { of, stages, how } = this.draft;
    if (compare === undefined && stages.length === 0 && (of.kind === "list" || of.kind === "numbers"))
      return sorted(of, how) as Future<any>;
    return this.ending({ kind: "sort", fn: comparator(compare) });
  }
}

/** A parallel iterator that knows the number of each item. */
export class IndexedPar<T> extends Par<T> {
  /** @internal */
  protected indexed<U>(of: Indexed<Callee>): IndexedPar<U> {
    return new IndexedPar<U>({ ...this.draft, of });
  }

  /** How many items there are. */
  get length(): number {
    return this.draft.of.length;
  }

  override map<U>(fn: (item: T) => U): IndexedPar<U> {
    const { of } = this.draft;
    return this.indexed({ kind: "map", of, fn: callee(fn, "map"), length: of.length });
  }

  /** Each item with its number: `[number, item]`. */
  enumerate(): IndexedPar<[number, T]> {
    const { of } = this.draft;
    return this.indexed({ kind: "enumerate", of, length: of.length });
  }

  /** Pairs of each item and that with the same number among others, as far as both go. */
  zip<U>(others: IndexedPar<U> | readonly U[]): IndexedPar<[T, U]>;
  zip<A extends NumberArray>(others: A): IndexedPar<[T, NumberIn<A>]>;
  zip(others: Range): IndexedPar<[T, number]>;
  zip(others: IndexedPar<unknown> | readonly unknown[] | NumberArray | Range): IndexedPar<any> {
    const { of } = this.draft;
    const second = others instanceof IndexedPar ? others.draft.of : sourceOf(others);
    return this.indexed({ kind: "zip", of, others: second, length: Math.min(of.length, second.length) });
  }

  /**
   * Lists of `size` items that follow each other; the last may be shorter.
   *
   * @throws RangeError if `size` is no integer >= 1
   */
  chunks(size: number): IndexedPar<T[]> {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new RangeError(`Cannot iterate in chunks as 'size' must be an integer >= 1: received ${quote(size)}`);
    const { of } = this.draft;
    return this.indexed({ kind: "chunks", of, size, length: Math.ceil(of.length / size) });
  }

  /** The number of the first item for which `fn` answers true; -1 if there is none. See `find`. */
  findIndex(fn: (item: T) => boolean): Future<number> {
    return this.ending({ kind: "findIndex", fn: callee(fn, "search") });
  }

  /**
   * Writes each item into a typed array, under its number. In shared memory the threads write there themselves; else it is filled in the end.
   *
   * @returns a future of `target`
   * @throws RangeError if `target` is too short
   *
   * @example
   * ```ts
   * import { async, main } from "heddle";
   * import { par, range } from "heddle/thread";
   *
   * export const square = (n: number): number => n * n;
   *
   * main(async(function* () {
   *   const squares = new Float64Array(new SharedArrayBuffer(8 * 5));
   *   console.log(yield* par(range(0, 5)).map(square).collectInto(squares));
   * })());
   * // prints: Float64Array(5) [ 0, 1, 4, 9, 16 ]
   * ```
   */
  collectInto<A extends NumberArray>(this: IndexedPar<NumberIn<A>>, target: A): Future<A> {
    this.room(target);
    if (isShared(target)) return this.ending({ kind: "into", target });
    const twin = sharedLike(target, this.length);
    return copied(this.ending({ kind: "into", target: twin }), twin, target);
  }

  /**
   * Writes all items into a typed array, in order, as its own `sort()` would have it. In shared memory `par(data).sortInto(data)` sorts data where they are.
   * It takes memory for as many numbers again.
   *
   * @returns a future of `target`; it is filled as far as there are items
   * @throws RangeError if `target` is too short
   *
   * @example
   * ```ts
   * import { run } from "heddle";
   * import { par } from "heddle/thread";
   *
   * const data = new Int32Array(new SharedArrayBuffer(4 * 5));
   * data.set([3, 1, 4, 1, 5]);
   * console.log(await run(par(data).sortInto(data)));
   * // prints: Int32Array(5) [ 1, 1, 3, 4, 5 ]
   * ```
   */
  sortInto<A extends NumberArray>(this: IndexedPar<NumberIn<A>>, target: A): Future<A> {
    this.room(target);
    const { length } = this;
    const { of, how } = this.draft;
    const twin = isShared(target) ? (target.subarray(0, length) as A) : sharedLike(target, length);
    const isThere = of.kind === "numbers" && of.data === target;
    const filled = isThere && isShared(target) ? null : this.ending({ kind: "into", target: twin });
    return inOrder(filled, twin, target, how);
  }

  /** @internal Refuses what has no room for all items. */
  protected room(target: NumberArray): void {
    if (!isNumberArray(target))
      throw new TypeError(`Cannot collect into 'target' as it must be a typed array: received ${quote(target)}`);
    const { length } = this;
    if (target.length < length)
      throw new RangeError(
        `Cannot collect ${length} items as 'target' must have room for them: it has room for ${target.length}`,
      );
  }
}

const copied = async(function* <A extends NumberArray>(filled: Future<unknown>, twin: A, target: A) {
  yield* filled;
  target.set(twin as any);
  return target;
});

const inOrder = async(function* <A extends NumberArray>(filled: Future<unknown> | null, twin: A, target: A, how: How) {
  if (filled !== null) yield* filled;
  yield* sortShared(twin, how);
  if (!isShared(target)) target.set(twin as any);
  return target;
});

/** Refuses a function that threads could not call. */
export function callee(fn: Callee, verb: string): Callee {
  const { name, suspends } = entryOf(fn);
  if (suspends)
    throw new TypeError(
      `Cannot ${verb} in parallel with ${quote(name)} as it must be a plain function: it is async` +
        "\nhelp: for what waits use tasks; for async functions on other threads Runtime.spawnOn(…)",
    );
  const captures = captured(fn);
  if (captures !== null) check(captures, `what ${quote(name)} captures`);
  return fn;
}

function comparator(compare: Callee | undefined): Callee | null {
  return compare === undefined ? null : callee(compare, "compare");
}

function sourceOf(data: unknown): Indexed<Callee> {
  if (Array.isArray(data)) return { kind: "list", items: data, length: data.length };
  if (isNumberArray(data)) return { kind: "numbers", data, length: data.length };
  if (isRange(data)) return { kind: "range", from: data.from, step: data.step, length: lengthOf(data) };
  throw new TypeError(
    `Cannot iterate in parallel as 'data' must be an array, a typed array or a range: received ${quote(data)}` +
      "\nhelp: make an array of it: par([...data])",
  );
}

/**
 * Iterates over data on several threads: rayon's parallel iterators. Nothing runs before what they end in is awaited.
 *
 * Threads claim some items at a time, few enough for the last to balance, so it does not matter if some take longer than others. What functions have cost
 * before decides whether threads are worth it: what takes less than 0.2 ms stays on the calling thread, which otherwise computes nothing.
 *
 * | `data`                                         | how it comes to the threads                                       |
 * | ---------------------------------------------- | ----------------------------------------------------------------- |
 * | a `range`, a typed array in shared memory      | at no cost, nothing is copied                                     |
 * | any other typed array, an array of numbers     | copied into shared memory once, some ns an item                   |
 * | an array of anything else                      | cloned, some µs an item; so is what comes back                     |
 *
 * @throws TypeError or RangeError if `data` is none of these, or an option wrong
 *
 * @example
 * ```ts
 * import { async, main } from "heddle";
 * import { par, range } from "heddle/thread";
 *
 * export const isPrime = (n: number): boolean => {
 *   for (let i = 2; i * i <= n; i++) if (n % i === 0) return false;
 *   return n > 1;
 * };
 *
 * main(async(function* () {
 *   console.log(yield* par(range(0, 100_000)).filter(isPrime).count());
 * })());
 * // prints: 9592
 * ```
 */
export function par(data: Range, options?: ParOptions): IndexedPar<number>;
export function par<A extends NumberArray>(data: A, options?: ParOptions): IndexedPar<NumberIn<A>>;
export function par<T>(data: readonly T[] & Crosses<T, "an item">, options?: ParOptions): IndexedPar<T>;
export function par(data: unknown, options: ParOptions = {}): IndexedPar<any> {
  return new IndexedPar({ of: sourceOf(data), stages: [], how: howOf(options) });
}
