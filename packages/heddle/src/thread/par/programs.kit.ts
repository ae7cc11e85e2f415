/**
 * Random parallel iterators, and what arrays make of the same.
 */
import fc from "fast-check";
import { type IndexedPar, type NumberArray, type Par, par, type ParOptions, range } from "../../thread.js";
import * as work from "./work.kit.js";

/** One adaptor, on both. */
interface Step {
  readonly name: string;
  readonly isIndexed: boolean;
  par(it: any): Par<number>;
  array(items: number[]): number[];
}

/** One end, on both. */
interface Finish {
  readonly name: string;
  readonly isIndexed: boolean;
  par(it: any): any;
  array(items: number[]): unknown;
}

const step = (name: string, isIndexed: boolean, onPar: (it: any) => any, array: Step["array"]): Step => ({
  name,
  isIndexed,
  par: onPar,
  array,
});

const EVERYWHERE: Step[] = [
  step(
    "map",
    false,
    (it: Par<number>) => it.map(work.double),
    (items) => items.map(work.double),
  ),
  step(
    "filter",
    false,
    (it: Par<number>) => it.filter(work.isEven),
    (items) => items.filter(work.isEven),
  ),
  step(
    "flatMap",
    false,
    (it: Par<number>) => it.flatMap(work.twice),
    (items) => items.flatMap(work.twice),
  ),
];
const INDEXED: Step[] = [
  step(
    "slow map",
    true,
    (it: IndexedPar<number>) => it.map(work.slowly),
    (items) => items,
  ),
  step(
    "map",
    true,
    (it: IndexedPar<number>) => it.map(work.double),
    (items) => items.map(work.double),
  ),
  step(
    "enumerate",
    true,
    (it: IndexedPar<number>) => it.enumerate().map(work.sumOf),
    (items) => items.map((n, i) => n + i),
  ),
  step(
    "chunks",
    true,
    (it: IndexedPar<number>) => it.chunks(3).map(work.sumOf),
    (items) => Array.from({ length: Math.ceil(items.length / 3) }, (_, i) => work.sumOf(items.slice(3 * i, 3 * i + 3))),
  ),
  step(
    "zip",
    true,
    (it: IndexedPar<number>) => it.zip(range(5, 45, 2)).map(work.sumOf),
    (items) => items.slice(0, 20).map((n, i) => n + 5 + 2 * i),
  ),
  step(
    "zip with itself",
    true,
    (it: IndexedPar<number>) => it.zip(it.map(work.double)).map(work.sumOf),
    (items) => items.map((n) => 3 * n),
  ),
];

const finish = (name: string, isIndexed: boolean, onPar: Finish["par"], array: Finish["array"]): Finish => ({
  name,
  isIndexed,
  par: onPar,
  array,
});

export const FINISHES: Finish[] = [
  finish(
    "collect",
    false,
    (it: Par<number>) => it.collect(),
    (items) => items,
  ),
  finish("sum", false, (it: Par<number>) => it.sum(), work.sumOf),
  finish(
    "product",
    false,
    (it: Par<number>) => it.map(work.sign).product(),
    (items) => items.map(work.sign).reduce((a, b) => a * b, 1),
  ),
  finish(
    "count",
    false,
    (it: Par<number>) => it.count(),
    (items) => items.length,
  ),
  finish(
    "min",
    false,
    (it: Par<number>) => it.min(),
    (items) => (items.length === 0 ? undefined : Math.min(...items)),
  ),
  finish(
    "max",
    false,
    (it: Par<number>) => it.max(),
    (items) => (items.length === 0 ? undefined : Math.max(...items)),
  ),
  finish(
    "min by",
    false,
    (it: Par<number>) => it.min(work.byLastDigit),
    (items) => [...items].sort(work.byLastDigit)[0],
  ),
  finish(
    "any",
    false,
    (it: Par<number>) => it.any(work.isOver50),
    (items) => items.some(work.isOver50),
  ),
  finish(
    "all",
    false,
    (it: Par<number>) => it.all(work.isEven),
    (items) => items.every(work.isEven),
  ),
  finish(
    "find",
    false,
    (it: Par<number>) => it.find(work.isOver50),
    (items) => items.find(work.isOver50),
  ),
  finish(
    "findIndex",
    true,
    (it: IndexedPar<number>) => it.findIndex(work.isOver50),
    (items) => items.findIndex(work.isOver50),
  ),
  finish(
    "reduce",
    false,
    (it: Par<number>) => it.map(work.text).reduce(work.joined, ""),
    (items) => items.map(work.text).join(""),
  ),
  finish(
    "fold",
    false,
    (it: Par<number>) => it.fold(work.noted, []).reduce(work.listed, []),
    (items) => items,
  ),
  finish(
    "sort",
    false,
    (it: Par<number>) => it.sort(),
    (items) => [...items].sort((a, b) => a - b),
  ),
  finish(
    "sort by",
    false,
    (it: Par<number>) => it.sort(work.byLastDigit),
    (items) => [...items].sort(work.byLastDigit),
  ),
  finish(
    "collectInto",
    true,
    (it: IndexedPar<number>) => it.collectInto(new Float64Array(it.length)),
    (items) => Float64Array.from(items),
  ),
  finish(
    "collectInto shared",
    true,
    (it: IndexedPar<number>) => it.collectInto(new Int32Array(new SharedArrayBuffer(4 * it.length))),
    (items) => Int32Array.from(items),
  ),
];

/** Ways to have the same numbers. Each takes them as they are, or answers what it makes of them. */
const SOURCES: Record<string, (numbers: number[]) => { of: number[]; par(options: ParOptions): IndexedPar<number> }> = {
  numbers: (of) => ({ of, par: (options) => par(of, options) }),
  objects: (of) => ({
    of,
    par: (options) =>
      par(
        of.map((value) => ({ value })),
        options,
      ).map(work.valueOf),
  }),
  "objects that are sent whole": (of) => ({
    of,
    par: (options) =>
      par(
        of.map((value) => ({ value, at: new Date(0) })),
        options,
      ).map(work.valueOf),
  }),
  range: ({ length }) => ({
    of: Array.from({ length }, (_, i) => 3 - 2 * i),
    par: (options) => par(range(3, 3 - 2 * length, -2), options),
  }),
  "typed array": (of) => ({ of, par: (options) => par(Float64Array.from(of), options) }),
  "shared typed array": (of) => ({ of, par: (options) => par(sharedOf(Int16Array, of), options) }),
};

export function sharedOf<A extends NumberArray>(
  Kind: new (memory: SharedArrayBuffer) => A,
  of: readonly number[] | readonly bigint[],
): A {
  const { BYTES_PER_ELEMENT } = Kind as unknown as { BYTES_PER_ELEMENT: number };
  const numbers = new Kind(new SharedArrayBuffer(of.length * BYTES_PER_ELEMENT));
  numbers.set(of as never);
  return numbers;
}

export interface Program {
  readonly source: string;
  readonly numbers: number[];
  readonly options: ParOptions;
  readonly indexed: Step[];
  readonly rest: Step[];
  readonly finish: Finish;
}

/** Any program. */
export const programs: fc.Arbitrary<Program> = fc.record({
  source: fc.constantFrom(...Object.keys(SOURCES)),
  numbers: fc.array(fc.integer({ min: -99, max: 99 }), { maxLength: 60 }),
  options: fc.record(
    {
      threads: fc.integer({ min: 1, max: 4 }),
      chunk: fc.integer({ min: 1, max: 7 }),
      sequentialBelow: fc.constantFrom(0, 0, 0, 20, Infinity),
    },
    { requiredKeys: ["sequentialBelow"] },
  ),
  // Without slow ones the first thread has done everything before the second comes.
  indexed: fc.array(fc.oneof(fc.constant(INDEXED[0]!), fc.constantFrom(...INDEXED)), { maxLength: 3 }),
  rest: fc.array(fc.constantFrom(...EVERYWHERE), { maxLength: 2 }),
  finish: fc.constantFrom(...FINISHES),
});

export function describeProgram({ source, numbers, options, indexed, rest, finish }: Program): string {
  const steps = [...indexed, ...rest].map(({ name }) => name).join(" ");
  return `${source} ${JSON.stringify(numbers)} ${JSON.stringify(options)} ${steps} ${finish.name}`;
}

/** The future of a program, and what it should give. */
export function both({ source, numbers, options, indexed, rest, finish }: Program): [future: any, expected: unknown] {
  const data = SOURCES[source]!(numbers);
  const steps = finish.isIndexed ? indexed : [...indexed, ...rest];
  let it: Par<number> = data.par(options);
  let items = data.of;
  for (const each of steps) {
    it = each.par(it);
    items = each.array(items);
  }
  return [finish.par(it), finish.array(items)];
}
