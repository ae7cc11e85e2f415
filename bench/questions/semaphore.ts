/** What does it cost to keep many jobs from running all at once? */
import { expect, timed, type Question } from "../harness.js";

const LIMIT = 100;

/** What one writes by hand: a count, and a queue of resolvers. */
class NativeSemaphore {
  #free = LIMIT;
  readonly #queue: (() => void)[] = [];
  #first = 0;

  acquire(): Promise<void> | undefined {
    if (this.#free === 0) return new Promise((resolve) => this.#queue.push(resolve));
    this.#free--;
    return undefined;
  }

  release(): void {
    if (this.#first < this.#queue.length) this.#queue[this.#first++]!();
    else this.#free++;
  }
}

/** Says how many ran at once at most. */
class Gauge {
  #now = 0;
  #most = 0;
  enter(): void {
    if (++this.#now > this.#most) this.#most = this.#now;
  }
  leave(): number {
    this.#now--;
    return 1;
  }
  check(): void {
    expect("the most jobs at once", this.#most, LIMIT);
  }
}

export const questions: Question[] = [
  {
    name: "semaphore",
    about: "100,000 jobs at once that yield, 100 of which may run; a job",
    count: 100_000,
    figures: { total: { goals: { native: 1 } } },
    peers: {
      async heddle(count) {
        const { async, run, spawn, yieldNow } = await import("heddle");
        const { Semaphore } = await import("heddle/sync");
        const main = async(function* () {
          const semaphore = new Semaphore(LIMIT);
          const gauge = new Gauge();
          const job = async(function* () {
            const permit = yield* semaphore.acquire();
            try {
              gauge.enter();
              yield* yieldNow();
              return gauge.leave();
            } finally {
              permit.release();
            }
          });
          const handles = [];
          for (let n = 0; n < count; n++) handles.push(spawn(job()));
          let total = 0;
          for (const handle of handles) total += yield* handle;
          gauge.check();
          expect("the number of jobs", total, count);
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        return timed(count, async () => {
          const semaphore = new NativeSemaphore();
          const gauge = new Gauge();
          const job = async () => {
            await semaphore.acquire();
            try {
              gauge.enter();
              await null;
              return gauge.leave();
            } finally {
              semaphore.release();
            }
          };
          const results = await Promise.all(Array.from({ length: count }, job));
          gauge.check();
          expect("the number of jobs", results.length, count);
        });
      },

      // Not its Semaphore, each release of which looks at all who wait: 100,000 jobs take minutes.
      async effect(count) {
        const { Effect } = await import("effect");
        const main = Effect.gen(function* () {
          const gauge = new Gauge();
          const job = Effect.gen(function* () {
            gauge.enter();
            yield* Effect.yieldNow;
            return gauge.leave();
          });
          const jobs = Array.from({ length: count }, () => job);
          const results = yield* Effect.all(jobs, { concurrency: LIMIT });
          gauge.check();
          expect("the number of jobs", results.length, count);
        });
        return timed(count, () => Effect.runPromise(main));
      },

      async "p-limit"(count) {
        const { default: pLimit } = await import("p-limit");
        return timed(count, async () => {
          const limit = pLimit(LIMIT);
          const gauge = new Gauge();
          const job = async () => {
            gauge.enter();
            await null;
            return gauge.leave();
          };
          const results = await Promise.all(Array.from({ length: count }, () => limit(job)));
          gauge.check();
          expect("the number of jobs", results.length, count);
        });
      },

      async "p-queue"(count) {
        const { default: PQueue } = await import("p-queue");
        return timed(count, async () => {
          const queue = new PQueue({ concurrency: LIMIT });
          const gauge = new Gauge();
          const job = async () => {
            gauge.enter();
            await null;
            return gauge.leave();
          };
          const results = await Promise.all(Array.from({ length: count }, () => queue.add(job)));
          gauge.check();
          expect("the number of jobs", results.length, count);
        });
      },

      async "async-mutex"(count) {
        const { Semaphore } = await import("async-mutex");
        return timed(count, async () => {
          const semaphore = new Semaphore(LIMIT);
          const gauge = new Gauge();
          const job = async () => {
            gauge.enter();
            await null;
            return gauge.leave();
          };
          const results = await Promise.all(Array.from({ length: count }, () => semaphore.runExclusive(job)));
          gauge.check();
          expect("the number of jobs", results.length, count);
        });
      },
    },
  },
];
