import assert from "node:assert/strict";
import { test } from "node:test";
import {
  async,
  type Future,
  type HeddleError,
  join,
  pin,
  sleep,
  spawn,
  taskLocal,
  timeout,
  yieldNow,
} from "../index.js";
import { Context, noopWaker } from "../lowlevel.js";
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

test("TaskLocal.syncScope() sets the value while a function runs, and gives what it returns", () => {
  const user = taskLocal<string>();
  assert.equal(
    user.syncScope("ada", () => `hello ${user.get()}`),
    "hello ada",
  );
  assert.equal(user.tryGet(), undefined);
  assert.throws(
    () =>
      user.syncScope("ada", () => {
        throw new Error(user.get());
      }),
    /^Error: ada$/,
  );
  assert.equal(user.tryGet(), undefined);
});

test("TaskLocal.syncScope() shadows what is around it, for its own key only, in tasks and in branches", async () => {
  const [level, user] = [taskLocal<number>(), taskLocal<string>()];
  const look = (): string => `${user.tryGet()} ${level.tryGet()}`;
  const main = async(function* () {
    yield* sleep(1);
    const seen = [look()];
    seen.push(level.syncScope(2, () => `${look()}, ${level.syncScope(3, look)}, ${user.syncScope("alan", look)}`));
    seen.push(look());
    yield* yieldNow();
    return [...seen, look()];
  });
  const expected = ["ada 1", "ada 2, ada 3, alan 2", "ada 1", "ada 1"];
  assert.deepEqual(await paused().run(user.scope("ada", level.scope(1, main()))), expected);
  const unset = [
    "undefined undefined",
    "undefined 2, undefined 3, alan 2",
    "undefined undefined",
    "undefined undefined",
  ];
  assert.deepEqual(await paused().run(main()), unset);
});

test("TaskLocal.syncScope() is not seen by what the function spawns, makes or polls by hand; it is in another runtime that it enters", async () => {
  const key = taskLocal<number>();
  const read = async(function* () {
    return key.tryGet();
  });
  const main = async(function* () {
    const [spawned, made, polled] = key.syncScope(2, () => [
      spawn(read()),
      read(),
      pin(read()).poll(new Context(noopWaker)),
    ]) as [Future<number>, Future<number>, number | undefined];
    return [yield* spawned, yield* made, polled, key.tryGet()];
  });
  assert.deepEqual(await paused().run(key.scope(1, main())), [undefined, 1, 1, 1]);
  const other = paused();
  const within = async(function* () {
    return key.syncScope(2, () => [other.enter(() => key.tryGet()), key.tryGet()]);
  });
  assert.deepEqual(await paused().run(within()), [2, 2]);
});

test("TaskLocal.syncScope() of what is no plain function is a TypeError at the call", () => {
  const key = taskLocal<number>();
  for (const fn of [5, undefined, function* () {}])
    assert.throws(
      () => key.syncScope(1, fn as never),
      /^TypeError: .*'fn' must be a plain function: .*\nhelp: .*scope\(value, future\)/,
    );
});
