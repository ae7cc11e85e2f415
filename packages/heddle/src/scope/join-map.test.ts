import assert from "node:assert/strict";
import { test } from "node:test";
import { async, END, JoinMap, pending, ready, sleep, spawn } from "../index.js";
import { after, failing, now, paused } from "./join-sets.kit.js";

const drain = async(function* (map: JoinMap<string, unknown>) {
  const got: string[] = [];
  for (let next; (next = yield* map.joinNextSettled()) !== END;)
    got.push(`${next.key}: ${next.status === "fulfilled" ? next.value : next.reason.name} at ${now()}`);
  return got;
});

test("JoinMap.joinNext() gives keys and values in the order in which the tasks end, then END", async () => {
  const main = async(function* () {
    const map = new JoinMap<string, number>();
    map.spawn("b", after(20, 2));
    map.spawn("a", after(10, 1));
    const got = [];
    for (let next; (next = yield* map.joinNext()) !== END;) got.push([...next, now(), map.size]);
    return got;
  });
  assert.deepEqual(await paused().run(main()), [
    ["a", 1, 10, 1],
    ["b", 2, 20, 0],
  ]);
});

test("JoinMap.spawn() replaces and aborts the task of a key; its outcome is never given", async () => {
  const unhandled: unknown[] = [];
  const runtime = paused(unhandled);
  const trace: string[] = [];
  const old = async(function* () {
    try {
      yield* pending();
    } finally {
      trace.push(`replaced at ${now()}`);
    }
  });
  const main = async(function* () {
    const map = new JoinMap<string, unknown>();
    map.spawn("running", old());
    map.spawn("over", ready("old"));
    map.spawn("failed", failing(1, "failed before it was replaced"));
    yield* sleep(5);
    for (const key of ["running", "over", "failed"]) map.spawn(key, after(10, "new"));
    assert.equal(map.size, 3);
    return yield* drain(map);
  });
  assert.deepEqual(await runtime.run(main()), ["running: new at 15", "over: new at 15", "failed: new at 15"]);
  assert.deepEqual(trace, ["replaced at 5"]);
  await runtime.shutdown();
  assert.deepEqual(unhandled, ["failed before it was replaced"]);
});

test("JoinMap holds a key until its task was joined", async () => {
  const main = async(function* () {
    const map = new JoinMap<string, string>();
    map.spawn("a", ready("value"));
    yield* sleep(1);
    const before = [map.has("a"), map.has("b"), [...map.keys()]];
    const joined = map.tryJoinNext();
    assert.deepEqual(joined, { key: "a", status: "fulfilled", value: "value" });
    return [...before, map.has("a"), [...map.keys()], map.tryJoinNext()];
  });
  assert.deepEqual(await paused().run(main()), [true, false, ["a"], false, [], undefined]);
});

test("JoinMap.abort() and abortMatching() stop tasks by their keys; they are joined all the same", async () => {
  const main = async(function* () {
    const map = new JoinMap<string, unknown>();
    for (const key of ["a1", "a2", "b1", "b2"]) map.spawn(key, after(10, "value"));
    const found = [map.abort("b1", "enough"), map.abort("c1")];
    map.abortMatching((key) => key.startsWith("a"));
    return [...found, ...(yield* drain(map))];
  });
  assert.deepEqual(await paused().run(main()), [
    true,
    false,
    "a1: AbortError at 0",
    "a2: AbortError at 0",
    "b1: AbortError at 0",
    "b2: value at 10",
  ]);
});

test("JoinMap.joinNext() throws a task's error, also outside of tasks", async () => {
  const runtime = paused();
  const map = runtime.enter(() => {
    const made = new JoinMap<string, number>("searches");
    made.spawn("a", after(10, 1));
    made.spawn("b", failing(20, "failed"));
    return made;
  });
  const got: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const [key, value] of map) got.push(key, value);
    },
    { message: "failed" },
  );
  assert.deepEqual(got, ["a", 1]);
});

test("JoinMap aborts its tasks when it is disposed of or shut down", async () => {
  const main = async(function* () {
    {
      using map = new JoinMap<string, unknown>();
      map.spawn("a", pending());
      yield* sleep(1);
    }
    const map = new JoinMap<string, unknown>();
    map.spawn("a", pending());
    yield* map.shutdown();
    return map.size;
  });
  const runtime = paused();
  assert.equal(await runtime.run(main()), 0);
  assert.equal(runtime.metrics().liveTasks, 0);
});

test("JoinMap shows what waits for it in a dump", async () => {
  const runtime = paused();
  const main = async(function* () {
    const map = new JoinMap<string, unknown>("searches");
    map.spawn("a", pending());
    const joiner = spawn(map.joinNext());
    yield* sleep(1);
    assert.match(String(runtime.dump()), /waits for join map "searches" of 1/);
    joiner.abort();
    yield* map.shutdown();
  });
  await runtime.run(main());
});
