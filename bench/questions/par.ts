/**
 * How much faster are two threads than one?
 *
 * `native` is a loop, or the sort of the language, on one thread: the goal is 1.85 times its speed with two processors, so 0.54 of its time. Beside it the same
 * parallel iterator on one thread, which shows what is not the number of threads; in the column of Tokio rayon, on as many as there are processors.
 */
import { expect, type Question, type Setup, timed } from "../harness.js";

const GOALS = { native: 0.54 };
const N = 34;
const FIBONACCI = 5_702_887;

/** A parallel iterator on so many threads; on as many as there are processors if nothing is said. */
function fibonacciOn(threads?: number): Setup {
  return async (count) => {
    const { run } = await import("heddle");
    const { par } = await import("heddle/thread");
    const work = await import("../workers/numbers.js");
    const list = new Array<number>(count).fill(N);
    return timed(count, async () => {
      const sum = await run(par(list, on(threads)).map(work.fibonacci).sum());
      expect("the sum", sum, count * FIBONACCI);
    });
  };
}

const on = (threads: number | undefined) => (threads === undefined ? {} : { threads });

/** 0, 1, 2, … in shared memory. */
function numbersUpTo(count: number): Float64Array {
  const numbers = new Float64Array(new SharedArrayBuffer(8 * count));
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

function reductionOn(threads?: number): Setup {
  return async (count) => {
    const { run } = await import("heddle");
    const { par } = await import("heddle/thread");
    const work = await import("../workers/numbers.js");
    const numbers = numbersUpTo(count);
    return timed(count, async () => {
      const sum = await run(par(numbers, on(threads)).reduce(work.add, 0));
      expect("the sum", sum, (count * (count - 1)) / 2);
    });
  };
}

function wavesOn(threads?: number): Setup {
  return async (count) => {
    const { run } = await import("heddle");
    const { par } = await import("heddle/thread");
    const work = await import("../workers/numbers.js");
    const numbers = numbersUpTo(count);
    const target = new Float64Array(new SharedArrayBuffer(8 * count));
    return timed(count, async () => {
      await run(par(numbers, on(threads)).map(work.wave).collectInto(target));
      expect("the last one", target[count - 1], work.wave(count - 1));
    });
  };
}

/** The same numbers in no order, for each round. */
function shuffled(count: number): Float64Array {
  const numbers = numbersUpTo(count);
  let seed = 1;
  for (let i = count - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const j = seed % (i + 1);
    [numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!];
  }
  return numbers;
}

function sortOf(count: number, sort: (numbers: Float64Array) => PromiseLike<unknown>) {
  const unordered = shuffled(count);
  const numbers = numbersUpTo(count);
  return timed(count, async () => {
    numbers.set(unordered);
    await sort(numbers);
    for (let i = 0; i < count; i += 1000) expect(`number ${i}`, numbers[i], i);
  });
}

function sortOn(threads?: number): Setup {
  return async (count) => {
    const { run } = await import("heddle");
    const { par } = await import("heddle/thread");
    return sortOf(count, (numbers) => run(par(numbers, on(threads)).sortInto(numbers)));
  };
}

/** Something small again and again: where threads are not worth it. */
function smallWith(options: { sequentialBelow?: number }): Setup {
  return async (count) => {
    const { async, run } = await import("heddle");
    const { par, range } = await import("heddle/thread");
    const work = await import("../workers/numbers.js");
    const rounds = async(function* () {
      for (let i = 0; i < count; i++) {
        const sum = yield* par(range(0, 100), options).map(work.wave).reduce(work.add, 0);
        if (Number.isNaN(sum)) return i;
      }
      return count;
    });
    return timed(count, async () => expect("the count", await run(rounds()), count));
  };
}

export const questions: Question[] = [
  {
    name: "par/fibonacci",
    about: `fibonacci(${N}) of 40 items; an item`,
    count: 40,
    figures: { total: { goals: GOALS } },
    peers: {
      heddle: fibonacciOn(),
      "heddle on one thread": fibonacciOn(1),
      async native(count) {
        const { fibonacci } = await import("../workers/numbers.js");
        return timed(count, async () => {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += fibonacci(N);
          expect("the sum", sum, count * FIBONACCI);
        });
      },
    },
  },
  {
    name: "par/join",
    about: `fibonacci(${N}), divided down to 20 by parJoin; a call`,
    count: 10,
    figures: { total: { goals: GOALS } },
    peers: {
      async heddle(count) {
        const { async, run } = await import("heddle");
        const { parJoin } = await import("heddle/thread");
        const { dividedFibonacci } = await import("../workers/numbers.js");
        const rounds = async(function* () {
          for (let i = 0; i < count; i++) {
            const [a, b] = yield* parJoin([dividedFibonacci, N - 1], [dividedFibonacci, N - 2]);
            expect("the sum", a + b, FIBONACCI);
          }
        });
        return timed(count, () => run(rounds()));
      },
      async native(count) {
        const { fibonacci } = await import("../workers/numbers.js");
        return timed(count, async () => {
          for (let i = 0; i < count; i++) expect("the sum", fibonacci(N), FIBONACCI);
        });
      },
    },
  },
  {
    name: "par/reduce",
    about: "10 million float64 in shared memory reduced by an addition; a number",
    count: 10_000_000,
    figures: { total: { goals: GOALS } },
    peers: {
      heddle: reductionOn(),
      "heddle on one thread": reductionOn(1),
      async native(count) {
        const numbers = numbersUpTo(count);
        const { add } = await import("../workers/numbers.js");
        return timed(count, async () => expect("the sum", numbers.reduce(add, 0), (count * (count - 1)) / 2));
      },
    },
  },
  {
    name: "par/map",
    about: "a root and a sine of 10 million float64, from shared memory to shared memory; a number",
    count: 10_000_000,
    figures: { total: { goals: GOALS } },
    peers: {
      heddle: wavesOn(),
      "heddle on one thread": wavesOn(1),
      async native(count) {
        const numbers = numbersUpTo(count);
        const target = numbersUpTo(count);
        const { wave } = await import("../workers/numbers.js");
        return timed(count, async () => {
          for (let i = 0; i < count; i++) target[i] = wave(numbers[i]!);
          expect("the last one", target[count - 1], wave(count - 1));
        });
      },
    },
  },
  {
    name: "par/sort",
    about: "a million float64 in shared memory sorted where they are; a number",
    count: 1_000_000,
    figures: { total: { goals: GOALS } },
    peers: {
      heddle: sortOn(),
      "heddle on one thread": sortOn(1),
      native: (count) => sortOf(count, async (numbers) => numbers.sort()),
    },
  },
  {
    name: "par/small",
    about: "a root and a sine of 100 numbers, again and again; a time",
    count: 5_000,
    figures: { total: { goals: {} } },
    peers: {
      heddle: smallWith({}),
      "heddle, always on threads": smallWith({ sequentialBelow: 0 }),
      async native(count) {
        const { add, wave } = await import("../workers/numbers.js");
        return timed(count, async () => {
          for (let i = 0; i < count; i++) {
            const list = Array.from({ length: 100 }, (_, n) => n);
            expect("the sum", Number.isNaN(list.map(wave).reduce(add, 0)), false);
          }
        });
      },
    },
  },
];
