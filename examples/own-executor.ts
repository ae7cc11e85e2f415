/**
 * D6: an executor of your own. A queue, a waker and a loop are all it takes, on the public low-level API.
 */
import { async, fromPromise, sleep } from "heddle";
import { Context, enter, type Future, PENDING, pin } from "heddle/lowlevel";
import { example } from "./stage/example.js";
import { hasPrinted, print, scaled } from "./stage/stage.js";

/** Polls futures when they are woken, in the order in which they were. */
export class Executor {
  polls = 0;
  readonly #queue: (() => void)[] = [];

  /** Starts a future, and gives a promise of its outcome. */
  spawn<T>(future: Future<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const pinned = pin(future);
      let isQueued = false;
      const wake = (): void => {
        if (isQueued || pinned.isFinished) return;
        isQueued = true;
        // The first of a batch asks the host for a turn of the loop.
        if (this.#queue.push(poll) === 1) setImmediate(() => this.#turn());
      };
      const cx = new Context({ wake });
      const poll = (): void => {
        isQueued = false;
        this.polls++;
        try {
          const value = pinned.poll(cx);
          if (value !== PENDING) resolve(value);
        } catch (error) {
          reject(error);
        }
      };
      wake();
    });
  }

  /** One turn of the loop. What is woken meanwhile waits for the next. `enter` lends the polls a clock and timers. */
  #turn(): void {
    const batch = this.#queue.splice(0);
    enter(() => batch.forEach((poll) => poll()));
  }
}

const hello = async(function* () {
  print("hello");
  yield* sleep(scaled(1000));
  print("world");
});

export const ownExecutor = example(import.meta, {
  id: "D6",
  program: "A user's executor: a queue, a waker and a loop",
  expected: "it runs D1's program, with 2 polls",
  play: async(function* () {
    const executor = new Executor();
    yield* fromPromise(() => executor.spawn(hello()));
    return {
      measured: `hello, world; ${executor.polls} polls`,
      checks: {
        "it prints hello and world": hasPrinted("hello", "world"),
        "it polls once to start, and once when woken": executor.polls === 2,
      },
      figures: { polls: executor.polls },
    };
  }),
});
