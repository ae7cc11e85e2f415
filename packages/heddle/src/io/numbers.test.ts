import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async } from "../future/async.js";
import { run } from "../runtime/run.js";
import { BufReader } from "./buf-reader.js";
import { fromAsyncIterable } from "./iterables.js";
import * as numbers from "./numbers.js";
import { simplex } from "./pipe.js";

const { readI16LE, readU16, readU64, writeU8 } = numbers;

const KINDS: Record<string, fc.Arbitrary<number | bigint>> = {
  U8: fc.integer({ min: 0, max: 255 }),
  I8: fc.integer({ min: -128, max: 127 }),
  U16: fc.integer({ min: 0, max: 0xffff }),
  I16: fc.integer({ min: -0x8000, max: 0x7fff }),
  U32: fc.integer({ min: 0, max: 0xffffffff }),
  I32: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  U64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  I64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  F32: fc.float(),
  F64: fc.double(),
};

/** The format by the name: what a Node buffer calls it. */
function reference(kind: string, isLittle: boolean, value: number | bigint): Uint8Array {
  const method = kind
    .replace("U64", "BigUInt64")
    .replace(/^I64/, "BigInt64")
    .replace(/^U/, "UInt")
    .replace(/^I(?=\d)/, "Int")
    .replace("F32", "Float")
    .replace("F64", "Double");
  const buffer = Buffer.alloc(Number(/\d+/.exec(kind)![0]) / 8);
  const end = kind.endsWith("8") ? "" : isLittle ? "LE" : "BE";
  (buffer as any)[`write${method}${end}`](value, 0);
  return new Uint8Array(buffer);
}

for (const [kind, values] of Object.entries(KINDS))
  for (const end of kind.endsWith("8") ? [""] : ["", "LE"])
    test(`write${kind}${end}() writes what other programs read, and read${kind}${end}() reads it`, async () => {
      const { [`read${kind}${end}`]: read, [`write${kind}${end}`]: write } = numbers as any;
      const law = fc.asyncProperty(values, async (value) => {
        const [reader, writer] = simplex(8);
        const [here, there] = simplex(8);
        const main = async(function* () {
          yield* write(writer, value);
          const bytes = new Uint8Array(8);
          const length = yield* reader.read(bytes);
          yield* there.write(bytes.subarray(0, length));
          return [bytes.slice(0, length), yield* read(here)];
        });
        assert.deepEqual(await run(main()), [reference(kind, end === "LE", value), value]);
      });
      await fc.assert(law, { numRuns: 20 });
    });

test("readU16() and its kin read over the bounds of chunks, and of a BufReader one after the other", async () => {
  const pieces = [Uint8Array.of(1), Uint8Array.of(2, 0xff), Uint8Array.of(0xff, 0, 0, 0), Uint8Array.of(0, 0, 0, 1, 0)];
  const main = async(function* () {
    const reader = new BufReader(fromAsyncIterable(pieces));
    return [yield* readU16(reader), yield* readI16LE(reader), yield* readU64(reader)];
  });
  assert.deepEqual(await run(main()), [0x0102, -1, 256n]);
});

test("readU16() fails with io.unexpected-end in the middle of a number", async () => {
  const error = await run(readU16(fromAsyncIterable([Uint8Array.of(1)]))).catch((error: unknown) => error);
  assert.equal((error as { code: string }).code, "io.unexpected-end");
});

test("writeU8() wraps round what is too large, as typed arrays do", async () => {
  const [reader, writer] = simplex(1);
  const into = new Uint8Array(1);
  const main = async(function* () {
    yield* writeU8(writer, 257);
    yield* reader.read(into);
  });
  await run(main());
  assert.equal(into[0], 1);
});
