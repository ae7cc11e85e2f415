import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Context, type Waker } from "../future/context.js";
import { PENDING } from "../future/poll.js";
import type { Duration } from "../base/duration.js";
import {
  async,
  coop,
  join,
  joinAll,
  race,
  ready,
  run,
  Runtime,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { hostNow } from "../base/clock.js";
import { Instant } from "./instant.js";
import { type Sleep, sleepUntil } from "./sleep.js";
import { timeoutAt } from "./timeout.js";
import { advance } from "./virtual.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

class Count implements Waker {
  wakes = 0;
  readonly cx = new Context(this);
  wake(): void {
    this.wakes++;
  }
}

/** A runtime with a paused clock that is polled by hand: nothing jumps while a test does not return to the host. */
function byHand() {
  const runtime = new Runtime({ startPaused: true, warnings: false });
  return {
    runtime,
    enter: <R>(fn: () => R): R => runtime.enter(fn),
    move: (milliseconds: number): void => {
      runtime.clock.advance(milliseconds);
      runtime.timers.clockChanged();
    },
    timers: (): number => runtime.metrics().timers,
  };
}

// ---- deadlines -------------------------------------------------------------------------------

test("sleep() is ready at its deadline, rounded up to the next millisecond, and not before", () => {
  const { enter, move, timers } = byHand();
  enter(() => {
    const { cx } = new Count();
    const polled = (sleep: Sleep): string => (sleep.poll(cx) === PENDING ? "pending" : "ready");
    move(0.25);
    const whole = sleep(1); // due at 1.25
    const exact = sleep(0.75); // due at 1
    assert.deepEqual([polled(whole), polled(exact), timers()], ["pending", "pending", 2]);
    move(0.5);
    assert.deepEqual([polled(whole), polled(exact), timers()], ["pending", "pending", 2], "at 0.75");
    move(0.25);
    assert.deepEqual([polled(whole), polled(exact), timers()], ["pending", "ready", 1], "at 1");
    move(0.5);
    assert.deepEqual([polled(whole), timers()], ["pending", 1], "at 1.5");
    move(0.5);
    assert.deepEqual([polled(whole), timers()], ["ready", 0], "at 2");
  });
});

test("sleep() is ready at once if there is nothing to wait for", () => {
  const { enter, move, timers } = byHand();
  enter(() => {
    const { cx } = new Count();
    move(5);
    assert.equal(sleep(0).poll(cx), undefined);
    assert.equal(sleepUntil(Instant.now()).poll(cx), undefined);
    assert.equal(sleepUntil(Instant.now().sub(3)).poll(cx), undefined);
    assert.equal(sleepUntil(Instant.now().sub({ hours: 1 })).poll(cx), undefined, "before the clock began");
    assert.equal(timers(), 0);
  });
});

test("sleep() counts from the call, and takes its place among the timers at the first poll", () => {
  const { enter, move, timers } = byHand();
  enter(() => {
    const { cx } = new Count();
    const one = sleep(10);
    move(4);
    assert.equal(timers(), 0, "not polled");
    assert.equal(one.poll(cx), PENDING);
    assert.equal(timers(), 1);
    move(6);
    assert.equal(one.poll(cx), undefined, "10 after the call, 6 after the poll");
  });
});

test("sleep() counts from the first poll if it was made outside of any runtime", () => {
  const outside = sleep(10);
  assert.equal(outside.deadline, undefined);
  const { enter, move } = byHand();
  enter(() => {
    const { cx } = new Count();
    move(7);
    assert.equal(outside.poll(cx), PENDING);
    assert.equal(outside.deadline!.milliseconds, 17);
    move(9);
    assert.equal(outside.poll(cx), PENDING);
    move(1);
    assert.equal(outside.poll(cx), undefined);
  });
});

test("sleep() waits for 30 years at most, however long it is asked to", () => {
  const { enter, move, timers } = byHand();
  const years = 946_728_000_000;
  enter(() => {
    const { cx } = new Count();
    const sleeps = [Infinity, Number.MAX_VALUE, 2 ** 53, 2 ** 31, { hours: Infinity }].map((duration) =>
      sleep(duration),
    );
    for (const one of sleeps) assert.equal(one.poll(cx), PENDING);
    assert.deepEqual(
      sleeps.map(({ deadline }) => deadline!.milliseconds),
      [years, years, years, 2 ** 31, years],
    );
    move(2 ** 31);
    assert.equal(timers(), 4);
    move(years - 2 ** 31 - 1);
    assert.equal(timers(), 4, "a millisecond before");
    move(1);
    assert.equal(timers(), 0);
    for (const one of sleeps) assert.equal(one.poll(cx), undefined);
  });
});

test("sleep() refuses what is no duration, before anything waits", () => {
  const help = "\nhelp: pass milliseconds, or some of { hours, minutes, seconds, milliseconds }";
  for (const [duration, name, received] of [
    [-1, "RangeError", "-1"],
    [NaN, "RangeError", "NaN"],
    ["5", "TypeError", '"5"'],
    [undefined, "TypeError", "undefined"],
    [{}, "TypeError", "an instance of Object"],
  ] as const)
    assert.throws(() => sleep(duration as number), {
      name,
      message: `Cannot sleep as 'duration' must be a number of milliseconds >= 0: received ${received}${help}`,
    });
});

test("Sleep.poll() outside of any runtime says so", () => {
  const { cx } = new Count();
  const one = sleep(5);
  assert.throws(() => one.poll(cx), { name: "NoRuntimeError", code: "runtime.none" });
  byHand().enter(() => one.closeUnpolled()); // or the end of the process warns
});

// ---- order -----------------------------------------------------------------------------------

test("sleep() fires in the order of the deadlines, and in the order of the first polls within a millisecond", async () => {
  const runtime = pausedQuietly();
  const log: string[] = [];
  const nap = async(function* (name: string, milliseconds: number) {
    yield* sleep(milliseconds);
    log.push(`${name} at ${Instant.now().milliseconds}`);
  });
  const main = async(function* () {
    yield* joinAll([
      nap("a", 300),
      nap("b", 5),
      nap("c", 70),
      nap("d", 4),
      nap("e", 5),
      nap("f", 4.5),
      nap("g", 100_000),
    ]);
  });
  await runtime.run(main());
  assert.deepEqual(log, ["d at 4", "b at 5", "e at 5", "f at 5", "c at 70", "a at 300", "g at 100000"]);
});

test("sleep() fires on time around the places where the wheel changes level", async () => {
  const runtime = pausedQuietly();
  const spans = [
    63,
    64,
    65,
    127,
    128,
    4095,
    4096,
    4097,
    262_143,
    262_144,
    262_145,
    16_777_216,
    2 ** 30,
    2 ** 36,
    2 ** 36 + 1,
  ];
  const main = async(function* () {
    yield* sleep(5);
    const start = Instant.now();
    return yield* joinAll(
      spans.map((span) =>
        async(function* () {
          yield* sleep(span);
          return start.elapsed();
        })(),
      ),
    );
  });
  assert.deepEqual(await runtime.run(main()), spans);
});

// ---- against the host ------------------------------------------------------------------------

test("sleep() is never early by the host's clock, though the host's timers are", async () => {
  const early: number[] = [];
  const nap = async(function* (milliseconds: number) {
    const start = hostNow();
    yield* sleep(milliseconds);
    const slept = hostNow() - start;
    if (slept < milliseconds) early.push(milliseconds - slept);
  });
  const round = async(function* (i: number) {
    for (const milliseconds of [1, 0.5, 2 + (i % 7), 0.1 * i]) yield* nap(milliseconds);
  });
  const runtime = new Runtime();
  await runtime.run(joinAll(Array.from({ length: 150 }, (_, i) => round(i))));
  assert.deepEqual(early, []);
});

// ---- reset, isElapsed, deadline --------------------------------------------------------------

test("Sleep.reset() moves the deadline of one that is awaited, both ways, and its waker stays", () => {
  const { enter, move, timers } = byHand();
  enter(() => {
    const count = new Count();
    const one = sleep(10);
    assert.equal(one.poll(count.cx), PENDING);
    one.reset(Instant.now().add(20));
    move(10);
    assert.deepEqual([count.wakes, timers()], [0, 1], "10: moved to 20");
    one.reset(Instant.now().add(2));
    move(1);
    assert.equal(count.wakes, 0);
    move(1);
    assert.deepEqual([count.wakes, timers(), one.poll(count.cx)], [1, 0, undefined], "12");
  });
});

test("Sleep.reset() into the past wakes at once", () => {
  const { enter, move, timers } = byHand();
  enter(() => {
    const count = new Count();
    move(100);
    const one = sleep(10);
    assert.equal(one.poll(count.cx), PENDING);
    one.reset(Instant.now().sub(50));
    assert.deepEqual([count.wakes, timers(), one.poll(count.cx)], [1, 0, undefined]);
  });
});

test("Sleep.reset() before the first poll only moves the deadline", () => {
  const { enter, move, timers } = byHand();
  enter(() => {
    const count = new Count();
    const one = sleep(10);
    one.reset(Instant.now().add(20));
    assert.equal(timers(), 0);
    move(10);
    assert.equal(one.poll(count.cx), PENDING);
    move(10);
    assert.deepEqual([count.wakes, one.poll(count.cx)], [1, undefined]);
  });
});

test("Sleep.reset() after the end makes it one that can be awaited again", async () => {
  const main = async(function* () {
    const one = sleep(10);
    yield* one;
    one.reset(Instant.now().add(5));
    const elapsed = one.isElapsed;
    yield* one;
    yield* one; // it is over: ready
    return { elapsed, now: Instant.now().milliseconds };
  });
  assert.deepEqual(await pausedQuietly().run(main()), { elapsed: false, now: 15 });
});

test("Sleep.reset() between the timer and the poll puts the deadline off", () => {
  const { enter, move } = byHand();
  enter(() => {
    const count = new Count();
    const one = sleep(10);
    one.poll(count.cx);
    move(10);
    assert.equal(count.wakes, 1);
    one.reset(Instant.now().add(5));
    assert.equal(one.poll(count.cx), PENDING);
    move(5);
    assert.deepEqual([count.wakes, one.poll(count.cx)], [2, undefined]);
  });
});

test("Sleep.isElapsed and deadline tell without a poll", () => {
  const outside = sleep(3);
  assert.deepEqual([outside.isElapsed, outside.deadline], [false, undefined]);
  const { enter, move } = byHand();
  enter(() => {
    const one = sleep(3);
    assert.deepEqual([one.isElapsed, one.deadline!.milliseconds], [false, 3]);
    move(2.5);
    assert.equal(one.isElapsed, false);
    move(0.5);
    assert.equal(one.isElapsed, true);
    assert.equal(outside.isElapsed, false, "counts from now");
    assert.equal(outside.deadline!.milliseconds, 6);
  });
});

// ---- wakers and drops ------------------------------------------------------------------------

test("Sleep.poll() with another waker replaces the one before", () => {
  const { enter, move, timers } = byHand();
  enter(() => {
    const [first, second] = [new Count(), new Count()];
    const one = sleep(10);
    one.poll(first.cx);
    one.poll(second.cx);
    one.poll(first.cx);
    one.poll(second.cx);
    assert.equal(timers(), 1, "one timer, however often it is polled");
    move(10);
    assert.deepEqual([first.wakes, second.wakes], [0, 1]);
  });
});

test("Sleep.drop() leaves nothing behind, and a wake may drop other timers of the same millisecond", () => {
  const { enter, move, timers } = byHand();
  enter(() => {
    const log: string[] = [];
    const [a, b, c] = [sleep(5), sleep(5), sleep(5)];
    const dropper = { wake: () => (log.push("a"), b.drop()) };
    a.poll(new Context(dropper));
    b.poll(new Context({ wake: () => log.push("b") }));
    c.poll(new Context({ wake: () => log.push("c") }));
    assert.equal(timers(), 3);
    move(5);
    assert.deepEqual([log, timers()], [["a", "c"], 0]);
    b.drop();
    a.drop();
  });
});

test("sleep() that is cancelled leaves no timer, whoever cancels it", async () => {
  const runtime = new Runtime({ warnings: false }); // a clock that runs: nothing may be left to the next jump
  const hour = { hours: 1 };
  const timersNow = (): number => runtime.metrics().timers;
  const main = async(function* () {
    const log: [string, number][] = [];
    const handle = spawn(sleep(hour));
    const waits = spawn(join(sleep(hour), sleep(hour)));
    yield* yieldNow();
    log.push(["awaited by tasks", timersNow()]);
    handle.abort();
    waits.abort();
    yield* handle.settled();
    yield* waits.settled();
    log.push(["aborted", timersNow()]);
    yield* select({ first: yieldNow(), never: sleep(hour) }, { biased: true });
    yield* race([sleep(hour), ready(1)]);
    yield* timeout(ready(1), hour);
    log.push(["lost a race", timersNow()]);
    try {
      yield* timeout(sleep(hour), 1);
    } catch {
      log.push(["timed out", timersNow()]);
    }
    return log;
  });
  assert.deepEqual(await runtime.run(main()), [
    ["awaited by tasks", 3],
    ["aborted", 0],
    ["lost a race", 0],
    ["timed out", 0],
  ]);
});

test("sleep() keeps its deadline through a loop of selects that it loses", async () => {
  const main = async(function* () {
    const limit = sleep(25);
    for (let ticks = 0; ; ticks++) {
      const won = yield* select({ limit, tick: sleep(10) }, { biased: true });
      if (won.key === "limit") return { ticks, now: Instant.now().milliseconds };
    }
  });
  const runtime = pausedQuietly();
  assert.deepEqual(await runtime.run(main()), { ticks: 2, now: 25 });
  assert.equal(runtime.metrics().timers, 0);
});

test("sleep() that is always ready spends the budget, so that others run", async () => {
  const log: number[] = [];
  const main = async(function* () {
    let awaited = 0;
    spawn(
      async(function* () {
        log.push(awaited);
      })(),
    );
    for (; awaited < 3 * coop.budget; awaited++) yield* sleep(0);
  });
  await pausedQuietly().run(main());
  assert.equal(log.length, 1);
  assert.ok(log[0]! <= coop.budget, `${log[0]}`);
});

test("sleep() belongs to the runtime that polls it: runtimes with different clocks stand side by side", async () => {
  const [slow, fast, real] = [pausedQuietly(), pausedQuietly(), new Runtime({ warnings: false })];
  const log: string[] = [];
  const nap = async(function* (name: string, duration: Duration) {
    yield* sleep(duration);
    log.push(name);
    return Instant.now().milliseconds;
  });
  const start = hostNow();
  const times = await Promise.all([
    real.run(nap("real, 20 ms", 20)),
    slow.run(nap("paused, a day", { hours: 24 })),
    fast.run(nap("paused, an hour", { hours: 1 })),
  ]);
  const took = hostNow() - start;
  assert.deepEqual(times.slice(1), [86_400_000, 3_600_000]);
  assert.ok(times[0]! >= 20 && took >= 20 && took < 2000, `${times[0]}, ${took}`);
  assert.deepEqual(log, ["paused, a day", "paused, an hour", "real, 20 ms"]);
});

// ---- law -------------------------------------------------------------------------------------

type Command =
  | { do: "sleep"; delay: number }
  | { do: "reset"; which: number; delay: number }
  | { do: "drop"; which: number }
  | { do: "advance"; by: number };

// Quarters are exact in binary, so the model adds up to the very same numbers.
const quarters = (max: number) => fc.integer({ min: 0, max: 4 * max }).map((n) => n / 4);
const delay = fc.oneof({ weight: 3, arbitrary: quarters(8) }, quarters(200), quarters(10_000));
const which = fc.nat({ max: 30 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("sleep" as const), delay }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reset" as const), which, delay }) },
  fc.record({ do: fc.constant("drop" as const), which }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant("advance" as const), by: delay }) },
);

test("sleep(), reset() and drop() fire as a sorted list does, whatever the order of calls and jumps", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      const { enter, move, timers } = byHand();
      const fired: number[] = [];
      const sleeps: Sleep[] = [];
      // The model: who waits, by deadline and by when they took their place.
      let waiting: { id: number; when: number; place: number }[] = [];
      const expected: number[] = [];
      let now = 0;
      let places = 0;
      const take = (id: number, milliseconds: number): void => {
        waiting.push({ id, when: Math.ceil(now + milliseconds), place: places++ });
      };
      enter(() => {
        for (const step of commands) {
          if (step.do === "sleep") {
            const id = sleeps.length;
            const one = sleep(step.delay);
            sleeps.push(one);
            const state = one.poll(new Context({ wake: () => fired.push(id) }));
            if (state === PENDING) take(id, step.delay);
            else assert.ok(Math.ceil(now + step.delay) <= Math.floor(now));
          } else if (step.do === "advance") {
            now += step.by;
            move(step.by);
          } else {
            const target = waiting[step.which % waiting.length];
            if (target === undefined) continue;
            waiting = waiting.filter((entry) => entry !== target);
            if (step.do === "drop") sleeps[target.id]!.drop();
            else {
              sleeps[target.id]!.reset(Instant.now().add(step.delay));
              take(target.id, step.delay);
            }
          }
          const due = waiting.filter(({ when }) => when <= now).sort((a, b) => a.when - b.when || a.place - b.place);
          waiting = waiting.filter(({ when }) => when > now);
          expected.push(...due.map(({ id }) => id));
          assert.deepEqual(fired, expected);
          assert.equal(timers(), waiting.length);
        }
        for (const { id } of waiting) sleeps[id]!.drop();
        assert.equal(timers(), 0);
      });
    }),
    { numRuns: 200 },
  );
});

test("advance() of one runtime leaves the clocks of the others alone", async () => {
  const other = pausedQuietly();
  const times = await pausedQuietly().run(
    async(function* () {
      yield* advance(500);
      return [Instant.now().milliseconds, other.enter(() => Instant.now().milliseconds)];
    })(),
  );
  assert.deepEqual(times, [500, 0]);
});

test("sleep() works on the runtime behind run()", async () => {
  const start = hostNow();
  await run(sleep(3));
  assert.ok(hostNow() - start >= 3);
});

test("sleepUntil() and timeoutAt() of what is no Instant are TypeErrors at the call", () => {
  for (const deadline of [5, undefined, new Date(), "noon"]) {
    for (const use of [sleepUntil, (it: Instant) => timeoutAt(ready(1), it)])
      assert.throws(
        () => use(deadline as never),
        /^TypeError: .*'deadline' must be an Instant: received .*\nhelp: pass Instant/,
      );
  }
});
