import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type HeddleError, join, sleep, spawn, taskLocal, timeout, yieldNow } from "../index.js";
import { paused } from "../runtime/paused.kit.js";

test("TaskLocal.get() sees the value of the scope around it, across suspensions, calls and branches", async () => {
  const user = taskLocal<string>();
  const deep = async(function* () {
    yield* sleep(1);
    return user.get();
  });
  const main = async(function* () {
    const values = [user.get(), yield* deep()];
    yield* yieldNow();
    return [...values, ...(yield* join(deep(), timeout(deep(), 10)))];
  });
  assert.deepEqual(await paused().run(user.scope("ada", main())), ["ada", "ada", "ada", "ada"]);
});

test("TaskLocal.scope() inside another of the same key shadows it, and only for its own future", async () => {
  const level = taskLocal<number>();
  const read = async(function* () {
    yield* sleep(1);
    return level.get();
  });
  const main = async(function* () {
    return [level.get(), yield* level.scope(2, level.scope(3, read())), yield* level.scope(4, read()), level.get()];
  });
  assert.deepEqual(await paused().run(level.scope(1, main())), [1, 3, 4, 1]);
});

test("TaskLocal keys do not mix, and neither do branches", async () => {
  const [a, b] = [taskLocal<string>(), taskLocal<string>()];
  const read = async(function* () {
    yield* yieldNow();
    return `${a.tryGet()} ${b.tryGet()}`;
  });
  const main = join(a.scope("a1", read()), a.scope("a2", b.scope("b2", read())), read());
  assert.deepEqual(await paused().run(b.scope("b0", main)), ["a1 b0", "a2 b2", "undefined b0"]);
});

test("TaskLocal.get() outside of a scope is an error that says what to do, and tryGet() is undefined", async () => {
  const key = taskLocal<number>();
  assert.equal(key.tryGet(), undefined);
  const isUnset = (error: HeddleError) => error.code === "task-local.unset" && error.message.includes("\nhelp: ");
  assert.throws(() => key.get(), isUnset);
  const main = async(function* () {
    return key.get();
  });
  await assert.rejects(paused().run(main()), isUnset);
});

test("TaskLocal is not inherited by spawned tasks", async () => {
  const key = taskLocal<number>();
  const read = async(function* () {
    return key.tryGet();
  });
  const main = async(function* () {
    return [key.get(), yield* spawn(read())];
  });
  assert.deepEqual(await paused().run(key.scope(1, main())), [1, undefined]);
});

test("TaskLocal values are seen by cleanups, also by those that await, and also by force", async () => {
  const key = taskLocal<string>();
  const trace: (string | undefined)[] = [];
  const body = async(function* () {
    try {
      yield* sleep(1000);
    } finally {
      trace.push(key.tryGet());
      yield* sleep(10);
      trace.push(key.tryGet());
    }
  });
  const runtime = paused();
  await runtime.run(
    async(function* () {
      const handle = spawn(key.scope("aborted", body()));
      yield* sleep(1);
      handle.abort();
      yield* handle.settled();
      try {
        yield* timeout(key.scope("timed out", body()), 5);
      } catch {}
    })(),
  );
  runtime.spawn(key.scope("forced", body()));
  await runtime.run(sleep(1));
  await runtime.shutdown({ timeout: 1 });
  assert.deepEqual(trace, ["aborted", "aborted", "timed out", "timed out", "forced"]);
});
