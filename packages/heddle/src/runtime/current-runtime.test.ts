import assert from "node:assert/strict";
import { test } from "node:test";
import { async, currentRuntime, fromPromise, run, sleep, spawn, tryCurrentRuntime, yieldNow } from "../index.js";
import { paused } from "./paused.kit.js";

test("currentRuntime() is the runtime whose task is polled, also after a suspension, in a cleanup and in what was spawned", async () => {
  const runtime = paused();
  const look = async(function* () {
    yield* yieldNow();
    return currentRuntime() === runtime;
  });
  const seen: boolean[] = [];
  const main = async(function* () {
    seen.push(currentRuntime() === runtime, yield* look(), yield* spawn(look()));
    try {
      yield* sleep(1000);
    } finally {
      yield* yieldNow();
      seen.push(tryCurrentRuntime() === runtime);
    }
  });
  const handle = runtime.spawn(main());
  await runtime.run(sleep(1));
  handle.abort();
  await handle.catch(() => {});
  assert.deepEqual(seen, [true, true, true, true]);
});

test("currentRuntime() is the one that was entered, and the default runtime under run()", async () => {
  const runtime = paused();
  assert.equal(runtime.enter(currentRuntime), runtime);
  const nameOf = async(function* () {
    return currentRuntime().name;
  });
  assert.equal(await run(nameOf()), "the default runtime");
});

test("currentRuntime() outside of a runtime is a NoRuntimeError, and tryCurrentRuntime() is undefined", async () => {
  assert.equal(tryCurrentRuntime(), undefined);
  assert.throws(() => currentRuntime(), {
    name: "NoRuntimeError",
    code: "runtime.none",
    message: /^Cannot ask for the current runtime outside a runtime: .*\nhelp: /,
  });
  const main = async(function* () {
    return yield* fromPromise(async () => {
      await Promise.resolve();
      return tryCurrentRuntime();
    });
  });
  assert.equal(await paused().run(main()), undefined);
});

test("currentRuntime() starts tasks from callbacks and after a native await", async () => {
  const work = async(function* (n: number) {
    yield* sleep(1);
    return n;
  });
  const main = async(function* () {
    const runtime = currentRuntime();
    return yield* fromPromise(async () => {
      await Promise.resolve();
      assert.throws(() => spawn(work(1)), { name: "NoRuntimeError" });
      return [await runtime.spawn(work(1)), await runtime.run(work(2))];
    });
  });
  assert.deepEqual(await run(main()), [1, 2]);
});

test("currentRuntime() that was shut down aborts what it is given", async () => {
  const runtime = paused();
  const taken = runtime.enter(currentRuntime);
  await runtime.shutdown();
  await assert.rejects(
    async () => taken.run(sleep(1)),
    (error: Error) => error.name === "AbortError",
  );
});
