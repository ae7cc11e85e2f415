/**
 * A7: fibonacci(n) once, then four times on four threads. Each thread is a call: its result, or its error, comes out of its handle.
 */
import { async, joinAll } from "heddle";
import { thread, type ThreadHandle } from "heddle/thread";
import { example } from "./stage/example.js";
import { draw, print, scaled, stopwatch, text, times, within } from "./stage/stage.js";
import { fibonacci, fibonacciOf } from "./threads/fibonacci.js";

const GOLDEN = (1 + Math.sqrt(5)) / 2;

/** Which number is asked for: each takes 1.6 times as long as the one before. */
export const nth = (atFullLength: number) =>
  Math.max(10, Math.round(atFullLength + Math.log(scaled(1)) / Math.log(GOLDEN)));

/** Each on a thread of its own, all at once. */
export const onThreads = (count: number, n: number): ThreadHandle<number>[] =>
  Array.from({ length: count }, (_, i) => {
    const name = `fibonacci ${i + 1}`;
    const drawn = draw(`thread ${i + 1}`, name);
    const handle = thread.with({ name }).spawn(fibonacci, n);
    drawn.begins();
    void handle.then(() => drawn.ends());
    return handle;
  });

/** The error of a call that fails, as it comes out of its handle. */
const errorOf = async(function* (handle: ThreadHandle<unknown>) {
  const outcome = yield* handle.settled();
  return outcome.status === "rejected" ? outcome.reason : undefined;
});

export const fibonacciFourTimes = example(import.meta, {
  id: "A7",
  program: "fibonacci(n) once, then four times on four threads",
  expected: "×4/c on c cores: ×1 from four on",
  play: async(function* () {
    const n = nth(41);
    const parallel = Math.min(4, thread.parallelism);
    const alone = stopwatch();
    const [value] = yield* joinAll(onThreads(1, n));
    const unit = alone();
    print(`fibonacci(${n}) = ${value}: ${text(unit)}`);

    const elapsed = stopwatch();
    const values = yield* joinAll(onThreads(4, n));
    const time = elapsed();
    for (const [i, it] of values.entries()) print(`thread ${i + 1}: ${it}`);
    const speedUp = (4 * unit) / time;
    print(
      `four of them: ${text(time)}. Speed-up ${speedUp.toFixed(2)}; ${parallel} can run at once, so ${parallel}.00 is all there is`,
    );

    const error = yield* errorOf(thread.spawn(fibonacciOf, "a few"));
    print(String(error));
    return {
      measured: `${text(time)}, ${times(time, unit)}: speed-up ${speedUp.toFixed(2)} on ${parallel === 1 ? "one core" : `${parallel} cores`}`,
      checks: {
        "four take 4/c times as long as one": within(time, (4 / parallel) * 1.4 * unit),
        "each handle gives the result of its thread": values.length === 4 && values.every((it) => it === value),
        "an error that is thrown there comes out of the handle as itself":
          error instanceof RangeError && error.message === 'There is no Fibonacci number "a few"',
        "its stack shows both sides":
          /fibonacciOf/.test(error.stack ?? "") && /fibonacci-four-times/.test(error.stack ?? ""),
      },
      figures: { n, unit, time, speedUp, parallel },
    };
  }),
});
