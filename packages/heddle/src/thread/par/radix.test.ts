/**
 * Sorting by digits against how typed arrays sort themselves.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NumberArray } from "./numbers.js";
import { sortNumbers } from "./radix.js";

const FLOATS = [Float64Array, Float32Array];
const INTEGERS = [Int32Array, Uint32Array, Int16Array, Uint8Array, Uint8ClampedArray];
const BIG = [BigInt64Array, BigUint64Array];

/** Enough that digits are worth it. */
const LENGTH = 3000;

/** Repeats what a law draws, each time with another number added to it, to enough numbers. */
function many<T>(drawn: readonly T[], vary: (item: T, by: number) => T): T[] {
  return Array.from({ length: LENGTH }, (_, i) => vary(drawn[i % drawn.length]!, Math.floor(i / drawn.length)));
}

function sortsAsItself(numbers: NumberArray): void {
  const expected = numbers.slice().sort();
  for (const isInPlace of [true, false]) {
    const [copy, scratch] = [numbers.slice(), numbers.slice().reverse()];
    const into = isInPlace ? copy : scratch;
    sortNumbers(copy, scratch, into);
    // As numbers: which NaN it is does not matter.
    assert.deepEqual(Array.from<unknown>(into as Float64Array), Array.from<unknown>(expected as Float64Array));
  }
}

test("sortNumbers() orders floats as typed arrays do, -0, NaN and infinities included", () => {
  const law = fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 50 }), (drawn) => {
    const numbers = many(drawn, (n, by) => (by % 3 === 0 ? n : n * by));
    for (const Kind of FLOATS) sortsAsItself(Kind.from(numbers));
  });
  fc.assert(law, { numRuns: 12, examples: [[[0, -0, NaN, -Infinity, Infinity, Number.MIN_VALUE, -1]]] });
});

test("sortNumbers() puts NaNs last that have a sign", () => {
  const bits = new BigUint64Array(LENGTH).fill(0xfff8_0000_0000_0001n, 0, LENGTH / 2);
  sortsAsItself(new Float64Array(bits.buffer));
  const words = new Uint32Array(LENGTH).fill(0xffc0_0001, 0, LENGTH / 2);
  sortsAsItself(new Float32Array(words.buffer));
});

test("sortNumbers() orders integers of every kind", () => {
  const law = fc.property(fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 50 }), (drawn) => {
    const numbers = many(drawn, (n, by) => n - by * 1_000_003);
    for (const Kind of INTEGERS) sortsAsItself(Kind.from(numbers));
    for (const Kind of BIG) sortsAsItself(Kind.from(numbers.map((n) => BigInt(n) * 1001n)));
  });
  fc.assert(law, { numRuns: 8 });
});

test("sortNumbers() takes parts of arrays, and leaves the rest", () => {
  const numbers = Float64Array.from({ length: 2 * LENGTH }, (_, i) => -i);
  const expected = numbers.slice();
  expected.subarray(1000, 1000 + LENGTH).sort();
  sortNumbers(numbers.subarray(1000, 1000 + LENGTH), new Float64Array(LENGTH), numbers.subarray(1000, 1000 + LENGTH));
  assert.deepEqual(numbers, expected);
});
