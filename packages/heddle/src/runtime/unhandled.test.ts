/**
 * Errors that nobody joins are reported: once, and not too early.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../base/garbage.kit.js";
import { async, type JoinHandle, pending, Runtime, select, sleep, spawn } from "../index.js";

const macrotask = () => new Promise((resolve) => setImmediate(resolve));

function observed(): { runtime: Runtime; reports: string[] } {
  const reports: string[] = [];
  const onUnhandled = (error: unknown, { task }: { task: string }) =>
    reports.push(`${task}: ${(error as Error).message}`);
  return { runtime: new Runtime({ startPaused: true, rngSeed: 1, onUnhandled }), reports };
}

const fail = async(function* (message?: string) {
  yield* sleep(1);
  throw new Error(message ?? "failed");
});

test("an error is reported once when its runtime has no task left, with the task's name", async () => {
  const { runtime, reports } = observed();
  runtime.spawn(fail(), { name: "lonely" });
  await runtime.run(sleep(10));
  for (let i = 0; i < 3; i++) await macrotask();
  assert.deepEqual(reports, ['task "lonely" (#1): failed']);
  await runtime.shutdown();
  assert.equal(reports.length, 1);
});

test("an error is not reported if it was joined, however", async () => {
  const { runtime, reports } = observed();
  const joins: ((handle: JoinHandle<unknown>) => Generator<any, void, any>)[] = [
    function* (handle) {
      try {
        yield* handle;
      } catch {}
    },
    function* (handle) {
      yield* handle.settled();
    },
    function* (handle) {
      yield* select({ joined: handle.settled(), tick: sleep(100) });
    },
  ];
  for (const join of joins) {
    await runtime.run(
      async(function* () {
        yield* join(spawn(fail("joined")));
      })(),
    );
  }
  await runtime.spawn(fail()).catch(() => {});
  await runtime.run(fail()).catch(() => {});
  await runtime.shutdown();
  await macrotask();
  assert.deepEqual(reports, []);
});

test("an error may be joined late, as long as a task lives that could", async () => {
  const { runtime, reports } = observed();
  const main = async(function* () {
    const handle = spawn(fail());
    yield* sleep(1000);
    yield* handle.settled();
  });
  await runtime.run(main());
  await runtime.shutdown();
  assert.deepEqual(reports, []);
});

test("the error of a detached task is reported when it happens", async () => {
  const { runtime, reports } = observed();
  const main = async(function* () {
    spawn(fail("early"), { name: "detached" }).detach();
    yield* sleep(10);
    const seen = [...reports];
    const late = spawn(fail("late"), { name: "late" });
    yield* sleep(10);
    assert.equal(reports.length, seen.length);
    late.detach();
    late.detach();
    return [seen, reports.slice(seen.length)];
  });
  const [early, late] = await runtime.run(main());
  assert.deepEqual(early, ['task "detached" (#2): early']);
  assert.deepEqual(late, ['task "late" (#3): late']);
  await runtime.shutdown();
  assert.equal(reports.length, 2);
});

test("an error is reported when its handle is collected, although other tasks live", async () => {
  const { runtime, reports } = observed();
  runtime.spawn(pending(), { name: "alive" });
  runtime.spawn(fail(), { name: "collected" });
  await runtime.run(sleep(10));
  for (let i = 0; reports.length === 0 && i < 20; i++) {
    collectGarbage();
    await macrotask();
  }
  assert.deepEqual(reports, ['task "collected" (#2): failed']);
  await runtime.shutdown();
  assert.equal(reports.length, 1);
});

test("errors that are left are reported at shutdown", async () => {
  const { runtime, reports } = observed();
  const kept = runtime.spawn(fail(), { name: "kept" });
  runtime.spawn(pending());
  await runtime.run(sleep(10));
  assert.deepEqual(reports, []);
  await runtime.shutdown();
  assert.deepEqual(reports, ['task "kept" (#1): failed']);
  assert.ok(kept.isFinished);
});

test("an abort is no error: nobody has to join what was aborted", async () => {
  const { runtime, reports } = observed();
  const handle = runtime.spawn(pending());
  await runtime.run(sleep(1));
  handle.abort();
  await runtime.run(sleep(1));
  runtime.spawn(pending());
  await runtime.run(sleep(1));
  await runtime.shutdown();
  await macrotask();
  assert.deepEqual(reports, []);
});

test("the error of a cleanup is reported like any other", async () => {
  const { runtime, reports } = observed();
  const body = async(function* () {
    try {
      yield* pending();
    } finally {
      // oxlint-disable-next-line no-unsafe-finally
      throw new Error("cleanup");
    }
  });
  runtime.spawn(body(), { name: "messy" }).abort();
  runtime.spawn(body(), { name: "messy too" });
  await runtime.run(sleep(1));
  await runtime.shutdown();
  assert.deepEqual(reports, ['task "messy too" (#2): cleanup'], "the first had not begun");
});
