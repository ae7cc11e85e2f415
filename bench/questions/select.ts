/**
 * What does it cost to take the first of two async functions and drop the other?
 *
 * Both suspend: one yields once and answers, the other would wait for ever. A native loser cannot be dropped; it is
 * left to the collector.
 */
import { GOALS_AND_TOKIO, expect, timed, type Question } from "../harness.js";

export const questions: Question[] = [
  {
    name: "select",
    about: "2 async functions, one yields once, the other never ends; a select",
    count: 1_000_000,
    figures: { total: { goals: GOALS_AND_TOKIO } },
    peers: {
      async heddle(count) {
        const { async, pending, run, select, yieldNow } = await import("heddle");
        const soon = async(function* (n: number) {
          yield* yieldNow();
          return n;
        });
        const never = async(function* () {
          return yield* pending();
        });
        const main = async(function* () {
          let total = 0;
          for (let i = 0; i < count; i++) total += (yield* select({ soon: soon(1), never: never() })).value;
          expect("the sum", total, count);
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        const soon = async (n: number) => {
          await null;
          return n;
        };
        const never = async () => await new Promise<never>(() => {});
        return timed(count, async () => {
          let total = 0;
          for (let i = 0; i < count; i++) total += await Promise.race([soon(1), never()]);
          expect("the sum", total, count);
        });
      },

      async effect(count) {
        const { Effect } = await import("effect");
        const soon = Effect.fnUntraced(function* (n: number) {
          yield* Effect.yieldNow;
          return n;
        });
        const never = Effect.fnUntraced(function* () {
          return yield* Effect.never;
        });
        const main = Effect.gen(function* () {
          let total = 0;
          for (let i = 0; i < count; i++) total += yield* Effect.raceFirst(soon(1), never());
          expect("the sum", total, count);
        });
        return timed(count, () => Effect.runPromise(main));
      },
    },
  },
];
