/**
 * How long does a tree of tasks take: each spawns ten and adds up their answers, down to a million leaves?
 *
 * After the skynet microbenchmark (github.com/atemerev/skynet). All 1,111,111 nodes are tasks.
 */
import type { Effect as Effects } from "effect";
import type { Future } from "heddle";
import { GOALS_AND_TOKIO, expect, timed, type Question } from "../harness.js";

export const questions: Question[] = [
  {
    name: "skynet",
    about: "1,111,111 tasks, each spawns 10 down to 1,000,000 leaves; all of it",
    count: 1_000_000,
    figures: { total: { goals: GOALS_AND_TOKIO } },
    peers: {
      async heddle(count) {
        const { async, run, spawn } = await import("heddle");
        const node: (first: number, size: number) => Future<number> = async(function* (first: number, size: number) {
          if (size === 1) return first;
          const handles = [];
          for (let i = 0; i < 10; i++) handles.push(spawn(node(first + (i * size) / 10, size / 10)));
          let total = 0;
          for (const handle of handles) total += yield* handle;
          return total;
        });
        return timed(1, async () => {
          expect("the sum", await run(node(0, count)), (count * (count - 1)) / 2);
        });
      },

      native(count) {
        const node = async (first: number, size: number): Promise<number> => {
          if (size === 1) return first;
          const promises = [];
          for (let i = 0; i < 10; i++) promises.push(node(first + (i * size) / 10, size / 10));
          let total = 0;
          for (const n of await Promise.all(promises)) total += n;
          return total;
        };
        return timed(1, async () => {
          expect("the sum", await node(0, count), (count * (count - 1)) / 2);
        });
      },

      async effect(count) {
        const { Effect, Fiber } = await import("effect");
        type Node = Effects.Effect<number>;
        const node: (first: number, size: number) => Node = Effect.fnUntraced(function* (first: number, size: number) {
          if (size === 1) return first;
          const fibers = [];
          for (let i = 0; i < 10; i++) fibers.push(yield* Effect.forkChild(node(first + (i * size) / 10, size / 10)));
          let total = 0;
          for (const n of yield* Fiber.joinAll(fibers)) total += n;
          return total;
        });
        return timed(1, async () => {
          expect("the sum", await Effect.runPromise(node(0, count)), (count * (count - 1)) / 2);
        });
      },
    },
  },
];
