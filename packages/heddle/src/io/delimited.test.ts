import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteQueue } from "./byte-queue.js";
import { type Decoder, INCOMPLETE } from "./codec.js";
import { AnyDelimiterCodec, LinesCodec } from "./delimited.js";

/** Decodes pieces one after the other, then the end. Errors stand in the list by their code. */
function decoded<T>(codec: Decoder<T>, pieces: (string | Uint8Array)[]): unknown[] {
  const queue = new ByteQueue();
  const items: unknown[] = [];
  const drain = (decode: () => T | typeof INCOMPLETE): void => {
    for (;;)
      try {
        const item = decode();
        if (item === INCOMPLETE) return;
        items.push(item instanceof Uint8Array ? Buffer.from(item).toString() : item);
      } catch (error) {
        items.push((error as { code: string }).code);
      }
  };
  for (const piece of pieces) {
    queue.push(typeof piece === "string" ? Buffer.from(piece) : piece);
    drain(() => codec.decode(queue));
  }
  drain(() => codec.decodeEof!(queue));
  assert.equal(queue.length <= 1, true, "bytes were left");
  return items;
}

test("LinesCodec finds lines whatever pieces they come in", () => {
  const line = fc.string({ maxLength: 10 }).map((text) => text.replaceAll(/[\r\n]/g, ""));
  const law = fc.property(fc.array(line), fc.array(fc.nat(5)), fc.boolean(), (lines, cuts, isWindows) => {
    const bytes = Buffer.from(lines.map((text) => text + (isWindows ? "\r\n" : "\n")).join(""));
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const size of cuts) pieces.push(bytes.subarray(at, (at += size)));
    pieces.push(bytes.subarray(at));
    assert.deepEqual(decoded(new LinesCodec(), pieces), lines);
    const queue = new ByteQueue();
    for (const text of lines) new LinesCodec().encode(text, queue);
    assert.equal(Buffer.from(queue.bytes).toString(), lines.map((text) => `${text}\n`).join(""));
  });
  fc.assert(law);
});

test("LinesCodec gives a last line without an end, and makes none of half an end", () => {
  assert.deepEqual(decoded(new LinesCodec(), ["a\nb"]), ["a", "b"]);
  assert.deepEqual(decoded(new LinesCodec(), ["a\nb\r"]), ["a", "b"]);
  assert.deepEqual(decoded(new LinesCodec(), ["a\n\r"]), ["a"]);
  assert.deepEqual(decoded(new LinesCodec(), ["a\rb\n"]), ["a\rb"]);
  assert.deepEqual(decoded(new LinesCodec(), ["\n\n"]), ["", ""]);
});

test("LinesCodec makes one error of a line that is too long, discards it to its end, and goes on", () => {
  const codec = (): LinesCodec => new LinesCodec({ maxLength: 4 });
  assert.deepEqual(decoded(codec(), ["four\nfive!\nsix\n"]), ["four", "codec.too-long", "six"]);
  assert.deepEqual(decoded(codec(), ["ok\n", "toolo", "ng", "and longer", " still\nok\n"]), [
    "ok",
    "codec.too-long",
    "ok",
  ]);
  assert.deepEqual(decoded(codec(), ["toolong", "\n", "last"]), ["codec.too-long", "last"]);
  assert.deepEqual(decoded(codec(), ["never ends"]), ["codec.too-long"]);
  assert.deepEqual(decoded(codec(), ["toolong\nagain too long\nok\n"]), ["codec.too-long", "codec.too-long", "ok"]);
  assert.throws(() => new LinesCodec({ maxLength: -1 }), RangeError);
  assert.throws(() => codec().decode(queueOf("12345")), {
    message:
      "Cannot decode a line as it may have at most 4 bytes: more came\n" +
      "help: raise the limit of the codec, or send less in one piece",
  });
});

function queueOf(text: string): ByteQueue {
  const queue = new ByteQueue();
  queue.push(Buffer.from(text));
  return queue;
}

test("LinesCodec holds no more of a line that is too long than came at once", () => {
  const codec = new LinesCodec({ maxLength: 10 });
  const queue = queueOf("x".repeat(100));
  assert.throws(() => codec.decode(queue));
  for (let i = 0; i < 10; i++) {
    assert.equal(codec.decode(queue), INCOMPLETE);
    assert.equal(queue.length, 0);
    queue.push(new Uint8Array(100).fill(120));
  }
  queue.push(Buffer.from("\nfine\n"));
  assert.equal(codec.decode(queue), "fine");
});

test("LinesCodec goes on behind a line that is no text", () => {
  assert.deepEqual(decoded(new LinesCodec(), [Uint8Array.of(0xff, 10), "ok\n"]), ["io.not-text", "ok"]);
});

test("AnyDelimiterCodec splits at each of its delimiters, and ends what goes with its separator", () => {
  assert.deepEqual(decoded(new AnyDelimiterCodec(), ["a,b;", "c\r\nd"]), ["a", "b", "c", "", "d"]);
  assert.deepEqual(decoded(new AnyDelimiterCodec({ delimiters: "|" }), ["a,b|", "|c|"]), ["a,b", "", "c"]);
  assert.deepEqual(decoded(new AnyDelimiterCodec({ maxLength: 2 }), ["ab,abc,a"]), ["ab", "codec.too-long", "a"]);
  const queue = new ByteQueue();
  const codec = new AnyDelimiterCodec({ separator: "--" });
  codec.encode(Buffer.from("a"), queue);
  codec.encode(Buffer.from("b"), queue);
  assert.equal(Buffer.from(queue.bytes).toString(), "a--b--");
  for (const delimiters of ["", "é"])
    assert.throws(() => new AnyDelimiterCodec({ delimiters }), /'delimiters' must be ASCII characters, one at least/);
});
