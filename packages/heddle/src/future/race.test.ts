import assert from "node:assert/strict";
import { test } from "node:test";
import { any, async, type Future, map, race, ready, Runtime, sleep, spawn, timeout } from "../index.js";
import { PENDING, pollFn } from "../lowlevel.js";

const paused = () => new Runtime({ startPaused: true, rngSeed: 1 });

const failAfter = async(function* (milliseconds: number, message: string): Generator<any, string, any> {
  yield* sleep(milliseconds);
  throw new Error(message);
});

const after = (milliseconds: number, value: string): Future<string> => map(sleep(milliseconds), () => value);

test("race() gives the value of whichever future ends first", async () => {
  assert.equal(await paused().run(race([after(20, "slow"), after(10, "quick"), after(30, "slower")])), "quick");
});

test("race() fails if the first to end fails", async () => {
  await assert.rejects(paused().run(race([after(20, "late"), failAfter(10, "quick")])), { message: "quick" });
});

test("race() gives the first in the list if several are ready at once, and does not begin those behind it", async () => {
  let begun = false;
  const behind = async(function* () {
    begun = true;
    return "behind";
  });
  assert.equal(await paused().run(race([after(1, "pending"), ready("first"), behind()])), "first");
  assert.equal(begun, false);
});

test("race() polls only those that were woken", async () => {
  let polls = 0;
  const idle = pollFn<string>(() => {
    polls++;
    return PENDING;
  });
  const restless = async(function* () {
    for (let i = 0; i < 10; i++) yield* sleep(1);
    return "restless";
  });
  assert.equal(await paused().run(race([idle, restless()])), "restless");
  assert.equal(polls, 1);
});

test("race() of none never ends", async () => {
  await assert.rejects(paused().run(timeout(race([]), 1000)), { name: "ElapsedError" });
});

test("race() leaves the task of a handle alone when it loses", async () => {
  const main = async(function* () {
    const handle = spawn(after(20, "task"));
    const winner = yield* race([handle, after(10, "sleep")]);
    return [winner, yield* handle];
  });
  assert.deepEqual(await paused().run(main()), ["sleep", "task"]);
});

test("any() gives the first success, whatever failed before it", async () => {
  const futures = [failAfter(5, "a"), after(20, "slow"), after(10, "quick"), failAfter(1, "b")];
  assert.equal(await paused().run(any(futures)), "quick");
});

test("any() fails with the errors in the order of the futures if all fail", async () => {
  const main = paused().run(any([failAfter(20, "a"), failAfter(10, "b"), failAfter(30, "c")]));
  await assert.rejects(main, (error: AggregateError) => {
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(
      error.errors.map((reason: Error) => reason.message),
      ["a", "b", "c"],
    );
    return true;
  });
});

test("any() refuses a list of none, for none can succeed", () => {
  assert.throws(() => any([]), /TypeError: Cannot wait for any of no futures.*\nhelp: /);
});
