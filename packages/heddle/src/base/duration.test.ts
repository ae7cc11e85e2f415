import assert from "node:assert/strict";
import { test } from "node:test";
import "../future/development.js";
import { clampMilliseconds, formatDuration, toMilliseconds, type Duration } from "./duration.js";

const HELP = "\nhelp: pass milliseconds, or some of { hours, minutes, seconds, milliseconds }";

test("toMilliseconds() takes milliseconds as they are, fractions and Infinity too", () => {
  for (const ms of [0, 0.25, 140, 2 ** 40, Infinity]) {
    assert.equal(toMilliseconds(ms, "sleep"), ms);
  }
});

test("toMilliseconds() adds up the units that are there", () => {
  const cases: [Duration, number][] = [
    [{ hours: 1 }, 3_600_000],
    [{ minutes: 2 }, 120_000],
    [{ seconds: 1.5 }, 1500],
    [{ milliseconds: 7 }, 7],
    [{ seconds: 0 }, 0],
    [{ hours: 1, minutes: 1, seconds: 1, milliseconds: 1 }, 3_661_001],
    [{ seconds: 1, minutes: undefined }, 1000],
    [{ hours: Infinity }, Infinity],
  ];
  for (const [duration, ms] of cases) assert.equal(toMilliseconds(duration, "sleep"), ms);
});

test("toMilliseconds() refuses everything else, saying what it received and what to pass", () => {
  const cases: [unknown, string, string][] = [
    [NaN, "RangeError", "NaN"],
    [-1, "RangeError", "-1"],
    [-Infinity, "RangeError", "-Infinity"],
    ["5", "TypeError", '"5"'],
    [5n, "TypeError", "5"],
    [null, "TypeError", "null"],
    [undefined, "TypeError", "undefined"],
    [() => {}, "TypeError", "function (anonymous)"],
    [{}, "TypeError", "an instance of Object"],
    [new Date(0), "TypeError", "an instance of Date"],
    [{ seconds: undefined }, "TypeError", "an instance of Object"],
    [{ secs: 1 }, "TypeError", "{ secs: 1 }"],
    [{ toString: 1 }, "TypeError", "{ toString: 1 }"],
    [{ seconds: 1, days: 1 }, "TypeError", "{ days: 1 }"],
    [{ hours: -1 }, "RangeError", "{ hours: -1 }"],
    [{ hours: NaN }, "RangeError", "{ hours: NaN }"],
    [{ hours: "1" }, "TypeError", '{ hours: "1" }'],
    [{ hours: 1n }, "TypeError", "{ hours: 1 }"],
    [[5], "TypeError", "{ 0: 5 }"],
  ];
  for (const [duration, name, received] of cases) {
    assert.throws(() => toMilliseconds(duration as Duration, "sleep"), {
      name,
      message: `Cannot sleep as 'duration' must be a number of milliseconds >= 0: received ${received}${HELP}`,
    });
  }
});

test("toMilliseconds() calls the argument by the caller's name", () => {
  assert.throws(() => toMilliseconds(-5, "create an interval", "period"), {
    message: `Cannot create an interval as 'period' must be a number of milliseconds >= 0: received -5${HELP}`,
  });
});

test("clampMilliseconds() keeps deadlines finite, at 30 years", () => {
  assert.equal(clampMilliseconds(0), 0);
  assert.equal(clampMilliseconds(1e11), 1e11);
  assert.equal(clampMilliseconds(Infinity), 30 * 365.25 * 24 * 3_600_000);
});

test("formatDuration() prints what a reader can compare", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [0.25, "0.25 ms"],
    [1.5, "1.5 ms"],
    [9.999, "10 ms"],
    [140, "140 ms"],
    [140.4, "140 ms"],
    [999.4, "999 ms"],
    [999.5, "1.00 s"],
    [1500, "1.50 s"],
    [59_994, "59.99 s"],
    [59_995, "1 min 0 s"],
    [125_000, "2 min 5 s"],
    [3_599_400, "59 min 59 s"],
    [3_599_600, "1 h 0 min"],
    [12_000_000, "3 h 20 min"],
    [946_728_000_000, "262980 h 0 min"],
    [Infinity, "Infinity ms"],
  ];
  for (const [ms, text] of cases) assert.equal(formatDuration(ms), text);
});
