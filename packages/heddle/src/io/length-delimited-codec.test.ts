import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../runtime/run.js";
import { ByteQueue } from "./byte-queue.js";
import { INCOMPLETE } from "./codec.js";
import { FramedRead } from "./framed-read.js";
import { fromAsyncIterable } from "./iterables.js";
import { LengthDelimitedCodec, type LengthDelimitedOptions } from "./length-delimited-codec.js";

function queueOf(...bytes: (number | string)[]): ByteQueue {
  const queue = new ByteQueue();
  for (const byte of bytes) {
    if (typeof byte === "number") queue.pushByte(byte);
    else queue.push(Buffer.from(byte));
  }
  return queue;
}

const text = (bytes: Uint8Array | typeof INCOMPLETE): string =>
  bytes === INCOMPLETE ? "incomplete" : Buffer.from(bytes).toString("latin1");

test("LengthDelimitedCodec gives back what it encoded, whatever pieces that comes in", () => {
  const options = fc.record({
    lengthFieldLength: fc.integer({ min: 2, max: 8 }),
    endian: fc.constantFrom("big" as const, "little" as const),
    lengthAdjustment: fc.integer({ min: -50, max: 0 }),
  });
  const items = fc.array(fc.uint8Array({ maxLength: 400 }));
  const law = fc.property(options, items, fc.integer({ min: 1, max: 50 }), (chosen, all, step) => {
    const sent = new ByteQueue();
    for (const item of all) new LengthDelimitedCodec(chosen).encode(item, sent);
    const codec = new LengthDelimitedCodec(chosen);
    const queue = new ByteQueue();
    const got: Uint8Array[] = [];
    while (sent.length > 0) {
      queue.push(sent.take(step));
      for (let item; (item = codec.decode(queue)) !== INCOMPLETE;) got.push(item);
    }
    assert.equal(codec.decodeEof(queue), INCOMPLETE);
    assert.deepEqual(got, all);
  });
  fc.assert(law);
});

test("LengthDelimitedCodec decodes every layout of the head", () => {
  const cases: [LengthDelimitedOptions, (number | string)[], string][] = [
    [{}, [0, 0, 0, 5, "hello"], "hello"],
    [{ lengthFieldLength: 2, endian: "little" }, [5, 0, "hello"], "hello"],
    [{ lengthFieldLength: 8 }, [0, 0, 0, 0, 0, 0, 0, 2, "hi"], "hi"],
    // The head is given as well.
    [{ lengthFieldLength: 2, lengthAdjustment: 2, skip: 0 }, [0, 5, "hello"], "\0\u0005hello"],
    // The length is that of head and item.
    [{ lengthFieldLength: 2, lengthAdjustment: -2 }, [0, 7, "hello"], "hello"],
    // Something before the length, and something behind it.
    [{ lengthFieldLength: 1, lengthFieldOffset: 1, lengthAdjustment: 1 }, [9, 5, "Xhello"], "Xhello"],
    [{ lengthFieldLength: 1, lengthFieldOffset: 1, skip: 3 }, [9, 5, "Xhello"], "hello"],
    [{ lengthFieldLength: 3 }, [0, 0, 0], ""],
  ];
  for (const [options, bytes, expected] of cases) {
    const codec = new LengthDelimitedCodec(options);
    const whole = queueOf(...bytes);
    assert.equal(text(codec.decode(whole)), expected);
    assert.equal(whole.length, 0);
    // A byte at a time, there is nothing before the last one.
    const all = queueOf(...bytes).bytes;
    const queue = new ByteQueue();
    for (const [at, byte] of all.entries()) {
      if (at > 0) assert.equal(codec.decode(queue), INCOMPLETE);
      queue.pushByte(byte);
    }
    assert.equal(text(codec.decode(queue)), expected);
  }
});

test("LengthDelimitedCodec refuses what is longer than its limit, before it makes room for it", () => {
  const codec = new LengthDelimitedCodec({ maxFrameLength: 4 });
  assert.equal(text(codec.decode(queueOf(0, 0, 0, 4, "four"))), "four");
  const huge = queueOf(255, 255, 255, 255);
  assert.throws(() => codec.decode(huge), {
    code: "codec.too-long",
    message: /^Cannot decode an item as it may have at most 4 bytes: its length field says 4294967295\nhelp: /,
  });
  assert.throws(() => codec.encode(new Uint8Array(5), new ByteQueue()), {
    code: "codec.too-long",
    message: /it has 5\n/,
  });
  const eight = new LengthDelimitedCodec({ lengthFieldLength: 8 });
  assert.throws(() => eight.decode(queueOf(...new Array<number>(8).fill(255))), { code: "codec.too-long" });
  assert.throws(() => new LengthDelimitedCodec().decode(queueOf(0, 128, 0, 1)), /at most 8388608 bytes/);
});

test("LengthDelimitedCodec refuses lengths that the adjustment makes wrong", () => {
  const less = new LengthDelimitedCodec({ lengthAdjustment: -4 });
  assert.throws(() => less.decode(queueOf(0, 0, 0, 3)), {
    code: "codec.bad-length",
    message: /3 and the adjustment -4 give -1/,
  });
  const more = new LengthDelimitedCodec({ lengthAdjustment: 4 });
  assert.throws(() => more.encode(new Uint8Array(3), new ByteQueue()), /3 less the adjustment 4 is -1/);
  const small = new LengthDelimitedCodec({ lengthFieldLength: 1 });
  assert.throws(
    () => small.encode(new Uint8Array(256), new ByteQueue()),
    /256 does not fit into a length field of 1 bytes/,
  );
});

test("LengthDelimitedCodec says that the bytes ended in the middle of an item, also right behind its head", async () => {
  for (const bytes of [
    [0, 0],
    [0, 0, 0, 5],
    [0, 0, 0, 5, 1],
  ]) {
    const framed = new FramedRead(fromAsyncIterable([Uint8Array.from(bytes)]), new LengthDelimitedCodec());
    const error = await run(framed.next()).catch((error: unknown) => error);
    assert.equal((error as { code: string }).code, "codec.left-over");
  }
});

test("LengthDelimitedCodec refuses options that make no sense", () => {
  const wrong: LengthDelimitedOptions[] = [
    { lengthFieldLength: 0 },
    { lengthFieldLength: 9 },
    { lengthFieldOffset: -1 },
    { lengthAdjustment: 0.5 },
    { skip: -1 },
    { maxFrameLength: Number.NaN },
    { endian: "middle" as never },
  ];
  for (const options of wrong)
    assert.throws(() => new LengthDelimitedCodec(options), /^(Type|Range)Error: Cannot make a codec as '/);
});
