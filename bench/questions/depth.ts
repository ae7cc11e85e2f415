/**
 * What does an async call cost, when async functions call async functions `depth` deep?
 *
 * The leaf at the bottom is an async function that answers at once, or one that yields once first.
 */
import type { Effect as Effects } from "effect";
import type { Operation } from "effection";
import type { Future } from "heddle";
import { GOALS, expect, timed, type Goals, type Question } from "../harness.js";

/** At depth 1 the frame that lets deeper calls resume in O(1) is not yet paid back. */
const GOALS_AT_DEPTH_1: Goals = { ...GOALS, native: 1.3 };

function question(depth: number, leaf: "ready" | "yields"): Question {
  const yields = leaf === "yields" ? 1 : 0;
  return {
    name: `depth/${depth}/${leaf}`,
    about: `calls ${depth} deep, the leaf ${leaf === "ready" ? "is ready" : "yields once"}; a level`,
    count: 1_000_000,
    figures: { total: { goals: depth === 1 ? GOALS_AT_DEPTH_1 : GOALS } },
    peers: {
      async heddle(count) {
        const { async, run, yieldNow } = await import("heddle");
        const leaf = async(function* () {
          for (let i = 0; i < yields; i++) yield* yieldNow();
          return 1;
        });
        const descend: (levels: number) => Future<number> = async(function* (levels: number) {
          return levels === 0 ? yield* leaf() : 1 + (yield* descend(levels - 1));
        });
        const main = async(function* () {
          let total = 0;
          for (let i = 0; i < count / depth; i++) total += yield* descend(depth);
          expect("the levels", total, (count / depth) * (depth + 1));
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        const leaf = async () => {
          for (let i = 0; i < yields; i++) await null;
          return 1;
        };
        const descend = async (levels: number): Promise<number> =>
          levels === 0 ? await leaf() : 1 + (await descend(levels - 1));
        return timed(count, async () => {
          let total = 0;
          for (let i = 0; i < count / depth; i++) total += await descend(depth);
          expect("the levels", total, (count / depth) * (depth + 1));
        });
      },

      async effect(count) {
        const { Effect } = await import("effect");
        const leaf = Effect.fnUntraced(function* () {
          for (let i = 0; i < yields; i++) yield* Effect.yieldNow;
          return 1;
        });
        const descend: (levels: number) => Effects.Effect<number> = Effect.fnUntraced(function* (levels: number) {
          return levels === 0 ? yield* leaf() : 1 + (yield* descend(levels - 1));
        });
        const main = Effect.gen(function* () {
          let total = 0;
          for (let i = 0; i < count / depth; i++) total += yield* descend(depth);
          expect("the levels", total, (count / depth) * (depth + 1));
        });
        return timed(count, () => Effect.runPromise(main));
      },

      async effection(count) {
        const { action, run } = await import("effection");
        const leaf = function* (): Operation<number> {
          for (let i = 0; i < yields; i++) yield* action<void>((resolve) => (queueMicrotask(resolve), () => {}));
          return 1;
        };
        const descend = function* (levels: number): Operation<number> {
          return levels === 0 ? yield* leaf() : 1 + (yield* descend(levels - 1));
        };
        return timed(count, () =>
          run(function* () {
            let total = 0;
            for (let i = 0; i < count / depth; i++) total += yield* descend(depth);
            expect("the levels", total, (count / depth) * (depth + 1));
          }),
        );
      },
    },
  };
}

export const questions: Question[] = ([1, 10, 100, 1000] as const).flatMap((depth) => [
  question(depth, "ready"),
  question(depth, "yields"),
]);
