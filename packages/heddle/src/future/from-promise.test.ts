import assert from "node:assert/strict";
import { test } from "node:test";
import {
  async,
  fromCallback,
  fromPromise,
  type HeddleError,
  Runtime,
  select,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { paused } from "../runtime/paused.kit.js";

const runtime = () => new Runtime({ rngSeed: 1 });

test("fromPromise(promise) gives its value, or throws what it is rejected with, as it is", async () => {
  const failure = new Error("rejected");
  const main = async(function* () {
    const value = yield* fromPromise(Promise.resolve("value"));
    try {
      yield* fromPromise(Promise.reject(failure));
    } catch (error) {
      return [value, error];
    }
    throw new Error("unreachable");
  });
  assert.deepEqual(await runtime().run(main()), ["value", failure]);
});

test("fromPromise() takes any thenable", async () => {
  const thenable = { then: (resolve: (value: number) => void) => resolve(7) } as PromiseLike<number>;
  assert.equal(await runtime().run(fromPromise(thenable)), 7);
});

test("fromPromise(function) calls the function at the first poll, once", async () => {
  let calls = 0;
  const main = async(function* () {
    const lazy = fromPromise(async () => ++calls);
    yield* yieldNow();
    assert.equal(calls, 0);
    return yield* lazy;
  });
  assert.equal(await runtime().run(main()), 1);
  assert.equal(calls, 1);
});

test("fromPromise(function) aborts its signal when it is dropped, and not when it has ended", async () => {
  const signals: AbortSignal[] = [];
  const main = async(function* () {
    yield* fromPromise(async (signal) => void signals.push(signal));
    const forever = fromPromise((signal) => {
      signals.push(signal);
      return new Promise<void>(() => {});
    });
    yield* select({ forever, tick: sleep(1) });
    assert.deepEqual(
      signals.map((signal) => signal.aborted),
      [false, true],
    );
  });
  await runtime().run(main());
  assert.equal(signals[0]!.aborted, false);
  assert.equal(signals[1]!.reason.name, "AbortError");
});

test("fromPromise() that is dropped ignores what the promise does later, a rejection too", async () => {
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((_, no) => (reject = no));
  const main = async(function* () {
    const handle = spawn(fromPromise(promise));
    yield* yieldNow();
    handle.abort();
    yield* handle.settled();
    reject(new Error("late"));
    return "alive";
  });
  assert.equal(await runtime().run(main()), "alive");
});

test("fromPromise() cannot be awaited again when it is over", async () => {
  const main = async(function* () {
    const future = fromPromise(Promise.resolve(1));
    yield* future;
    yield* future;
  });
  await assert.rejects(runtime().run(main()), (error: HeddleError) => error.code === "future.completed");
});

test("fromPromise() refuses what is neither a promise nor a function, and a function that returns none", async () => {
  assert.throws(
    () => fromPromise(42 as never),
    /TypeError: Cannot make a future as 'source' must be.*received 42\nhelp: /,
  );
  const wrong = fromPromise((() => 42) as never);
  await assert.rejects(runtime().run(wrong), /TypeError: .*must be a promise: received 42\nhelp: /);
});

test("fromCallback() starts at the first poll and takes the first call back, value or error", async () => {
  const trace: string[] = [];
  const main = async(function* () {
    const future = fromCallback<number>((resolve, reject) => {
      trace.push("started");
      queueMicrotask(() => {
        resolve(1);
        resolve(2);
        reject(new Error("late"));
      });
    });
    trace.push("made");
    return yield* future;
  });
  assert.equal(await runtime().run(main()), 1);
  assert.deepEqual(trace, ["made", "started"]);
  await assert.rejects(runtime().run(fromCallback((_, reject) => reject(new Error("failed")))), { message: "failed" });
});

test("fromCallback() that calls back at once is ready at the first poll", async () => {
  let polls = 0;
  const watched = new Runtime({ probe: { pollBegins: () => polls++ } });
  const future = fromCallback<string>((resolve) => {
    resolve("at once");
    return () => assert.fail("it was settled");
  });
  assert.equal(await watched.run(future), "at once");
  assert.equal(polls, 1);
});

test("fromCallback() calls its cleanup when it is dropped, and ignores later calls back", async () => {
  const trace: string[] = [];
  let late!: (value: string) => void;
  const main = async(function* () {
    const future = fromCallback<string>((resolve) => {
      late = resolve;
      return () => trace.push("called off");
    });
    yield* select({ future, tick: sleep(1) });
    late("too late");
    yield* sleep(1);
  });
  await paused().run(main());
  assert.deepEqual(trace, ["called off"]);
});

test("fromCallback() refuses what is not a function", () => {
  assert.throws(() => fromCallback("no" as never), /TypeError: .*'start' must be a function: received "no"\nhelp: /);
});
