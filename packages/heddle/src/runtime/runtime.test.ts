import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { afterEach, describe, test } from "node:test";
import {
  AbortedError,
  async,
  type Future,
  type HeddleError,
  join,
  joinAll,
  NoRuntimeError,
  pending,
  ready,
  run,
  Runtime,
  type RuntimeOptions,
  select,
  sleep,
  spawn,
  task,
  toPromise,
  yieldNow,
} from "../index.js";
import { Context, enter, PENDING, pin } from "../lowlevel.js";
import { advance, Instant } from "../time.js";
import { paused } from "./paused.kit.js";

// HOST: Deno does not take mocks back after a test.
let unmock = (): void => {};
afterEach(() => unmock());

const macrotask = () => new Promise((resolve) => setImmediate(resolve));

const isNested = (error: HeddleError): boolean => error.code === "runtime.nested" && error.message.includes("\nhelp: ");

/** A task that waits for ever, and cleans up for a while. */
const cleaning = async(function* (trace: string[], name = "it", milliseconds: number = 10) {
  try {
    yield* pending();
    trace.push("AFTER");
  } finally {
    trace.push(`${name} cleans at ${Instant.now().milliseconds}`);
    yield* sleep(milliseconds);
    trace.push(`${name} is clean at ${Instant.now().milliseconds}`);
  }
});

describe("the options", () => {
  const WRONG: [options: unknown, kind: typeof Error, text: string][] = [
    [{ nmae: "mine" }, TypeError, "'nmae' is not an option"],
    [{ flavor: "multi-thread" }, TypeError, "'flavor' is not an option"],
    [{ name: 5 }, TypeError, "'name' must be a string: received 5"],
    [{ startPaused: "yes" }, TypeError, `'startPaused' must be a boolean: received "yes"`],
    [{ startPaused: 0 }, TypeError, "'startPaused' must be a boolean: received 0"],
    [{ rngSeed: {} }, TypeError, "'rngSeed' must be a number or string or bigint: received an instance of Object"],
    [{ rngSeed: NaN }, RangeError, "'rngSeed' must be a number that can be written down: received NaN"],
    [{ onUnhandled: "print" }, TypeError, `'onUnhandled' must be a function: received "print"`],
    [{ warnings: "off" }, TypeError, `'warnings' must be a boolean: received "off"`],
    [{ onWarning: null }, TypeError, "'onWarning' must be a function: received null"],
    [{ blockedAfter: "1s" }, TypeError, `'blockedAfter' must be a number or object: received "1s"`],
    [{ blockedAfter: -1 }, RangeError, "'blockedAfter' must be a number of milliseconds >= 0: received -1"],
    [
      { blockedAfter: {} },
      TypeError,
      "'blockedAfter' must be a number of milliseconds >= 0: received an instance of Object",
    ],
    [{ turnTasks: "8" }, TypeError, `'turnTasks' must be a number: received "8"`],
    [{ turnTasks: 0 }, RangeError, "'turnTasks' must be an integer >= 1: received 0"],
    [{ turnTasks: 1.5 }, RangeError, "'turnTasks' must be an integer >= 1: received 1.5"],
    [{ turnTasks: NaN }, RangeError, "'turnTasks' must be an integer >= 1: received NaN"],
    [{ turnTime: NaN }, RangeError, "'turnTime' must be a number of milliseconds >= 0: received NaN"],
    [
      { turnTime: { second: 1 } },
      TypeError,
      "'turnTime' must be a number of milliseconds >= 0: received { second: 1 }",
    ],
    [{ probe: () => {} }, TypeError, "'probe' must be an object: received function probe"],
  ];
  for (const [options, kind, text] of WRONG) {
    test(`new Runtime() refuses an option that is wrong: ${text}`, () => {
      assert.throws(
        () => new Runtime(options as RuntimeOptions),
        (error: Error) => {
          assert.equal(error.constructor, kind);
          assert.equal(error.message.split("\n")[0], `Cannot make a runtime as ${text}`);
          return true;
        },
      );
    });
  }

  test("new Runtime() says which options there are when one is unknown", () => {
    assert.throws(
      () => new Runtime({ nmae: "mine" } as RuntimeOptions),
      /\nhelp: the options are name, startPaused, rngSeed, /,
    );
  });

  test("new Runtime() takes every option, and undefined for any of them", async () => {
    const all: Required<RuntimeOptions> = {
      name: "all",
      startPaused: true,
      rngSeed: 7n,
      autoAdvance: true,
      waitForHost: true,
      onUnhandled() {},
      warnings: true,
      onWarning() {},
      blockedAfter: { seconds: 1 },
      turnTasks: 1,
      turnTime: 0,
      probe: {},
    };
    assert.equal(await new Runtime(all).run(sleep(1000)), undefined);
    const none = Object.fromEntries(Object.keys(all).map((key) => [key, undefined]));
    assert.equal(new Runtime(none as RuntimeOptions).name, "runtime");
  });

  test("run() and spawn() refuse wrong options and start nothing", async () => {
    const runtime = paused();
    assert.throws(
      () => runtime.run(ready(1), { signal: 5 as never }),
      new TypeError("Cannot run a future as 'signal' must be an AbortSignal: received 5"),
    );
    assert.throws(
      () => runtime.spawn(ready(1), { name: 5 as never }),
      new TypeError("Cannot spawn a task as 'name' must be a string: received 5"),
    );
    assert.throws(() => runtime.spawn(5 as never), /^TypeError: Cannot .* must be a future: received 5\nhelp: /);
    const { liveTasks, spawnedTasks, queuedTasks } = runtime.metrics();
    assert.deepEqual({ liveTasks, spawnedTasks, queuedTasks }, { liveTasks: 0, spawnedTasks: 0, queuedTasks: 0 });
    assert.equal(runtime.spawn(ready(1)).id, 1);
    await runtime.shutdown();
  });
});

describe("names and ids", () => {
  test("Runtime numbers its tasks from 1, and calls them by what they were given, else by their function", async () => {
    const runtime = paused();
    const named = async(function* resize() {});
    const handles = [
      runtime.spawn(named(), { name: "mine" }),
      runtime.spawn(named()),
      runtime.spawn(async(function* () {})()),
      runtime.spawn(ready(1)),
      runtime.spawn(named(), { name: "" }),
    ];
    assert.deepEqual(
      handles.map(({ id }) => id),
      [1, 2, 3, 4, 5],
    );
    const names = handles.map(({ name }) => name);
    assert.match(names[2]!, /^runtime\.test\.[jt]s:\d+$/);
    assert.deepEqual(names.toSpliced(2, 1), ["mine", "resize", "task", ""]);
    await joinOutside(handles);
  });

  test("run({ name }) names the task, as its errors and the task itself say", async () => {
    const runtime = paused();
    const who = async(function* () {
      return [task.id(), task.name()];
    });
    assert.deepEqual(await runtime.run(who(), { name: "first" }), [1, "first"]);
    assert.deepEqual(await toPromise(who(), { name: "by promise" }).then(([, name]) => name), "by promise");
    const aborted = runtime.run(pending(), { name: "second", signal: AbortSignal.abort("enough") });
    await assert.rejects(aborted, { message: 'Cannot finish task "second" (#2): it was aborted with "enough"' });
  });

  test("a spawn after the shutdown is told of that", async () => {
    const runtime = new Runtime({ name: "shop" });
    await runtime.shutdown();
    await assert.rejects(runtime.run(pending()), { name: "AbortError", cause: "the shutdown of shop" });
  });

  test("Runtime() refuses options that are no object, and says where those of threads are", () => {
    assert.throws(
      () => new Runtime(null as any),
      /^TypeError: Cannot make a runtime as the options must be an object: received null/,
    );
    assert.throws(
      () => new Runtime({ workerThreads: 2 } as any),
      /; those of threads has the Runtime of heddle\/thread$/,
    );
  });

  test("Runtime.name stands in what its shutdown tells the aborted", async () => {
    for (const [options, name] of [
      [{ name: "mine" }, "mine"],
      [{}, "runtime"],
    ] as const) {
      const runtime = paused(options);
      const handle = runtime.spawn(pending());
      await runtime.shutdown();
      await assert.rejects(handle.then(), (error: AbortedError) => error.cause === `the shutdown of ${name}`);
    }
  });
});

async function joinOutside(handles: PromiseLike<unknown>[]): Promise<void> {
  for (const handle of handles) await handle;
}

describe("several side by side", () => {
  test("Runtime shares no tasks, clock, metrics or dump with another on the same thread", async () => {
    const [a, b] = [paused(), paused()];
    const worker = async(function* (milliseconds: number) {
      yield* sleep(milliseconds);
      return Instant.now().milliseconds;
    });
    const [fast, slow] = [a.spawn(worker(10), { name: "fast" }), b.spawn(worker(5000), { name: "slow" })];
    assert.deepEqual([fast.id, slow.id], [1, 1]);
    assert.deepEqual(
      [a.dump().tasks.map(({ name }) => name), b.dump().tasks.map(({ name }) => name)],
      [["fast"], ["slow"]],
    );
    assert.deepEqual([await fast, await slow], [10, 5000]);
    assert.deepEqual([a.clock.now(), b.clock.now()], [10, 5000]);
    const { spawnedTasks, liveTasks, timers } = a.metrics();
    assert.deepEqual({ spawnedTasks, liveTasks, timers }, { spawnedTasks: 1, liveTasks: 0, timers: 0 });
  });

  test("Runtime draws its random choices alone: another that runs between changes nothing", async () => {
    const choices = async(function* (other: Runtime | null) {
      const won: string[] = [];
      for (let i = 0; i < 40; i++) {
        if (other !== null) yield* other.spawn(select({ a: ready(1), b: ready(2) }));
        won.push((yield* select({ a: ready(1), b: ready(2), c: ready(3) })).key);
      }
      return won.join("");
    });
    const alone = await paused({ rngSeed: "seed" }).run(choices(null));
    assert.equal(await paused({ rngSeed: "seed" }).run(choices(paused({ rngSeed: "seed" }))), alone);
    assert.notEqual(await paused({ rngSeed: "other" }).run(choices(null)), alone);
    for (const key of "abc") assert.ok(alone.includes(key), alone);
  });

  test("Runtime sends its warnings and its unhandled errors to its own listeners", async (t) => {
    // The host's clock would count the time that other programs take as well.
    let now = 0;
    const mocked = t.mock.method(performance, "now", () => now);
    unmock = () => mocked.mock.restore();
    const heard: string[] = [];
    const make = (name: string) =>
      paused({
        blockedAfter: 5,
        onWarning: ({ code }) => heard.push(`${name} ${code}`),
        onUnhandled: (error) => heard.push(`${name} ${String(error)}`),
      });
    const [a, b] = [make("a"), make("b")];
    const block = async(function* () {
      now += 6;
      throw "failure";
    });
    a.spawn(block());
    b.spawn(ready(1));
    await a.shutdown();
    await b.shutdown();
    assert.deepEqual(heard, []); // aborted before they began
    const [c, d] = [make("c"), make("d")];
    c.spawn(block());
    await d.run(sleep(1));
    await c.shutdown();
    assert.deepEqual(heard, ["c task.blocked", "c failure"]);
  });

  test("Runtime.spawn() of another runtime may be joined and aborted across, each on its own clock", async () => {
    const [a, b] = [paused(), paused()];
    const now = () => Instant.now().milliseconds;
    const nap = async(function* () {
      yield* sleep(1000);
      return now();
    });
    const main = async(function* () {
      yield* sleep(10);
      const handle = b.spawn(nap());
      const lost = b.spawn(pending());
      lost.abort("no use");
      const { status } = yield* lost.settled();
      return [yield* handle, now(), status];
    });
    assert.deepEqual(await a.run(main()), [1000, 10, "rejected"]);
  });

  test("Runtime.shutdown() leaves the others alone, and may be called from a task of another", async () => {
    const [a, b] = [paused(), paused()];
    const trace: string[] = [];
    const lost = b.spawn(cleaning(trace));
    await macrotask();
    const main = async(function* () {
      const over = b.shutdown();
      yield* sleep(1);
      assert.equal(task.name(), "main");
      return over;
    });
    await a.run(main(), { name: "main" });
    await macrotask();
    assert.deepEqual([lost.isFinished, trace], [true, ["it cleans at 0", "it is clean at 10"]]);
    assert.equal(await a.run(ready("goes on")), "goes on");
  });
});

describe("ways in", () => {
  test("run() inside a task is refused, of the same runtime and of another, and the task goes on", async () => {
    const [a, b] = [paused(), paused()];
    const main = async(function* () {
      for (const nested of [() => run(ready(1)), () => a.run(ready(1)), () => b.run(ready(1))])
        assert.throws(nested, isNested);
      yield* sleep(1);
      return "goes on";
    });
    assert.equal(await a.run(main()), "goes on");
    assert.equal(b.metrics().spawnedTasks, 0);
  });

  test("Runtime.enter() makes it current for spawn, run, toPromise and Instant.now, and only while it lasts", async () => {
    const runtime = paused();
    const [spawned, ran, promised, now] = runtime.enter(
      () => [spawn(ready("spawned")), run(ready("run")), toPromise(ready("promised")), Instant.now()] as const,
    );
    assert.deepEqual([await spawned, await ran, await promised, now.milliseconds], ["spawned", "run", "promised", 0]);
    assert.equal(runtime.metrics().spawnedTasks, 3);
    assert.throws(() => spawn(ready(1)), NoRuntimeError);
    assert.throws(() => Instant.now(), NoRuntimeError);
  });

  test("Runtime.enter() is undone after an error, and inside another", () => {
    const [a, b] = [paused(), paused()];
    assert.throws(() => a.enter(() => assert.fail("inside")), /inside/);
    assert.throws(() => spawn(ready(1)), NoRuntimeError);
    a.enter(() => {
      b.enter(() => spawn(pending()));
      spawn(pending());
      spawn(pending());
    });
    assert.deepEqual([a.metrics().spawnedTasks, b.metrics().spawnedTasks], [2, 1]);
  });

  test("Runtime.enter() inside a task of another gives that task back to its runtime", async () => {
    const [a, b] = [paused(), paused()];
    const main = async(function* () {
      b.enter(() => spawn(ready(1)));
      spawn(ready(1));
      yield* sleep(5);
      return [task.name(), Instant.now().milliseconds];
    });
    assert.deepEqual(await a.run(main(), { name: "main" }), ["main", 5]);
    assert.deepEqual([a.metrics().spawnedTasks, b.metrics().spawnedTasks], [2, 1]);
  });

  test("enter() lets what is polled by hand find the timers of a runtime", async () => {
    const runtime = paused();
    let wakes = 0;
    const cx = new Context({ wake: () => wakes++ });
    const nap = pin(sleep(100));
    assert.equal(
      enter(() => nap.poll(cx), runtime),
      PENDING,
    );
    assert.deepEqual([runtime.metrics().timers, wakes], [1, 0]);
    for (let i = 0; i < 3; i++) await macrotask();
    assert.deepEqual([runtime.metrics().timers, wakes, runtime.clock.now()], [0, 1, 100]);
    assert.equal(
      enter(() => nap.poll(cx), runtime),
      undefined,
    );
  });
});

describe("what it counts", () => {
  test("Runtime.metrics() counts tasks, polls, turns, parks and timers", async () => {
    const runtime = paused();
    const counts = () => {
      const { busyMilliseconds, ...rest } = runtime.metrics();
      assert.ok(busyMilliseconds >= 0 && busyMilliseconds < 1000);
      return rest;
    };
    const ZERO = { liveTasks: 0, spawnedTasks: 0, queuedTasks: 0, polls: 0, turns: 0, parks: 0, timers: 0 };
    assert.deepEqual(counts(), ZERO);
    const naps = [10, 10, 20].map((milliseconds) => runtime.spawn(sleep(milliseconds)));
    assert.deepEqual(counts(), { ...ZERO, liveTasks: 3, spawnedTasks: 3, queuedTasks: 3 });
    await Promise.resolve().then(() => {});
    assert.deepEqual(counts(), { ...ZERO, liveTasks: 3, spawnedTasks: 3, polls: 3, turns: 1, parks: 1, timers: 3 });
    await naps[1];
    assert.deepEqual(counts(), { ...ZERO, liveTasks: 1, spawnedTasks: 3, polls: 5, turns: 2, parks: 2, timers: 1 });
    await naps[2];
    assert.deepEqual(counts(), { ...ZERO, spawnedTasks: 3, polls: 6, turns: 3, parks: 3 });
    await runtime.shutdown();
    assert.deepEqual(counts(), { ...ZERO, spawnedTasks: 3, polls: 6, turns: 3, parks: 3 });
  });

  test("Probe hears every arrow, in order", async () => {
    const trace: string[] = [];
    const note = (event: string) => (about?: { name: string } | number) =>
      void trace.push(about === undefined ? event : `${event} ${typeof about === "number" ? about : about.name}`);
    const runtime = paused({
      probe: {
        spawned: note("spawned"),
        woken: note("woken"),
        pollBegins: note("poll"),
        pollEnds: note("end of poll"),
        ended: note("ended"),
        parked: note("parked"),
        unparked: note("unparked"),
        timersFired: note("timers fired:"),
      },
    });
    const worker = async(function* worker() {
      try {
        yield* sleep(5);
        yield* yieldNow();
        yield* pending();
      } finally {
        yield* sleep(1);
      }
    });
    const main = async(function* main() {
      const handle = spawn(worker());
      yield* sleep(5);
      yield* yieldNow();
      yield* yieldNow();
      handle.abort();
      yield* handle.settled();
    });
    await runtime.run(main());
    await runtime.shutdown();
    runtime.spawn(worker(), { name: "late" });
    const expected = [
      "spawned main, woken main, unparked", // run()
      "poll main, spawned worker, woken worker, end of poll main", // up to its sleep; a spawn goes behind what is ready
      "poll worker, end of poll worker, parked", // up to its sleep
      "woken main, unparked, woken worker, timers fired: 2", // in the order in which the timers were made
      "poll main, woken main, end of poll main", // main's first yield
      "poll worker, woken worker, end of poll worker", // worker's yield
      "poll main, woken main, end of poll main", // main's second yield
      "poll worker, end of poll worker", // up to pending()
      "poll main, woken worker, end of poll main", // main aborts it and waits
      "poll worker, end of poll worker, parked", // unwound up to the sleep of its cleanup
      "woken worker, unparked, timers fired: 1",
      "poll worker, ended worker, woken main, end of poll worker", // over, so its joiner is woken
      "poll main, ended main, end of poll main, parked",
      "spawned late, ended late", // after the shutdown: never woken nor polled
    ];
    assert.deepEqual(trace, expected.join(", ").split(", "));
  });
});

describe("signals", () => {
  const listeners = (controller: AbortController) => getEventListeners(controller.signal, "abort").length;

  test("run({ signal }) runs nothing of the future if the signal was aborted before", async () => {
    const trace: string[] = [];
    const body = async(function* () {
      trace.push("ran");
    });
    const controller = new AbortController();
    controller.abort("before");
    const outcome = paused().run(body(), { signal: controller.signal });
    await assert.rejects(outcome, (error: AbortedError) => error.cause === "before");
    assert.deepEqual([trace, listeners(controller)], [[], 0]);
  });

  test("run({ signal }) aborts a running task, and is over when its cleanups are", async () => {
    const trace: string[] = [];
    const runtime = paused();
    const controller = new AbortController();
    const outcome = runtime.run(cleaning(trace), { signal: controller.signal });
    await macrotask();
    assert.equal(listeners(controller), 1);
    controller.abort();
    await assert.rejects(
      outcome,
      (error: AbortedError) => error instanceof AbortedError && error.cause === controller.signal.reason,
    );
    assert.deepEqual([trace, listeners(controller)], [["it cleans at 0", "it is clean at 10"], 0]);
  });

  test("run({ signal }) leaves no listener behind, whether the task ends by a value, an error or an abort", async () => {
    const runtime = paused();
    const controller = new AbortController();
    const { signal } = controller;
    const fail = async(function* () {
      yield* sleep(1);
      throw new Error("failed");
    });
    const runs = [
      runtime.run(ready(1), { signal }),
      runtime.run(sleep(5), { signal }),
      runtime.run(fail(), { signal }),
    ];
    assert.equal(listeners(controller), 3);
    await Promise.allSettled(runs);
    assert.equal(listeners(controller), 0);
    controller.abort(); // nobody is left to hear it
    assert.equal(await runtime.run(ready("goes on")), "goes on");
  });

  test("run({ signal }) of many tasks aborts them all", async () => {
    const runtime = paused();
    const controller = new AbortController();
    const runs = Array.from({ length: 10 }, () => runtime.run(pending(), { signal: controller.signal }));
    await macrotask();
    controller.abort();
    const outcomes = await Promise.allSettled(runs);
    assert.ok(outcomes.every((outcome) => outcome.status === "rejected" && outcome.reason instanceof AbortedError));
    assert.deepEqual([runtime.metrics().liveTasks, listeners(controller)], [0, 0]);
  });
});

describe("shutdown", () => {
  test("Runtime.shutdown() aborts all tasks, oldest first, and waits for their cleanups", async () => {
    const trace: string[] = [];
    const runtime = paused();
    for (const [name, milliseconds] of [
      ["a", 30],
      ["b", 10],
      ["c", 20],
    ] as const)
      runtime.spawn(cleaning(trace, name, milliseconds));
    runtime.spawn(
      async(function* () {
        trace.push("NEVER");
      })(),
    );
    await runtime.run(yieldNow()).finally(() => trace.splice(0));
    const late = runtime.spawn(cleaning(trace, "late"));
    await runtime.shutdown();
    assert.deepEqual(trace, [
      "a cleans at 0",
      "b cleans at 0",
      "c cleans at 0",
      "b is clean at 10",
      "c is clean at 20",
      "a is clean at 30",
    ]);
    assert.ok(late.isFinished);
    assert.equal(runtime.metrics().liveTasks, 0);
  });

  test("Runtime.shutdown() of a runtime that has no tasks, or none left, is over at once", async () => {
    await new Runtime().shutdown();
    const runtime = paused();
    await runtime.run(sleep(1));
    await runtime.shutdown();
    await runtime.shutdown({ timeout: 0 });
    assert.equal(runtime.clock.now(), 1);
  });

  test("Runtime.spawn() and run() after a shutdown give what was aborted, and run nothing", async () => {
    const trace: string[] = [];
    const runtime = paused({ name: "mine" });
    await runtime.shutdown();
    const body = async(function* () {
      trace.push("ran");
    });
    const handle = runtime.spawn(body());
    assert.equal(handle.isFinished, true);
    for (const outcome of [handle.then(), runtime.run(body()), runtime.enter(() => toPromise(body()))])
      await assert.rejects(outcome, AbortedError);
    await macrotask();
    assert.deepEqual([trace, runtime.metrics().polls, runtime.metrics().liveTasks], [[], 0, 0]);
  });

  test("spawn() during a shutdown gives what was aborted, and its spawner goes on", async () => {
    const trace: string[] = [];
    const runtime = paused();
    const body = async(function* () {
      try {
        yield* pending();
      } finally {
        const handle = spawn(cleaning(trace, "NEVER"));
        trace.push(`${handle.isFinished} ${task.name()}`);
        yield* sleep(1);
        trace.push((yield* handle.settled()).status);
      }
    });
    runtime.spawn(body(), { name: "spawner" });
    await macrotask();
    await runtime.shutdown();
    assert.deepEqual(trace, ["true spawner", "rejected"]);
  });

  test("Runtime.shutdown({ timeout }) ends the cleanups that take longer where they await, on the runtime's clock", async () => {
    const trace: string[] = [];
    const runtime = paused();
    const nested = async(function* () {
      try {
        yield* cleaning(trace, "inner", 1000);
        trace.push("AFTER");
      } finally {
        trace.push("outer cleans"); // by force: nothing more may await
        yield* sleep(1);
        trace.push("outer is clean");
      }
    });
    const handles = [runtime.spawn(cleaning(trace, "quick", 10)), runtime.spawn(nested())];
    await macrotask();
    await runtime.shutdown({ timeout: { milliseconds: 50 } });
    assert.deepEqual(trace, ["quick cleans at 0", "inner cleans at 0", "quick is clean at 10", "outer cleans"]);
    assert.equal(runtime.clock.now(), 50);
    const { liveTasks, timers } = runtime.metrics();
    assert.deepEqual({ liveTasks, timers }, { liveTasks: 0, timers: 0 });
    for (const handle of handles) await assert.rejects(handle.then(), AbortedError);
  });

  test("Runtime.shutdown({ timeout }) that is not needed leaves no timer behind", async () => {
    const trace: string[] = [];
    const runtime = paused();
    runtime.spawn(cleaning(trace));
    await macrotask();
    await runtime.shutdown({ timeout: 5000 });
    assert.deepEqual([runtime.metrics().timers, runtime.clock.now()], [0, 10]);
    await macrotask();
    assert.equal(runtime.clock.now(), 10);
  });

  test("Runtime.shutdown({ timeout: 0 }) ends tasks at once, without a turn", async () => {
    const trace: string[] = [];
    const runtime = paused();
    const handle = runtime.spawn(cleaning(trace));
    await macrotask();
    const over = runtime.shutdown({ timeout: 0 });
    assert.deepEqual([trace, handle.isFinished], [["it cleans at 0"], true]);
    await over;
  });

  test("Runtime.shutdown() refuses a timeout that is none, and has begun nothing then", async () => {
    const runtime = paused();
    const handle = runtime.spawn(sleep(1));
    await assert.rejects(runtime.shutdown({ timeout: -1 }), (error: Error) => {
      assert.match(
        error.message,
        /^Cannot shut down as 'timeout' must be a number of milliseconds >= 0: received -1\nhelp: /,
      );
      return error instanceof RangeError;
    });
    assert.equal(await handle, undefined);
  });

  test("Runtime.shutdown() twice at a time is over twice, and the shorter timeout counts", async () => {
    const trace: string[] = [];
    const runtime = paused();
    runtime.spawn(cleaning(trace, "it", 1000));
    await macrotask();
    const over = [runtime.shutdown(), runtime.shutdown({ timeout: 300 }), runtime.shutdown({ timeout: 20 })].map(
      (each, i) => each.then(() => trace.push(`${i} over at ${runtime.clock.now()}`)),
    );
    await Promise.all(over);
    assert.deepEqual(trace.toSorted(), ["0 over at 20", "1 over at 20", "2 over at 20", "it cleans at 0"]);
    assert.equal(runtime.metrics().timers, 0);
    await runtime.shutdown();
  });

  test("Runtime.shutdown() inside one of its tasks is refused, and nothing was aborted", async () => {
    const runtime = paused();
    const main = async(function* () {
      const beside = spawn(sleep(5));
      const refusal = yield* joinPromise(runtime.shutdown());
      yield* beside;
      return refusal;
    });
    assert.ok(isNested((await runtime.run(main())) as HeddleError));
    assert.equal(await runtime.run(ready(1)), 1);
  });

  test("Runtime[Symbol.asyncDispose] is a shutdown", async () => {
    const trace: string[] = [];
    {
      await using runtime = paused();
      runtime.spawn(cleaning(trace));
      await macrotask();
      trace.push("end of the block");
    }
    assert.deepEqual(trace, ["end of the block", "it cleans at 0", "it is clean at 10"]);
  });

  test("Runtime.shutdown() keeps the error of a cleanup for the handle, and waits for the others all the same", async () => {
    const trace: string[] = [];
    const reports: string[] = [];
    const runtime = paused({ onUnhandled: (error, { task: name }) => reports.push(`${name}: ${String(error)}`) });
    const messy = async(function* () {
      try {
        yield* pending();
      } finally {
        yield* failure();
      }
    });
    const failure = async(function* () {
      throw "cannot clean";
    });
    runtime.spawn(messy(), { name: "messy" });
    const joined = assert.rejects(runtime.spawn(messy()).then(), (error) => error === "cannot clean");
    runtime.spawn(cleaning(trace));
    await macrotask();
    await runtime.shutdown();
    await joined;
    assert.deepEqual(reports, ['task "messy" (#1): cannot clean']);
    assert.deepEqual(trace, ["it cleans at 0", "it is clean at 10"]);
  });
});

/** The error of a promise, awaited in a task. */
const joinPromise = async(function* (promise: Promise<unknown>) {
  let outcome: unknown;
  promise.then(
    () => (outcome = "fulfilled"),
    (error) => (outcome = error),
  );
  while (outcome === undefined) yield* advance(0);
  return outcome;
}) as (promise: Promise<unknown>) => Future<unknown>;

describe("what listeners throw", () => {
  test("onUnhandled that throws disturbs neither the runtime nor the other reports: its error is an uncaught exception", async () => {
    const reports: string[] = [];
    const runtime = paused({
      onUnhandled(error) {
        reports.push(String(error));
        throw new Error(`thrown for ${String(error)}`);
      },
    });
    const fail = async(function* (message: string) {
      throw message;
    });
    const main = async(function* () {
      spawn(fail("a")).detach();
      spawn(fail("b"));
      spawn(fail("c"));
      yield* sleep(1);
      return "goes on";
    });
    const uncaught = caught(3);
    assert.equal(await runtime.run(main()), "goes on");
    await runtime.shutdown();
    assert.deepEqual(reports, ["a", "b", "c"]);
    assert.deepEqual(await uncaught, ["thrown for a", "thrown for b", "thrown for c"]);
    assert.equal(runtime.metrics().liveTasks, 0);
  });

  test("onWarning that throws does not disturb the turn", async () => {
    let warnings = 0;
    const runtime = paused({
      blockedAfter: 1,
      onWarning() {
        // Where the machine is busy, other polls take more than a millisecond as well, and that may be when the test is over.
        if (warnings++ === 0) throw new Error("thrown");
      },
    });
    const block = async(function* () {
      for (const start = performance.now(); performance.now() - start < 3;);
      yield* yieldNow();
      return "goes on";
    });
    const uncaught = caught(1);
    assert.deepEqual(await runtime.run(joinAll([block()])), ["goes on"]);
    assert.deepEqual(await uncaught, ["thrown"]);
    assert.deepEqual(await runtime.run(join(ready(1), sleep(1))), [1, undefined]);
  });
});

/** Takes the next uncaught exceptions of the process from the test runner. */
function caught(count: number): Promise<string[]> {
  const runners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const messages: string[] = [];
  return new Promise((resolve) => {
    process.on("uncaughtException", (error) => {
      messages.push(error.message);
      if (messages.length < count) return;
      process.removeAllListeners("uncaughtException");
      for (const runner of runners) process.on("uncaughtException", runner);
      resolve(messages);
    });
  });
}
