/** What does it cost to own tasks: in a scope, in a set, in a loop that is at several items at once? */
import { expect, type Goals, timed, type Question } from "../harness.js";

const MANY = 100_000;
const CHILDREN = 10;
const AT_ONCE = 100;

/** A task of a scope costs more than a promise, which nobody owns and nothing can stop. */
const SCOPE_GOALS: Goals = { native: 3, effect: 0.2 };

const ofTen: Question = {
  name: "scope",
  about: `a scope with ${CHILDREN} tasks that each yield once; a scope`,
  count: 50_000,
  figures: { total: { goals: SCOPE_GOALS } },
  peers: {
    async heddle(count) {
      const { async, run, scope, yieldNow } = await import("heddle");
      let total = 0;
      const child = async(function* (n: number) {
        yield* yieldNow();
        total += n;
      });
      const main = async(function* () {
        total = 0;
        for (let i = 0; i < count; i++) {
          yield* scope(function* (s) {
            for (let n = 0; n < CHILDREN; n++) s.spawn(child(n));
          });
        }
        expect("the sum", total, count * 45);
      });
      return timed(count, () => run(main()));
    },

    native(count) {
      let total = 0;
      const child = async (n: number) => {
        await null;
        total += n;
      };
      return timed(count, async () => {
        total = 0;
        for (let i = 0; i < count; i++) {
          const promises = [];
          for (let n = 0; n < CHILDREN; n++) promises.push(child(n));
          await Promise.all(promises);
        }
        expect("the sum", total, count * 45);
      });
    },

    async effect(count) {
      const { Effect } = await import("effect");
      let total = 0;
      const child = Effect.fnUntraced(function* (n: number) {
        yield* Effect.yieldNow;
        total += n;
      });
      const main = Effect.gen(function* () {
        total = 0;
        for (let i = 0; i < count; i++) {
          const effects = [];
          for (let n = 0; n < CHILDREN; n++) effects.push(child(n));
          yield* Effect.all(effects, { concurrency: "unbounded", discard: true });
        }
        expect("the sum", total, count * 45);
      });
      return timed(count, () => Effect.runPromise(main));
    },
  },
};

const ofMany: Question = {
  name: "join-set",
  about: "100,000 tasks that each yield once, joined one by one as they end; a task",
  count: 500_000,
  figures: { total: { goals: SCOPE_GOALS } },
  peers: {
    async heddle(count) {
      const { async, END, JoinSet, run, yieldNow } = await import("heddle");
      const child = async(function* (n: number) {
        yield* yieldNow();
        return n;
      });
      const main = async(function* () {
        let joined = 0;
        for (let i = 0; i < count / MANY; i++) {
          const set = new JoinSet<number>();
          for (let n = 0; n < MANY; n++) set.spawn(child(n));
          while ((yield* set.joinNext()) !== END) joined++;
        }
        expect("the number of tasks", joined, count);
      });
      return timed(count, () => run(main()));
    },

    // What one writes by hand: the promises put their values into a queue, and wake whoever waits for one.
    native(count) {
      const child = async (n: number) => {
        await null;
        return n;
      };
      return timed(count, async () => {
        let joined = 0;
        for (let i = 0; i < count / MANY; i++) {
          const ended: number[] = [];
          let wake: (() => void) | undefined;
          for (let n = 0; n < MANY; n++) {
            void child(n).then((value) => {
              ended.push(value);
              wake?.();
            });
          }
          for (let left = MANY; left > 0; left--, joined++) {
            if (ended.length === 0) await new Promise<void>((resolve) => (wake = resolve));
            ended.pop();
          }
        }
        expect("the number of tasks", joined, count);
      });
    },

    async effect(count) {
      const { Effect, Queue } = await import("effect");
      const child = Effect.fnUntraced(function* (n: number, ended: import("effect").Queue.Queue<number>) {
        yield* Effect.yieldNow;
        yield* Queue.offer(ended, n);
      });
      const main = Effect.gen(function* () {
        let joined = 0;
        for (let i = 0; i < count / MANY; i++) {
          const ended = yield* Queue.unbounded<number>();
          for (let n = 0; n < MANY; n++) yield* Effect.forkChild(child(n, ended));
          for (let left = MANY; left > 0; left--, joined++) yield* Queue.take(ended);
        }
        expect("the number of tasks", joined, count);
      });
      return timed(count, () => Effect.runPromise(main));
    },
  },
};

const loop: Question = {
  name: "for-each-concurrent",
  about: "500,000 items that each yield once, 100 at a time; an item",
  count: 500_000,
  figures: { total: { goals: SCOPE_GOALS } },
  peers: {
    async heddle(count) {
      const { async, forEachConcurrent, run, yieldNow } = await import("heddle");
      let total = 0;
      const work = async(function* () {
        yield* yieldNow();
        total++;
      });
      const items = Array.from({ length: count }, (_, n) => n);
      return timed(count, async () => {
        total = 0;
        await run(forEachConcurrent(items, AT_ONCE, work));
        expect("the number of items", total, count);
      });
    },

    // What one writes by hand: so many workers that share an iterator.
    native(count) {
      const items = Array.from({ length: count }, (_, n) => n);
      return timed(count, async () => {
        let total = 0;
        const work = async () => {
          await null;
          total++;
        };
        const rest = items.values();
        const worker = async () => {
          for (const _ of rest) await work();
        };
        await Promise.all(Array.from({ length: AT_ONCE }, worker));
        expect("the number of items", total, count);
      });
    },

    async "p-limit"(count) {
      const { default: pLimit } = await import("p-limit");
      return timed(count, async () => {
        let total = 0;
        const limit = pLimit(AT_ONCE);
        const work = async () => {
          await null;
          total++;
        };
        const promises = [];
        for (let n = 0; n < count; n++) promises.push(limit(work));
        await Promise.all(promises);
        expect("the number of items", total, count);
      });
    },

    async effect(count) {
      const { Effect } = await import("effect");
      const items = Array.from({ length: count }, (_, n) => n);
      let total = 0;
      const work = Effect.fnUntraced(function* () {
        yield* Effect.yieldNow;
        total++;
      });
      return timed(count, async () => {
        total = 0;
        await Effect.runPromise(Effect.forEach(items, work, { concurrency: AT_ONCE, discard: true }));
        expect("the number of items", total, count);
      });
    },
  },
};

export const questions: Question[] = [ofTen, ofMany, loop];
