/**
 * The ten rules of the model, each with tests named after it. What they promise in detail is tested beside the files; here
 * is what a newcomer is told. Rule 8 (threads) is tested in `rules.slow.test.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  AbortedError,
  async,
  ElapsedError,
  type Future,
  join,
  joinAll,
  type JoinHandle,
  ready,
  Runtime,
  type RuntimeOptions,
  select,
  sleep,
  spawn,
  timeout,
  type Warning,
  yieldNow,
} from "heddle";
import { type Context, Leaf, PENDING, type Waker } from "heddle/lowlevel";
import { Instant } from "heddle/time";

/** A runtime whose clock stands still and jumps when nothing can run. */
const paused = (options: RuntimeOptions = {}) => new Runtime({ startPaused: true, rngSeed: 1, ...options });

/** Lets the host finish a macrotask or two: finalizers and reports come then. */
const macrotask = () => new Promise((resolve) => setImmediate(resolve));

// ---------------------------------------------------------------- 1

test("rule 1: async(function* …) is an async function — calling one runs nothing and returns a future", async () => {
  const trace: string[] = [];
  const foo = async(function* (n: number) {
    trace.push(`start ${n}`);
    yield* sleep(1000);
    trace.push(`end ${n}`);
    return n * 10;
  });
  const futures = [1, 2, 3].map((n) => foo(n));
  assert.deepEqual(trace, [], "three calls, and nothing has run");
  assert.deepEqual(await paused().run(joinAll(futures)), [10, 20, 30]);
  assert.deepEqual(trace, ["start 1", "start 2", "start 3", "end 1", "end 2", "end 3"]);
});

test("rule 1: yield* is await — it gives the value, and throws the error, of what it awaits", async () => {
  const failure = new Error("no such number");
  const half = async(function* (n: number) {
    yield* yieldNow();
    if (n % 2 === 1) throw failure;
    return n / 2;
  });
  const main = async(function* () {
    const values = [yield* half(4), yield* ready("ready")];
    try {
      yield* half(3);
    } catch (error) {
      return [...values, error];
    }
    throw new Error("unreachable");
  });
  assert.deepEqual(await paused().run(main()), [2, "ready", failure]);
});

test("rule 1: async makes methods too — `this` is the object they are called on", async () => {
  class Counter {
    count = 40;
    add = async(function* (this: Counter, n: number) {
      yield* yieldNow();
      return (this.count += n);
    });
  }
  const counter = new Counter();
  assert.equal(await paused().run(counter.add(2)), 42);
});

// ---------------------------------------------------------------- 2

test("rule 2: a future is inert until it is polled — neither a call nor a spawn runs its body at once", async () => {
  const trace: string[] = [];
  const body = async(function* (name: string) {
    trace.push(name);
  });
  const main = async(function* () {
    const inert = body("awaited");
    const handle = spawn(body("spawned"));
    trace.push("both made");
    yield* inert;
    yield* handle;
  });
  await paused().run(main());
  assert.deepEqual(trace, ["both made", "awaited", "spawned"]);
});

test("rule 2: a future made and never polled is a mistake — it is reported with the line that made it", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const warnings: Warning[] = [];
  const forgotten = async(function* theForgotten() {});
  const main = async(function* forgetful() {
    forgotten();
    yield* yieldNow();
  });
  await paused({ blockedAfter: { minutes: 1 }, onWarning: (warning) => warnings.push(warning) }).run(main());
  for (let tries = 0; warnings.length === 0 && tries < 20; tries++) {
    await macrotask();
    collectGarbage();
  }
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["future.never-polled"],
  );
  assert.match(warnings[0]!.message, /theForgotten\(\) was made and never awaited/);
  assert.match(warnings[0]!.message, /at forgetful.*rules\.test/);
});

// ---------------------------------------------------------------- 3

test("rule 3: a leaf is polled, not called back — twice, with one wake between", async () => {
  const trace: string[] = [];
  class Flag extends Leaf<string> {
    raised = false;
    waker: Waker | undefined;
    poll(cx: Context) {
      trace.push(`poll: ${this.raised ? "ready" : "pending"}`);
      if (this.raised) return "raised";
      this.waker = cx.waker;
      return PENDING;
    }
    raise() {
      trace.push("wake");
      this.raised = true;
      this.waker!.wake();
    }
  }
  const flag = new Flag();
  const main = async(function* () {
    const waiting = spawn(flag);
    yield* sleep(100);
    flag.raise();
    return yield* waiting;
  });
  assert.equal(await paused().run(main()), "raised");
  assert.deepEqual(trace, ["poll: pending", "wake", "poll: ready"]);
});

// ---------------------------------------------------------------- 4

test("rule 4: a task owns one future tree — spawn starts it beside the others and returns a handle", async () => {
  const trace: string[] = [];
  const steps = async(function* (name: string) {
    for (let i = 0; i < 2; i++) {
      trace.push(name + i);
      yield* yieldNow();
    }
    return name;
  });
  const main = async(function* () {
    const handles = [spawn(steps("a")), spawn(steps("b"))];
    trace.push("spawned");
    return [yield* handles[0]!, yield* handles[1]!];
  });
  assert.deepEqual(await paused().run(main()), ["a", "b"]);
  assert.deepEqual(trace, ["spawned", "a0", "b0", "a1", "b1"]);
});

test("rule 4: running things can be yield*ed and awaited, lazy ones only yield*ed — a handle is thenable, a future is not", async () => {
  const runtime = paused();
  const future: Future<number> = async(function* () {
    yield* sleep(1);
    return 7;
  })();
  assert.ok(!("then" in future));
  const handle = runtime.spawn(future);
  assert.equal(await handle, 7);
  assert.equal(await handle, 7, "as often as one likes");
  assert.equal(await runtime.run(handle), 7);
});

// ---------------------------------------------------------------- 5

/** Three calls, one in the other, each with everything that a cancellation must and must not run. */
function victim(trace: string[]): Future<void> {
  const resource = (name: string): Disposable => ({ [Symbol.dispose]: () => trace.push(`dispose ${name}`) });
  class Wait extends Leaf<never> {
    poll(): typeof PENDING {
      return PENDING;
    }
    override drop() {
      trace.push("leaf deregistered");
    }
  }
  const level = async(function* (name: string, inner: Future<void>): Generator<any, void, any> {
    using _resource = resource(name);
    try {
      yield* inner;
      trace.push(`AFTER the cancelled yield* of ${name}`);
    } catch {
      trace.push(`CATCH of ${name}`);
    } finally {
      trace.push(`finally ${name}`);
    }
    trace.push(`END of ${name}`);
  });
  return level("outer", level("middle", level("inner", new Wait())));
}

const UNWOUND = [
  "leaf deregistered",
  "finally inner",
  "dispose inner",
  "finally middle",
  "dispose middle",
  "finally outer",
  "dispose outer",
];

test("rule 5: dropping cancels — an aborted task unwinds from the innermost frame outward", async () => {
  const trace: string[] = [];
  const main = async(function* () {
    const handle = spawn(victim(trace));
    yield* yieldNow();
    handle.abort("enough");
    yield* handle;
  });
  await assert.rejects(paused().run(main()), (error) => error instanceof AbortedError && error.cause === "enough");
  assert.deepEqual(trace, UNWOUND);
});

test("rule 5: dropping cancels — the losers of a select unwind before the winner's value is seen", async () => {
  const trace: string[] = [];
  const main = async(function* () {
    const { key } = yield* select({ loser: victim(trace), winner: sleep(1) });
    trace.push(`${key} seen`);
  });
  await paused().run(main());
  assert.deepEqual(trace, [...UNWOUND, "winner seen"]);
});

test("rule 5: dropping cancels — the rest after a failed join unwinds before the error is seen", async () => {
  const trace: string[] = [];
  const failing = async(function* () {
    yield* sleep(1);
    throw new Error("failed");
  });
  const main = async(function* () {
    try {
      yield* join(victim(trace), failing());
    } catch (error) {
      trace.push((error as Error).message);
    }
  });
  await paused().run(main());
  assert.deepEqual(trace, [...UNWOUND, "failed"]);
});

test("rule 5: dropping cancels — what a timeout gives up on unwinds", async () => {
  const trace: string[] = [];
  await assert.rejects(paused().run(timeout(victim(trace), 10)), ElapsedError);
  assert.deepEqual(trace, UNWOUND);
});

test("rule 5: dropping cancels — everything unwinds at shutdown", async () => {
  const trace: string[] = [];
  const runtime = paused();
  const handle = runtime.spawn(victim(trace));
  await runtime.run(yieldNow());
  await runtime.shutdown();
  assert.deepEqual(trace, UNWOUND);
  await assert.rejects(handle.then(), AbortedError);
});

// ---------------------------------------------------------------- 6

/** Two calls whose cleanups take 10 ms each. */
function slowToLeave(trace: string[]): Future<void> {
  const level = async(function* (name: string, inner: Future<unknown>): Generator<any, void, any> {
    try {
      yield* inner;
    } finally {
      trace.push(`${name} begins cleanup at ${Instant.now().milliseconds}`);
      yield* sleep(10);
      trace.push(`${name} ends cleanup at ${Instant.now().milliseconds}`);
    }
  });
  return level("outer", level("inner", sleep(1_000_000)));
}

test("rule 6: cleanup may await — the dropper does not wait, the frame outside does, and the task is not over before", async () => {
  const trace: string[] = [];
  const impatient = async(function* () {
    try {
      yield* timeout(slowToLeave(trace), 100);
    } catch {
      trace.push(`timeout seen at ${Instant.now().milliseconds}`);
    }
    trace.push("body over");
  });
  await paused().run(impatient());
  trace.push("task over");
  assert.deepEqual(trace, [
    "inner begins cleanup at 100",
    "timeout seen at 100",
    "body over",
    "inner ends cleanup at 110",
    "outer begins cleanup at 110",
    "outer ends cleanup at 120",
    "task over",
  ]);
});

test("rule 6: cleanup may await — further aborts do not disturb it", async () => {
  const trace: string[] = [];
  const main = async(function* () {
    const handle = spawn(slowToLeave(trace));
    yield* sleep(100);
    handle.abort("first");
    for (let i = 0; i < 3; i++) {
      yield* sleep(4);
      handle.abort("again");
    }
    const outcome = yield* handle.settled();
    trace.push(outcome.status === "rejected" ? `aborted with ${outcome.reason.cause}` : "fulfilled");
  });
  await paused().run(main());
  assert.deepEqual(trace, [
    "inner begins cleanup at 100",
    "inner ends cleanup at 110",
    "outer begins cleanup at 110",
    "outer ends cleanup at 120",
    "aborted with first",
  ]);
});

test("rule 6: cleanup may await — a shutdown whose time is over ends cleanups too, by dropping them", async () => {
  const trace: string[] = [];
  const runtime = paused();
  const handle = runtime.spawn(slowToLeave(trace));
  await runtime.run(sleep(100));
  await runtime.shutdown({ timeout: 5 });
  assert.ok(handle.isFinished);
  assert.deepEqual(trace, [
    "inner begins cleanup at 100",
    // At 105 its time is over: it ends where it awaits, and so does the next.
    "outer begins cleanup at 105",
  ]);
  assert.deepEqual({ ...runtime.metrics(), ...IGNORED }, { liveTasks: 0, timers: 0, queuedTasks: 0, ...IGNORED });
  await assert.rejects(handle.then(), AbortedError);
});

const IGNORED = { spawnedTasks: 0, polls: 0, turns: 0, parks: 0, busyMilliseconds: 0 };

// ---------------------------------------------------------------- 7

test("rule 7: fairness is the runtime's job — a task that always finds its data ready lets others run every 128 operations", async () => {
  let operations = 0;
  const seen: number[] = [];
  const greedy = async(function* () {
    for (; operations < 1000; operations++) yield* ready(0);
  });
  const observer = async(function* () {
    for (let i = 0; i < 4; i++) {
      seen.push(operations);
      yield* yieldNow();
    }
  });
  await paused().run(join(greedySpawned(greedy()), greedySpawned(observer())));
  const strides = seen.map((count, i) => count - (seen[i - 1] ?? 0));
  assert.ok(
    strides.every((stride) => stride > 0 && stride <= 128),
    `operations between two looks: ${strides}`,
  );
});

/** A future that spawns another and joins it. */
function greedySpawned<T>(future: Future<T>): Future<T> {
  return async(function* () {
    const handle: JoinHandle<T> = spawn(future);
    return yield* handle;
  })();
}

test("rule 7: fairness is the runtime's job — a timer fires under a load that never pauses", async () => {
  const runtime = new Runtime();
  let stop = false;
  let rounds = 0;
  const selfWaking = async(function* () {
    for (; !stop; rounds++) yield* yieldNow();
  });
  const alarm = async(function* () {
    yield* sleep(5);
    stop = true;
  });
  // Ends at all only if the timer is let through.
  await runtime.run(join(greedySpawned(selfWaking()), greedySpawned(alarm())));
  assert.ok(rounds > 10, `${rounds} rounds in 5 ms`);
});

// ---------------------------------------------------------------- 9

test("rule 9: errors are thrown — a task's error comes out of its handle as itself, with every awaiting frame", async () => {
  const failure = new Error("deep down");
  const inner = async(function* inner() {
    yield* sleep(1);
    throw failure;
  });
  const middle = async(function* middle() {
    yield* inner();
  });
  const outer = async(function* outer() {
    yield* middle();
  });
  const joiner = async(function* joiner() {
    yield* spawn(outer());
  });
  await assert.rejects(paused().run(joiner()), (error) => error === failure);
  const names = failure.stack!.split("\n").map((line) => /at async (\w+) \(.*rules\.test/.exec(line)?.[1]);
  assert.deepEqual(
    names.filter((name) => name !== undefined),
    ["middle", "outer", "joiner"],
  );
});

test("rule 9: no error is lost — one that nobody ever joins is reported once, with the task's name", async () => {
  const reports: [unknown, string][] = [];
  const runtime = paused({ onUnhandled: (error, { task }) => reports.push([error, task]) });
  const failure = new Error("nobody is listening");
  const fail = async(function* () {
    throw failure;
  });
  runtime.spawn(fail(), { name: "lonely" });
  for (let i = 0; i < 3; i++) await macrotask();
  await runtime.shutdown();
  assert.deepEqual(reports, [[failure, 'task "lonely" (#1)']]);
});

// ---------------------------------------------------------------- 10

test("rule 10: time is a value — everything reads one clock, which tests pause and step", async () => {
  const trace: string[] = [];
  const note = (what: string) => trace.push(`${what} at ${Instant.now().milliseconds}`);
  const main = async(function* () {
    const hour = sleep({ hours: 1 });
    yield* timeout(sleep(1500), { seconds: 2 });
    note("slept");
    try {
      yield* timeout(sleep({ hours: 5 }), { minutes: 1 });
    } catch {
      note("timed out");
    }
    yield* hour;
    note("an hour");
  });
  await paused().run(main());
  assert.deepEqual(trace, ["slept at 1500", "timed out at 61500", "an hour at 3600000"]);
});

test("rule 10: time is a value — every random choice comes from one seeded generator", async () => {
  const choices = (seed: number) =>
    paused({ rngSeed: seed }).run(
      async(function* () {
        let text = "";
        for (let i = 0; i < 40; i++) text += (yield* select({ a: ready(0), b: ready(0), c: ready(0) })).key;
        return text;
      })(),
    );
  const first = await choices(7);
  assert.equal(await choices(7), first);
  assert.notEqual(await choices(8), first);
  assert.deepEqual([...new Set(first)].sort(), ["a", "b", "c"]);
});
