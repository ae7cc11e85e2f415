/**
 * How many orders can be tried?
 *
 * Three tasks yield three times each, and main joins them. `opaque` runs the first 100,000 of their orders; `tracked` the same tasks when each says
 * what it touches, all of them the same thing, so that nothing can be left out; `pct` as many schedules by chance. A schedule makes a
 * runtime, three tasks and main, and 16 polls.
 */
import { expect, Stopwatch, type Question } from "../harness.js";

export const questions: Question[] = [
  {
    name: "explore",
    about: "schedules of three tasks of four steps, under `explore`; a schedule",
    count: 100_000,
    figures: { opaque: { goals: {} }, tracked: { goals: {} }, pct: { goals: {} } },
    peers: {
      async heddle(count) {
        const { async, spawn, yieldNow } = await import("heddle");
        const { explore, tracked } = await import("heddle/test");
        const program = async(function* () {
          const shared = tracked({ count: 0 });
          const work = async(function* () {
            for (let i = 0; i < 3; i++) {
              shared.count++;
              yield* yieldNow();
            }
            shared.count++;
          });
          const handles = [spawn(work()), spawn(work()), spawn(work())];
          for (const handle of handles) yield* handle;
        });
        // What fits into all: the orders of twelve steps are 34,650.
        const least = Math.min(count, 34_650);
        return async () => {
          const watch = new Stopwatch();
          const opaque = await explore(program, { maxSchedules: count });
          const opaqueTime = watch.lap(opaque.schedules);
          const reduced = await explore(program, { maxSchedules: count, shared: "tracked" });
          const trackedTime = watch.lap(reduced.schedules);
          const drawn = await explore(program, { strategy: "pct", iterations: count });
          const pctTime = watch.lap(drawn.schedules);
          expect("the schedules", opaque.schedules, count);
          expect("the reduced schedules", reduced.schedules, least);
          expect("the drawn schedules", drawn.schedules, count);
          return { opaque: opaqueTime, tracked: trackedTime, pct: pctTime };
        };
      },
    },
  },
];
