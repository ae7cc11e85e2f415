/**
 * E7, step 1: a future that sleeps, and the simplest loop that can run it. The loop asks again and again: busy, but it works.
 */
import { async, fromPromise } from "heddle";
import { Context, type Future, Leaf, noopWaker, PENDING, pin, type Poll } from "heddle/lowlevel";
import { example } from "../stage/example.js";
import { print, printed, scaled, text, isTimed } from "../stage/stage.js";

/** Ready when its time has come. Until then it asks to be polled again at once. */
export class BusySleep extends Leaf<void> {
  readonly #wakeTime: number;

  constructor(milliseconds: number) {
    super();
    this.#wakeTime = performance.now() + milliseconds;
  }

  poll(cx: Context): Poll<void> {
    if (performance.now() >= this.#wakeTime) return undefined;
    cx.waker.wake();
    return PENDING;
  }
}

/** Polls a future until it is ready, and answers how often. Whether it was woken is of no interest here. */
export async function pollUntilReady(future: Future<unknown>): Promise<number> {
  const pinned = pin(future);
  const cx = new Context(noopWaker);
  for (let polls = 1; ; polls++) {
    if (pinned.poll(cx) !== PENDING) return polls;
    // The host may do something else in between.
    await new Promise(setImmediate);
  }
}

const foo = async(function* (n: number) {
  print(`start ${n}`);
  yield* new BusySleep(scaled(1000));
  print(`end ${n}`);
});

export const sleepStep = example(import.meta, {
  id: "E7.1",
  program: "Build a runtime, step 1: a sleep future, and a loop that polls",
  expected: "it starts and ends, after very many polls",
  play: async(function* () {
    // A promise, so that the loop is ours and not heddle's.
    const before = printed().length;
    const polls = yield* fromPromise(() => pollUntilReady(foo(1)));
    const lines = printed().slice(before);
    print(`${polls} polls for one sleep of ${text(scaled(1000))}`);
    return {
      measured: `${polls} polls`,
      checks: {
        "it starts and ends": lines.join() === "start 1,end 1",
        "the loop polls many times": polls > 3 || !isTimed(),
      },
      figures: { polls },
    };
  }),
});
