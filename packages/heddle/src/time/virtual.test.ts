import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNow } from "../base/clock.js";
import { Random } from "../base/random.js";
import {
  async,
  fromCallback,
  fromPromise,
  type Future,
  joinAll,
  pending,
  Runtime,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { Instant } from "./instant.js";
import { interval } from "./interval.js";
import { advance, pause, resume } from "./virtual.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

const now = (): number => Instant.now().milliseconds;

// ---- jumps -----------------------------------------------------------------------------------

test("a paused clock begins at exactly 0 and jumps to each deadline when nothing can run", async () => {
  const start = hostNow();
  const main = async(function* () {
    const times = [now()];
    yield* sleep(1);
    times.push(now());
    yield* sleep({ hours: 24 });
    times.push(now());
    yield* sleep(0.5);
    times.push(now());
    return times;
  });
  assert.deepEqual(await pausedQuietly().run(main()), [0, 1, 86_400_001, 86_400_002]);
  assert.ok(hostNow() - start < 5000);
});

test("a paused clock gives the same times at each run", async () => {
  const stress = async(function* () {
    const random = new Random(1);
    const start = Instant.now();
    const times: number[] = [];
    const nap = async(function* (length: number) {
      yield* sleep(length);
      times.push(start.elapsed());
    });
    for (let i = 0; i < 300; i++) {
      yield* joinAll([nap(random.below(1000)), nap(random.below(1000) / 8)]);
    }
    return times;
  });
  const [first, second] = await Promise.all([pausedQuietly().run(stress()), pausedQuietly().run(stress())]);
  assert.equal(first.length, 600);
  assert.deepEqual(first, second);
});

test("a paused clock stands still while anything can run", async () => {
  const log: string[] = [];
  const main = async(function* () {
    const sleeper = spawn(
      async(function* () {
        yield* sleep(1);
        log.push(`sleeper at ${now()}`);
      })(),
    );
    // More than a turn of the executor: the host gets its turn in between.
    for (let i = 0; i < 5000; i++) yield* yieldNow();
    log.push(`busy until ${now()}`);
    yield* sleeper;
  });
  await pausedQuietly().run(main());
  assert.deepEqual(log, ["busy until 0", "sleeper at 1"]);
});

test("a paused clock does not jump before the host has delivered what was on its way", async () => {
  const log: string[] = [];
  const say = async(function* (what: string, promise: Promise<unknown>) {
    yield* fromPromise(promise);
    log.push(`${what} at ${now()}`);
  });
  const hops = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await Promise.resolve();
  };
  const main = async(function* () {
    const limit = spawn(
      async(function* () {
        yield* sleep(1000);
        log.push(`sleep at ${now()}`);
      })(),
    );
    yield* joinAll([say("promises", hops()), say("immediate", new Promise((resolve) => setImmediate(resolve)))]);
    yield* limit;
  });
  await pausedQuietly().run(main());
  assert.deepEqual(log, ["promises at 0", "immediate at 0", "sleep at 1000"]);
});

test("a paused clock is not held back by what waits for the host: a timeout around that fires at once", async () => {
  const start = hostNow();
  const main = async(function* () {
    try {
      yield* timeout(fromPromise(new Promise(() => {})), { hours: 1 });
      return "ready";
    } catch (error) {
      return `${(error as Error).name} at ${now()}`;
    }
  });
  assert.equal(await pausedQuietly().run(main()), "ElapsedError at 3600000");
  assert.ok(hostNow() - start < 5000);
});

test("a paused clock waits for the host if it is told to, until what was begun there ends or is dropped", async () => {
  const log: string[] = [];
  const say = async(function* (what: string, future: Future<unknown>) {
    yield* future;
    log.push(`${what} at ${now()}`);
  });
  let call: (value: string) => void = () => {};
  const rounds = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const main = async(function* () {
    const later = spawn(say("sleep", sleep(1000)));
    const callback = fromCallback<string>((resolve) => {
      call = resolve;
    });
    yield* joinAll([
      say("host", fromPromise(rounds(20))),
      say("callback", callback),
      say(
        "settled at once",
        fromCallback((resolve) => resolve(1)),
      ),
      fromPromise(rounds(30).then(() => call("now"))),
    ]);
    // Nobody waits for this one any more.
    yield* select({ lost: fromPromise(new Promise(() => {})), now: yieldNow() });
    yield* later;
    // A failure is an end as well.
    const failed = yield* spawn(fromPromise(() => Promise.reject(new Error("no")))).settled();
    yield* sleep(1);
    log.push(`${failed.status} at ${now()}`);
  });
  const runtime = new Runtime({ startPaused: true, waitForHost: true, warnings: false });
  await runtime.run(main());
  assert.deepEqual(log, [
    "settled at once at 0",
    "host at 0",
    "callback at 0",
    "sleep at 1000", // the promise that lost does not hold it
    "rejected at 1001",
  ]);
});

test("a paused clock that does not advance by itself moves only by advance()", async () => {
  const runtime = new Runtime({ startPaused: true, autoAdvance: false, warnings: false });
  const log: string[] = [];
  const main = async(function* () {
    const sleeper = spawn(sleep(5));
    for (let i = 0; i < 5; i++) {
      yield* fromPromise(new Promise((resolve) => setImmediate(resolve)));
      log.push(`${now()} ${sleeper.isFinished}`);
    }
    yield* advance(4);
    log.push(`${now()} ${sleeper.isFinished}`);
    yield* advance(1);
    log.push(`${now()} ${sleeper.isFinished}`);
  });
  await runtime.run(main());
  assert.deepEqual(log, ["0 false", "0 false", "0 false", "0 false", "0 false", "4 false", "5 true"]);
});

test("a paused clock does not jump for timers that were dropped", async () => {
  const main = async(function* () {
    yield* select({ soon: sleep(10), late: sleep({ hours: 1 }) });
    const handle = spawn(sleep({ hours: 2 }));
    yield* yieldNow();
    handle.abort();
    yield* handle.settled();
    yield* sleep(1);
    return now();
  });
  assert.equal(await pausedQuietly().run(main()), 11);
});

test("a paused clock wakes all sleepers of one deadline by one jump", async () => {
  const runtime = pausedQuietly();
  const main = async(function* () {
    const nap = async(function* () {
      yield* sleep(50);
      return now();
    });
    return yield* joinAll(Array.from({ length: 5 }, nap));
  });
  assert.deepEqual(await runtime.run(main()), [50, 50, 50, 50, 50]);
});

// ---- advance ---------------------------------------------------------------------------------

test("advance() moves the clock in one jump, fractions included, and wakes what it passes in the order of the deadlines", async () => {
  const log: string[] = [];
  const nap = async(function* (name: string, length: number) {
    yield* sleep(length);
    log.push(`${name} at ${now()}`);
  });
  const main = async(function* () {
    const handles = [nap("c", 30), nap("a", 10), nap("d", 101), nap("b", 20)].map((future) => spawn(future));
    yield* yieldNow();
    yield* advance(100.5);
    log.push(`main at ${now()}`);
    for (const handle of handles) yield* handle;
  });
  await pausedQuietly().run(main());
  assert.deepEqual(log, [
    "a at 100.5", // one jump: none of them sees its own deadline
    "b at 100.5",
    "c at 100.5",
    "main at 100.5", // they ran before it went on
    "d at 101", // nothing can run: the clock jumps
  ]);
});

test("advance() yields once: what the woken tasks do next is not waited for", async () => {
  const log: string[] = [];
  const chain = async(function* () {
    yield* sleep(10);
    log.push("woken");
    yield* yieldNow();
    log.push("later");
  });
  const ticks = async(function* () {
    const ticker = interval(10);
    for (let i = 0; i < 4; i++) log.push(`tick ${(yield* ticker.tick()).milliseconds}`);
  });
  const main = async(function* () {
    const handles = [spawn(chain()), spawn(ticks())];
    yield* yieldNow();
    yield* advance(35);
    log.push("main");
    for (const handle of handles) yield* handle;
  });
  await pausedQuietly().run(main());
  assert.deepEqual(log, ["tick 0", "woken", "tick 10", "tick 20", "tick 30", "main", "later"]);
});

test("advance() lets others run once even if it passes no timer", async () => {
  const log: string[] = [];
  const main = async(function* () {
    spawn(
      async(function* () {
        log.push("other");
        yield* yieldNow();
        log.push("other again");
      })(),
    );
    yield* advance(0);
    log.push(`main at ${now()}`);
  });
  await pausedQuietly().run(main());
  assert.deepEqual(log, ["other", "main at 0", "other again"]);
});

test("advance() in fractions adds up, and fires no timer early", async () => {
  const main = async(function* () {
    const log: string[] = [];
    const nap = spawn(
      async(function* () {
        yield* sleep(1);
        log.push(`fired at ${now()}`);
      })(),
    );
    yield* yieldNow();
    for (let i = 0; i < 5; i++) {
      yield* advance(0.25);
      log.push(`${now()}`);
    }
    yield* nap;
    yield* advance(51.592);
    return [...log, (now() - 52.842).toFixed(9)];
  });
  assert.deepEqual(await pausedQuietly().run(main()), [
    "0.25",
    "0.5",
    "0.75",
    "fired at 1",
    "1",
    "1.25",
    "0.000000000",
  ]);
});

test("advance() to a deadline by steps that do not add up exactly still fires it there", async () => {
  const main = async(function* () {
    const handle = spawn(sleep(1));
    yield* yieldNow();
    for (let i = 0; i < 10; i++) yield* advance(0.1); // 0.9999999999999999
    return handle.isFinished;
  });
  assert.equal(await pausedQuietly().run(main()), true);
});

test("advance() far fires what is on all levels of the wheel", async () => {
  const main = async(function* () {
    const handles = [1, 64, 4096, 2 ** 18, 2 ** 24, 2 ** 30, 2 ** 36].map((length) => spawn(sleep(length)));
    yield* yieldNow();
    yield* advance(2 ** 36 - 1);
    const before = handles.map(({ isFinished }) => isFinished);
    yield* advance(1);
    return [before, handles.map(({ isFinished }) => isFinished)];
  });
  const [before, after] = await pausedQuietly().run(main());
  assert.deepEqual(before, [true, true, true, true, true, true, false]);
  assert.deepEqual(after, [true, true, true, true, true, true, true]);
});

test("advance() that is dropped before its first poll moves nothing; after it, the clock has moved", async () => {
  const main = async(function* () {
    void advance(10);
    const first = now();
    yield* select({ ready: yieldNow(), moved: advance(5), never: pending() }, { biased: true });
    return [first, now()];
  });
  assert.deepEqual(await pausedQuietly().run(main()), [0, 5]);
});

test("advance() is one future, awaited once", async () => {
  const main = async(function* () {
    const once = advance(5);
    yield* once;
    try {
      yield* once;
    } catch (error) {
      return [(error as { code: string }).code, (error as Error).message.split("\n")[0], now()];
    }
  });
  assert.deepEqual(await pausedQuietly().run(main()), [
    "future.completed",
    "Cannot await the future of advance(…) again: it is over",
    5,
  ]);
});

test("advance() refuses what is no duration at the call", () => {
  assert.throws(
    () => advance(-1),
    /^RangeError: Cannot advance the clock as 'duration' must be a number of milliseconds >= 0: received -1/,
  );
  assert.throws(() => advance("1" as never), TypeError);
});

// ---- pause and resume ------------------------------------------------------------------------

test("pause() stops a running clock where it is, and resume() goes on from there", async () => {
  const main = async(function* () {
    yield* sleep(3);
    pause();
    const stopped = now();
    for (const end = hostNow() + 5; hostNow() < end;);
    const still = now() - stopped;
    yield* sleep({ hours: 1 });
    const hour = now() - stopped;
    resume();
    const resumed = Instant.now();
    const real = hostNow();
    yield* sleep(10);
    return { still, hour, slept: resumed.elapsed() >= 10 && hostNow() - real >= 9.99, back: now() < stopped };
  });
  const { hour, ...rest } = await new Runtime({ warnings: false }).run(main());
  assert.deepEqual(rest, { still: 0, slept: true, back: false });
  assert.ok(hour >= 3_600_000 && hour <= 3_600_001, `${hour}`);
});

test("pause() takes over the timers that wait for the host already", async () => {
  const start = hostNow();
  const main = async(function* () {
    const handle = spawn(sleep({ hours: 1 }));
    yield* sleep(1);
    pause();
    yield* handle;
    resume();
    yield* sleep(1);
  });
  const runtime = new Runtime({ warnings: false });
  await runtime.run(main());
  assert.ok(hostNow() - start < 5000);
  assert.equal(runtime.metrics().timers, 0);
});

test("resume() hands timers that were made while the clock stood to the host", async () => {
  const start = hostNow();
  const main = async(function* () {
    const handle = spawn(sleep(20));
    yield* yieldNow();
    resume();
    yield* handle;
  });
  await pausedQuietly().run(main());
  assert.ok(hostNow() - start >= 20);
});

test("pause(), resume() and advance() refuse the wrong state and change nothing", async () => {
  const refusal = (fn: () => void): string => {
    try {
      fn();
    } catch (error) {
      return `${(error as { code: string }).code} | ${(error as Error).message.replace("\n", " | ")}`;
    }
    return "done";
  };
  const main = async(function* () {
    const log = [refusal(resume)];
    try {
      yield* advance(5);
    } catch (error) {
      log.push(
        refusal(() => {
          throw error;
        }),
      );
    }
    pause();
    const stopped = now();
    log.push(refusal(pause));
    assert.equal(now(), stopped);
    resume();
    return log;
  });
  assert.deepEqual(await new Runtime({ warnings: false }).run(main()), [
    "clock.running | Cannot resume the clock: it is running | help: pause() it first",
    "clock.running | Cannot advance the clock: it is running | help: pause() it first",
    "clock.paused | Cannot pause the clock: it is paused | help: resume() it first",
  ]);
});

test("pause() and resume() outside of any runtime say so", () => {
  for (const [verb, call] of [
    ["pause", pause],
    ["resume", resume],
  ] as const)
    assert.throws(call, {
      name: "NoRuntimeError",
      message: `Cannot ${verb} the clock outside a runtime: no task is being polled on this thread\nhelp: start it with run(…); in a callback, or after a native await, with runtime.spawn(…)`,
    });
});

test("pause() concerns the current runtime only", async () => {
  const [one, two] = [new Runtime({ warnings: false }), new Runtime({ warnings: false })];
  const start = hostNow();
  const hour = async(function* () {
    pause();
    yield* sleep({ hours: 1 });
    return now() >= 3_600_000;
  });
  const real = async(function* () {
    yield* sleep(15);
    return hostNow() - start >= 15 && now() < 5000;
  });
  assert.deepEqual(await Promise.all([one.run(hour()), two.run(real())]), [true, true]);
});
