/** What does it cost to wait for several async functions at once, inside one task? */
import { GOALS_AND_TOKIO, expect, timed, type Question } from "../harness.js";

const MANY = 100_000;

function ofTen(children: "ready" | "yields"): Question {
  const yields = children === "yields" ? 1 : 0;
  return {
    name: `join/10/${children}`,
    about: `10 async functions that ${children === "ready" ? "are ready" : "each yield once"}; a join`,
    count: 100_000,
    figures: { total: { goals: GOALS_AND_TOKIO } },
    peers: {
      async heddle(count) {
        const { async, join, run, yieldNow } = await import("heddle");
        const f = async(function* (n: number) {
          for (let i = 0; i < yields; i++) yield* yieldNow();
          return n;
        });
        const main = async(function* () {
          let total = 0;
          for (let i = 0; i < count; i++) {
            total += (yield* join(f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9))).length;
          }
          expect("the results", total, count * 10);
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        const f = async (n: number) => {
          for (let i = 0; i < yields; i++) await null;
          return n;
        };
        return timed(count, async () => {
          let total = 0;
          for (let i = 0; i < count; i++) {
            total += (await Promise.all([f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9)])).length;
          }
          expect("the results", total, count * 10);
        });
      },

      async effect(count) {
        const { Effect } = await import("effect");
        const f = Effect.fnUntraced(function* (n: number) {
          for (let i = 0; i < yields; i++) yield* Effect.yieldNow;
          return n;
        });
        const main = Effect.gen(function* () {
          let total = 0;
          for (let i = 0; i < count; i++) {
            const all = [f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9)];
            total += (yield* Effect.all(all, { concurrency: "unbounded" })).length;
          }
          expect("the results", total, count * 10);
        });
        return timed(count, () => Effect.runPromise(main));
      },
    },
  };
}

const ofMany: Question = {
  name: "join/100000/yields",
  about: "100,000 async functions that each yield once, in one join; a child",
  count: 1_000_000,
  figures: { total: { goals: GOALS_AND_TOKIO } },
  peers: {
    async heddle(count) {
      const { async, joinAll, run, yieldNow } = await import("heddle");
      const child = async(function* (n: number) {
        yield* yieldNow();
        return n;
      });
      const main = async(function* () {
        for (let i = 0; i < count / MANY; i++) {
          const futures = [];
          for (let n = 0; n < MANY; n++) futures.push(child(n));
          expect("the results", (yield* joinAll(futures)).length, MANY);
        }
      });
      return timed(count, () => run(main()));
    },

    native(count) {
      const child = async (n: number) => {
        await null;
        return n;
      };
      return timed(count, async () => {
        for (let i = 0; i < count / MANY; i++) {
          const promises = [];
          for (let n = 0; n < MANY; n++) promises.push(child(n));
          expect("the results", (await Promise.all(promises)).length, MANY);
        }
      });
    },

    async effect(count) {
      const { Effect } = await import("effect");
      const child = Effect.fnUntraced(function* (n: number) {
        yield* Effect.yieldNow;
        return n;
      });
      const main = Effect.gen(function* () {
        for (let i = 0; i < count / MANY; i++) {
          const effects = [];
          for (let n = 0; n < MANY; n++) effects.push(child(n));
          expect("the results", (yield* Effect.all(effects, { concurrency: "unbounded" })).length, MANY);
        }
      });
      return timed(count, () => Effect.runPromise(main));
    },
  },
};

export const questions: Question[] = [ofTen("ready"), ofTen("yields"), ofMany];
