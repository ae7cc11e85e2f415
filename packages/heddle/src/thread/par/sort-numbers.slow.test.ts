/**
 * Sorting numbers on several threads against how typed arrays sort themselves.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../../index.js";
import { type NumberArray, par, range } from "../../thread.js";
import { sharedOf } from "./programs.kit.js";
import { double } from "./work.kit.js";

const FLOATS = [Float32Array, Float64Array];
const INTEGERS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
const BIG = [BigInt64Array, BigUint64Array];

/** Many equal ones, and those that are special. */
const float = fc.oneof(fc.constantFrom(-0, 0, NaN, Infinity, -Infinity, 1), fc.double());
const options = fc.record({ threads: fc.integer({ min: 1, max: 4 }), sequentialBelow: fc.constant(0) });

async function sortsAsItself<A extends NumberArray>(data: A, how: object): Promise<void> {
  const expected = data.slice().sort();
  const source = par(data as Float64Array, how);
  assert.deepEqual(await run(source.sort()), Array.from<unknown>(expected as Float64Array));
  assert.deepEqual(await run(source.sortInto(data as Float64Array)), expected);
}

test("Par.sortInto() and sort() order floats as typed arrays do, -0, NaN and equal ones included", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(float, { maxLength: 80 }),
      fc.constantFrom(...FLOATS),
      fc.boolean(),
      options,
      async (numbers, Kind, isShared, how) =>
        sortsAsItself(isShared ? sharedOf<NumberArray>(Kind, numbers) : Kind.from(numbers), how),
    ),
    { numRuns: 150 },
  );
});

test("Par.sortInto() and sort() order integers of every kind", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -300, max: 300 }), { maxLength: 80 }),
      options,
      async (numbers, how) => {
        for (const Kind of INTEGERS) await sortsAsItself(sharedOf<NumberArray>(Kind, numbers), how);
        for (const Kind of BIG) await sortsAsItself(sharedOf<NumberArray>(Kind, numbers.map(BigInt)), how);
      },
    ),
    { numRuns: 10 },
  );
});

test("Par.sortInto() sorts many numbers, and what was made of them, into longer arrays too", async () => {
  const numbers = Float64Array.from({ length: 100_001 }, (_, i) => (i * 7919) % 100_003);
  const target = new Float64Array(100_003).fill(-1);
  await run(par(numbers, { threads: 3 }).map(double).sortInto(target));
  assert.deepEqual(target.subarray(0, 100_001), numbers.map(double).sort());
  assert.deepEqual([...target.subarray(100_001)], [-1, -1]);
  await run(par(range(100_000, 0, -1), { threads: 2 }).sortInto(target));
  assert.ok(target.subarray(0, 100_000).every((n, i) => n === i + 1));
});
