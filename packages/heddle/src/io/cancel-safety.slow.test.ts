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
import { PENDING } from "../future/poll.js";
import { pollFn } from "../future/ready.js";
import { select } from "../future/select.js";
import type { Future } from "../future/poll.js";
import { run } from "../runtime/run.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { fromNodeDuplex } from "./node-duplex.js";
import { fromNodeReadable } from "./node-reader.js";
import { fromNodeWritable } from "./node-writer.js";

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
const tried = async(function* (operation: Future<number>, { patience: polls, biased, dropperFirst }: Attempt) {
  const done = dropperFirst
    ? yield* select({ gone: patience(polls), value: operation }, { biased })
    : yield* select({ value: operation, gone: patience(polls) }, { biased });
  return done.key === "value" ? (done.value as number) : ("dropped" as const);
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
};

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
};

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
    const duplex = fromNodeDuplex(new PassThrough({ highWaterMark: 64 }));
    const [, read] = await run(join(writeAll(duplex, bytes, writes), readAll(duplex, reads)));
    assert.deepEqual(read, Buffer.from(bytes));
  });
  await fc.assert(law, { numRuns: 40 });
});
