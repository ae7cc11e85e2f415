import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNow } from "../base/clock.js";
import {
  async,
  coop,
  ElapsedError,
  type Future,
  pending,
  ready,
  run,
  select,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { Instant } from "./instant.js";
import { timeout, timeoutAt } from "./timeout.js";
import { advance } from "./virtual.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

const now = (): number => Instant.now().milliseconds;

/** What became of it, and when. */
const outcome = async(function* (future: Future<unknown>) {
  try {
    return `${String(yield* future)} at ${now()}`;
  } catch (error) {
    return `${(error as Error).name} at ${now()}`;
  }
});

const after = async(function* (length: number, value = "done") {
  yield* sleep(length);
  return value;
});

test("timeout() gives the value of a future that is in time, and leaves no timer", async () => {
  const runtime = pausedQuietly();
  assert.equal(await runtime.run(outcome(timeout(after(10), 20))), "done at 10");
  assert.equal(runtime.metrics().timers, 0);
});

test("timeout() gives up when the time is over, and says how long that was", async () => {
  const runtime = pausedQuietly();
  for (const [duration, text] of [
    [20, "20 ms"],
    [{ seconds: 2 }, "2.00 s"],
    [0, "0 ms"],
  ] as const)
    await assert.rejects(runtime.run(timeout(pending(), duration)), (error: ElapsedError) => {
      assert.ok(error instanceof ElapsedError);
      assert.deepEqual(
        [error.name, error.code, error.message],
        ["ElapsedError", "time.elapsed", `Cannot finish in time: ${text} passed`],
      );
      return true;
    });
  await assert.rejects(runtime.run(timeoutAt(pending(), new Instant(5000))), {
    message: "Cannot finish in time: the deadline passed",
  });
  assert.equal(runtime.enter(now), 5000);
  assert.equal(runtime.metrics().timers, 0);
});

test("timeout() polls the future first: one that is ready wins with no time, and after its time", async () => {
  const main = async(function* () {
    yield* sleep(100);
    return [
      yield* outcome(timeout(ready("at once"), 0)),
      yield* outcome(timeoutAt(ready("past"), new Instant(5))),
      yield* outcome(timeout(after(10, "the same moment"), 10)),
      yield* outcome(timeoutAt(pending(), new Instant(5))),
    ];
  });
  assert.deepEqual(await pausedQuietly().run(main()), [
    "at once at 100",
    "past at 100",
    "the same moment at 110",
    "ElapsedError at 110",
  ]);
});

test("timeout() counts from the call, and outside of any runtime from the first poll", async () => {
  const outside = timeout(pending(), 10);
  const main = async(function* () {
    const early = timeout(pending(), 10);
    yield* sleep(7);
    const first = yield* outcome(early);
    return [first, yield* outcome(outside)];
  });
  assert.deepEqual(await pausedQuietly().run(main()), ["ElapsedError at 10", "ElapsedError at 20"]);
});

test("timeout() with a huge duration waits for 30 years at most", async () => {
  const main = async(function* () {
    const log = [];
    for (const duration of [Infinity, Number.MAX_VALUE, 2 ** 53]) log.push(yield* outcome(timeout(after(1), duration)));
    log.push(yield* outcome(timeout(pending(), Infinity)));
    return log;
  });
  assert.deepEqual(await pausedQuietly().run(main()), [
    "done at 1",
    "done at 2",
    "done at 3",
    "ElapsedError at 946728000003",
  ]);
});

test("timeout() refuses what is no duration at the call", () => {
  assert.throws(() => timeout(ready(1), -1), /^RangeError: Cannot set a timeout as 'duration' must be/);
  assert.throws(() => timeout(ready(1), undefined as never), TypeError);
});

test("timeout() lets the future's own error through as it is", async () => {
  const mine = new Error("mine");
  const fails = async(function* () {
    yield* sleep(1);
    throw mine;
  });
  const runtime = pausedQuietly();
  await assert.rejects(runtime.run(timeout(fails(), 5)), (error) => error === mine);
  assert.equal(runtime.metrics().timers, 0);
});

test("timeout() drops the future when the time is over and fires on time, however long its cleanup takes", async () => {
  const log: string[] = [];
  const slow = async(function* () {
    try {
      yield* sleep(1000);
      log.push("never");
    } finally {
      log.push(`cleanup at ${now()}`);
      yield* sleep(50);
      log.push(`cleaned at ${now()}`);
    }
  });
  const main = async(function* () {
    log.push(yield* outcome(timeout(slow(), 10)));
  });
  const runtime = pausedQuietly();
  await runtime.run(main());
  assert.deepEqual(log, ["cleanup at 10", "ElapsedError at 10", "cleaned at 60"]);
  assert.equal(runtime.metrics().timers, 0);
});

test("timeout() that is dropped drops its future, and leaves no timer", async () => {
  const log: string[] = [];
  const runtime = pausedQuietly();
  const guarded = async(function* (name: string) {
    try {
      yield* pending();
    } finally {
      log.push(name);
    }
  });
  const main = async(function* () {
    yield* select({ first: sleep(1), lost: timeout(guarded("lost"), 1000) });
    const handle = spawn(timeout(guarded("aborted"), 1000));
    yield* yieldNow();
    log.push(`${runtime.metrics().timers} timer`);
    handle.abort();
    yield* handle.settled();
    return runtime.metrics().timers;
  });
  assert.equal(await runtime.run(main()), 0);
  assert.deepEqual(log, ["lost", "1 timer", "aborted"]);
});

test("timeout() inside timeout(): the shorter one decides, whichever is outside", async () => {
  const main = async(function* () {
    return [yield* outcome(timeout(timeout(pending(), 50), 10)), yield* outcome(timeout(timeout(pending(), 10), 50))];
  });
  assert.deepEqual(await pausedQuietly().run(main()), ["ElapsedError at 10", "ElapsedError at 20"]);
});

test("timeout() is not outlived by a future that never waits, and looks at its timer without a budget", async () => {
  const busy = async(function* () {
    for (;;) yield* ready(1);
  });
  const start = hostNow();
  await assert.rejects(run(timeout(busy(), 10)), ElapsedError);
  assert.ok(hostNow() - start >= 10);

  let polls = 0;
  const spends = async(function* () {
    for (;;) {
      polls++;
      yield* coop.consumeBudget();
    }
  });
  const main = async(function* () {
    const guarded = spawn(timeout(spends(), 5));
    yield* yieldNow();
    yield* advance(5);
    yield* yieldNow();
    const { isFinished } = guarded;
    yield* guarded.settled();
    return isFinished;
  });
  assert.equal(await pausedQuietly().run(main()), true);
  assert.ok(polls <= 6 * coop.budget, `${polls}`);
});

test("timeout() limits all that a future waits for, one thing after another", async () => {
  const steps = async(function* () {
    let taken = 0;
    try {
      for (;;) {
        yield* sleep(3);
        taken++;
      }
    } finally {
      log.push(taken);
    }
  });
  const log: number[] = [];
  assert.equal(await pausedQuietly().run(outcome(timeout(steps(), 10))), "ElapsedError at 10");
  assert.deepEqual(log, [3]);
});
