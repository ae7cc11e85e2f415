/**
 * What does a timer cost to set, to take back, and to go off?
 *
 * `insert` and `cancel`: timers of 1 ms to 10 s, nine in ten of them cancelled. `fire`: timers of 1 ms to 1 s, the
 * thread blocked until all are due, then the time until the last has gone off; no waiting is counted. Effect has no
 * timer without a fiber, so its figures include one.
 */
import { GOALS, GOALS_AND_TOKIO, Stopwatch, expect, type Question } from "../harness.js";

/** The same delays for every peer and on every run, 1 to `most` milliseconds, from the C standard's example generator. */
function delays(count: number, most: number): Uint16Array {
  let x = 12345;
  return Uint16Array.from({ length: count }, () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return (x % most) + 1;
  });
}

const cell = new Int32Array(new SharedArrayBuffer(4));
/** Blocks this thread, as a long computation would. */
function block(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds);
}

const LONGEST = 1000;
const setAndCancel: Question = {
  name: "timers",
  about: "1,000,000 timers set, 900,000 of them cancelled; a timer",
  count: 1_000_000,
  figures: { insert: { goals: GOALS_AND_TOKIO }, cancel: { goals: GOALS_AND_TOKIO } },
  peers: {
    async heddle(count) {
      const { async, coop, run, sleep } = await import("heddle");
      const { Context, noopWaker } = await import("heddle/lowlevel");
      const milliseconds = delays(count, 10_000);
      const context = new Context(noopWaker);
      const main = async(function* () {
        const timers = [];
        const watch = new Stopwatch();
        for (let n = 0; n < count; n++) {
          const timer = sleep(milliseconds[n]);
          timer.poll(context);
          timers.push(timer);
        }
        const insert = watch.lap(count);
        for (let n = 0; n < count; n++) if (n % 10 !== 0) timers[n].drop();
        const cancel = watch.lap(count * 0.9);
        for (let n = 0; n < count; n += 10) timers[n].drop();
        return { insert, cancel };
      });
      return () => run(coop.unconstrained(main()));
    },

    native(count) {
      const milliseconds = delays(count, 10_000);
      const nothing = () => {};
      return async () => {
        const timers = [];
        const watch = new Stopwatch();
        for (let n = 0; n < count; n++) timers.push(setTimeout(nothing, milliseconds[n]));
        const insert = watch.lap(count);
        for (let n = 0; n < count; n++) if (n % 10 !== 0) clearTimeout(timers[n]);
        const cancel = watch.lap(count * 0.9);
        for (let n = 0; n < count; n += 10) clearTimeout(timers[n]);
        return { insert, cancel };
      };
    },

    async effect(count) {
      const { Effect } = await import("effect");
      const milliseconds = delays(count, 10_000);
      return async () => {
        const cancels: (() => void)[] = [];
        const watch = new Stopwatch();
        for (let n = 0; n < count; n++) cancels.push(Effect.runCallback(Effect.sleep(milliseconds[n])));
        const insert = watch.lap(count);
        for (let n = 0; n < count; n++) if (n % 10 !== 0) cancels[n]();
        const cancel = watch.lap(count * 0.9);
        for (let n = 0; n < count; n += 10) cancels[n]();
        return { insert, cancel };
      };
    },
  },
};

const fire: Question = {
  name: "timers/fire",
  about: "1,000,000 timers, all due at once; a timer",
  count: 1_000_000,
  figures: { total: { goals: GOALS } },
  peers: {
    async heddle(count) {
      const { async, coop, fromCallback, run, sleep } = await import("heddle");
      const { Context } = await import("heddle/lowlevel");
      const milliseconds = delays(count, LONGEST);
      const main = async(function* () {
        let fired = 0;
        let finish: () => void;
        const context = new Context({
          wake() {
            if (++fired === count) finish();
          },
        });
        const timers = [];
        for (let n = 0; n < count; n++) {
          const timer = sleep(milliseconds[n]);
          timer.poll(context);
          timers.push(timer);
        }
        block(LONGEST + 10);
        const watch = new Stopwatch();
        yield* fromCallback<void>((resolve) => {
          finish = resolve;
        });
        const total = watch.lap(count);
        for (const timer of timers) timer.drop();
        return { total };
      });
      return () => run(coop.unconstrained(main()));
    },

    native(count) {
      const milliseconds = delays(count, LONGEST);
      return () =>
        new Promise((resolve) => {
          let fired = 0;
          const watch = new Stopwatch();
          const callback = () => {
            if (++fired === count) resolve({ total: watch.lap(count) });
          };
          for (let n = 0; n < count; n++) setTimeout(callback, milliseconds[n]);
          block(LONGEST + 10);
          watch.lap(count); // What led here does not count.
        });
    },

    async effect(count) {
      const { Effect } = await import("effect");
      const milliseconds = delays(count, LONGEST);
      return () =>
        new Promise((resolve) => {
          let fired = 0;
          const watch = new Stopwatch();
          const onExit = () => {
            if (++fired === count) resolve({ total: watch.lap(count) });
          };
          for (let n = 0; n < count; n++) Effect.runCallback(Effect.sleep(milliseconds[n]), { onExit });
          expect("the timers that went off early", fired, 0);
          block(LONGEST + 10);
          watch.lap(count); // What led here does not count.
        });
    },
  },
};

export const questions: Question[] = [setAndCancel, fire];
