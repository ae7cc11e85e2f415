/**
 * How much memory does a sleeping task hold, and how long after the sleep are a million of them over?
 *
 * `resident` is the growth of the process's resident set per task once all are asleep and the garbage is collected;
 * the handles, in an array, are part of it. `overrun` is the whole round less the sleep of one task: spawning, waking
 * and joining. The collector runs while all sleep and is not part of it.
 */
import { GOALS, expect, type Question, type Readings } from "../harness.js";

/** Long enough for the slowest peer to have spawned all before the first wakes. */
const sleepFor = (count: number) => count * 0.015;

class Survey {
  readonly #before = resident();
  readonly #start = performance.now();
  #held = 0;

  /** To be called when all are asleep. */
  allAsleep(): void {
    this.#held = resident() - this.#before;
  }

  /** To be called when all are over. */
  allOver(count: number): Readings {
    const elapsed = performance.now() - this.#start;
    return { resident: this.#held / count, overrun: (elapsed - sleepFor(count)) * 1e6 };
  }
}

function resident(): number {
  // Twice: the second pass frees what finalizers and weak references of the first held on to.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

export const questions: Question[] = [
  {
    name: "memory",
    about: "1,000,000 spawned tasks asleep for 15 s; bytes a task, and the time beyond the sleep",
    count: 1_000_000,
    fresh: true,
    figures: { resident: { unit: "bytes", goals: { native: 1 } }, overrun: { goals: GOALS } },
    peers: {
      async heddle(count) {
        const { async, run, sleep, spawn, yieldNow } = await import("heddle");
        const milliseconds = sleepFor(count);
        let started = 0;
        let woken = 0;
        const nap = async(function* () {
          started++;
          yield* sleep(milliseconds);
          woken++;
        });
        const main = async(function* () {
          const survey = new Survey();
          const handles = [];
          for (let n = 0; n < count; n++) handles.push(spawn(nap()));
          while (started < count) yield* yieldNow();
          expect("those awake", woken, 0);
          survey.allAsleep();
          for (const handle of handles) yield* handle;
          return survey.allOver(count);
        });
        return () => run(main());
      },

      native(count) {
        const milliseconds = sleepFor(count);
        let woken = 0;
        const nap = async () => {
          await new Promise((resolve) => setTimeout(resolve, milliseconds));
          woken++;
        };
        return async () => {
          const survey = new Survey();
          const promises = [];
          for (let n = 0; n < count; n++) promises.push(nap());
          expect("those awake", woken, 0);
          survey.allAsleep();
          for (const promise of promises) await promise;
          return survey.allOver(count);
        };
      },

      async effect(count) {
        const { Effect, Fiber } = await import("effect");
        const milliseconds = sleepFor(count);
        let started = 0;
        let woken = 0;
        const nap = Effect.gen(function* () {
          started++;
          yield* Effect.sleep(milliseconds);
          woken++;
        });
        const main = Effect.gen(function* () {
          const survey = new Survey();
          const fibers = [];
          for (let n = 0; n < count; n++) fibers.push(yield* Effect.forkChild(nap));
          while (started < count) yield* Effect.yieldNow;
          expect("those awake", woken, 0);
          survey.allAsleep();
          for (const fiber of fibers) yield* Fiber.join(fiber);
          return survey.allOver(count);
        });
        return () => Effect.runPromise(main);
      },
    },
  },
];
