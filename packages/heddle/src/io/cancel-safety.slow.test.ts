/**
 * The law of cancel safety, over every source and every destination: bytes that come out are the bytes that went in, whatever the sizes of chunks and
 * buffers, and wherever reads and writes are dropped: before their first poll, while they wait, and between the wake and the next poll.
 */
import assert from "node:assert/strict";
import { spawn as spawnProcess } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { PassThrough, Readable, Writable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { END, PENDING } from "../future/poll.js";
import { pollFn } from "../future/ready.js";
import { select } from "../future/select.js";
import type { Future } from "../future/poll.js";
import { run } from "../runtime/run.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { BufReader } from "./buf-reader.js";
import { BufWriter } from "./buf-writer.js";
import { FramedRead } from "./framed-read.js";
import { FramedWrite } from "./framed-write.js";
import { fromAsyncIterable } from "./iterables.js";
import { LengthDelimitedCodec } from "./length-delimited-codec.js";
import { fromNodeDuplex } from "./node-duplex.js";
import { fromNodeReadable } from "./node-reader.js";
import { fromNodeWritable } from "./node-writer.js";
import { sink } from "./nothing.js";
import { readU32 } from "./numbers.js";
import { duplex, simplex } from "./pipe.js";
import { readExact, readLine, readToEnd } from "./read.js";
import { combine, split } from "./split.js";
import { chain, take } from "./take.js";
import { toNodeReadable, toNodeWritable } from "./to-node.js";
import { fromReadableStream, toReadableStream } from "./web-reader.js";
import { fromWritableStream, toWritableStream } from "./web-writer.js";

/** One attempt: how large its buffer is, and after how many polls it is dropped if it is still pending then. */
interface Attempt {
  size: number;
  patience: number;
  biased: boolean;
  /** Whether whoever drops it comes first in each poll: it may be dropped though it was woken. */
  dropperFirst: boolean;
}

const attempts = fc.array(
  fc.record({
    size: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5000 })),
    patience: fc.integer({ min: 0, max: 4 }),
    biased: fc.boolean(),
    dropperFirst: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

const chunkSizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 9000 })), {
  maxLength: 12,
});

/** Bytes by which one sees what is missing, and what came twice; no more than some 60 attempts take. */
function pattern(wanted: number, ...plans: Attempt[][]): Uint8Array {
  const sizes = plans.map((plan) => plan.reduce((sum, { size }) => sum + size, 0) / plan.length);
  const bytes = new Uint8Array(Math.floor(Math.min(wanted, 60 * Math.min(...sizes))));
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7 + (i >> 8) * 13) & 0xff;
  return bytes;
}

/** Ready at the poll after `polls` others. `wait` says how time passes between them. */
function patience(polls: number): Future<"gone"> {
  let left = polls;
  return pollFn((cx) => {
    if (left-- <= 0) return "gone";
    // Through the host, or the source would never move.
    setImmediate(() => cx.waker.wake());
    return PENDING;
  }) as Future<"gone">;
}

/** Does it with patience: its value, or "dropped". */
const tried = async(function* <T>(operation: Future<T>, { patience: polls, biased, dropperFirst }: Attempt) {
  const done = dropperFirst
    ? yield* select({ gone: patience(polls), value: operation }, { biased })
    : yield* select({ value: operation, gone: patience(polls) }, { biased });
  return done.key === "value" ? (done.value as T) : ("dropped" as const);
});

/** Reads to the end; every other round drops at random, and the others have patience, so that there is an end. */
const readAll = async(function* (reader: AsyncRead, plan: Attempt[]) {
  const parts: Uint8Array[] = [];
  for (let round = 0; ; round++) {
    const attempt = plan[round % plan.length]!;
    const into = new Uint8Array(attempt.size);
    const n = round % 3 === 2 ? yield* reader.read(into) : yield* tried(reader.read(into), attempt);
    if (n === 0) return Buffer.concat(parts);
    if (n !== "dropped") parts.push(into.slice(0, n));
    // A read that was dropped must not write any more.
    else parts.push(into.fill(255).subarray(0, 0));
  }
});

const writeAll = async(function* (writer: AsyncWrite, bytes: Uint8Array, plan: Attempt[]) {
  for (let at = 0, round = 0; at < bytes.length; round++) {
    const attempt = plan[round % plan.length]!;
    const part = bytes.slice(at, at + attempt.size);
    const n = round % 3 === 2 ? yield* writer.write(part) : yield* tried(writer.write(part), attempt);
    // What was not taken is the caller's: it may change it.
    part.fill(255);
    if (n !== "dropped") at += n;
  }
  yield* writer.shutdown();
});

/** Cuts `bytes` into chunks of the given sizes, the rest in one. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    chunks.push(bytes.slice(at, at + size));
    at += size;
  }
  return chunks;
}

const total = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);

/** A readable stream that pushes now and then at once, now and then later. */
function readable(all: Uint8Array[]): Readable {
  // One that pushes an empty chunk says that it will go on by itself, some day.
  const chunks = all.filter((chunk) => chunk.length > 0);
  let at = 0;
  return new Readable({
    highWaterMark: 100,
    read() {
      const push = (): void => void this.push(at < chunks.length ? chunks[at++] : null);
      if (at % 2 === 0) push();
      else setImmediate(push);
    },
  });
}

type Source = (chunks: Uint8Array[]) => AsyncRead | Promise<AsyncRead>;

const sources: Record<string, Source> = {
  "a Node stream": (chunks) => fromNodeReadable(readable(chunks)),
  "a Node socket": async (chunks) => {
    const server = createServer((socket) => readable(chunks).pipe(socket)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port);
    server.on("connection", () => server.close());
    return fromNodeDuplex(socket);
  },
  "a child process": (chunks) => {
    const child = spawnProcess("cat", { stdio: ["pipe", "pipe", "inherit"] });
    readable(chunks).pipe(child.stdin);
    return fromNodeReadable(child.stdout);
  },
  "a Web stream": (chunks) => {
    let at = 0;
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (at % 3 === 2) await new Promise(setImmediate);
        if (at < chunks.length) controller.enqueue(chunks[at++]!);
        else controller.close();
      },
    });
    return fromReadableStream(stream);
  },
  "an iterable": (chunks) => fromAsyncIterable(chunks),
  "an async iterable": (chunks) => fromAsyncIterable(slowly(chunks)),
  "an async iterable behind a Node stream and back": (chunks) =>
    fromNodeReadable(toNodeReadable(fromAsyncIterable(slowly(chunks)))),
  "an async iterable behind a Web stream and back": (chunks) =>
    fromReadableStream(toReadableStream(fromAsyncIterable(slowly(chunks)))),
  "a BufReader": (chunks) => new BufReader(fromAsyncIterable(slowly(chunks)), { capacity: 100 }),
  "take()": (chunks) => {
    const reader = fromAsyncIterable(slowly([...chunks, pattern(50)]));
    return take(reader, total(chunks.map((chunk) => chunk.length)));
  },
  "chain()": (chunks) => chain(...chunks.map((chunk) => fromAsyncIterable(slowly([chunk])))),
  "a half": (chunks) => split(combine(fromAsyncIterable(slowly(chunks)), sink()))[0],
};

async function* slowly(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const [at, chunk] of chunks.entries()) {
    if (at % 2 === 0) await new Promise(setImmediate);
    yield chunk;
  }
}

const RUNS: Record<string, number> = { "a Node socket": 15, "a child process": 5 };

for (const [name, source] of Object.entries(sources))
  test(`AsyncRead.read() of ${name} loses nothing, wherever it is dropped`, async () => {
    const law = fc.asyncProperty(chunkSizes, attempts, async (sizes, plan) => {
      const bytes = pattern(total(sizes), plan);
      const reader = await source(cut(bytes, sizes));
      assert.deepEqual(await run(readAll(reader, plan)), Buffer.from(bytes));
    });
    await fc.assert(law, { numRuns: RUNS[name] ?? 60 });
  });

/** A destination, and what arrived there when it was shut down. */
type Destination = () => Promise<{ writer: AsyncWrite; arrived: Promise<Buffer> }>;

const destinations: Record<string, Destination> = {
  "a Node stream": async () => {
    const parts: Buffer[] = [];
    const stream = new Writable({
      highWaterMark: 50,
      write(chunk: Buffer, _encoding, callback) {
        parts.push(chunk);
        if (parts.length % 2 === 0) callback();
        else setImmediate(callback);
      },
    });
    return { writer: fromNodeWritable(stream), arrived: once(stream, "finish").then(() => Buffer.concat(parts)) };
  },
  "a Node socket": async () => {
    const server = createServer({ allowHalfOpen: false }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const socket = connect((server.address() as AddressInfo).port);
    const arrived = accepted.then(async ([peer]) => {
      const parts: Buffer[] = [];
      for await (const chunk of peer) parts.push(chunk as Buffer);
      server.close();
      return Buffer.concat(parts);
    });
    return { writer: fromNodeDuplex(socket), arrived };
  },
  "a Web stream": async () => {
    const parts: Uint8Array[] = [];
    let close!: () => void;
    const closed = new Promise<void>((resolve) => (close = resolve));
    const stream = new WritableStream<Uint8Array>({
      async write(chunk) {
        if (parts.length % 2 === 0) await new Promise(setImmediate);
        parts.push(chunk);
      },
      close,
    });
    return { writer: fromWritableStream(stream), arrived: closed.then(() => Buffer.concat(parts)) };
  },
  "a BufWriter": async () => collected((writer) => new BufWriter(writer, { capacity: 100 })),
  "a Node stream and back": async () => collected((writer) => fromNodeWritable(toNodeWritable(writer))),
  "a Web stream and back": async () => collected((writer) => fromWritableStream(toWritableStream(writer))),
};

/** What comes out of a pipe at whose other end is what `wrap` makes of it. */
function collected(wrap: (writer: AsyncWrite) => AsyncWrite): { writer: AsyncWrite; arrived: Promise<Buffer> } {
  const [reader, writer] = simplex(30);
  return { writer: wrap(writer), arrived: run(readToEnd(reader)).then((bytes) => Buffer.from(bytes)) };
}

for (const [name, destination] of Object.entries(destinations))
  test(`AsyncWrite.write() to ${name} takes what it says and nothing else, wherever it is dropped`, async () => {
    const law = fc.asyncProperty(fc.nat(30_000), attempts, async (length, plan) => {
      const bytes = pattern(length, plan);
      const { writer, arrived } = await destination();
      await run(writeAll(writer, bytes, plan));
      assert.deepEqual(await arrived, Buffer.from(bytes));
    });
    await fc.assert(law, { numRuns: RUNS[name] ?? 60 });
  });

test("AsyncRead and AsyncWrite lose nothing between them, both dropped at random", async () => {
  const law = fc.asyncProperty(fc.nat(30_000), attempts, attempts, async (length, reads, writes) => {
    const bytes = pattern(length, reads, writes);
    const through = fromNodeDuplex(new PassThrough({ highWaterMark: 64 }));
    const [, read] = await run(join(writeAll(through, bytes, writes), readAll(through, reads)));
    assert.deepEqual(read, Buffer.from(bytes));
    const [here, there] = duplex(50);
    const [, piped] = await run(join(writeAll(here, bytes, writes), readAll(there, reads)));
    assert.deepEqual(piped, Buffer.from(bytes));
  });
  await fc.assert(law, { numRuns: 40 });
});

/** What is awaited of a BufReader again and again until it is there. */
const untilThere = async(function* <T>(make: () => Future<T>, plan: Attempt[]) {
  for (let round = 0; ; round++) {
    const done = round % 3 === 2 ? yield* make() : yield* tried<T>(make(), plan[round % plan.length]!);
    if (done !== "dropped") return done as T;
  }
});

test("readExact(), integers, peek() and readLine() of a BufReader lose nothing, wherever they are dropped", async () => {
  const law = fc.asyncProperty(chunkSizes, attempts, async (sizes, plan) => {
    const text = "a line\n".repeat(3);
    const bytes = Buffer.concat([
      pattern(300),
      Buffer.from("\u0001\u0002\u0003\u0004"),
      Buffer.from(text),
      pattern(50),
    ]);
    const chunks = [...cut(bytes, sizes), bytes.subarray(total(sizes))].flatMap((chunk) => cut(chunk, [1, 2, 40, 999]));
    const main = async(function* () {
      const reader = new BufReader(fromAsyncIterable(slowly(chunks)), { capacity: 16 });
      const exact = yield* untilThere(() => readExact(reader, 300), plan);
      const seen = (yield* untilThere(() => reader.peek(3), plan)).slice(0, 3);
      const number = yield* untilThere(() => readU32(reader), plan);
      const lines: unknown[] = [];
      for (let i = 0; i < 3; i++) lines.push(yield* untilThere(() => readLine(reader), plan));
      return [exact, seen, number, lines, yield* readToEnd(reader)];
    });
    const lines = ["a line", "a line", "a line"];
    assert.deepEqual(await run(main()), [pattern(300), Uint8Array.of(1, 2, 3), 0x01020304, lines, pattern(50)]);
  });
  await fc.assert(law, { numRuns: 60 });
});

test("FramedRead.next() and FramedWrite.flush() lose no item and send none twice, wherever they are dropped", async () => {
  const items = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 });
  const law = fc.asyncProperty(items, attempts, attempts, async (all, reads, writes) => {
    const [here, there] = simplex(50);
    const codec = (): LengthDelimitedCodec => new LengthDelimitedCodec({ lengthFieldLength: 2 });
    const sending = async(function* () {
      const out = new FramedWrite(there, codec());
      for (const item of all) {
        yield* out.feed(item);
        yield* untilThere(() => out.flush(), writes);
      }
      yield* untilThere(() => out.close(), writes);
    });
    const receiving = async(function* () {
      const framed = new FramedRead(here, codec());
      const got: Uint8Array[] = [];
      for (let item; (item = yield* untilThere(() => framed.next(), reads)) !== END;) got.push(item);
      return got;
    });
    const [, got] = await run(join(sending(), receiving()));
    assert.deepEqual(got, all);
  });
  await fc.assert(law, { numRuns: 60 });
});

test("readExact() of a source without a buffer may lose what it had read: it says so", async () => {
  const main = async(function* () {
    const [reader, writer] = simplex(10);
    yield* writer.write(pattern(3));
    const impatient = { size: 5, patience: 1, biased: true, dropperFirst: false };
    const first = yield* tried(readExact(reader, 5), impatient);
    yield* writer.write(pattern(5));
    return [first, yield* readExact(reader, 5)];
  });
  assert.deepEqual(await run(main()), ["dropped", pattern(5)]);
});
