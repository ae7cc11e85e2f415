/** What does it cost to let the other tasks go first? */
import { AsyncLocalStorage } from "node:async_hooks";
import { GOALS_AND_TOKIO, timed, type Question } from "../harness.js";

const YIELDS = 1000;

function native(count: number) {
  const child = async () => {
    for (let i = 0; i < YIELDS; i++) await null;
  };
  return timed(count, () => Promise.all(Array.from({ length: count / YIELDS }, child)));
}

export const questions: Question[] = [
  {
    name: "yield",
    about: "1,000 tasks at once, each yields 1,000 times; a yield",
    count: 1_000_000,
    figures: { total: { goals: GOALS_AND_TOKIO } },
    peers: {
      async heddle(count) {
        const { async, run, spawn, yieldNow } = await import("heddle");
        const child = async(function* () {
          for (let i = 0; i < YIELDS; i++) yield* yieldNow();
        });
        const main = async(function* () {
          const handles = [];
          for (let n = 0; n < count / YIELDS; n++) handles.push(spawn(child()));
          for (const handle of handles) yield* handle;
        });
        return timed(count, () => run(main()));
      },

      native,

      async effect(count) {
        const { Effect, Fiber } = await import("effect");
        const child = Effect.gen(function* () {
          for (let i = 0; i < YIELDS; i++) yield* Effect.yieldNow;
        });
        const main = Effect.gen(function* () {
          const fibers = [];
          for (let n = 0; n < count / YIELDS; n++) fibers.push(yield* Effect.forkChild(child));
          yield* Fiber.joinAll(fibers);
        });
        return timed(count, () => Effect.runPromise(main));
      },

      // What task-local values cost native code; heddle's are part of the task.
      "native under AsyncLocalStorage"(count) {
        const storage = new AsyncLocalStorage<number>();
        const round = native(count);
        return () => storage.run(1, round);
      },
    },
  },
];
