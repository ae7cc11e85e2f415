import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type JoinHandle, pending, Runtime, sleep, spawn, yieldNow } from "../index.js";
import type { Task } from "./task.js";
import { Watcher } from "./watcher.js";

const paused = (): Runtime => new Runtime({ startPaused: true, warnings: false, onUnhandled: () => {} });

class Recorder extends Watcher {
  readonly #trace: string[];
  readonly #what: string;
  constructor(trace: string[], what: string) {
    super();
    this.#trace = trace;
    this.#what = what;
  }
  wake(): void {
    this.#trace.push(this.#what);
  }
}

const fail = async(function* () {
  yield* sleep(10);
  throw new Error("failed");
});

const taskOf = <T>(handle: JoinHandle<T>): Task<T> => handle as Task<T>;

test("Watcher is woken once, when the task and its cleanups are over, before those who join", async () => {
  const trace: string[] = [];
  const work = async(function* () {
    try {
      yield* pending();
    } finally {
      yield* sleep(10);
      trace.push("cleaned up");
    }
  });
  const join = async(function* (handle: JoinHandle<void>) {
    yield* handle.settled();
    trace.push("joined");
  });
  const main = async(function* () {
    const handle = spawn(work());
    taskOf(handle).watch(new Recorder(trace, "watched"));
    const joiner = spawn(join(handle));
    yield* yieldNow();
    handle.abort();
    yield* joiner;
    taskOf(handle).watch(new Recorder(trace, "watched when it was over"));
  });
  await paused().run(main());
  assert.deepEqual(trace, ["cleaned up", "watched", "joined", "watched when it was over"]);
});

test("Watcher is nobody who joins: a failure says whether somebody waited for the outcome", async () => {
  const seen = async(function* (prepare: (handle: JoinHandle<void>) => void) {
    const handle = spawn(fail());
    taskOf(handle).watch(new Recorder([], "first"));
    yield* yieldNow();
    assert.equal(taskOf(handle).failure, null);
    prepare(handle);
    yield* sleep(20);
    const { wasJoined, isTaken } = taskOf(handle).failure!;
    return { wasJoined, isTaken };
  });
  const runtime = paused();
  const joined = async(function* (handle: JoinHandle<void>) {
    yield* handle.settled();
  });
  const dropped = async(function* (handle: JoinHandle<void>) {
    yield* handle;
  });
  const outcomes = [
    await runtime.run(seen(() => {})),
    await runtime.run(seen((handle) => taskOf(handle).watch(new Recorder([], "second")))),
    await runtime.run(seen((handle) => void spawn(joined(handle)))),
    await runtime.run(seen((handle) => void handle.catch(() => {}))),
    // It came, and went before the failure did.
    await runtime.run(
      seen((handle) => {
        const joiner = spawn(dropped(handle));
        void spawn(
          async(function* () {
            yield* sleep(5);
            joiner.abort();
          })(),
        );
      }),
    ),
  ];
  assert.deepEqual(outcomes, [
    { wasJoined: false, isTaken: false },
    { wasJoined: false, isTaken: false },
    { wasJoined: true, isTaken: true },
    { wasJoined: true, isTaken: true },
    { wasJoined: false, isTaken: false },
  ]);
});
