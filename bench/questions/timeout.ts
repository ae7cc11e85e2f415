/** What does a time limit add to an operation that suspends once and is far from reaching it? */
import { GOALS, expect, timed, type Question } from "../harness.js";

const LIMIT = 30_000;

async function withTimeout<T>(operation: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Timed out after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([operation, elapsed]);
  } finally {
    clearTimeout(timer);
  }
}

export const questions: Question[] = [
  {
    name: "timeout",
    about: "a 30 s limit around an async function that yields once; an operation",
    count: 300_000,
    figures: { total: { goals: GOALS } },
    peers: {
      async heddle(count) {
        const { async, run, timeout, yieldNow } = await import("heddle");
        const operation = async(function* (n: number) {
          yield* yieldNow();
          return n;
        });
        const main = async(function* () {
          let total = 0;
          for (let i = 0; i < count; i++) total += yield* timeout(operation(1), LIMIT);
          expect("the sum", total, count);
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        const operation = async (n: number) => {
          await null;
          return n;
        };
        return timed(count, async () => {
          let total = 0;
          for (let i = 0; i < count; i++) total += await withTimeout(operation(1), LIMIT);
          expect("the sum", total, count);
        });
      },

      async effect(count) {
        const { Effect } = await import("effect");
        const operation = Effect.fnUntraced(function* (n: number) {
          yield* Effect.yieldNow;
          return n;
        });
        const main = Effect.gen(function* () {
          let total = 0;
          for (let i = 0; i < count; i++) total += yield* Effect.timeout(operation(1), LIMIT);
          expect("the sum", total, count);
        });
        return timed(count, () => Effect.runPromise(main));
      },
    },
  },
];
