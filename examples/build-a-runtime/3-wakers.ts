/**
 * E7, step 3: wakers. A sleep tells a list when it wants to be woken, and by which waker. The loop polls, and then really sleeps until
 * the first of those times. Nothing is busy any more.
 */
import { async, fromPromise } from "heddle";
import { Context, type Future, Leaf, noopWaker, PENDING, pin, type Poll, type Waker } from "heddle/lowlevel";
import { example } from "../stage/example.js";
import { print, printed, scaled, stopwatch, text, times, within } from "../stage/stage.js";
import { JoinAll } from "./2-join-all.js";

/** Who wants to be woken, and when. */
const alarms: { time: number; waker: Waker }[] = [];

/** Ready when its time has come. Until then it waits to be woken. */
export class Sleep extends Leaf<void> {
  readonly #wakeTime: number;

  constructor(milliseconds: number) {
    super();
    this.#wakeTime = performance.now() + milliseconds;
  }

  poll(cx: Context): Poll<void> {
    if (performance.now() >= this.#wakeTime) return undefined;
    alarms.push({ time: this.#wakeTime, waker: cx.waker });
    return PENDING;
  }
}

/** How many milliseconds are left until somebody has to be woken; Infinity if nobody has. */
export function untilTheNext(): number {
  return Math.ceil(Math.min(...alarms.map((alarm) => alarm.time)) - performance.now());
}

/** Wakes all whose time has come. */
export function wakeTheDue(): void {
  const now = performance.now();
  const due = alarms.filter((alarm) => alarm.time <= now);
  for (const alarm of due) {
    alarms.splice(alarms.indexOf(alarm), 1);
    alarm.waker.wake();
  }
}

/** Sleeps until somebody has to be woken, and wakes all whose time has come. */
export async function wakeTheNext(): Promise<void> {
  const left = untilTheNext();
  if (left === Infinity) throw new Error("Cannot go on: nothing is left that could wake a future");
  await new Promise((resolve) => setTimeout(resolve, left));
  wakeTheDue();
}

/** Polls a future until it is ready, and sleeps in between. Answers how often it polled. */
async function blockOn(future: Future<unknown>): Promise<number> {
  const pinned = pin(future);
  const cx = new Context(noopWaker);
  for (let polls = 1; ; polls++) {
    if (pinned.poll(cx) !== PENDING) return polls;
    await wakeTheNext();
  }
}

const foo = async(function* (n: number) {
  print(`start ${n}`);
  yield* new Sleep(scaled(500 + 100 * n));
  print(`end ${n}`);
});

const numbers = [0, 1, 2, 3, 4, 5];

export const wakersStep = example(import.meta, {
  id: "E7.3",
  program: "Build a runtime, step 3: wakers, and a loop that sleeps",
  expected: "×1 of the longest; a poll for each wake, and one to begin",
  play: async(function* () {
    const before = printed().length;
    const elapsed = stopwatch();
    const polls = yield* fromPromise(() => blockOn(new JoinAll(numbers.map((n) => foo(n)))));
    const time = elapsed();
    const lines = printed().slice(before);
    print(`${polls} rounds of polls for six sleeps, in ${text(time)}`);
    return {
      measured: `${times(time, scaled(1000))}, ${polls} rounds`,
      checks: {
        "six sleeps take as long as the longest": time >= scaled(1000) - 1 && within(time, 4 * scaled(1000)),
        // More than one sleep may be due in a round, and a timer of the host may come early.
        "there are few rounds": polls <= 3 * numbers.length,
        "they end in the order of their times": lines.slice(6).join() === numbers.map((n) => `end ${n}`).join(),
      },
      figures: { polls, time },
    };
  }),
});
