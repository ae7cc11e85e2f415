import assert from "node:assert/strict";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { test } from "node:test";
import { async } from "../future/async.js";
import { lazy, pending } from "../future/ready.js";
import { join } from "../future/join.js";
import { run } from "../runtime/run.js";
import { Runtime } from "../runtime/runtime.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { fromAsyncIterable } from "./iterables.js";
import { duplex, simplex } from "./pipe.js";
import { readToString } from "./read.js";
import { toNodeReadable, toNodeWritable } from "./to-node.js";
import { writeAll } from "./write-all.js";

test("toNodeReadable() and toNodeWritable() work in a pipeline of Node's", async () => {
  const text = "heddle ".repeat(50_000);
  const [reader, writer] = simplex(1000);
  const [, read] = await Promise.all([
    pipeline(toNodeReadable(fromAsyncIterable([text])), createGzip(), createGunzip(), toNodeWritable(writer)),
    run(readToString(reader)),
  ]);
  assert.equal(read, text);
});

test("toNodeReadable() reads ahead no further than its high-water mark", async () => {
  let given = 0;
  const reader: AsyncRead = { read: (into) => lazy(() => ((given += into.length), into.length)) };
  const stream = toNodeReadable(reader);
  stream.read(0);
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
  assert.ok(given > 0 && given <= 2 * stream.readableHighWaterMark, `${given} bytes were read`);
  stream.destroy();
});

test("toNodeReadable() that is destroyed drops the read, disposes of the reader, and then closes", async () => {
  const log: string[] = [];
  let begin!: () => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const reading = async(function* (): Generator<any, number> {
    try {
      begin();
      return yield* pending();
    } finally {
      log.push("dropped");
    }
  });
  const reader: AsyncRead & Disposable = {
    read: () => reading(),
    [Symbol.dispose]: () => void log.push("disposed"),
  };
  const stream = toNodeReadable(reader).on("close", () => log.push("closed"));
  stream.read(0);
  await begun;
  stream.destroy();
  await once(stream, "close");
  assert.deepEqual(log, ["dropped", "disposed", "closed"]);
});

test("toNodeReadable() and toNodeWritable() fail with the errors of what they are made of", async () => {
  const wrong = new Error("wrong");
  const fail = () =>
    lazy((): never => {
      throw wrong;
    });
  const reader: AsyncRead = { read: fail };
  const writer: AsyncWrite = { write: fail, flush: fail, shutdown: fail };
  const readable = toNodeReadable(reader).resume();
  assert.deepEqual(await once(readable, "error"), [wrong]);
  const writable = toNodeWritable(writer);
  writable.write("a");
  assert.deepEqual(await once(writable, "error"), [wrong]);
  const ending = toNodeWritable({ ...writer, write: (bytes) => lazy(() => bytes.length) });
  ending.end("a");
  assert.deepEqual(await once(ending, "error"), [wrong]);
});

test("toNodeWritable() that is destroyed drops the write and disposes of the writer", async () => {
  const [reader, writer] = simplex(2);
  const stream = toNodeWritable(writer).on("error", () => {});
  stream.write("more than fits");
  // Once something came, the write waits for room.
  assert.equal(await run(reader.read(new Uint8Array(2))), 2);
  const closed = new Promise((resolve) => stream.on("close", resolve));
  stream.destroy(new Error("enough"));
  await closed;
  assert.match(await run(readToString(reader)), /^(re)?$/);
});

test("toNodeWritable() and toNodeReadable() that have ended leave the other direction open", async () => {
  const [here, there] = duplex(100);
  const writable = toNodeWritable(here).end("question");
  await once(writable, "close");
  assert.equal(await run(readToString(there)), "question");
  await run(writeAll(there, "answer"));
  await run(there.shutdown());
  assert.equal(await run(readToString(here)), "answer");
  const [near, far] = duplex(100);
  await run(far.shutdown());
  await once(toNodeReadable(near).resume(), "close");
  await run(writeAll(near, "still"));
  await run(near.shutdown());
  assert.equal(await run(readToString(far)), "still");
});

test("toNodeReadable() made in a task runs its reads in the runtime of that task", async () => {
  const runtime = new Runtime({ name: "another" });
  const [here, there] = duplex(10);
  const main = async(function* () {
    const stream = toNodeReadable(there);
    stream.read(0);
    yield* join(
      writeAll(here, "a"),
      lazy(() => {}),
    );
    return stream;
  });
  const stream = await runtime.run(main());
  await once(stream, "readable");
  assert.ok(runtime.metrics().spawnedTasks >= 2);
  stream.destroy();
  await once(stream, "close");
});
