/**
 * E7, step 2: a future that joins others. It polls each of its children that is not ready; they sleep at the same time, in the same loop.
 */
import { async, fromPromise } from "heddle";
import { type Context, type Future, Leaf, PENDING, pin, type Pinned, type Poll } from "heddle/lowlevel";
import { example } from "../stage/example.js";
import { print, printed, scaled, stopwatch, text, times, within } from "../stage/stage.js";
import { BusySleep, pollUntilReady } from "./1-sleep.js";

/** Ready when all of its children are. */
export class JoinAll extends Leaf<void> {
  #unfinished: Pinned<void>[];

  constructor(futures: Future<void>[]) {
    super();
    this.#unfinished = futures.map((future) => pin(future));
  }

  poll(cx: Context): Poll<void> {
    this.#unfinished = this.#unfinished.filter((child) => child.poll(cx) === PENDING);
    return this.#unfinished.length === 0 ? undefined : PENDING;
  }
}

const foo = async(function* (n: number) {
  print(`start ${n}`);
  yield* new BusySleep(scaled(1000));
  print(`end ${n}`);
});

const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

export const joinAllStep = example(import.meta, {
  id: "E7.2",
  program: "Build a runtime, step 2: a future that joins ten others",
  expected: "×1, with the starts in order; still busy",
  play: async(function* () {
    const before = printed().length;
    const elapsed = stopwatch();
    const polls = yield* fromPromise(() => pollUntilReady(new JoinAll(numbers.map((n) => foo(n)))));
    const time = elapsed();
    print(`${polls} rounds of polls for ten sleeps, in ${text(time)}`);
    return {
      measured: `${times(time, scaled(1000))}, ${polls} rounds`,
      checks: {
        "ten sleeps take a small part of ten times one": time >= scaled(1000) - 1 && within(time, 4 * scaled(1000)),
        "all start, in order, before any ends":
          printed()
            .slice(before, before + 10)
            .join() === numbers.map((n) => `start ${n}`).join(),
      },
      figures: { polls, time },
    };
  }),
});
