import assert from "node:assert/strict";
import { test } from "node:test";
import { async, fuse, map, ready, select, sleep } from "../index.js";
import { Context, noopWaker, PENDING } from "../lowlevel.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

test("fuse() gives its value once and is pending ever after", () => {
  const once = fuse(ready("value"));
  const cx = new Context(noopWaker);
  assert.equal(once.isTerminated, false);
  assert.equal(once.poll(cx), "value");
  assert.equal(once.isTerminated, true);
  for (let i = 0; i < 3; i++) assert.equal(once.poll(cx), PENDING);
});

test("fuse() throws its error once and is pending ever after", () => {
  const fail = async(function* (): Generator<any, void, any> {
    yield* ready(0);
    throw new Error("failed");
  });
  const once = fuse(fail());
  const cx = new Context(noopWaker);
  assert.throws(() => once.poll(cx), { message: "failed" });
  assert.equal(once.isTerminated, true);
  assert.equal(once.poll(cx), PENDING);
});

test("fuse() in a loop of select wins once, and leaves the other branches to win", async () => {
  const main = async(function* () {
    const once = fuse(map(sleep(25), () => "once"));
    const keys: string[] = [];
    for (let round = 0; round < 6; round++) keys.push((yield* select({ once, tick: sleep(10) })).key);
    return keys;
  });
  assert.deepEqual(await pausedQuietly().run(main()), ["tick", "tick", "once", "tick", "tick", "tick"]);
});

test("fuse() is dropped with its task", async () => {
  const trace: string[] = [];
  const victim = async(function* () {
    try {
      yield* sleep(1000);
    } finally {
      trace.push("dropped");
    }
  });
  const main = async(function* () {
    yield* select({ fused: fuse(victim()), tick: sleep(1) });
    trace.push("body over");
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, ["body over", "dropped"]);
});
