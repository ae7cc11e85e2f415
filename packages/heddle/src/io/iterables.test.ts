import assert from "node:assert/strict";
import { test } from "node:test";
import { ClosedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { END } from "../future/poll.js";
import { lazy } from "../future/ready.js";
import { timeout } from "../time/timeout.js";
import { run } from "../runtime/run.js";
import { Runtime } from "../runtime/runtime.js";
import { chunks, fromAsyncIterable } from "./iterables.js";
import { readToString } from "./read.js";

test("fromAsyncIterable() asks for a piece only when somebody reads and nothing is there", async () => {
  const log: string[] = [];
  function* pieces() {
    for (const piece of ["ab", "", "c"]) {
      log.push(`made ${piece}`);
      yield piece;
    }
    log.push("over");
  }
  const reader = fromAsyncIterable(pieces());
  const main = async(function* () {
    const into = new Uint8Array(1);
    for (let n; (n = yield* reader.read(into)) > 0;) log.push(`read ${Buffer.from(into.subarray(0, n))}`);
    return yield* reader.read(into);
  });
  assert.equal(await run(main()), 0);
  assert.deepEqual(log, ["made ab", "read a", "read b", "made ", "made c", "read c", "over"]);
});

test("fromAsyncIterable() fails with what the iterable throws, each time, and refuses what gives no bytes", async () => {
  const wrong = new Error("wrong");
  async function* failing() {
    yield "a";
    throw wrong;
  }
  const failingNow = {
    [Symbol.iterator]: () => ({
      next() {
        throw wrong;
      },
    }),
  };
  for (const reader of [fromAsyncIterable(failing()), fromAsyncIterable(failingNow)])
    for (let i = 0; i < 2; i++) assert.equal(await run(readToString(reader)).catch((error: unknown) => error), wrong);
  await assert.rejects(run(readToString(fromAsyncIterable([7] as never))), /must give bytes or text: received 7/);
  for (const none of ["text", 7, null]) assert.throws(() => fromAsyncIterable(none as never), TypeError);
});

test("IterableReader[Symbol.dispose]() ends the iteration, and the read that waits", async () => {
  let isCleanedUp = false;
  function* pieces() {
    try {
      yield "a";
      yield "b";
    } finally {
      isCleanedUp = true;
    }
  }
  const reader = fromAsyncIterable(pieces());
  await run(reader.read(new Uint8Array(1)));
  reader[Symbol.dispose]();
  assert.equal(isCleanedUp, true);
  await assert.rejects(run(readToString(reader)), ClosedError);
  const waiting = fromAsyncIterable({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) });
  const both = join(
    waiting.read(new Uint8Array(1)),
    lazy(() => waiting[Symbol.dispose]()),
  );
  await assert.rejects(run(both), ClosedError);
});

test("fromAsyncIterable() counts as something outside: a paused clock that waits for the host stands still", async () => {
  const runtime = new Runtime({ startPaused: true, waitForHost: true });
  async function* slow() {
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
    yield "here";
  }
  assert.equal(await runtime.run(timeout(readToString(fromAsyncIterable(slow())), 5)), "here");
});

test("chunks() gives pieces that are the caller's, in tasks and in for await", async () => {
  const pieces = chunks(fromAsyncIterable(["abcde", "f"]), { size: 2 });
  const main = async(function* () {
    return [yield* pieces.next(), yield* pieces.next()].map((piece) => String(Buffer.from(piece as Uint8Array)));
  });
  assert.deepEqual(await run(main()), ["ab", "cd"]);
  const rest: string[] = [];
  for await (const piece of pieces) rest.push(Buffer.from(piece).toString());
  assert.deepEqual(rest, ["e", "f"]);
  assert.equal(await run(pieces.next()), END);
  assert.throws(() => chunks(fromAsyncIterable([]), { size: 0 }), RangeError);
});

test("chunks() left by a break can be gone on with", async () => {
  const pieces = chunks(fromAsyncIterable(["a", "b"]));
  for await (const piece of pieces) {
    assert.equal(Buffer.from(piece).toString(), "a");
    break;
  }
  for await (const piece of pieces) assert.equal(Buffer.from(piece).toString(), "b");
});
