import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { async, fromCallback, Runtime, type RuntimeOptions, scope, select, type Warning, yieldNow } from "../index.js";
import { pin } from "../lowlevel.js";
import { Mutex } from "../sync.js";

/** A runtime, what it warns of, and the host's timers, which fire when the test says so. */
function watched(t: TestContext, options: RuntimeOptions = {}) {
  const armed: { fire: () => void; milliseconds: number }[] = [];
  t.mock.method(globalThis, "setTimeout", (fire: () => void, milliseconds: number) => {
    armed.push({ fire, milliseconds });
    return { ref() {}, unref: () => {} };
  });
  t.mock.method(globalThis, "clearTimeout", () => {});
  const host = { now: 0 };
  t.mock.method(performance, "now", () => host.now);
  const warnings: Warning[] = [];
  const runtime = new Runtime({ onWarning: (warning) => warnings.push(warning), ...options });
  const codes = () => warnings.map(({ code }) => code);
  /** The pauses of the looks that were due. */
  const look = (): number[] =>
    armed.splice(0).map(({ fire, milliseconds }) => {
      fire();
      return milliseconds;
    });
  return { runtime, host, warnings, codes, look };
}

const takeBoth = async(function* takeBoth(first: Mutex, second: Mutex) {
  using _first = yield* first.lock();
  yield* yieldNow();
  using _second = yield* second.lock();
});

/** A task that lives until it is told to end, and what else it is to do. */
function living(runtime: Runtime) {
  let end!: () => void;
  const main = runtime.run(fromCallback<void>((resolve) => void (end = () => resolve())));
  return { end: () => end(), main };
}

test("a runtime warns of tasks that wait for each other while others live on, once", async (t) => {
  const { runtime, warnings, codes, look } = watched(t);
  const { end, main } = living(runtime);
  const [left, right] = [new Mutex(undefined, { name: "left" }), new Mutex(undefined, { name: "right" })];
  const ada = runtime.spawn(takeBoth(left, right), { name: "ada" });
  const alan = runtime.spawn(takeBoth(right, left), { name: "alan" });
  await runtime.run(yieldNow());
  assert.deepEqual(codes(), [], "not before it looks");
  assert.deepEqual(look(), [1000]);
  assert.deepEqual(codes(), ["task.deadlock"]);
  assert.match(
    warnings[0]!.message,
    /^Cannot go on: 2 tasks wait for each other in a circle\n {4}task "ada" \(#2\) waits for/,
  );
  assert.match(warnings[0]!.message, /\n {8}at takeBoth \(.*deadlock-watch\.test\.[jt]s:\d+:\d+\)\n/);
  await runtime.run(yieldNow());
  assert.deepEqual(look(), [1000]);
  assert.deepEqual(codes(), ["task.deadlock"], "told already");
  ada.abort();
  await Promise.allSettled([ada, alan]);
  end();
  await main;
});

test("a runtime warns of a lock that was handed to a future that nobody polls", async (t) => {
  const { runtime, warnings, codes, look } = watched(t);
  const { end, main } = living(runtime);
  const mutex = new Mutex();
  const futurelocked = async(function* () {
    const guard = yield* mutex.lock();
    const first = pin(mutex.lock());
    yield* select({ first, late: yieldNow() });
    guard.release();
    yield* mutex.lock();
  });
  const task = runtime.spawn(futurelocked(), { name: "op2" });
  await runtime.run(yieldNow());
  look();
  assert.deepEqual(codes(), ["task.futurelock"]);
  assert.match(
    warnings[0]!.message,
    /^Cannot go on: task "op2" \(#2\) waits for a future of its own that it does not poll\n/,
  );
  assert.match(warnings[0]!.message, /\nhelp: do not await anything while a pinned future/);
  task.abort();
  await task.catch(() => {});
  end();
  await main;
});

test("a runtime does not look while nothing runs, nor when nothing is left, nor where warnings are off", async (t) => {
  const { runtime, look } = watched(t);
  const { end, main } = living(runtime);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(look(), [1000]);
  assert.deepEqual(look(), [], "nothing ran since");
  end();
  await main;
  assert.deepEqual(look(), [], "no task is left");

  const silent = watched(t, { warnings: false });
  const other = living(silent.runtime);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(silent.look(), []);
  other.end();
  await other.main;
});

test("a runtime looks less often where looking takes long: at most a hundredth of the time", async (t) => {
  const { runtime, host, look } = watched(t);
  const { end, main } = living(runtime);
  await runtime.run(yieldNow());
  // Whoever looks at the tasks begins with the newest.
  let { newest } = runtime;
  Object.defineProperty(runtime, "newest", {
    get() {
      host.now += 25;
      return newest;
    },
    set(task) {
      newest = task;
    },
  });
  assert.deepEqual(look(), [1000]);
  await runtime.run(yieldNow());
  assert.deepEqual(look(), [2500]);
  end();
  await main;
});

test("a runtime says nothing of tasks that only wait long", async (t) => {
  const { runtime, codes, look } = watched(t);
  const { end, main } = living(runtime);
  const mutex = new Mutex();
  let go!: () => void;
  const held = runtime.run(
    scope(function* (s) {
      const guard = yield* mutex.lock();
      s.defer(() => guard.release());
      yield* fromCallback<void>((resolve) => void (go = () => resolve()));
    }),
  );
  const waiting = runtime.spawn(mutex.withLock(() => {}));
  await new Promise((resolve) => setImmediate(resolve));
  for (let round = 0; round < 3; round++) {
    await runtime.run(yieldNow());
    look();
  }
  assert.deepEqual(codes(), []);
  go();
  await held;
  await waiting;
  end();
  await main;
});
