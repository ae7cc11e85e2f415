import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, yieldNow } from "../index.js";
import { paused } from "../runtime/paused.kit.js";

/** Calls itself `depth` deep, suspends where it is told to, and counts on the way back. */
const descend = async(function* (depth: number, suspendsAt: (depth: number) => boolean): Generator<any, number, any> {
  if (suspendsAt(depth)) yield* yieldNow();
  if (depth === 0) return 0;
  const below: number = yield* descend(depth - 1, suspendsAt);
  if (suspendsAt(-depth)) yield* yieldNow();
  return below + 1;
});

const PATTERNS: [string, (depth: number) => boolean][] = [
  ["nowhere", () => false],
  ["at the bottom", (depth) => depth === 0],
  ["on the way down", (depth) => depth > 0],
  ["on the way back", (depth) => depth < 0],
  ["everywhere", () => true],
  ["now and then", (depth) => Math.abs(depth) % 7 === 3],
];

// The native stack is left after 128 levels, and the budget is 128 operations: go around both.
const DEPTHS = [0, 1, 2, 63, 126, 127, 128, 129, 130, 255, 256, 257, 400];

for (const [name, pattern] of PATTERNS) {
  test(`calls return their values at any depth, suspended ${name}`, async () => {
    for (const depth of DEPTHS) assert.equal(await paused().run(descend(depth, pattern)), depth);
  });

  test(`calls throw their errors at any depth, suspended ${name}, and any of them may catch`, async () => {
    const failing = async(function* (depth: number, catchAt: number): Generator<any, number, any> {
      if (pattern(depth)) yield* yieldNow();
      if (depth === 0) throw new Error("bottom");
      try {
        return (yield* failing(depth - 1, catchAt)) + 1;
      } catch (error) {
        if (pattern(-depth)) yield* yieldNow();
        if (depth === catchAt) return 0;
        throw error;
      }
    });
    for (const depth of [1, 2, 127, 128, 129, 300]) {
      const catchAt = Math.ceil(depth / 2);
      assert.equal(await paused().run(failing(depth, catchAt)), depth - catchAt);
      await assert.rejects(paused().run(failing(depth, -1)), { message: "bottom" });
    }
  });
}

test("a call that awaits many calls, one after the other, gets each value in its turn", async () => {
  const step = async(function* (n: number) {
    if (n % 3 === 0) yield* yieldNow();
    return n;
  });
  const main = async(function* () {
    let sum = 0;
    for (let n = 0; n < 1000; n++) sum += yield* step(n);
    return sum;
  });
  assert.equal(await paused().run(main()), 499_500);
});

test("a future may be made in one place and awaited in another, before or after a suspension", async () => {
  const inner = async(function* () {
    yield* yieldNow();
    return "value";
  });
  const awaiting = async(function* (future: Future<string>, waitsFirst: boolean) {
    if (waitsFirst) yield* yieldNow();
    return yield* future;
  });
  const main = async(function* () {
    const futures = [inner(), inner()];
    yield* yieldNow();
    return [yield* awaiting(futures[0]!, false), yield* awaiting(futures[1]!, true)];
  });
  assert.deepEqual(await paused().run(main()), ["value", "value"]);
});
