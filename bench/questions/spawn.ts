/**
 * What does a task cost that does nothing but hand back a number?
 *
 * A spawned task starts after its spawner suspends, so the native peer is an async function that awaits once before
 * it answers. The one that runs straight through in its caller is printed beside it: cheaper, but not a task.
 */
import { GOALS, GOALS_AND_TOKIO, expect, timed, type Goals, type Question } from "../harness.js";

/** `count` tasks, `wave` of them alive at a time. */
function question(name: string, about: string, waves: number, goals: Goals): Question {
  const sum = (wave: number) => (wave * (wave - 1)) / 2;
  return {
    name,
    about,
    count: 1_000_000,
    figures: { total: { goals } },
    peers: {
      async heddle(count) {
        const { async, run, spawn } = await import("heddle");
        const wave = count / waves;
        const child = async(function* (n: number) {
          return n;
        });
        const main = async(function* () {
          for (let i = 0; i < waves; i++) {
            const handles = [];
            for (let n = 0; n < wave; n++) handles.push(spawn(child(n)));
            let total = 0;
            for (const handle of handles) total += yield* handle;
            expect("the sum", total, sum(wave));
          }
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        const wave = count / waves;
        const child = async (n: number) => {
          await null;
          return n;
        };
        return timed(count, async () => {
          for (let i = 0; i < waves; i++) {
            const promises = [];
            for (let n = 0; n < wave; n++) promises.push(child(n));
            let total = 0;
            for (const n of await Promise.all(promises)) total += n;
            expect("the sum", total, sum(wave));
          }
        });
      },

      async effect(count) {
        const { Effect, Fiber } = await import("effect");
        const wave = count / waves;
        const main = Effect.gen(function* () {
          for (let i = 0; i < waves; i++) {
            const fibers = [];
            for (let n = 0; n < wave; n++) fibers.push(yield* Effect.forkChild(Effect.sync(() => n)));
            let total = 0;
            for (const n of yield* Fiber.joinAll(fibers)) total += n;
            expect("the sum", total, sum(wave));
          }
        });
        return timed(count, () => Effect.runPromise(main));
      },

      "native without an await"(count) {
        const wave = count / waves;
        const child = async (n: number) => n;
        return timed(count, async () => {
          for (let i = 0; i < waves; i++) {
            const promises = [];
            for (let n = 0; n < wave; n++) promises.push(child(n));
            let total = 0;
            for (const n of await Promise.all(promises)) total += n;
            expect("the sum", total, sum(wave));
          }
        });
      },
    },
  };
}

export const questions: Question[] = [
  question("spawn/at-once", "1,000,000 tasks spawned, then joined; a task", 1, GOALS),
  question("spawn/in-waves", "1,000 times 1,000 tasks spawned, then joined; a task", 1000, GOALS_AND_TOKIO),
];
