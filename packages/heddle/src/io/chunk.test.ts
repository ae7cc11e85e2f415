import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { async, run, spawn, yieldNow } from "../index.js";
import { copy } from "./copy.js";
import { fromAsyncIterable } from "./iterables.js";
import { fromNodeReadable } from "./node-reader.js";
import { fromNodeWritable } from "./node-writer.js";

/** A stream that keeps the chunks it was given, as they are, and says that it has sent them when it is told to. */
class Keeper extends Writable {
  readonly chunks: Uint8Array[] = [];
  #sent: (() => void) | null = null;
  readonly #isSlow: boolean;

  constructor(isSlow = false) {
    super({ highWaterMark: 8 });
    this.#isSlow = isSlow;
  }

  override _write(chunk: Uint8Array, _encoding: string, sent: () => void): void {
    this.chunks.push(chunk);
    if (this.#isSlow) this.#sent = sent;
    else sent();
  }

  /** Says that the last chunk is on its way. */
  send(): void {
    const sent = this.#sent;
    this.#sent = null;
    sent?.();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

const turns = async(function* (count: number) {
  for (let turn = 0; turn < count; turn++) yield* yieldNow();
});

test("copy() passes the chunks of a Node stream on to another as they are, without a copy", async () => {
  const [source, keeper] = [new PassThrough(), new Keeper()];
  const chunks = [Buffer.from("one"), Buffer.from("two, which is longer")];
  const main = async(function* () {
    const copying = spawn(copy(fromNodeReadable(source), fromNodeWritable(keeper)));
    for (const chunk of chunks) {
      source.write(chunk);
      yield* turns(5);
    }
    source.end();
    return yield* copying;
  });
  assert.equal(await run(main()), 23);
  assert.deepEqual(
    keeper.chunks.map(
      (chunk, at) => chunk.buffer === chunks[at]!.buffer && chunk.byteOffset === chunks[at]!.byteOffset,
    ),
    [true, true],
  );
  assert.equal(keeper.text, "onetwo, which is longer");
});

test("copy() passes on at most as many bytes at once as its buffer may hold", async () => {
  const [source, keeper] = [new PassThrough(), new Keeper()];
  source.end("0123456789");
  assert.equal(await run(copy(fromNodeReadable(source), fromNodeWritable(keeper), { bufferSize: 4 })), 10);
  assert.deepEqual(
    keeper.chunks.map((chunk) => Buffer.from(chunk).toString()),
    ["0123", "4567", "89"],
  );
});

test("copy() passes on what a read and a peek before it have left of a chunk", async () => {
  const [source, keeper] = [new PassThrough(), new Keeper()];
  source.end("0123456789");
  const main = async(function* () {
    const reader = fromNodeReadable(source);
    assert.equal(yield* reader.read(new Uint8Array(3)), 3);
    assert.equal(yield* reader.peek(new Uint8Array(2)), 2);
    return yield* copy(reader, fromNodeWritable(keeper));
  });
  assert.equal(await run(main()), 7);
  assert.equal(keeper.text, "3456789");
});

test("copy() takes no more chunks while the destination is full", async () => {
  const [source, keeper] = [new PassThrough(), new Keeper(true)];
  const main = async(function* () {
    const copying = spawn(copy(fromNodeReadable(source), fromNodeWritable(keeper), { bufferSize: 8 }));
    source.end("the first, and a second");
    const seen: string[] = [];
    for (let round = 0; round < 3; round++) {
      yield* turns(10);
      seen.push(`${keeper.text} | ${keeper.writableLength}`);
      keeper.send();
    }
    assert.equal(yield* copying, 23);
    return seen;
  });
  assert.deepEqual(await run(main()), [
    // 8 bytes are its high-water mark: nothing is given to it before they are sent.
    "the firs | 8",
    "the first, and a | 8",
    "the first, and a second | 7",
  ]);
});

test("copy() that is dropped while it waits for a chunk leaves the chunk to the next read", async () => {
  const [source, keeper] = [new PassThrough(), new Keeper()];
  const main = async(function* () {
    const reader = fromNodeReadable(source);
    const copying = spawn(copy(reader, fromNodeWritable(keeper)));
    yield* turns(3);
    copying.abort();
    yield* copying.settled();
    source.write("late");
    const into = new Uint8Array(8);
    return Buffer.from(into.subarray(0, yield* reader.read(into))).toString();
  });
  assert.equal(await run(main()), "late");
  assert.equal(keeper.text, "");
});

test("copy() copies what an iterable gives, which may be the same buffer again", async () => {
  const keeper = new Keeper();
  const buffer = Buffer.alloc(2);
  const source = async function* () {
    for (const text of ["ab", "cd", "ef"]) {
      buffer.write(text);
      yield buffer;
    }
  };
  assert.equal(await run(copy(fromAsyncIterable(source()), fromNodeWritable(keeper))), 6);
  assert.equal(keeper.text, "abcdef");
});
