/**
 * Tasks, seen through their handles.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AbortedError,
  async,
  type HeddleError,
  join,
  type JoinHandle,
  map,
  NoRuntimeError,
  pending,
  ready,
  Runtime,
  select,
  sleep,
  spawn,
  task,
  toPromise,
  yieldNow,
} from "../index.js";
import { paused } from "../runtime/paused.kit.js";

const after = async(function* <T>(milliseconds: number, value: T) {
  yield* sleep(milliseconds);
  return value;
});

test("JoinHandle can be awaited many times, inside and outside, before the end and after", async () => {
  const runtime = paused();
  const handle = runtime.spawn(after(10, { value: 7 }));
  const inside = async(function* () {
    return [yield* handle, yield* handle, ...(yield* join(handle, handle))];
  });
  const outside = Promise.all([handle, handle.then((value) => value)]);
  const values = [...(await runtime.run(inside())), ...(await outside), await handle];
  assert.equal(values.length, 7);
  assert.equal(new Set(values).size, 1, "the same object each time");
});

test("JoinHandle throws the task's error as it is, every time", async () => {
  const runtime = paused();
  const failure = new Error("failed");
  const handle = runtime.spawn(
    async(function* () {
      yield* sleep(1);
      throw failure;
    })(),
  );
  const inside = async(function* () {
    const caught: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      try {
        yield* handle;
      } catch (error) {
        caught.push(error);
      }
    }
    return caught;
  });
  assert.deepEqual(await runtime.run(inside()), [failure, failure]);
  await assert.rejects(handle.then(), (error) => error === failure);
  assert.equal(await handle.catch((error) => error), failure);
});

test("JoinHandle is a thenable: then, catch and finally do what those of a promise do", async () => {
  const runtime = paused();
  const trace: string[] = [];
  const good = runtime.spawn(after(1, "good"));
  const bad = runtime.spawn(map(sleep(1), () => assert.fail("bad")));
  assert.equal(await good.then((value) => `${value}!`), "good!");
  assert.equal(await good.catch(() => "never"), "good");
  assert.equal(await good.finally(() => trace.push("good")), "good");
  assert.equal(
    await bad.then(
      () => "never",
      (error) => error.message,
    ),
    "bad",
  );
  await assert.rejects(
    bad.finally(() => trace.push("bad")),
    { message: "bad" },
  );
  assert.deepEqual(trace, ["good", "bad"]);
  assert.deepEqual(await Promise.race([good, new Promise(() => {})]), "good");
});

test("JoinHandle.isFinished, id and name tell about the task", async () => {
  const named = async(function* theWork() {
    return [task.id(), task.name()];
  });
  const main = async(function* () {
    const handles: JoinHandle<unknown[]>[] = [spawn(named()), spawn(named(), { name: "given" })];
    const before = handles.map((handle) => handle.isFinished);
    const told = [];
    for (const handle of handles) told.push(yield* handle, [handle.id, handle.name]);
    return { before, after: handles.map((handle) => handle.isFinished), told };
  });
  const { before, after: done, told } = await paused().run(main());
  assert.deepEqual(
    [before, done],
    [
      [false, false],
      [true, true],
    ],
  );
  assert.deepEqual(told[0], told[1]);
  assert.deepEqual(told[2], told[3]);
  assert.equal(told[1]![1], "theWork");
  assert.equal(told[3]![1], "given");
  assert.notEqual(told[1]![0], told[3]![0]);
});

test("JoinHandle.settled() waits for the end, however it comes, and never throws", async () => {
  const failure = new Error("failed");
  const fail = async(function* () {
    yield* sleep(1);
    throw failure;
  });
  const main = async(function* () {
    const handles: JoinHandle<unknown>[] = [spawn(after(5, "value")), spawn(fail()), spawn(pending())];
    handles[2]!.abort("enough");
    return yield* join(handles[0]!.settled(), handles[1]!.settled(), handles[2]!.settled());
  });
  const [good, bad, cut] = await paused().run(main());
  assert.deepEqual(good, { status: "fulfilled", value: "value" });
  assert.deepEqual(bad, { status: "rejected", reason: failure });
  assert.ok(cut.status === "rejected" && cut.reason instanceof AbortedError);
  assert.equal(cut.reason.name, "AbortError");
  assert.equal(cut.reason.cause, "enough");
});

test("JoinHandle.abort() before the first poll: nothing of the task runs", async () => {
  const main = async(function* () {
    const handle = spawn(
      async(function* () {
        assert.fail("ran");
      })(),
    );
    handle.abort("early");
    const outcome = yield* handle.settled();
    return outcome.status === "rejected" && outcome.reason.cause;
  });
  assert.equal(await paused().run(main()), "early");
});

test("JoinHandle.abort() wakes a task that waits for what never comes", async () => {
  const main = async(function* () {
    const handle = spawn(pending());
    yield* sleep(1);
    handle.abort();
    return (yield* handle.settled()).status;
  });
  assert.equal(await paused().run(main()), "rejected");
});

test("JoinHandle.abort() returns before anything was unwound", async () => {
  const trace: string[] = [];
  const body = async(function* () {
    try {
      yield* pending();
    } finally {
      trace.push("unwound");
    }
  });
  const main = async(function* () {
    const handle = spawn(body());
    yield* yieldNow();
    handle.abort();
    trace.push(`returned, finished: ${handle.isFinished}`);
    yield* handle.settled();
    trace.push(`joined, finished: ${handle.isFinished}`);
  });
  await paused().run(main());
  assert.deepEqual(trace, ["returned, finished: false", "unwound", "joined, finished: true"]);
});

test("JoinHandle.abort() of the running task by itself: it unwinds at its next suspension, or keeps its value", async () => {
  const main = async(function* () {
    const trace: string[] = [];
    const own: JoinHandle<string> = spawn(
      async(function* () {
        try {
          own.abort("self");
          trace.push("still running");
          yield* ready(0);
          trace.push("still running, it was ready");
          yield* sleep(10);
          trace.push("AFTER");
        } finally {
          trace.push("cleanup");
        }
        return "value";
      })(),
    );
    const aborted = yield* own.settled();
    const quick: JoinHandle<string> = spawn(
      async(function* () {
        quick.abort();
        return "value";
      })(),
    );
    return [trace, aborted.status === "rejected" && aborted.reason.cause, yield* quick];
  });
  assert.deepEqual(await paused().run(main()), [
    ["still running", "still running, it was ready", "cleanup"],
    "self",
    "value",
  ]);
});

test("JoinHandle.abort() after the end changes nothing", async () => {
  const main = async(function* () {
    const handle = spawn(ready("value"));
    yield* handle;
    handle.abort();
    return yield* handle;
  });
  assert.equal(await paused().run(main()), "value");
});

test("AbortHandle aborts its task and knows its id, and nothing else", async () => {
  const main = async(function* () {
    const handle = spawn(pending());
    const right = handle.abortHandle();
    assert.deepEqual([right.id, right.isFinished, "then" in right], [handle.id, false, false]);
    right.abort("by right");
    const outcome = yield* handle.settled();
    assert.equal(right.isFinished, true);
    return outcome.status === "rejected" && outcome.reason.cause;
  });
  assert.equal(await paused().run(main()), "by right");
});

test("JoinHandle awaited from inside its own task is an error, not a wait for ever", async () => {
  const main = async(function* () {
    const own: JoinHandle<unknown> = spawn(
      async(function* (): Generator<any, unknown, any> {
        yield* yieldNow();
        return yield* own;
      })(),
    );
    return yield* own.settled();
  });
  const outcome = (await paused().run(main())) as PromiseRejectedResult;
  assert.equal((outcome.reason as HeddleError).code, "task.awaits-itself");
  assert.match(outcome.reason.message, /\nhelp: /);
});

test("JoinHandle[Symbol.asyncDispose] aborts and waits for the cleanups; it throws only what a cleanup threw", async () => {
  const runtime = paused();
  const trace: string[] = [];
  const body = async(function* (fails: boolean) {
    try {
      yield* pending();
    } finally {
      yield* sleep(10);
      trace.push("cleaned");
      // oxlint-disable-next-line no-unsafe-finally
      if (fails) throw new Error("cleanup");
    }
  });
  {
    await using _handle = runtime.spawn(body(false));
    await runtime.run(sleep(1));
  }
  trace.push("behind the block");
  assert.deepEqual(trace, ["cleaned", "behind the block"]);
  const failing = runtime.spawn(body(true));
  await runtime.run(sleep(1));
  await assert.rejects(failing[Symbol.asyncDispose](), { message: "cleanup" });
  const over = runtime.spawn(ready(1));
  await over;
  await over[Symbol.asyncDispose]();
});

test("JoinHandle that is dropped, or lost, leaves its task running", async () => {
  const trace: string[] = [];
  const body = async(function* () {
    yield* sleep(10);
    trace.push("ran to its end");
  });
  const main = async(function* () {
    spawn(body());
    spawn(body()).detach();
    yield* select({ handle: spawn(body()), tick: sleep(1) });
    yield* sleep(20);
  });
  await paused().run(main());
  assert.equal(trace.length, 3);
});

test("JoinHandle wakes only those that still wait: a joiner that gave up is forgotten", async () => {
  let polls = 0;
  const runtime = new Runtime({ startPaused: true, rngSeed: 1, probe: { pollBegins: () => polls++ } });
  const joiner = async(function* (handle: JoinHandle<void>) {
    yield* select({ handle, tick: sleep(1) });
    yield* sleep(100);
  });
  const main = async(function* () {
    const handle = spawn(after(10, undefined));
    const joiners = [spawn(joiner(handle)), spawn(joiner(handle))];
    yield* sleep(5);
    const before = polls;
    yield* handle;
    const count = polls - before;
    for (const each of joiners) yield* each;
    return count;
  });
  assert.equal(await runtime.run(main()), 2, "the task, and the one that joins it");
});

test("run({ signal }) aborts the task with the signal's reason", async () => {
  const controller = new AbortController();
  const running = paused().run(pending(), { signal: controller.signal });
  controller.abort("stop");
  await assert.rejects(running, (error: AbortedError) => error.name === "AbortError" && error.cause === "stop");
  const early = paused().run(ready(1), { signal: AbortSignal.abort("before") });
  await assert.rejects(early, (error: AbortedError) => error.cause === "before");
});

test("spawn() and task.id() outside of a runtime are errors that say what to do", () => {
  assert.throws(() => spawn(ready(1)), NoRuntimeError);
  assert.throws(() => task.id(), NoRuntimeError);
  assert.throws(() => task.name(), /NoRuntimeError: Cannot .*\nhelp: /);
});

test("Runtime.run() inside a task is an error that says what to do; toPromise() is not", async () => {
  const runtime = paused();
  const main = async(function* () {
    assert.throws(
      () => runtime.run(ready(1)),
      (error: HeddleError) => error.code === "runtime.nested" && error.message.includes("\nhelp: "),
    );
    return toPromise(after(1, "promised"));
  });
  assert.equal(await runtime.run(main()), "promised");
});

test("Runtime.spawn() after a shutdown gives a handle that was aborted, and runs nothing", async () => {
  const runtime = paused();
  await runtime.run(ready(1));
  await runtime.shutdown();
  const handle = runtime.spawn(
    async(function* () {
      assert.fail("ran");
    })(),
  );
  assert.equal(handle.isFinished, true);
  await assert.rejects(handle.then(), AbortedError);
});

test("tasks run in the order they were woken", async () => {
  const trace: number[] = [];
  const main = async(function* () {
    const handles = [30, 10, 20, 10].map((milliseconds, i) => spawn(map(sleep(milliseconds), () => trace.push(i))));
    for (const handle of handles) yield* handle;
  });
  await paused().run(main());
  assert.deepEqual(trace, [1, 3, 2, 0]);
});
