/**
 * E3: a thousand futures joined, then a million. They are objects that wait, not threads: one thread holds them all.
 */
import { async, coop, type Future, joinAll, lazy, sleep } from "heddle";
import { example } from "./stage/example.js";
import { collectGarbage, print, scaled, scaledCount, stopwatch, text, threadWatch, within } from "./stage/stage.js";

let ended = 0;

const foo = async(function* () {
  yield* sleep(scaled(1000));
  ended++;
});

/** Joins `count` futures. How long it took, and how many bytes each of them needed when all had started. */
const joinMany = async(function* (count: number) {
  ended = 0;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const elapsed = stopwatch();
  let bytes = 0;
  const futures: Future<void>[] = [];
  while (futures.length < count) {
    futures.push(foo());
    // To make a million of anything takes a while: let others run in between.
    yield* coop.consumeBudget();
  }
  // The last one is started last: the others wait by then.
  futures.push(lazy(() => void (bytes = (process.memoryUsage().heapUsed - before) / count)));
  yield* joinAll(futures);
  const time = elapsed();
  print(`${count.toLocaleString("en-US")} futures: ${text(time)}, ${Math.round(bytes)} bytes each`);
  return { time, bytes, ended };
});

export const millionFutures = example(import.meta, {
  id: "E3",
  program: "1,000 and 1,000,000 futures of a second each, joined",
  expected: "×1 plus overhead, on one thread",
  play: async(function* () {
    const [few, many] = [1000, scaledCount(1_000_000)];
    const threads = threadWatch();
    const thousand = yield* joinMany(few);
    const million = yield* joinMany(many);
    const more = threads();
    const unit = scaled(1000);
    const overhead = ((million.time - unit) * 1000) / many;
    return {
      measured: `${text(thousand.time)}; ${text(million.time)}: ${overhead.toFixed(1)} µs and ${Math.round(million.bytes)} bytes a future`,
      checks: {
        "all of them end": thousand.ended === few && million.ended === many,
        "a thousand take as long as one, not as a thousand":
          thousand.time >= unit - 1 && within(thousand.time, (few / 10) * unit),
        "so do a million": million.time >= unit - 1 && within(million.time, (many / 100) * unit),
        "no thread was started": !more,
      },
      figures: { unit, thousand: thousand.time, million: million.time, count: many, bytes: million.bytes, overhead },
    };
  }),
});
