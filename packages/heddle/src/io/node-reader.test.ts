import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { BusyError, ClosedError, DisconnectedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { join, joinSettled } from "../future/join.js";
import { lazy } from "../future/ready.js";
import { run } from "../runtime/run.js";
import { yieldNow } from "../task/yield-now.js";
import type { AsyncRead } from "./async-read.js";
import { fromNodeReadable } from "./node-reader.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A stream that is given its chunks by hand. */
const manual = (): Readable => new Readable({ read() {} });

/** Everything, read `size` bytes at a time, each read as a string. */
const reads = async(function* (reader: AsyncRead, size: number) {
  const into = new Uint8Array(size);
  const texts: string[] = [];
  for (let n; (n = yield* reader.read(into)) > 0;) texts.push(Buffer.from(into.subarray(0, n)).toString());
  return texts;
});

test("fromNodeReadable() reads each chunk into buffers of any size, and after the end 0 for ever", async () => {
  const stream = Readable.from([bytes("abcdefg"), bytes("h"), bytes("ij")], { objectMode: false, highWaterMark: 1 });
  const main = async(function* () {
    const reader = fromNodeReadable(stream);
    const texts = yield* reads(reader, 3);
    return [texts.join("|"), yield* reader.read(new Uint8Array(3)), yield* reader.read(new Uint8Array(0))];
  });
  assert.deepEqual(await run(main()), ["abc|def|g|h|ij", 0, 0]);
});

test("fromNodeReadable() leaves the source alone while nobody reads: memory is bounded", async () => {
  let produced = 0;
  const stream = new Readable({
    highWaterMark: 1000,
    read() {
      produced += 100;
      this.push(new Uint8Array(100));
    },
  });
  const reader = fromNodeReadable(stream);
  const main = async(function* () {
    let most = 0;
    for (let read = 0; read < 20_000;) {
      for (let i = 0; i < 3; i++) yield* yieldNow();
      read += yield* reader.read(new Uint8Array(70));
      most = Math.max(most, produced - read);
    }
    return most;
  });
  const most = await run(main());
  assert.ok(most > 100 && most <= 2200, `${most} bytes were held`);
  stream.destroy();
});

test("NodeReader.read() gives what came before an error, and then fails each time", async () => {
  const stream = manual();
  const reader = fromNodeReadable(stream);
  const into = new Uint8Array(10);
  stream.push(bytes("last"));
  const wrong = new Error("wrong");
  const main = async(function* () {
    const n = yield* reader.read(into);
    stream.destroy(wrong);
    const settled = yield* joinSettled([reader.read(into)]);
    return [n, ...settled, ...(yield* joinSettled([reader.read(into)]))];
  });
  const failed = { status: "rejected", reason: wrong };
  assert.deepEqual(await run(main()), [4, failed, failed]);
});

test("NodeReader.read() fails with DisconnectedError when the stream is closed before its end, also while it waits", async () => {
  const stream = manual();
  const reader = fromNodeReadable(stream);
  const closing = lazy(() => void setImmediate(() => stream.destroy()));
  const error = await run(join(reader.read(new Uint8Array(1)), closing)).catch((error: unknown) => error);
  assert.ok(error instanceof DisconnectedError);
  assert.equal(error.message, "Cannot read from the stream: it was closed before its end");
  assert.equal(await run(reader.read(new Uint8Array(1))).catch((error: unknown) => error), error);
  // Closed before it was handed over.
  const other = await run(fromNodeReadable(stream).read(new Uint8Array(1))).catch(
    (error: { code: string }) => error.code,
  );
  assert.equal(other, "io.disconnected");
});

test("NodeReader.read() says in its own words that the other side reset the connection", async () => {
  const stream = manual();
  const reader = fromNodeReadable(stream);
  const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  stream.destroy(reset);
  const error = await run(reader.read(new Uint8Array(1))).catch((error: unknown) => error);
  assert.ok(error instanceof DisconnectedError);
  assert.equal(error.message, "Cannot read from the stream: the other side closed the connection (ECONNRESET)");
  assert.equal(error.cause, reset);
});

test("NodeReader.read() is refused while another read waits, and goes on when that one is dropped", async () => {
  const stream = manual();
  const reader = fromNodeReadable(stream);
  const main = async(function* () {
    const both = yield* joinSettled([
      reader.read(new Uint8Array(1)),
      reader.read(new Uint8Array(1)),
      lazy(() => void stream.push(bytes("ab"))),
    ]);
    return [...both.map((outcome) => outcome.status), yield* reader.read(new Uint8Array(1))];
  });
  assert.deepEqual(await run(main()), ["fulfilled", "rejected", "fulfilled", 1]);
  const busy = await run(join(reader.read(new Uint8Array(1)), reader.read(new Uint8Array(1)))).catch((e: unknown) => e);
  assert.ok(busy instanceof BusyError);
  assert.equal(busy.code, "io.busy");
  stream.push(bytes("c"));
  assert.equal(await run(reader.read(new Uint8Array(1))), 1);
  stream.destroy();
});

test("NodeReader.read() gives each read that was made a buffer of its own, in whatever order they are awaited", async () => {
  const reader = fromNodeReadable(Readable.from([bytes("abcd")], { objectMode: false }));
  const [first, second] = [new Uint8Array(2), new Uint8Array(2)];
  const main = async(function* () {
    const one = reader.read(first);
    const two = reader.read(second);
    yield* two;
    yield* one;
    try {
      yield* one;
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "no error";
  });
  assert.equal(await run(main()), "future.completed");
  assert.deepEqual([first, second], [Uint8Array.from(bytes("cd")), Uint8Array.from(bytes("ab"))]);
});

test("NodeReader[Symbol.dispose]() destroys the stream, and ends the read that waits", async () => {
  const stream = manual();
  const reader = fromNodeReadable(stream);
  const disposing = lazy(() => reader[Symbol.dispose]());
  const error = await run(join(reader.read(new Uint8Array(1)), disposing)).catch((error: unknown) => error);
  assert.ok(error instanceof ClosedError);
  assert.match(error.message, /^Cannot read from the stream: it was disposed of on this side\nhelp: /);
  assert.equal(stream.destroyed, true);
  // An error that comes late is nobody's: it must not end the process.
  stream.emit("error", new Error("late"));
});

test("fromNodeReadable() puts its listeners on once", async () => {
  const stream = manual();
  const reader = fromNodeReadable(stream);
  const count = (): number => stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name as string), 0);
  const before = count();
  const main = async(function* () {
    for (let i = 0; i < 50; i++)
      yield* join(
        reader.read(new Uint8Array(1)),
        lazy(() => void stream.push(bytes("x"))),
      );
  });
  await run(main());
  assert.equal(count(), before);
  stream.destroy();
});

test("fromNodeReadable() refuses what gives no bytes", async () => {
  assert.throws(() => fromNodeReadable(Readable.from(["objects"])), {
    name: "TypeError",
    message: /Readable of bytes/,
  });
  assert.throws(() => fromNodeReadable(null as never), TypeError);
  assert.throws(() => fromNodeReadable(manual()).read("text" as never), {
    name: "TypeError",
    message:
      "Cannot read as 'into' must be a Uint8Array: received \"text\"\nhelp: new TextEncoder().encode(text) gives its bytes",
  });
  assert.throws(() => fromNodeReadable(manual().setEncoding("utf8")), {
    name: "TypeError",
    message: /received one with the encoding "utf8"\nhelp: do not set an encoding on it$/,
  });
  const stream = manual();
  const reader = fromNodeReadable(stream);
  stream.setEncoding("utf8").push(bytes("text"));
  await assert.rejects(run(reader.read(new Uint8Array(1))), /help: do not set an encoding on it/);
  stream.destroy();
});
