/**
 * E7, step 4: tasks. Each has a waker of its own that puts it into a queue, so that only what was woken is polled. `spawn` makes one at
 * any time, and its handle is a future as well. What is still missing is the world outside.
 */
import { async, fromPromise } from "heddle";
import { Context, type Future, Leaf, PENDING, pin, type Pinned, type Poll, type Waker } from "heddle/lowlevel";
import { example } from "../stage/example.js";
import { print, printed, scaled, stopwatch, text, times, within } from "../stage/stage.js";
import { Sleep, wakeTheNext } from "./3-wakers.js";

/** The tasks that were woken, in order. */
export const ready: Task<any>[] = [];

/** A future that runs by itself, its own waker, and the handle that waits for its value. */
export class Task<T> extends Leaf<T> implements Waker {
  polls = 0;
  readonly #future: Pinned<T>;
  #isQueued = false;
  #outcome: { value: T } | { error: unknown } | null = null;
  #joiner: Waker | null = null;

  constructor(future: Future<T>) {
    super();
    this.#future = pin(future);
  }

  wake(): void {
    if (this.#isQueued || this.#outcome !== null) return;
    this.#isQueued = true;
    ready.push(this);
  }

  /** One poll of the future, by the loop. */
  run(): void {
    this.#isQueued = false;
    this.polls++;
    try {
      const value = this.#future.poll(new Context(this));
      if (value === PENDING) return;
      this.#outcome = { value };
    } catch (error) {
      this.#outcome = { error };
    }
    this.#joiner?.wake();
  }

  /** One poll of the handle, by whoever awaits it. */
  poll(cx: Context): Poll<T> {
    this.#joiner = cx.waker;
    if (this.#outcome === null) return PENDING;
    if ("error" in this.#outcome) throw this.#outcome.error;
    return this.#outcome.value;
  }

  get isFinished(): boolean {
    return this.#outcome !== null;
  }
}

export function spawn<T>(future: Future<T>): Task<T> {
  const task = new Task(future);
  task.wake();
  return task;
}

/** Runs a task, and all that it spawns, until it has finished. */
async function blockOn(main: Task<unknown>): Promise<void> {
  for (;;) {
    for (let task = ready.shift(); task !== undefined; task = ready.shift()) task.run();
    if (main.isFinished) return;
    await wakeTheNext();
  }
}

const foo = async(function* (n: number) {
  print(`start ${n}`);
  yield* new Sleep(scaled(1000));
  if (n === 3) throw new Error("three is unlucky");
  print(`end ${n}`);
  return n;
});

const program = async(function* (handles: Task<number>[]) {
  for (let n = 0; n < 5; n++) handles.push(spawn(foo(n)));
  let sum = 0;
  for (const handle of handles) {
    try {
      sum += yield* handle;
    } catch (error) {
      print(`error: ${(error as Error).message}`);
    }
  }
  return sum;
});

export const tasksStep = example(import.meta, {
  id: "E7.4",
  program: "Build a runtime, step 4: tasks, spawn and join handles",
  expected: "×1; 2 polls a task; values and errors come out of the handles",
  play: async(function* () {
    const before = printed().length;
    const handles: Task<number>[] = [];
    const elapsed = stopwatch();
    const main = spawn(program(handles));
    yield* fromPromise(() => blockOn(main));
    const time = elapsed();
    const sum = yield* main;
    const lines = printed().slice(before);
    const polls = handles.map((handle) => handle.polls);
    print(`${polls.join(", ")} polls; the sum is ${sum}; ${text(time)}`);
    return {
      measured: `${times(time, scaled(1000))}, ${Math.max(...polls)} polls a task`,
      checks: {
        "five tasks take a small part of five times one": time >= scaled(1000) - 1 && within(time, 4 * scaled(1000)),
        "each task is polled twice": polls.every((count) => count === 2),
        "values come out of the handles": sum === 0 + 1 + 2 + 4,
        "an error comes out of its handle":
          lines
            .slice(5)
            .filter((line) => line.startsWith("error"))
            .join() === "error: three is unlucky",
        "all start, in order, before any ends": lines.slice(0, 5).join() === "start 0,start 1,start 2,start 3,start 4",
      },
      figures: { time, sum },
    };
  }),
});
