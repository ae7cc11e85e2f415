/**
 * What does it cost to resume a leaf that is suspended under `depth` async calls?
 *
 * The leaf yields 10,000 times at the bottom of one descent, so the calls themselves do not count.
 */
import type { Effect as Effects } from "effect";
import type { Future } from "heddle";
import { GOALS, GOALS_AND_TOKIO, timed, type Goals, type Question } from "../harness.js";

const YIELDS = 10_000;
const GOALS_AT_DEPTH_1: Goals = { ...GOALS, native: 1.3 };

function question(depth: number): Question {
  return {
    name: `resume/${depth}`,
    about: `the leaf under ${depth} calls yields again and again; a resumption`,
    count: 500_000,
    figures: { total: { goals: depth === 1 ? GOALS_AT_DEPTH_1 : GOALS_AND_TOKIO } },
    peers: {
      async heddle(count) {
        const { async, run, yieldNow } = await import("heddle");
        const descend: (levels: number) => Future<void> = async(function* (levels: number) {
          if (levels > 0) return yield* descend(levels - 1);
          for (let i = 0; i < YIELDS; i++) yield* yieldNow();
        });
        const main = async(function* () {
          for (let i = 0; i < count / YIELDS; i++) yield* descend(depth);
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        const descend = async (levels: number): Promise<void> => {
          if (levels > 0) return await descend(levels - 1);
          for (let i = 0; i < YIELDS; i++) await null;
        };
        return timed(count, async () => {
          for (let i = 0; i < count / YIELDS; i++) await descend(depth);
        });
      },

      async effect(count) {
        const { Effect } = await import("effect");
        const descend: (levels: number) => Effects.Effect<void> = Effect.fnUntraced(function* (levels: number) {
          if (levels > 0) return yield* descend(levels - 1);
          for (let i = 0; i < YIELDS; i++) yield* Effect.yieldNow;
        });
        const main = Effect.gen(function* () {
          for (let i = 0; i < count / YIELDS; i++) yield* descend(depth);
        });
        return timed(count, () => Effect.runPromise(main));
      },
    },
  };
}

export const questions: Question[] = [1, 10, 100].map(question);
