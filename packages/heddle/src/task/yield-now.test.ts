import assert from "node:assert/strict";
import { test } from "node:test";
import { async, join, Runtime, select, sleep, spawn, yieldNow } from "../index.js";
import { paused } from "../runtime/paused.kit.js";

test("yieldNow() goes behind all tasks that are ready", async () => {
  const trace: string[] = [];
  const worker = async(function* (name: string) {
    for (let i = 0; i < 3; i++) {
      trace.push(name + i);
      yield* yieldNow();
    }
  });
  const main = async(function* () {
    for (const handle of ["a", "b", "c"].map((name) => spawn(worker(name)))) yield* handle;
  });
  await paused().run(main());
  assert.deepEqual(trace, ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]);
});

test("yieldNow() suspends exactly once, also as a branch, and also if it was made outside", async () => {
  let polls = 0;
  const runtime = new Runtime({ startPaused: true, probe: { pollBegins: () => polls++ } });
  const made = yieldNow();
  const main = async(function* () {
    const counts = [polls];
    yield* yieldNow();
    counts.push(polls);
    yield* made;
    counts.push(polls);
    yield* join(yieldNow(), yieldNow());
    counts.push(polls);
    return counts;
  });
  assert.deepEqual(await runtime.run(main()), [1, 2, 3, 4]);
});

test("yieldNow() that was dropped leaves the next one a whole yield", async () => {
  const trace: string[] = [];
  const body = async(function* () {
    try {
      yield* yieldNow();
      trace.push("AFTER");
    } finally {
      trace.push("cleanup");
      yield* yieldNow();
      trace.push("cleanup over");
    }
  });
  const main = async(function* () {
    const handle = spawn(body());
    yield* select({ tick: yieldNow(), body: body() }, { biased: true });
    handle.abort();
    yield* handle.settled();
  });
  await paused().run(main());
  assert.deepEqual(trace, ["cleanup", "cleanup", "cleanup over", "cleanup over"]);
});

test("yieldNow() lets timers fire: a loop of it does not keep them waiting", async () => {
  const runtime = new Runtime();
  let rounds = 0;
  let isOver = false;
  const spinning = async(function* () {
    for (; !isOver; rounds++) yield* yieldNow();
  });
  const alarm = async(function* () {
    yield* sleep(5);
    isOver = true;
  });
  await runtime.run(join(spinning(), alarm()));
  assert.ok(rounds > 10, `${rounds} rounds`);
});
