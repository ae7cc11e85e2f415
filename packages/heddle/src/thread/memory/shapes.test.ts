/**
 * Shared structs, arrays, atomics and rings, as one thread sees them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, join, run, spawn, timeout, yieldNow } from "../../index.js";
import {
  AtomicBool,
  AtomicF64,
  AtomicI32,
  AtomicI64,
  AtomicU32,
  isShared,
  sharedArray,
  SharedByteRing,
  SharedRing,
  sharedStruct,
} from "../../thread.js";
import { pack } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import "../kinds.js";

/** As another thread would have it. */
function sent<T>(value: T): T {
  const { data, extras, transfer } = pack(value, "it");
  const copy = structuredClone({ data, extras }, { transfer });
  return unpack(copy.data, copy.extras) as T;
}

const codeOf = (code: string) => (error: { code?: string }) => error.code === code;

const All = sharedStruct({
  bool: "bool",
  i8: "i8",
  u8: "u8",
  i16: "i16",
  u16: "u16",
  i32: "i32",
  u32: "u32",
  f32: "f32",
  f64: "f64",
  i64: "i64",
  u64: "u64",
});

const values = {
  bool: true,
  i8: -128,
  u8: 255,
  i16: -32_768,
  u16: 65_535,
  i32: -(2 ** 31),
  u32: 2 ** 32 - 1,
  f32: 0.5,
  f64: Math.PI,
  i64: -(2n ** 63n),
  u64: 2n ** 64n - 1n,
};

test("sharedStruct() has a field of each kind, none of which touches another", () => {
  const struct = new All(values);
  assert.deepEqual(struct.toJSON(), values);
  for (const name of Object.keys(values) as (keyof typeof values)[]) {
    const one = new All();
    (one as any)[name] = values[name];
    const others = Object.entries(one.toJSON()).filter(([, value]) => Boolean(value));
    assert.deepEqual(others, [[name, values[name]]]);
  }
  assert.equal(All.byteLength, 48);
  assert.deepEqual(Object.keys(All.fields), Object.keys(values));
});

test("sharedStruct() gives the same class for the same fields, and views of the same memory", () => {
  assert.equal(sharedStruct({ ...All.fields }), All);
  const struct = new All({ i32: 5 });
  const other = All.from(struct.buffer);
  other.i32++;
  assert.equal(struct.i32, 6);
  assert.ok(sent(struct) instanceof All);
  sent({ in: [struct] }).in[0]!.i32++;
  assert.equal(struct.i32, 7);
});

test("sharedStruct().array() puts structs side by side", () => {
  const Pair = sharedStruct({ x: "i32", isSet: "bool" });
  const pairs = Pair.array(3);
  for (const [n, pair] of [...pairs].entries()) pair.x = n * 10;
  pairs.at(-1)!.isSet = true;
  assert.deepEqual(
    [...sent(pairs)].map((pair) => [pair.x, pair.isSet]),
    [
      [0, false],
      [10, false],
      [20, true],
    ],
  );
  assert.deepEqual([pairs.length, pairs.at(3), pairs.at(-4), pairs.at(0.5)], [3, undefined, undefined, undefined]);
  assert.equal(pairs.at(1), pairs.at(1));
  assert.equal(Pair.array(pairs.buffer).at(1)!.x, 10);
});

test("sharedStruct() refuses fields, values and places that cannot be", () => {
  assert.throws(() => sharedStruct({}), TypeError);
  assert.throws(() => sharedStruct(undefined as never), TypeError);
  assert.throws(() => sharedStruct({ x: "f16" as never }), /kind of field "x" must be one of .*: received "f16"$/);
  assert.throws(() => sharedStruct({ buffer: "i32" }), /with a field "buffer"/);
  assert.throws(
    () => new All({ z: 1 } as never),
    /^TypeError: Cannot create a shared struct with a field "z": it has /,
  );
  assert.throws(() => new All(3 as never), TypeError);
  assert.throws(() => All.from(new SharedArrayBuffer(8)), TypeError);
  assert.throws(() => All.from(new ArrayBuffer(48) as never), TypeError);
  assert.throws(() => All.from(new SharedArrayBuffer(96), 4), RangeError);
  assert.throws(() => All.from(new SharedArrayBuffer(96), 56), RangeError);
  assert.throws(() => All.array(-1), RangeError);
});

test("sharedArray() makes each kind, of a length or of values, in shared memory", () => {
  const kinds = { i8: 1, u8: 1, u8c: 1, i16: 2, u16: 2, i32: 4, u32: 4, f32: 4, f64: 8, i64: 8, u64: 8 } as const;
  for (const [kind, width] of Object.entries(kinds) as [keyof typeof kinds, number][]) {
    const array = sharedArray(kind, 3);
    assert.deepEqual(
      [array.length, array.byteLength, isShared(array), isShared(array.buffer)],
      [3, 3 * width, true, true],
    );
  }
  assert.deepEqual([...sharedArray("f64", new Set([1, 2.5]))], [1, 2.5]);
  assert.deepEqual([...sharedArray("i64", [1n, -2n])], [1n, -2n]);
  assert.equal(isShared(new Uint8Array(1)), false);
  assert.throws(() => sharedArray("text" as never, 1), TypeError);
  assert.throws(() => sharedArray("f64", -1), RangeError);
  assert.throws(() => sharedArray("f64", null as never), TypeError);
});

test("the atomics load, store, swap, compare and change their value as a whole", () => {
  const i32 = new AtomicI32(2 ** 31 - 1);
  assert.deepEqual(
    [i32.fetchAdd(1), i32.load(), i32.fetchSub(1), i32.swap(6)],
    [2 ** 31 - 1, -(2 ** 31), -(2 ** 31), 2 ** 31 - 1],
  );
  assert.deepEqual([i32.fetchAnd(3), i32.fetchOr(8), i32.fetchXor(2), i32.load()], [6, 2, 10, 8]);
  assert.deepEqual([i32.compareExchange(7, 1), i32.compareExchange(8, 1), i32.load()], [8, 8, 1]);
  assert.deepEqual([i32.fetchUpdate((n) => n + 1), i32.fetchUpdate(() => undefined), i32.load()], [1, undefined, 2]);

  const u32 = new AtomicU32(0);
  assert.deepEqual(
    [u32.fetchSub(1), u32.load(), u32.fetchXor(1), u32.load()],
    [0, 2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 2],
  );

  const i64 = new AtomicI64(2n ** 63n - 1n);
  assert.deepEqual(
    [i64.fetchAdd(1n), i64.load(), i64.fetchAnd(0n), i64.swap(5n)],
    [2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n), 0n],
  );
  assert.deepEqual(
    [i64.compareExchange(5n, 7n), i64.fetchOr(8n), i64.fetchXor(1n), i64.fetchSub(4n), i64.load()],
    [5n, 7n, 15n, 14n, 10n],
  );

  const f64 = new AtomicF64(NaN);
  assert.deepEqual([f64.compareExchange(NaN, 0), f64.compareExchange(-0, 1), f64.load()], [NaN, 0, 0]);
  assert.deepEqual([f64.fetchAdd(0.5), f64.fetchSub(2), f64.swap(Infinity), f64.load()], [0, 0.5, -1.5, Infinity]);

  const bool = new AtomicBool(true);
  assert.deepEqual(
    [bool.fetchAnd(false), bool.fetchOr(true), bool.fetchXor(true), bool.load()],
    [true, false, true, false],
  );
  assert.deepEqual([bool.compareExchange(false, true), bool.swap(false), bool.load()], [false, true, false]);
});

test("the atomics refuse what is no such value, and a buffer of another", () => {
  assert.throws(() => new AtomicI32(2 ** 31), RangeError);
  assert.throws(() => new AtomicI32(0.5), RangeError);
  assert.throws(() => new AtomicU32(-1), RangeError);
  assert.throws(() => new AtomicI64(2n ** 63n), RangeError);
  assert.throws(() => new AtomicI64(1 as never), RangeError);
  assert.throws(() => new AtomicF64("1" as never), TypeError);
  assert.throws(() => new AtomicBool(1 as never), RangeError);
  assert.throws(() => AtomicI32.from(new AtomicU32().buffer), /received that of an AtomicU32/);
  const shared = new AtomicI32(3);
  sent(shared).fetchAdd(1);
  assert.equal(AtomicI32.from(shared.buffer).load(), 4);
  for (const atomic of [new AtomicBool(true), new AtomicU32(5), new AtomicI64(6n), new AtomicF64(-0.5)])
    assert.equal(sent<{ load(): unknown }>(atomic).load(), atomic.load());
});

test("Atomic.wait() ends when the value is another one, and waitBlocking() gives up in time", async () => {
  const atomic = new AtomicI32();
  assert.equal(atomic.waitBlocking(0, { timeout: 1 }), undefined);
  assert.equal(atomic.waitBlocking(1), 0);
  const main = async(function* () {
    const waiting = [spawn(atomic.wait(0)), spawn(atomic.wait(0))];
    yield* yieldNow();
    atomic.store(7);
    atomic.notifyAll();
    return [yield* waiting[0]!, yield* waiting[1]!, yield* atomic.wait(3)];
  });
  assert.deepEqual(await run(main()), [7, 7, 7]);
});

test("SharedByteRing passes on bytes in order, in chunks of any length, to the end", async () => {
  const ring = new SharedByteRing(5);
  assert.equal(ring.capacity, 8);
  const bytes = Uint8Array.from({ length: 1000 }, (_, n) => n);
  const writer = ring.writer();
  const reader = ring.reader();
  const write = async(function* () {
    yield* writer.writeAll(bytes);
    writer.close();
  });
  const read = async(function* () {
    const got: number[] = [];
    for (let size = 1; ; size = (size % 7) + 1) {
      const into = new Uint8Array(size);
      const count = yield* reader.read(into);
      if (count === 0) return got;
      got.push(...into.subarray(0, count));
    }
  });
  const [, got] = await run(join(write(), read()));
  assert.deepEqual(got, [...bytes]);
  assert.equal(reader.tryRead(new Uint8Array(1)), 0);
  assert.throws(() => writer.tryWrite(bytes), codeOf("channel.closed"));
});

test("SharedByteRing tells one end what the other has done", async () => {
  const ring = sent(new SharedByteRing(8));
  const [writer, reader] = [ring.writer(), ring.reader()];
  const into = new Uint8Array(8);
  assert.deepEqual(
    [reader.tryRead(into), writer.tryWrite(new Uint8Array(12)), writer.room, reader.available],
    [undefined, 8, 0, 8],
  );
  assert.equal(writer.tryWrite(new Uint8Array(1)), 0);
  assert.throws(() => writer.writeBlocking(new Uint8Array(1), { timeout: 1 }), codeOf("shared.elapsed"));
  await assert.rejects(run(timeout(writer.write(new Uint8Array(1)), 1)), codeOf("time.elapsed"));
  assert.equal(reader.readBlocking(into), 8);
  assert.throws(() => reader.readBlocking(into, { timeout: 1 }), codeOf("shared.elapsed"));
  assert.equal(reader.tryRead(new Uint8Array(0)), 0);
  reader.close();
  assert.throws(() => reader.tryRead(into), codeOf("channel.closed"));
  assert.throws(() => writer.tryWrite(into), codeOf("channel.disconnected"));
  await assert.rejects(run(writer.writeAll(into)), codeOf("channel.disconnected"));
  assert.throws(() => writer.tryWrite("text" as never), TypeError);
  assert.throws(() => new SharedByteRing(0), RangeError);
});

test("SharedRing keeps records in order and apart, through many laps", () => {
  const ring = new SharedRing({ capacity: 3, recordBytes: 5 });
  assert.deepEqual([ring.capacity, ring.recordBytes], [4, 5]);
  const other = sent(ring);
  // More laps than its state counts.
  for (let n = 0; n < 4 * 600; n += 3) {
    for (let k = n; k < n + 3; k++) assert.ok(ring.tryPush(Uint8Array.from({ length: k % 6 }, () => k & 0xff)));
    assert.equal(ring.length, 3);
    for (let k = n; k < n + 3; k++) {
      const record = other.tryPop()!;
      assert.ok(record.length === k % 6 && record.every((byte) => byte === (k & 0xff)));
    }
  }
  assert.equal(ring.tryPop(), undefined);
});

test("SharedRing refuses records that are too long, and more than it has room for; closed, it is popped to its end", async () => {
  const ring = new SharedRing({ capacity: 2, recordBytes: 2 });
  assert.throws(() => ring.tryPush(new Uint8Array(3)), /^RangeError: .* must have at most 2 bytes: received 3$/);
  assert.throws(() => ring.tryPush("ab" as never), TypeError);
  assert.throws(() => new SharedRing({ capacity: 0 }), RangeError);
  ring.pushBlocking(Uint8Array.of(1));
  ring.pushBlocking(Uint8Array.of(2));
  assert.equal(ring.tryPush(Uint8Array.of(3)), false);
  assert.throws(() => ring.pushBlocking(Uint8Array.of(3), { timeout: 1 }), codeOf("shared.elapsed"));
  ring.close();
  assert.throws(() => ring.tryPush(Uint8Array.of(3)), codeOf("channel.closed"));
  assert.deepEqual(
    [ring.popBlocking()![0], (await run(ring.pop()))![0], await run(ring.pop()), ring.popBlocking()],
    [1, 2, undefined, undefined],
  );
  assert.equal(ring.isClosed, true);
  await assert.rejects(run(ring.push(Uint8Array.of(3))), codeOf("channel.closed"));
});

test("SharedRing serves tasks that wait in the order they came, also when one is dropped", async () => {
  const ring = new SharedRing({ capacity: 1, recordBytes: 1 });
  const got: string[] = [];
  const popper = async(function* (name: string) {
    const record = yield* ring.pop();
    got.push(record === undefined ? `${name}: end` : `${name}: ${record[0]}`);
  });
  const main = async(function* () {
    const poppers = ["a", "b", "c", "d"].map((name) => spawn(popper(name)));
    yield* yieldNow();
    poppers[1]!.abort();
    for (const n of [1, 2]) yield* ring.push(Uint8Array.of(n));
    yield* poppers[2]!;
    ring.close();
    yield* poppers[3]!;
  });
  await run(main());
  assert.deepEqual(got, ["a: 1", "c: 2", "d: end"]);
});
