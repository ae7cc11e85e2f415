import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, type Waker } from "../future/context.js";
import { PENDING } from "../future/poll.js";
import { async, coop, Runtime, select, sleep, spawn, yieldNow } from "../index.js";
import { Instant } from "./instant.js";
import { type Interval, interval, type IntervalOptions, type MissedTicks } from "./interval.js";
import { advance } from "./virtual.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

class Count implements Waker {
  wakes = 0;
  readonly cx = new Context(this);
  wake(): void {
    this.wakes++;
  }
}

/**
 * An interval that is polled by hand, and its clock: `at(n)` moves the clock to `n` and takes all ticks that are there.
 */
function script(
  period: number,
  options: IntervalOptions,
  play: (at: (time: number) => number[], ticker: Interval) => void,
): void {
  const runtime = pausedQuietly();
  runtime.enter(() => {
    const { cx } = new Count();
    const ticker = interval(period, options);
    let now = 0;
    play((time) => {
      runtime.clock.advance(time - now);
      runtime.timers.clockChanged();
      now = time;
      const ticks = [];
      for (let tick = ticker.pollTick(cx); tick !== PENDING; tick = ticker.pollTick(cx)) ticks.push(tick.milliseconds);
      return ticks;
    }, ticker);
    assert.equal(runtime.metrics().timers, 1, "pending at the end of each play: one timer");
  });
}

test("interval() ticks at once, and then once every period, and tells when each tick was due", () => {
  script(100, {}, (at) => {
    assert.deepEqual(at(0), [0]);
    assert.deepEqual(at(99), []);
    assert.deepEqual(at(100), [100]);
    assert.deepEqual(at(150), []);
    assert.deepEqual(at(203), [200], "3 late is not missed: what was due is told");
    assert.deepEqual(at(299), []);
    assert.deepEqual(at(300), [300], "and the beat is kept");
  });
});

test("interval() refuses a period of 0, and what is no duration", () => {
  assert.throws(() => interval(0), {
    name: "RangeError",
    message:
      "Cannot make an interval as 'period' must be longer than 0: received 0\nhelp: for a loop that lets others run, use yieldNow()",
  });
  assert.throws(() => interval({ seconds: 0 }), RangeError);
  assert.throws(
    () => interval(-1),
    /^RangeError: Cannot make an interval as 'period' must be a number of milliseconds >= 0: received -1/,
  );
  assert.throws(() => interval("1" as never), TypeError);
  assert.throws(() => interval(1, { missed: "later" as MissedTicks }), {
    name: "TypeError",
    message: `Cannot set an interval as 'missed' must be "burst", "delay" or "skip": received "later"`,
  });
});

// In all three, 300 is taken on time, and nobody is there from 300 to 1,050: the ticks of 600 and 900 are missed.

test('interval() with missed: "burst" gives all ticks that were missed at once, and is on the old beat again', () => {
  script(300, { missed: "burst" }, (at) => {
    assert.deepEqual(at(0), [0]);
    assert.deepEqual(at(120), []);
    assert.deepEqual(at(300), [300]);
    assert.deepEqual(at(1050), [600, 900]);
    assert.deepEqual(at(1199), []);
    assert.deepEqual(at(1200), [1200]);
    assert.deepEqual(at(1504), [1500]);
    assert.deepEqual(at(1800), [1800]);
  });
});

test('interval() with missed: "delay" begins a new beat at the moment the late tick is taken', () => {
  script(300, { missed: "delay" }, (at) => {
    assert.deepEqual(at(0), [0]);
    assert.deepEqual(at(300), [300]);
    assert.deepEqual(at(1050), [600], "told when it was due; the next is 300 from now");
    assert.deepEqual(at(1349), []);
    assert.deepEqual(at(1350), [1350]);
    assert.deepEqual(at(1650), [1650]);
  });
});

test('interval() with missed: "skip" leaves out what was missed, and stays on the old beat', () => {
  script(300, { missed: "skip" }, (at) => {
    assert.deepEqual(at(0), [0]);
    assert.deepEqual(at(300), [300]);
    assert.deepEqual(at(1050), [600], "900 is left out");
    assert.deepEqual(at(1199), []);
    assert.deepEqual(at(1200), [1200]);
    assert.deepEqual(at(2400), [1500], "taken exactly when another is due: that one is left out too");
    assert.deepEqual(at(2699), []);
    assert.deepEqual(at(2700), [2700]);
  });
});

test("interval() counts a tick as missed only when it is taken more than 5 ms late", () => {
  for (const missed of ["delay", "skip"] as const) {
    script(4, { missed }, (at) => {
      at(0);
      assert.deepEqual(at(9), [4, 8], `${missed}: 4 was due 5 ago: not missed`);
      assert.deepEqual(at(12), [12]);
    });
    script(4, { missed }, (at) => {
      at(0);
      assert.deepEqual(at(9.25), [4], `${missed}: 4 was due 5.25 ago: missed, and 8 with it`);
      assert.deepEqual(at(13.25), missed === "delay" ? [13.25] : [12]);
    });
  }
});

test("interval() keeps its beat in fractions of a millisecond: nothing adds up", () => {
  script(0.75, {}, (at) => {
    assert.deepEqual(at(0), [0]);
    assert.deepEqual(at(1), [0.75]);
    assert.deepEqual(at(2), [1.5]);
    assert.deepEqual(at(3), [2.25, 3], "two within a millisecond");
    const ticks = at(300);
    assert.equal(ticks.length, 396);
    assert.equal(ticks.at(-1), 300);
    at(300.5);
  });
});

test("Interval.missed can be changed, from the next late tick on", () => {
  script(10, {}, (at, ticker) => {
    assert.deepEqual([ticker.period, ticker.missed], [10, "burst"]);
    at(0);
    assert.deepEqual(at(35), [10, 20, 30]);
    ticker.missed = "skip";
    assert.deepEqual(at(77), [40]);
    assert.deepEqual(at(80), [80]);
    assert.equal(ticker.missed, "skip");
    assert.throws(() => (ticker.missed = "never" as MissedTicks), TypeError);
    assert.equal(ticker.missed, "skip");
  });
});

// ---- start, reset ----------------------------------------------------------------------------

test("interval() with a start ticks first then: later, or long ago with all that was missed", async () => {
  const main = async(function* () {
    yield* sleep(50);
    const start = Instant.now();
    const later = interval(10, { start: start.add(7) });
    const first = (yield* later.tick()).since(start);
    const second = (yield* later.tick()).since(start);
    const ago = interval(20, { start: start.sub(30) }); // 20, 40, 60: the clock stands at 67
    const ticks = [];
    for (let i = 0; i < 4; i++) ticks.push((yield* ago.tick()).milliseconds);
    return { first, second, ticks, now: Instant.now().milliseconds };
  });
  assert.deepEqual(await pausedQuietly().run(main()), { first: 7, second: 17, ticks: [20, 40, 60, 80], now: 80 });
});

test("interval() made outside of any runtime begins at its first poll", async () => {
  const outside = interval(10);
  assert.throws(() => outside.reset(), { name: "NoRuntimeError" });
  assert.throws(() => outside.pollTick(new Count().cx), { name: "NoRuntimeError" });
  const main = async(function* () {
    yield* sleep(33);
    return [(yield* outside.tick()).milliseconds, (yield* outside.tick()).milliseconds];
  });
  assert.deepEqual(await pausedQuietly().run(main()), [33, 43]);
});

test("Interval.reset() puts the next tick a period from now, whatever was due and whatever the strategy", () => {
  for (const missed of ["burst", "delay", "skip"] as const)
    script(300, { missed }, (at, ticker) => {
      at(0);
      assert.deepEqual(at(300), [300]);
      assert.deepEqual(at(400), []);
      ticker.reset();
      assert.deepEqual(at(650), [], missed);
      assert.deepEqual(at(700), [700]);
      assert.deepEqual(at(1000), [1000]);
    });
});

test("Interval.resetImmediately() ticks now, and the beat begins here", () => {
  script(300, {}, (at, ticker) => {
    assert.deepEqual(at(0), [0]);
    assert.deepEqual(at(100), []);
    ticker.resetImmediately();
    assert.deepEqual(at(100), [100]);
    assert.deepEqual(at(399), []);
    assert.deepEqual(at(400), [400]);
  });
});

test("Interval.resetAfter() ticks after the delay, shorter or longer than the period", () => {
  script(300, {}, (at, ticker) => {
    assert.deepEqual(at(0), [0]);
    at(100);
    ticker.resetAfter(20);
    assert.deepEqual(at(119), []);
    assert.deepEqual(at(120), [120]);
    assert.deepEqual(at(420), [420]);
    ticker.resetAfter({ seconds: 1 });
    assert.deepEqual(at(1419), []);
    assert.deepEqual(at(1420), [1420]);
    assert.throws(() => ticker.resetAfter(-1), RangeError);
    assert.deepEqual(at(1720), [1720]);
  });
});

test("Interval.resetAt() ticks then, also when that is further off than a period, or past", () => {
  script(300, {}, (at, ticker) => {
    assert.deepEqual(at(0), [0]);
    at(100);
    ticker.resetAt(new Instant(1000));
    assert.deepEqual(at(999), []);
    assert.deepEqual(at(1000), [1000]);
    ticker.resetAt(new Instant(700));
    assert.deepEqual(at(1000), [700, 1000], "missed by 300: the strategy counts again");
    assert.deepEqual(at(1300), [1300]);
  });
});

test("Interval.reset() moves the tick that a task is waiting for", async () => {
  const runtime = pausedQuietly();
  const main = async(function* () {
    const ticker = interval(100);
    yield* ticker.tick();
    const waiting = spawn(ticker.tick());
    yield* yieldNow();
    ticker.resetAfter(5);
    const sooner = (yield* waiting).milliseconds;
    const again = spawn(ticker.tick()); // due at 105
    yield* yieldNow();
    ticker.resetAfter(1000);
    const later = (yield* again).milliseconds;
    const now = spawn(ticker.tick());
    yield* yieldNow();
    ticker.resetImmediately();
    return [sooner, later, (yield* now).milliseconds];
  });
  assert.deepEqual(await runtime.run(main()), [5, 1005, 1005]);
  assert.equal(runtime.metrics().timers, 0);
});

// ---- waiting ---------------------------------------------------------------------------------

test("Interval.tick() is cancel safe: a wait that is dropped loses no tick and leaves no timer", async () => {
  const runtime = pausedQuietly();
  const main = async(function* () {
    const ticker = interval(100);
    const ticks: number[] = [];
    const timers: number[] = [];
    let lost = 0;
    while (ticks.length < 4) {
      const won = yield* select({ tick: ticker.tick(), other: sleep(30) }, { biased: true });
      if (won.key === "tick") ticks.push(won.value.milliseconds);
      else lost++;
      timers.push(runtime.metrics().timers);
    }
    return { ticks, lost, timers: Math.max(...timers) };
  });
  assert.deepEqual(await runtime.run(main()), { ticks: [0, 100, 200, 300], lost: 9, timers: 0 });
});

test("Interval.tick() is one future for all ticks", async () => {
  const main = async(function* () {
    const ticker = interval(10);
    const tick = ticker.tick();
    assert.equal(ticker.tick(), tick);
    yield* tick;
    yield* tick;
    return (yield* tick).milliseconds;
  });
  assert.equal(await pausedQuietly().run(main()), 20);
});

test("Interval.tick() from two tasks at once is refused to the second, and the first goes on", async () => {
  const main = async(function* () {
    const ticker = interval(10);
    yield* ticker.tick();
    const first = spawn(ticker.tick());
    const second = spawn(ticker.tick());
    const refused = yield* second.settled();
    const third = spawn(ticker.tick());
    third.abort(); // before it has run: it never waited
    yield* third.settled();
    return { refused, first: (yield* first).milliseconds, then: (yield* ticker.tick()).milliseconds };
  });
  const { refused, ...rest } = await pausedQuietly().run(main());
  assert.deepEqual(rest, { first: 10, then: 20 });
  assert.equal(refused.status, "rejected");
  const { reason } = refused as PromiseRejectedResult;
  assert.deepEqual(
    [reason.name, reason.code, reason.message.split("\n")[0]],
    ["BusyError", "time.busy", "Cannot await interval.tick() from two places: another one awaits it"],
  );
});

test("Interval.tick() is free again when the task that waited was aborted", async () => {
  const main = async(function* () {
    const ticker = interval(10);
    yield* ticker.tick();
    const first = spawn(ticker.tick());
    yield* yieldNow();
    first.abort();
    yield* first.settled();
    return (yield* ticker.tick()).milliseconds;
  });
  assert.equal(await pausedQuietly().run(main()), 10);
});

test("Interval.pollTick() wakes the last waker it was given, and that one only", () => {
  const runtime = pausedQuietly();
  runtime.enter(() => {
    const [first, second] = [new Count(), new Count()];
    const ticker = interval(10);
    assert.notEqual(ticker.pollTick(first.cx), PENDING);
    assert.equal(ticker.pollTick(first.cx), PENDING);
    assert.equal(ticker.pollTick(second.cx), PENDING);
    runtime.clock.advance(10);
    runtime.timers.clockChanged();
    assert.deepEqual([first.wakes, second.wakes], [0, 1]);
    assert.equal((ticker.pollTick(first.cx) as Instant).milliseconds, 10);
    assert.equal(runtime.metrics().timers, 0, "nothing waits until the next poll");
  });
});

test("Interval.tick() that has much to catch up with spends the budget, so that others run", async () => {
  const log: number[] = [];
  const main = async(function* () {
    const ticker = interval(1);
    yield* advance(1000);
    let taken = 0;
    spawn(
      async(function* () {
        log.push(taken);
      })(),
    );
    for (; taken <= 1000; taken++) yield* ticker.tick();
    return Instant.now().milliseconds;
  });
  assert.equal(await pausedQuietly().run(main()), 1000);
  assert.equal(log.length, 1);
  assert.ok(log[0]! <= coop.budget, `${log[0]}`);
});

test("interval() keeps pace with the host's clock, and gives no tick early", async () => {
  const main = async(function* () {
    const ticker = interval(4);
    const start = yield* ticker.tick();
    for (let i = 1; i <= 10; i++) {
      const tick = yield* ticker.tick();
      if (Instant.now().isBefore(tick)) return `tick ${i} is early`;
      if (Math.abs(tick.since(start) - 4 * i) > 1e-6) return `tick ${i} is due ${tick.since(start)}`;
    }
    return Instant.now().since(start) >= 40 ? "on time" : "early";
  });
  assert.equal(await new Runtime().run(main()), "on time");
});
