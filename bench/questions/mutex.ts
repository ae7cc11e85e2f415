/** What does a lock cost, when nobody else wants it, and when a hundred do? */
import { expect, timed, type Question } from "../harness.js";

const TASKS = 100;

/** What one writes by hand: a flag, and a queue of resolvers. */
class NativeMutex {
  #isLocked = false;
  readonly #queue: (() => void)[] = [];

  lock(): Promise<void> | undefined {
    if (this.#isLocked) return new Promise((resolve) => this.#queue.push(resolve));
    this.#isLocked = true;
    return undefined;
  }

  unlock(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#isLocked = false;
    else next();
  }
}

export const questions: Question[] = [
  {
    name: "mutex/free",
    about: "one task locks a mutex and releases it, again and again; a lock",
    count: 1_000_000,
    figures: { total: { goals: { native: 0.7, effect: 0.2 } } },
    peers: {
      async heddle(count) {
        const { async, run } = await import("heddle");
        const { Mutex } = await import("heddle/sync");
        const main = async(function* () {
          const mutex = new Mutex();
          let total = 0;
          for (let i = 0; i < count; i++) {
            const guard = yield* mutex.lock();
            total++;
            guard.release();
          }
          expect("the number of locks", total, count);
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        return timed(count, async () => {
          const mutex = new NativeMutex();
          let total = 0;
          for (let i = 0; i < count; i++) {
            await mutex.lock();
            total++;
            mutex.unlock();
          }
          expect("the number of locks", total, count);
        });
      },

      async effect(count) {
        const { Effect, Semaphore } = await import("effect");
        const main = Effect.gen(function* () {
          const mutex = yield* Semaphore.make(1);
          let total = 0;
          const add = mutex.withPermit(Effect.sync(() => void total++));
          for (let i = 0; i < count; i++) yield* add;
          expect("the number of locks", total, count);
        });
        return timed(count, () => Effect.runPromise(main));
      },

      async "async-mutex"(count) {
        const { Mutex } = await import("async-mutex");
        return timed(count, async () => {
          const mutex = new Mutex();
          let total = 0;
          for (let i = 0; i < count; i++) {
            const release = await mutex.acquire();
            total++;
            release();
          }
          expect("the number of locks", total, count);
        });
      },
    },
  },
  {
    name: "mutex/contended",
    about: "100 tasks lock one mutex in turn, and yield once while they have it; a lock",
    count: 500_000,
    figures: { total: { goals: { native: 0.9, effect: 0.2, tokio: 0.4 } } },
    peers: {
      async heddle(count) {
        const { async, run, spawn, yieldNow } = await import("heddle");
        const { Mutex } = await import("heddle/sync");
        const main = async(function* () {
          const mutex = new Mutex(0);
          const child = async(function* () {
            for (let i = 0; i < count / TASKS; i++) {
              const guard = yield* mutex.lock();
              try {
                const before = guard.value;
                yield* yieldNow();
                guard.value = before + 1;
              } finally {
                guard.release();
              }
            }
          });
          const handles = [];
          for (let n = 0; n < TASKS; n++) handles.push(spawn(child()));
          for (const handle of handles) yield* handle;
          expect("the number of locks", yield* mutex.withLock((guard) => guard.value), count);
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        return timed(count, async () => {
          const mutex = new NativeMutex();
          let total = 0;
          const child = async () => {
            for (let i = 0; i < count / TASKS; i++) {
              await mutex.lock();
              try {
                const before = total;
                await null;
                total = before + 1;
              } finally {
                mutex.unlock();
              }
            }
          };
          await Promise.all(Array.from({ length: TASKS }, child));
          expect("the number of locks", total, count);
        });
      },

      async effect(count) {
        const { Effect, Fiber, Semaphore } = await import("effect");
        const main = Effect.gen(function* () {
          const mutex = yield* Semaphore.make(1);
          let total = 0;
          const add = mutex.withPermit(
            Effect.gen(function* () {
              const before = total;
              yield* Effect.yieldNow;
              total = before + 1;
            }),
          );
          const child = Effect.gen(function* () {
            for (let i = 0; i < count / TASKS; i++) yield* add;
          });
          const fibers = [];
          for (let n = 0; n < TASKS; n++) fibers.push(yield* Effect.forkChild(child));
          yield* Fiber.joinAll(fibers);
          expect("the number of locks", total, count);
        });
        return timed(count, () => Effect.runPromise(main));
      },

      async "async-mutex"(count) {
        const { Mutex } = await import("async-mutex");
        return timed(count, async () => {
          const mutex = new Mutex();
          let total = 0;
          const child = async () => {
            for (let i = 0; i < count / TASKS; i++) {
              const release = await mutex.acquire();
              try {
                const before = total;
                await null;
                total = before + 1;
              } finally {
                release();
              }
            }
          };
          await Promise.all(Array.from({ length: TASKS }, child));
          expect("the number of locks", total, count);
        });
      },
    },
  },
];
