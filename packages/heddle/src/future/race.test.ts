import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { any, async, type Future, map, race, ready, sleep, spawn, timeout } from "../index.js";
import { PENDING, pollFn } from "../lowlevel.js";
import { testWith } from "../test.js";
import { paused } from "../runtime/paused.kit.js";

const test = testWith(nodeTest, { seed: 1 });

const failAfter = async(function* (milliseconds: number, message: string): Generator<any, string, any> {
  yield* sleep(milliseconds);
  throw new Error(message);
});

const after = (milliseconds: number, value: string): Future<string> => map(sleep(milliseconds), () => value);

test("race() gives the value of whichever future ends first", function* () {
  assert.equal(yield* race([after(20, "slow"), after(10, "quick"), after(30, "slower")]), "quick");
});

nodeTest("race() fails if the first to end fails", async () => {
  await assert.rejects(paused().run(race([after(20, "late"), failAfter(10, "quick")])), { message: "quick" });
});

test("race() gives the first in the list if several are ready at once, and does not begin those behind it", function* () {
  let begun = false;
  const behind = async(function* () {
    begun = true;
    return "behind";
  });
  assert.equal(yield* race([after(1, "pending"), ready("first"), behind()]), "first");
  assert.equal(begun, false);
});

test("race() polls only those that were woken", function* () {
  let polls = 0;
  const idle = pollFn<string>(() => {
    polls++;
    return PENDING;
  });
  const restless = async(function* () {
    for (let i = 0; i < 10; i++) yield* sleep(1);
    return "restless";
  });
  assert.equal(yield* race([idle, restless()]), "restless");
  assert.equal(polls, 1);
});

nodeTest("race() of none never ends", async () => {
  await assert.rejects(paused().run(timeout(race([]), 1000)), { name: "ElapsedError" });
});

test("race() leaves the task of a handle alone when it loses", function* () {
  const handle = spawn(after(20, "task"));
  const winner = yield* race([handle, after(10, "sleep")]);
  assert.deepEqual([winner, yield* handle], ["sleep", "task"]);
});

test("any() gives the first success, whatever failed before it", function* () {
  const futures = [failAfter(5, "a"), after(20, "slow"), after(10, "quick"), failAfter(1, "b")];
  assert.equal(yield* any(futures), "quick");
});

nodeTest("any() fails with the errors in the order of the futures if all fail", async () => {
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

nodeTest("any() refuses a list of none, for none can succeed", () => {
  assert.throws(() => any([]), /TypeError: Cannot wait for any of no futures.*\nhelp: /);
});
