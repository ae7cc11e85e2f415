import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, join, ready, select, shielded, sleep, spawn, timeout, yieldNow } from "../index.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

/** A program and the list of what it did. */
function traced(): { trace: string[]; log: (event: string) => void; work: (n: number) => Future<string> } {
  const trace: string[] = [];
  const log = (event: string): void => void trace.push(event);
  const work = async(function* (n: number) {
    log("begins");
    try {
      for (let i = 0; i < n; i++) yield* sleep(10);
      log("ends");
      return "value";
    } finally {
      log("cleans");
    }
  });
  return { trace, log, work };
}

test("shielded() gives the value, and throws the error, of its future", async () => {
  const { work } = traced();
  assert.equal(await pausedQuietly().run(shielded(work(2))), "value");
  const fail = async(function* () {
    yield* sleep(1);
    throw new Error("own");
  });
  await assert.rejects(pausedQuietly().run(shielded(fail())), { message: "own" });
});

test("shielded() runs on when the task is aborted, and only then the call that awaits it is unwound", async () => {
  const { trace, log, work } = traced();
  const victim = async(function* () {
    try {
      yield* shielded(work(3));
      log("never");
    } finally {
      log("caller cleans");
    }
  });
  const main = async(function* () {
    const handle = spawn(victim());
    yield* sleep(5);
    handle.abort("enough");
    log("aborted");
    const { status } = yield* handle.settled();
    log(status);
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, ["begins", "aborted", "ends", "cleans", "caller cleans", "rejected"]);
});

test("shielded() makes a finally whole that was entered before the abort came", async () => {
  const { trace, log, work } = traced();
  const victim = async(function* () {
    try {
      log("body");
    } finally {
      yield* shielded(work(1));
      log("never");
    }
  });
  const main = async(function* () {
    const handle = spawn(victim());
    yield* sleep(5);
    handle.abort();
    yield* handle.settled();
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, ["body", "begins", "ends", "cleans"]);
});

test("shielded() that loses a select or a timeout runs on: the winner is seen at once, and the task waits", async () => {
  const { trace, log, work } = traced();
  const main = async(function* () {
    const won = yield* select({ slow: shielded(work(2)), quick: sleep(5) });
    log(`select: ${won.key}`);
    try {
      yield* timeout(shielded(work(1)), 5);
    } catch (error) {
      log((error as Error).name);
    }
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, [
    "begins",
    "select: quick",
    "begins",
    "ElapsedError",
    // What was first dropped ends later: at 20 ms and at 15 ms of the clock.
    "ends",
    "cleans",
    "ends",
    "cleans",
  ]);
});

test("shielded() that was never polled is closed when it is dropped, and nothing of it runs", async () => {
  const { trace, work } = traced();
  const main = async(function* () {
    yield* select({ first: ready(1), second: shielded(work(1)) }, { biased: true });
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, []);
});

test("shielded() that fails after it was dropped fails the task, as a cleanup does", async () => {
  const fail = async(function* () {
    yield* sleep(10);
    throw new Error("half done");
  });
  const main = async(function* () {
    const handle = spawn(shielded(fail()));
    yield* sleep(5);
    handle.abort();
    return yield* handle.settled();
  });
  const outcome = await pausedQuietly().run(main());
  assert.equal(outcome.status, "rejected");
  assert.equal((outcome as PromiseRejectedResult).reason.message, "half done");
});

test("shielded() protects leaves, handles, combinators and what wakes itself, one inside the other", async () => {
  const { trace, log, work } = traced();
  const busy = async(function* () {
    for (let i = 0; i < 1000; i++) yield* yieldNow();
    log("was busy");
  });
  const main = async(function* () {
    const other = spawn(work(1));
    const victim = spawn(
      async(function* () {
        yield* shielded(join(sleep(20), other, shielded(shielded(busy()))));
        log("never");
      })(),
    );
    yield* yieldNow();
    yield* yieldNow();
    victim.abort();
    yield* victim.settled();
    log("over");
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, ["begins", "was busy", "ends", "cleans", "over"]);
});

test("shielded() is ended by a shutdown whose time is over: its own cleanups run", async () => {
  const { trace, work } = traced();
  const runtime = pausedQuietly();
  const outcome = runtime.run(shielded(work(100)));
  outcome.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  await runtime.shutdown({ timeout: 15 });
  await assert.rejects(outcome, { name: "AbortError" });
  assert.deepEqual(trace, ["begins", "cleans"]);
});

test("shielded() is seen in a dump, before and after it was dropped", async () => {
  const { work } = traced();
  const runtime = pausedQuietly();
  const main = async(function* () {
    const handle = spawn(shielded(work(9)), { name: "victim" });
    yield* sleep(5);
    const before = runtime.dump().tasks.find((task) => task.name === "victim")!;
    handle.abort();
    yield* sleep(5);
    const after = runtime.dump().tasks.find((task) => task.name === "victim")!;
    return [before, after].map(({ state, waitsFor, branches }) => [state, waitsFor, branches[0]?.waitsFor]);
  });
  assert.deepEqual(await runtime.run(main()), [
    ["waiting", "shielded(…)", "sleep(…)"],
    ["unwinding", "shielded(…)", "sleep(…)"],
  ]);
});

test("shielded() cannot be awaited again when it is over", async () => {
  const { work } = traced();
  const main = async(function* () {
    const future = shielded(work(1));
    yield* future;
    yield* future;
  });
  await assert.rejects(pausedQuietly().run(main()), { code: "future.completed" });
});
