import assert from "node:assert/strict";
import { test } from "node:test";
import { abortable, AbortedError, async, type HeddleError, map, pending, ready, sleep, spawn } from "../index.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

test("map() applies the function to the value, once, when it comes", async () => {
  const trace: string[] = [];
  const main = async(function* () {
    const mapped = map(sleep(10), () => trace.push("applied"));
    trace.push("made");
    yield* mapped;
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, ["made", "applied"]);
});

test("map() passes errors through, and throws what the function throws", async () => {
  const fail = async(function* (): Generator<any, number, any> {
    yield* sleep(1);
    throw new Error("future");
  });
  await assert.rejects(pausedQuietly().run(map(fail(), () => assert.fail("not called"))), { message: "future" });
  const throwing = map(ready(1), () => {
    throw new Error("function");
  });
  await assert.rejects(pausedQuietly().run(throwing), { message: "function" });
});

test("map() cannot be awaited again when it is over", async () => {
  const main = async(function* () {
    const mapped = map(ready(1), String);
    yield* mapped;
    yield* mapped;
  });
  await assert.rejects(pausedQuietly().run(main()), (error: HeddleError) => error.code === "future.completed");
});

test("abortable() gives the value if it is not aborted", async () => {
  const { future, handle } = abortable(map(sleep(10), () => "value"));
  assert.equal(await pausedQuietly().run(future), "value");
  assert.equal(handle.isAborted, false);
});

test("abortable() wakes its task and drops the future when it is aborted, with the first reason", async () => {
  const trace: string[] = [];
  const victim = async(function* () {
    try {
      yield* pending();
    } finally {
      trace.push("dropped");
    }
  });
  const main = async(function* () {
    const { future, handle } = abortable(victim());
    const waiting = spawn(future);
    yield* sleep(10);
    handle.abort("first");
    handle.abort("second");
    trace.push("asked");
    const outcome = yield* waiting.settled();
    assert.equal(handle.isAborted, true);
    return outcome;
  });
  const outcome = (await pausedQuietly().run(main())) as PromiseRejectedResult;
  assert.ok(outcome.reason instanceof AbortedError);
  assert.equal(outcome.reason.cause, "first");
  assert.deepEqual(trace, ["asked", "dropped"]);
});

test("abortable() that is aborted before its first poll runs nothing", async () => {
  const { future, handle } = abortable(
    async(function* () {
      assert.fail("ran");
    })(),
  );
  handle.abort();
  await assert.rejects(pausedQuietly().run(future), AbortedError);
});

test("AbortSwitch.abort() after the end is remembered, and changes nothing", async () => {
  const { future, handle } = abortable(ready("value"));
  assert.equal(await pausedQuietly().run(future), "value");
  handle.abort("late");
  assert.deepEqual([handle.isAborted, handle.reason], [true, "late"]);
});

test("AbortSwitch.abort() during a poll lets that poll finish", async () => {
  const trace: string[] = [];
  const { future, handle } = abortable(
    async(function* () {
      handle.abort();
      trace.push("went on to its next wait");
      yield* sleep(1000);
      trace.push("AFTER");
    })(),
  );
  await assert.rejects(pausedQuietly().run(future), AbortedError);
  assert.deepEqual(trace, ["went on to its next wait"]);
});
