/**
 * Sinks: where the items of one thread end up, and what is made of the parts of all of them.
 *
 * A part is what came of items that follow each other. So parts can be put in order, and an end that needs nothing but associativity gets
 * its items in the order of the source.
 */
import { transfer } from "../values/transfer.js";
import type { Callee, Reader } from "./reader.js";
import { type End, unknownKind } from "./plan.js";

/** What came of the items from `from` on. */
export interface Part {
  readonly from: number;
  readonly value: any;
}

export abstract class Sink {
  /** The item that is worked on, by its number in the source. */
  index = 0;
  /** One item has decided it. */
  isDecided = false;

  /** Takes an item that was made of item `index`. */
  abstract add(item: any): void;

  /** Begins a part. */
  abstract begin(): void;

  /** Ends it. Undefined if nothing came of it. */
  abstract end(): unknown;

  /** Takes items as they are. Loops of their own are there for speed alone. */
  addAll(at: Reader, from: number, to: number): void {
    for (let i = from; i < to && !this.isDecided; i++) {
      this.index = i;
      this.add(at(i));
    }
  }
}

class Collect extends Sink {
  #items: unknown[] = [];
  begin(): void {
    this.#items = [];
  }
  add(item: any): void {
    this.#items.push(item);
  }
  end(): unknown {
    return packedNumbers(this.#items);
  }
}

/** Numbers cross ten times faster in one block. */
export function packedNumbers(items: unknown[]): unknown[] | Float64Array {
  for (let i = 0; i < items.length; i++) if (typeof items[i] !== "number") return items;
  const numbers = Float64Array.from(items as number[]);
  transfer(numbers.buffer as ArrayBuffer);
  return numbers;
}

class Into extends Sink {
  readonly #target: any;
  constructor(target: object) {
    super();
    this.#target = target;
  }
  begin(): void {}
  add(item: any): void {
    this.#target[this.index] = item;
  }
  override addAll(at: Reader, from: number, to: number): void {
    const target = this.#target;
    for (let i = from; i < to; i++) {
      this.index = i;
      target[i] = at(i);
    }
  }
  end(): unknown {
    return undefined;
  }
}

class Each extends Sink {
  readonly #fn: Callee;
  constructor(fn: Callee) {
    super();
    this.#fn = fn;
  }
  begin(): void {}
  add(item: any): void {
    this.#fn(item);
  }
  end(): unknown {
    return undefined;
  }
}

class Sum extends Sink {
  #sum: any = 0;
  begin(): void {
    this.#sum = 0;
  }
  add(item: any): void {
    this.#sum += item;
  }
  override addAll(at: Reader, from: number, to: number): void {
    let sum = this.#sum;
    for (let i = from; i < to; i++) {
      this.index = i;
      sum += at(i);
    }
    this.#sum = sum;
  }
  end(): unknown {
    return this.#sum;
  }
}

class Product extends Sink {
  #product = 1;
  begin(): void {
    this.#product = 1;
  }
  add(item: any): void {
    this.#product *= item;
  }
  end(): unknown {
    return this.#product;
  }
}

class Count extends Sink {
  #count = 0;
  begin(): void {
    this.#count = 0;
  }
  add(): void {
    this.#count++;
  }
  end(): unknown {
    return this.#count;
  }
}

class Reduce extends Sink {
  readonly #fn: Callee;
  readonly #identity: unknown;
  #result: unknown;
  constructor(fn: Callee, identity: unknown) {
    super();
    this.#fn = fn;
    this.#identity = identity;
  }
  begin(): void {
    this.#result = fresh(this.#identity);
  }
  add(item: any): void {
    const fn = this.#fn;
    this.#result = fn(this.#result, item);
  }
  override addAll(at: Reader, from: number, to: number): void {
    const fn = this.#fn;
    let result = this.#result;
    for (let i = from; i < to; i++) {
      this.index = i;
      result = fn(result, at(i));
    }
    this.#result = result;
  }
  end(): unknown {
    return this.#result;
  }
}

/** A value that may be changed: each part has its own. */
export function fresh<T>(value: T): T {
  return typeof value === "object" && value !== null ? structuredClone(value) : value;
}

/** The least item, or the greatest; of equal ones the first. As `[item]`, for an item may be undefined. */
class Extreme extends Sink {
  readonly #isBefore: (item: any, than: any) => boolean;
  #best: [unknown] | undefined;
  constructor(compare: Callee | null, sign: number) {
    super();
    this.#isBefore = beforeBy(compare, sign);
  }
  begin(): void {
    this.#best = undefined;
  }
  add(item: any): void {
    if (this.#best === undefined || this.#isBefore(item, this.#best[0])) this.#best = [item];
  }
  end(): unknown {
    return this.#best;
  }
}

/** Whether an item comes before another. NaN comes before everything else, as in `Math.min` and `Math.max`. */
function beforeBy(compare: Callee | null, sign: number): (item: any, than: any) => boolean {
  if (compare !== null) return (item, than) => sign * compare(item, than) < 0;
  return sign > 0
    ? (item, than) => item < than || (item !== item && than === than)
    : (item, than) => item > than || (item !== item && than === than);
}

/** Looks for an item. As `[index, item]`. */
class Find extends Sink {
  readonly #test: Callee;
  readonly #wanted: boolean;
  #found: [index: number, item: unknown] | undefined;
  /** @param wanted what the test says of the item that is looked for */
  constructor(test: Callee, wanted: boolean) {
    super();
    this.#test = test;
    this.#wanted = wanted;
  }
  begin(): void {
    this.#found = undefined;
  }
  add(item: any): void {
    if (this.isDecided || Boolean(this.#test(item)) !== this.#wanted) return;
    this.#found = [this.index, item];
    this.isDecided = true;
  }
  end(): unknown {
    return this.#found;
  }
}

/** Sorts what this thread has, all at once: see `merge.ts`. */
class Sort extends Sink {
  readonly #items: unknown[] = [];
  readonly #indices: number[] = [];
  begin(): void {}
  add(item: any): void {
    this.#items.push(item);
    this.#indices.push(this.index);
  }
  end(): unknown {
    return undefined;
  }
  sorted(compare: Callee): Run {
    return sortedRun(this.#items, this.#indices, compare);
  }
}

/** Items in order. */
export interface Run {
  readonly items: ArrayLike<unknown>;
  /** The number in the source of each, by which those that are equal are put in order. */
  readonly indices: Float64Array;
}

function sortedRun(items: unknown[], indices: number[], compare: Callee): Run {
  // Sorting is stable, and the numbers grow.
  const order = items.map((_, i) => i);
  order.sort((a, b) => compare(items[a], items[b]));
  const sorted = order.map((i) => items[i]);
  const at = Float64Array.from(order, (i) => indices[i]!);
  transfer(at.buffer as ArrayBuffer);
  return { items: packedNumbers(sorted), indices: at };
}

/** The natural order: of numbers as typed arrays have it, by size, -0 before 0, NaN last; of strings by their units. */
export function naturally(a: any, b: any): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return Number(a !== a) - Number(b !== b);
}

/** The order of a sort. */
export const orderOf = (compare: Callee | null): Callee => compare ?? naturally;

export function sinkOf<F>(end: End<F>, use: (fn: F) => Callee): Sink {
  switch (end.kind) {
    case "collect":
      return new Collect();
    case "into":
      return new Into(end.target);
    case "each":
      return new Each(use(end.fn));
    case "sum":
      return new Sum();
    case "product":
      return new Product();
    case "count":
      return new Count();
    case "reduce":
      return new Reduce(use(end.fn), end.identity);
    case "min":
    case "max":
      return new Extreme(end.fn === null ? null : use(end.fn), end.kind === "min" ? 1 : -1);
    case "any":
    case "findFirst":
    case "findAny":
    case "findIndex":
      return new Find(use(end.fn), true);
    case "all":
      return new Find(use(end.fn), false);
    case "sort":
      return new Sort();
    default:
      throw unknownKind(end);
  }
}

/** What a thread hands over in the end, besides its parts. */
export function remainderOf<F>(sink: Sink, end: End<F>, use: (fn: F) => Callee): Run | null {
  if (!(sink instanceof Sort)) return null;
  return sink.sorted(orderOf(end.kind === "sort" && end.fn !== null ? use(end.fn) : null));
}

/** What the parts of all threads come to, in the order of the source. */
export function outcomeOf(end: End<Callee>, parts: readonly Part[]): unknown {
  const values = parts.map(({ value }) => value);
  switch (end.kind) {
    case "collect":
      return joined(values);
    case "into":
      return end.target;
    case "each":
    case "sort":
      return undefined;
    case "sum":
    case "count":
      return values.reduce((sum, value) => sum + value, 0);
    case "product":
      return values.reduce((product, value) => product * value, 1);
    case "reduce":
      return values.length === 0 ? fresh(end.identity) : values.reduce((a, b) => end.fn(a, b));
    case "min":
    case "max": {
      const isBefore = beforeBy(end.fn, end.kind === "min" ? 1 : -1);
      return values.reduce((best, value) => (isBefore(value[0], best[0]) ? value : best), values[0])?.[0];
    }
    case "any":
      return values.length > 0;
    case "all":
      return values.length === 0;
    case "findFirst":
    case "findAny":
      return values[0]?.[1];
    case "findIndex":
      return values.length === 0 ? -1 : values[0][0];
    default:
      throw unknownKind(end);
  }
}

function joined(lists: ArrayLike<unknown>[]): unknown[] {
  if (lists.length === 1 && Array.isArray(lists[0])) return lists[0];
  const all: unknown[] = [];
  for (const list of lists) for (let i = 0; i < list.length; i++) all.push(list[i]);
  return all;
}
