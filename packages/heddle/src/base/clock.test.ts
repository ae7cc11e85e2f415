import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, hostNow } from "./clock.js";
import { HeddleError } from "./errors.js";

/** Real time passes by turning on the spot: the clock is read, never waited for. */
function spin(milliseconds: number): void {
  const until = hostNow() + milliseconds;
  while (hostNow() < until);
}

function refusal(fn: () => void): [code: string, message: string] {
  try {
    fn();
  } catch (error) {
    assert.ok(error instanceof HeddleError);
    return [error.code, error.message];
  }
  assert.fail("did not throw");
}

test("Clock.now() starts at 0 and follows the host's time", () => {
  const before = hostNow();
  const clock = new Clock();
  const after = hostNow();
  assert.equal(clock.isPaused, false);
  spin(2);
  const low = hostNow() - after;
  const now = clock.now();
  assert.ok(now >= low - 1e-6 && now <= hostNow() - before + 1e-6, `${now}`);
});

test("Clock.now() stands still on a clock that started paused, at exactly 0", () => {
  const clock = new Clock(true);
  spin(1);
  assert.deepEqual([clock.now(), clock.isPaused], [0, true]);
});

test("Clock.advance() adds up fractions of a millisecond", () => {
  const clock = new Clock(true);
  for (let i = 0; i < 8; i++) clock.advance(0.125);
  assert.equal(clock.now(), 1);
  clock.advance(0);
  clock.advance(1e12);
  assert.equal(clock.now(), 1e12 + 1);
});

test("Clock.pause() freezes the time that was, and resume() goes on from it without a jump", () => {
  const clock = new Clock();
  spin(1);
  const before = clock.now();
  clock.pause();
  const frozen = clock.now();
  assert.ok(frozen >= before && frozen - before < 50);
  spin(3);
  assert.equal(clock.now(), frozen);

  clock.advance(1000.25);
  const start = hostNow();
  clock.resume();
  const now = clock.now();
  const real = hostNow() - start;
  assert.equal(clock.isPaused, false);
  assert.ok(now >= frozen + 1000.25 - 1e-6, "never back");
  assert.ok(now <= frozen + 1000.25 + real + 1e-6, "the pause did not pass");
});

test("Clock.pause(), resume() and advance() refuse the wrong state and change nothing", () => {
  const clock = new Clock();
  assert.deepEqual(
    refusal(() => clock.resume()),
    ["clock.running", "Cannot resume the clock: it is running"],
  );
  assert.deepEqual(
    refusal(() => clock.advance(5)),
    ["clock.running", "Cannot advance the clock: it is running"],
  );
  clock.pause();
  const now = clock.now();
  assert.deepEqual(
    refusal(() => clock.pause()),
    ["clock.paused", "Cannot pause the clock: it is paused"],
  );
  assert.equal(clock.now(), now);
});
