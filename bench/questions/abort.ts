/**
 * What does it cost to be cancellable, and to be cancelled?
 *
 * 100,000 tasks wait for ever, three async calls deep, with a `finally` in each call. `setup` is until all wait,
 * `abort` until all have run their three cleanups and are over. Native code needs a controller and a listener each;
 * it is spared the exception, with its stack, that a controller makes when it is given no reason.
 */
import { GOALS, Stopwatch, expect, type Question } from "../harness.js";

export const questions: Question[] = [
  {
    name: "abort",
    about: "100,000 tasks, 3 calls deep with a finally in each; a task",
    count: 100_000,
    figures: { setup: { goals: GOALS }, abort: { goals: GOALS } },
    peers: {
      async heddle(count) {
        const { async, pending, run, spawn, yieldNow } = await import("heddle");
        let waiting = 0;
        let cleanups = 0;
        const inner = async(function* () {
          try {
            waiting++;
            yield* pending();
          } finally {
            cleanups++;
          }
        });
        const middle = async(function* () {
          try {
            yield* inner();
          } finally {
            cleanups++;
          }
        });
        const outer = async(function* () {
          try {
            yield* middle();
          } finally {
            cleanups++;
          }
        });
        const main = async(function* () {
          waiting = cleanups = 0;
          const watch = new Stopwatch();
          const handles = [];
          for (let n = 0; n < count; n++) handles.push(spawn(outer()));
          while (waiting < count) yield* yieldNow();
          const setup = watch.lap(count);
          for (const handle of handles) handle.abort();
          for (const handle of handles) yield* handle.settled();
          const abort = watch.lap(count);
          expect("the cleanups", cleanups, 3 * count);
          return { setup, abort };
        });
        return () => run(main());
      },

      native(count) {
        let cleanups = 0;
        const reason = new Error("aborted");
        const inner = async (signal: AbortSignal) => {
          try {
            await new Promise<never>((_, reject) => {
              signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
            });
          } finally {
            cleanups++;
          }
        };
        const middle = async (signal: AbortSignal) => {
          try {
            await inner(signal);
          } finally {
            cleanups++;
          }
        };
        const outer = async (signal: AbortSignal) => {
          try {
            await middle(signal);
          } finally {
            cleanups++;
          }
        };
        return async () => {
          cleanups = 0;
          const watch = new Stopwatch();
          const controllers = [];
          const promises = [];
          for (let n = 0; n < count; n++) {
            const controller = new AbortController();
            controllers.push(controller);
            promises.push(outer(controller.signal));
          }
          const setup = watch.lap(count);
          for (const controller of controllers) controller.abort(reason);
          await Promise.allSettled(promises);
          const abort = watch.lap(count);
          expect("the cleanups", cleanups, 3 * count);
          return { setup, abort };
        };
      },

      async effect(count) {
        const { Effect, Fiber } = await import("effect");
        let waiting = 0;
        let cleanups = 0;
        const cleanup = Effect.sync(() => {
          cleanups++;
        });
        const inner = Effect.fnUntraced(function* () {
          waiting++;
          return yield* Effect.never;
        }, Effect.ensuring(cleanup));
        const middle = Effect.fnUntraced(function* () {
          yield* inner();
        }, Effect.ensuring(cleanup));
        const outer = Effect.fnUntraced(function* () {
          yield* middle();
        }, Effect.ensuring(cleanup));
        const main = Effect.gen(function* () {
          waiting = cleanups = 0;
          const watch = new Stopwatch();
          const fibers = [];
          for (let n = 0; n < count; n++) fibers.push(yield* Effect.forkChild(outer()));
          while (waiting < count) yield* Effect.yieldNow;
          const setup = watch.lap(count);
          yield* Fiber.interruptAll(fibers);
          const abort = watch.lap(count);
          expect("the cleanups", cleanups, 3 * count);
          return { setup, abort };
        });
        return () => Effect.runPromise(main);
      },
    },
  },
];
