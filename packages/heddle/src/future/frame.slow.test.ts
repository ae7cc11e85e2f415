import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, Runtime, sleep, spawn } from "../index.js";

const DEPTH = 100_000;

const runtime = () => new Runtime({ startPaused: true, warnings: false });

const descend = async(function* (
  depth: number,
  bottom: () => Future<unknown>,
  onLeave: () => void,
): Generator<any, number, any> {
  try {
    if (depth > 0) return (yield* descend(depth - 1, bottom, onLeave)) + 1;
    yield* bottom();
    return 0;
  } finally {
    onLeave();
  }
});

test("calls may be 100,000 deep, and return", async () => {
  let left = 0;
  assert.equal(
    await runtime().run(
      descend(
        DEPTH,
        () => sleep(1),
        () => left++,
      ),
    ),
    DEPTH,
  );
  assert.equal(left, DEPTH + 1);
});

test("calls may be 100,000 deep, and throw", async () => {
  let left = 0;
  const fail = async(function* () {
    yield* sleep(1);
    throw new Error("bottom");
  });
  await assert.rejects(runtime().run(descend(DEPTH, fail, () => left++)), { message: "bottom" });
  assert.equal(left, DEPTH + 1);
});

test("calls may be 100,000 deep, and be unwound", async () => {
  let left = 0;
  const main = async(function* () {
    const handle = spawn(
      descend(
        DEPTH,
        () => sleep(1_000_000),
        () => left++,
      ),
    );
    yield* sleep(1);
    handle.abort();
    return (yield* handle.settled()).status;
  });
  assert.equal(await runtime().run(main()), "rejected");
  assert.equal(left, DEPTH + 1);
});
