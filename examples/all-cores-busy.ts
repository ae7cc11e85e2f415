/**
 * A1: a recursive Fibonacci on eight threads at once. The machine is busy with them, and there are as many threads as were asked for.
 */
import { stat } from "node:fs/promises";
import { async, fromPromise, joinAll, sleep, spawn } from "heddle";
import { thread } from "heddle/thread";
import { nth, onThreads } from "./fibonacci-four-times.js";
import { example } from "./stage/example.js";
import { isTimed, print, stopwatch, text, threadCount } from "./stage/stage.js";

const THREADS = 8;

/** HOST: the threads that ours make Bun and Deno start have the name of ours for a moment, so that they are not told apart. */
const isCounted = !("Bun" in globalThis || "Deno" in globalThis);

/** Counts the threads of this process every few milliseconds, and tells the highest count. */
const countThreads = async(function* (seen: (count: number) => void) {
  for (;;) {
    seen(threadCount() ?? 0);
    yield* sleep(5);
  }
});

export const allCoresBusy = example(import.meta, {
  id: "A1",
  program: "Recursive Fibonacci on 8 threads at once",
  expected: "all cores near 100 % busy, 8 threads more, and no other",
  play: async(function* () {
    const n = nth(42);
    const cores = Math.min(THREADS, thread.parallelism);
    // HOST: the first time that Node reads a file without waiting it starts threads of its own.
    yield* fromPromise(() => stat("."));
    const before = isCounted ? threadCount() : undefined;
    let most = 0;
    const counting = spawn(countThreads((count) => (most = Math.max(most, count))));
    const busy = process.cpuUsage();
    const elapsed = stopwatch();
    const values = yield* joinAll(onThreads(THREADS, n));
    const time = elapsed();
    const { user, system } = process.cpuUsage(busy);
    counting.abort();
    for (const [i, value] of values.entries()) print(`thread ${i + 1}: fibonacci(${n}) = ${value}`);

    const share = (user + system) / 1000 / (cores * time);
    const more = before === undefined ? undefined : most - before;
    return {
      measured: `${text(time)}; ${cores === 1 ? "one core" : `${cores} cores`} ${Math.round(100 * share)} % busy; ${more === undefined ? "threads not counted here" : `${more} threads more`}`,
      checks: {
        "all have the same result": values.every((value) => value === values[0]),
        // Starting them is not all computing.
        "all cores are busy": share > 0.85 || !isTimed(),
        "there are no more threads than were asked for": more === undefined || more <= THREADS,
        "all are there at once": more === undefined || more === THREADS || !isTimed(),
      },
      figures: { n, time, share, cores, ...(more !== undefined && { more }) },
    };
  }),
});
