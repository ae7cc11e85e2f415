import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNow } from "../base/clock.js";
import { async, Runtime, sleep } from "../index.js";
import { Instant } from "./instant.js";
import { toTick } from "../future/tick.js";

test("Instant.now() is the time of the current runtime's clock", async () => {
  const [one, two] = [new Runtime({ startPaused: true }), new Runtime({ startPaused: true })];
  const nap = async(function* (length: number) {
    yield* sleep(length);
    return Instant.now().milliseconds;
  });
  assert.deepEqual([await one.run(nap(5)), await two.run(nap(7)), await one.run(nap(1))], [5, 7, 6]);
  assert.equal(
    one.enter(() => Instant.now().milliseconds),
    6,
  );
});

test("Instant.now() outside of any runtime says so", () => {
  assert.throws(() => Instant.now(), {
    name: "NoRuntimeError",
    message:
      "Cannot read the time outside a runtime: no task is being polled on this thread\nhelp: start it with run(…); in a callback, or after a native await, with runtime.spawn(…)",
  });
});

test("Instant.elapsed() follows the clock of the host where that runs", () => {
  new Runtime().enter(() => {
    const before = hostNow();
    const start = Instant.now();
    for (const end = hostNow() + 3; hostNow() < end;);
    const elapsed = start.elapsed();
    assert.ok(elapsed >= 2.999 && elapsed <= hostNow() - before + 1e-6, `${elapsed}`);
  });
});

test("Instant.add(), sub(), since() and isBefore() are plain arithmetic, and since() is never negative", () => {
  const start = new Instant(100);
  assert.equal(start.add({ seconds: 1, milliseconds: 0.5 }).milliseconds, 1100.5);
  assert.equal(start.sub(30).milliseconds, 70);
  assert.equal(start.milliseconds, 100);
  assert.equal(start.add(5).since(start), 5);
  assert.equal(start.since(start.add(5)), 0);
  assert.deepEqual(
    [start.isBefore(start.add(1)), start.isBefore(start), start.isBefore(start.sub(1))],
    [true, false, false],
  );
  assert.equal(start.add(Infinity).milliseconds, 946_728_000_100, "30 years");
  assert.throws(() => start.add(-1), /^RangeError: Cannot add to an instant as 'duration' must be/);
  assert.throws(() => start.sub(NaN), /^RangeError: Cannot subtract from an instant as 'duration' must be/);
});

test("toTick() rounds up, and what was before the clock began is tick 0", () => {
  assert.deepEqual([0, 0.25, 1, 1.0001, -0.5, -7].map(toTick), [0, 1, 1, 2, 0, 0]);
});
