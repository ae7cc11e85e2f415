/**
 * D2: a future written by hand. Its `poll` says that it is not ready and keeps the waker; something else calls the waker; its second
 * `poll` gives the value. Nobody polls it in between.
 */
import { async, spawn } from "heddle";
import { type Context, Leaf, PENDING, type Poll, type Waker } from "heddle/lowlevel";
import { example } from "./stage/example.js";
import { hasPrinted, print, scaled } from "./stage/stage.js";

/** Rings once, after a while. */
class Alarm extends Leaf<string> {
  polls = 0;
  wakes = 0;
  readonly #delay: number;
  #waker: Waker | null = null;
  #timer: NodeJS.Timeout | undefined;
  #hasRung = false;

  constructor(delay: number) {
    super();
    this.#delay = delay;
  }

  poll(cx: Context): Poll<string> {
    this.polls++;
    if (this.#hasRung) {
      print(`poll ${this.polls}: ready`);
      return "ring";
    }
    print(`poll ${this.polls}: pending`);
    this.#waker = cx.waker;
    this.#timer ??= setTimeout(() => this.#ring(), this.#delay);
    return PENDING;
  }

  #ring(): void {
    print("wake");
    this.#hasRung = true;
    this.wakes++;
    this.#waker?.wake();
  }

  /** Whoever stops waiting for it stops the timer. */
  override drop(): void {
    clearTimeout(this.#timer);
  }
}

export const handWrittenFuture = example(import.meta, {
  id: "D2",
  program: "A future written by hand: pending, woken, ready",
  expected: "2 polls, 1 wake, and no poll without a wake",
  play: async(function* () {
    const alarm = new Alarm(scaled(1000));
    // A second task keeps the runtime busy meanwhile: that must not be a reason to poll the first.
    const busy = spawn(new Alarm(scaled(500)), { name: "another alarm" });
    const value = yield* alarm;
    yield* busy;
    return {
      measured: `${alarm.polls} polls, ${alarm.wakes} wake`,
      checks: {
        "it gives its value": value === "ring",
        "it is polled exactly twice": alarm.polls === 2,
        "each poll but the first follows a wake": alarm.wakes === 1,
        "pending, wake, ready, for both alarms": hasPrinted(
          "poll 1: pending",
          "poll 1: pending",
          "wake",
          "poll 2: ready",
          "wake",
          "poll 2: ready",
        ),
      },
      figures: { polls: alarm.polls, wakes: alarm.wakes },
    };
  }),
});
