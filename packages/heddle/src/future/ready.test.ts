import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, lazy, pending, ready, Runtime, select, sleep, timeout, yieldNow } from "../index.js";
import { type Context, PENDING, pollFn } from "../lowlevel.js";
import { paused } from "../runtime/paused.kit.js";

test("ready() gives its value, any number of times, without a suspension", async () => {
  let polls = 0;
  const runtime = new Runtime({ probe: { pollBegins: () => polls++ } });
  const main = async(function* () {
    const value = ready({ same: true });
    return (yield* value) === (yield* value);
  });
  assert.equal(await runtime.run(main()), true);
  assert.equal(polls, 1);
});

test("ready(promise) gives the promise, as it is", async () => {
  const promise = Promise.resolve(1);
  const main = async(function* () {
    return { given: yield* ready(promise) };
  });
  assert.equal((await paused().run(main())).given, promise);
});

test("pending() never ends", async () => {
  await assert.rejects(paused().run(timeout(pending(), 1_000_000)), { name: "ElapsedError" });
});

test("lazy() calls its function when it is polled, not before, and throws what it throws", async () => {
  const trace: string[] = [];
  const main = async(function* () {
    const future = lazy(() => trace.push("called"));
    yield* yieldNow();
    trace.push("before");
    yield* future;
  });
  await paused().run(main());
  assert.deepEqual(trace, ["before", "called"]);
  const failing: Future<never> = lazy(() => {
    throw new Error("lazily");
  });
  await assert.rejects(paused().run(failing), { message: "lazily" });
});

test("pollFn() is polled when its waker was called, and not otherwise", async () => {
  const trace: string[] = [];
  let polls = 0;
  let kept: Context | undefined;
  const third: Future<string> = pollFn((cx) => {
    trace.push(`poll ${++polls}`);
    if (polls === 3) return "third";
    kept = cx;
    return PENDING;
  });
  const waking = async(function* () {
    for (let i = 0; i < 2; i++) {
      yield* sleep(10);
      trace.push("wake");
      kept!.waker.wake();
    }
    yield* pending();
  });
  assert.deepEqual(await paused().run(select({ third, waking: waking() })), { key: "third", value: "third" });
  assert.deepEqual(trace, ["poll 1", "wake", "poll 2", "wake", "poll 3"]);
});

test("pollFn() calls `onDrop` when the wait ends before the value, and only then", async () => {
  let drops = 0;
  const drop = () => drops++;
  await paused().run(pollFn(() => "value", drop));
  assert.equal(drops, 0);
  const never = pollFn<string>(() => PENDING, drop);
  await paused().run(select({ never, tick: sleep(1) }));
  assert.equal(drops, 1);
});

test("pollFn() fails with what its function throws", async () => {
  const failing = pollFn<number>(() => {
    throw new Error("in poll");
  });
  await assert.rejects(paused().run(failing), { message: "in poll" });
});
