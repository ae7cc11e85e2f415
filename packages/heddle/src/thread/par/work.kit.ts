/**
 * What the tests of parallel iterators have threads do.
 */
import { threadId } from "node:worker_threads";
import { async } from "../../index.js";
import { move, par, parJoin, parJoinBlocking, range, task } from "../../thread.js";

export const double = (n: number): number => 2 * n;
export const isEven = (n: number): boolean => n % 2 === 0;
export const isOver50 = (n: number): boolean => n > 50;
export const twice = (n: number): number[] => (n % 3 === 0 ? [] : [n, n + 1]);
export const plus = (a: number, b: number): number => a + b;
export const plusBig = (a: bigint, b: bigint): bigint => a + b;
export const sumOf = (numbers: number[]): number => numbers.reduce(plus, 0);
export const byLastDigit = (a: number, b: number): number => (Math.abs(a) % 10) - (Math.abs(b) % 10);
export const downwards = (a: number, b: number): number => b - a;
/** Takes long enough for other threads to come in between. */
export function slowly(n: number): number {
  for (const until = performance.now() + 0.1; performance.now() < until;);
  return n;
}
export const sign = (n: number): number => (n < 0 ? -1 : 1);
export const valueOf = ({ value }: { value: number }): number => value;
export const same = <T>(item: T): T => item;
export const text = (n: number): string => `${n},`;
export const joined = (a: string, b: string): string => a + b;
export const noted = (list: number[], n: number): number[] => [...list, n];
export const listed = (a: number[], b: number[]): number[] => [...a, ...b];
export const countMoved = ({ counter }: { counter: Int32Array }, _item: unknown) => void Atomics.add(counter, 0, 1);
export const count = (counter: Int32Array): ((item: unknown) => void) => move({ counter }, countMoved);

export const whereAmI = (_item: unknown): number => threadId;

export const failAtMoved = ({ which }: { which: number }, n: number) => {
  if (n >= which) throw new RangeError(`not ${n}`);
  return n;
};
export const failAt = (which: number): ((n: number) => number) => move({ which }, failAtMoved);

export const throwText = (n: number): number => {
  throw `no ${n}`;
};

export const exitAtMoved = ({ which }: { which: number }, n: number) => (n === which ? process.exit(3) : n);
export const exitAt = (which: number): ((n: number) => number) => move({ which }, exitAtMoved);

export const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

/** Counts the items that came, and blocks on those from the first one on until the gate is opened. */
export const waitAtGateMoved = ({ gate }: { gate: Int32Array }, n: number) => {
  Atomics.add(gate, 1, 1);
  Atomics.notify(gate, 1);
  Atomics.wait(gate, 0, 0);
  return n;
};
export const waitAtGate = (gate: Int32Array): ((n: number) => number) => move({ gate }, waitAtGateMoved);

/** Waits until `threads` threads have come, so none of them can have done all the work. */
export const meetMoved = ({ gate, threads }: { gate: Int32Array; threads: number }, n: number) => {
  if (n < threads) {
    Atomics.add(gate, 0, 1);
    Atomics.notify(gate, 0);
    for (let now = Atomics.load(gate, 0); now < threads; now = Atomics.load(gate, 0)) Atomics.wait(gate, 0, now);
  }
  return n;
};
export const meet = (gate: Int32Array, threads: number): ((n: number) => number) => move({ gate, threads }, meetMoved);

export const later = async(function* (n: number) {
  return n;
});

export const give = (n: number): unknown => (n === 3 ? () => n : n);

export const cheaply = (_item: unknown): number => threadId;
export const isUnder50 = (n: number): boolean => n < 50;
export const isTwo = (n: number): boolean => n === 2;
export const always = (_item: unknown): boolean => true;
export const increment = (words: Int32Array): void => void Atomics.add(words, 0, 1);

export const countingMoved = ({ counter }: { counter: Int32Array }, n: number) => {
  Atomics.add(counter, 0, 1);
  return n;
};
export const counting = (counter: Int32Array): ((n: number) => number) => move({ counter }, countingMoved);

export function spin(n: number): number {
  for (const until = performance.now() + 0.5; performance.now() < until;);
  return n;
}

/** No item is over before the next one has begun: two threads take turns. */
export const inTurnsMoved = ({ gate, count }: { gate: Int32Array; count: number }, n: number) => {
  const begun = Atomics.add(gate, 0, 1) + 1;
  Atomics.notify(gate, 0);
  for (let now = begun; now < Math.min(count, n + 2); now = Atomics.load(gate, 0)) Atomics.wait(gate, 0, now);
  return n;
};
export const inTurns = (gate: Int32Array, count: number): ((n: number) => number) =>
  move({ gate, count }, inTurnsMoved);

/** The first item waits for all others. */
export const waitForRestMoved = ({ gate, count }: { gate: Int32Array; count: number }, n: number) => {
  if (n > 0) {
    Atomics.add(gate, 0, 1);
    Atomics.notify(gate, 0);
  } else for (let now = 0; now < count - 1; now = Atomics.load(gate, 0)) Atomics.wait(gate, 0, now);
  return n;
};
export const waitForRest = (gate: Int32Array, count: number): ((n: number) => number) =>
  move({ gate, count }, waitForRestMoved);

/** The first item waits for the second. */
export const firstIsLastMoved = ({ gate }: { gate: Int32Array }, n: number) => {
  if (n === 0) Atomics.wait(gate, 0, 0);
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  return n;
};
export const firstIsLast = (gate: Int32Array): ((n: number) => number) => move({ gate }, firstIsLastMoved);

export const capturingMoved = ({ value }: { value: unknown }, _n: number) => value;
export const capturing = (value: unknown): ((n: number) => unknown) => move({ value }, capturingMoved);

export const iterateThere = async(function* (length: number, threads?: number) {
  const it = par(range(0, length), threads === undefined ? {} : { threads, sequentialBelow: 0 });
  const ids = yield* it.map(whereAmI).collect();
  const isHere = ids.includes(threadId);
  return { sum: yield* it.map(double).sum(), threads: new Set(ids).size, isHere };
});

/** Fibonacci, divided as far as it goes. */
export function dividedFibonacci(n: number): number {
  if (n < 2) return n;
  const [a, b] = parJoinBlocking([dividedFibonacci, n - 1], [dividedFibonacci, n - 2]);
  return a + b;
}

/** Which threads the leaves of a tree were on. */
export function threadsOf(depth: number): number[] {
  if (depth === 0) {
    fibonacci(16);
    return [threadId];
  }
  const [a, b] = parJoinBlocking([threadsOf, depth - 1], [threadsOf, depth - 1]);
  return [...new Set([...a, ...b])];
}

/** Sorts shared memory where it is. */
export function quickSort(numbers: Float64Array): void {
  if (numbers.length < 2) return;
  const pivot = numbers[numbers.length >> 1]!;
  let [i, j] = [0, numbers.length - 1];
  while (i <= j) {
    while (numbers[i]! < pivot) i++;
    while (numbers[j]! > pivot) j--;
    if (i <= j) [numbers[i++], numbers[j--]] = [numbers[j]!, numbers[i]!];
  }
  parJoinBlocking([quickSort, numbers.subarray(0, j + 1)], [quickSort, numbers.subarray(i)]);
}

/** What a random tree of joins gives: leaves add to a counter, some fail. */
export interface Tree {
  readonly value: number;
  readonly fails: boolean;
  readonly children?: readonly [Tree, Tree] | undefined;
}

export function walk(tree: Tree, counter: Int32Array): string {
  Atomics.add(counter, 0, 1);
  const { value, fails, children } = tree;
  const inside =
    children === undefined ? [] : parJoinBlocking([walk, children[0], counter], [walk, children[1], counter]);
  if (fails) throw new RangeError(`no ${value}`);
  return `${value}(${inside.join(",")})`;
}

/** Two calls that can only end together. */
export function meetIn(gate: Int32Array, depth: number): number {
  if (depth > 0) return Math.max(...parJoinBlocking([meetIn, gate, depth - 1], [meetIn, gate, depth - 1]));
  return meet(gate, 2)(0);
}

export const exitInside = (depth: number): number => {
  if (depth === 0) return process.exit(3);
  const [a, b] = parJoinBlocking([exitInside, depth - 1], [spinFor, 20]);
  return a + b;
};

export function spinFor(times: number): number {
  for (let i = 0; i < times; i++) spin(i);
  return times;
}
/** Divides for ever, and counts how often. */
export function divideForEver(counter: Int32Array): number {
  Atomics.add(counter, 0, 1);
  Atomics.notify(counter, 0);
  spin(0);
  const [a, b] = parJoinBlocking([spinFor, 1], [spinFor, 1]);
  return a + b + divideForEver(counter);
}

/** Joins on whatever thread, in whatever way. */
export const joinThere = (n: number): [number, number] => parJoinBlocking([fibonacci, n], [fibonacci, n + 1]);
export const joinLater = async(function* (n: number) {
  return yield* parJoin([fibonacci, n], [fibonacci, n + 1]);
});
export const upwards = (a: number, b: number): number => a - b;

// HOST: Bun and Deno do not tell of which module a function is.
if ("Bun" in globalThis || "Deno" in globalThis)
  for (const [name, fn] of Object.entries({
    double,
    isEven,
    isOver50,
    twice,
    plus,
    plusBig,
    sumOf,
    byLastDigit,
    downwards,
    sign,
    slowly,
    inTurnsMoved,
    valueOf,
    same,
    text,
    joined,
    noted,
    listed,
    countMoved,
    whereAmI,
    failAtMoved,
    throwText,
    exitAtMoved,
    fibonacci,
    waitAtGateMoved,
    meetMoved,
    later,
    give,
    cheaply,
    isUnder50,
    isTwo,
    always,
    increment,
    countingMoved,
    spin,
    waitForRestMoved,
    firstIsLastMoved,
    capturingMoved,
    iterateThere,
    dividedFibonacci,
    threadsOf,
    quickSort,
    walk,
    meetIn,
    exitInside,
    spinFor,
    divideForEver,
    joinThere,
    joinLater,
    upwards,
  }))
    task(import.meta, fn as (...args: any[]) => unknown, name);
