import assert from "node:assert/strict";
import { test } from "node:test";
import { ClosedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { lazy, pending } from "../future/ready.js";
import { select } from "../future/select.js";
import { run } from "../runtime/run.js";
import { yieldNow } from "../task/yield-now.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { fromAsyncIterable } from "./iterables.js";
import { simplex } from "./pipe.js";
import { readToString } from "./read.js";
import { fromReadableStream, toReadableStream } from "./web-reader.js";
import { fromWritableStream, toWritableStream } from "./web-writer.js";
import { writeAll } from "./write-all.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const failure = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => assert.fail("did not throw"),
    (error: unknown) => error,
  );

test("fromReadableStream() and toReadableStream() go through Web streams of the platform", async () => {
  const text = "heddle ".repeat(20_000);
  const zipped = toReadableStream(fromAsyncIterable([text])).pipeThrough(
    new CompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>,
  );
  const stream = zipped.pipeThrough(new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>);
  assert.equal(await run(readToString(fromReadableStream(stream))), text);
});

test("fromReadableStream() asks for a chunk only when somebody reads", async () => {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>(
    { pull: (controller) => controller.enqueue(new Uint8Array([++pulled])) },
    { highWaterMark: 0 },
  );
  const reader = fromReadableStream(stream);
  await new Promise(setImmediate);
  assert.equal(pulled, 0);
  assert.equal(await run(reader.read(new Uint8Array(9))), 1);
  assert.equal(pulled, 1);
});

test("WebReader fails with what the stream failed with, and with ClosedError when it was disposed of", async () => {
  const wrong = new Error("wrong");
  const reader = fromReadableStream(new ReadableStream({ pull: (controller) => controller.error(wrong) }));
  for (let i = 0; i < 2; i++) assert.equal(await failure(run(readToString(reader))), wrong);
  let reason: unknown;
  const endless = fromReadableStream(new ReadableStream({ cancel: () => void (reason = "cancelled") }));
  const both = join(
    endless.read(new Uint8Array(1)),
    lazy(() => endless[Symbol.dispose]()),
  );
  assert.ok((await failure(run(both))) instanceof ClosedError);
  assert.equal(reason, "cancelled");
  const objects = fromReadableStream(new ReadableStream({ pull: (controller) => controller.enqueue("text" as never) }));
  assert.match((await failure(run(readToString(objects)))).message, /must give bytes: received "text"$/);
  assert.throws(() => fromReadableStream({} as never), TypeError);
});

test("toReadableStream() that is cancelled drops the read and disposes of the reader", async () => {
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
  const reader: AsyncRead & Disposable = { read: () => reading(), [Symbol.dispose]: () => void log.push("disposed") };
  const web = toReadableStream(reader).getReader();
  const read = web.read();
  await begun;
  await web.cancel();
  assert.deepEqual(await read, { done: true, value: undefined });
  assert.deepEqual(log, ["dropped", "disposed"]);
});

test("toReadableStream() fails with the error of its source", async () => {
  const wrong = new Error("wrong");
  const failing = lazy((): never => {
    throw wrong;
  });
  assert.equal(
    await failure(
      toReadableStream({ read: () => failing })
        .getReader()
        .read(),
    ),
    wrong,
  );
});

test("WebWriter.write() waits while the stream wants no more, and flush() until all is written", async () => {
  const log: string[] = [];
  const finish: (() => void)[] = [];
  const stream = new WritableStream<Uint8Array>(
    {
      write(chunk) {
        log.push(Buffer.from(chunk).toString());
        return new Promise((resolve) => finish.push(resolve));
      },
      close: () => void log.push("(close)"),
    },
    { highWaterMark: 2 },
  );
  const writer = fromWritableStream(stream);
  const main = async(function* () {
    yield* writeAll(writer, "a");
    yield* writeAll(writer, "b");
    const full = yield* select({ c: writer.write(bytes("c")), full: yieldNow() }, { biased: true });
    const finishing = async(function* () {
      while (log.length < 3 || finish.length > 0) {
        finish.shift()?.();
        yield* yieldNow();
      }
    });
    yield* join(writeAll(writer, "d"), finishing());
    yield* writer.flush();
    log.push("(flushed)");
    yield* writer.shutdown();
    yield* writer.shutdown();
    return full.key;
  });
  assert.equal(await run(main()), "full");
  assert.deepEqual(log, ["a", "b", "d", "(flushed)", "(close)"]);
  assert.equal((await failure(run(writer.write(bytes("e"))))).code, "io.closed");
});

test("WebWriter fails with what the stream failed with, and aborts it when it is disposed of", async () => {
  const wrong = new Error("wrong");
  const failing = fromWritableStream(
    new WritableStream({
      write() {
        throw wrong;
      },
    }),
  );
  const main = async(function* () {
    for (;;) {
      yield* writeAll(failing, "a");
      yield* failing.flush();
    }
  });
  assert.equal(await failure(run(main())), wrong);
  assert.equal(await failure(run(failing.shutdown())), wrong);
  let reason: unknown;
  const writer = fromWritableStream(new WritableStream({ abort: (why) => void (reason = why) }));
  writer[Symbol.dispose]();
  assert.ok((await failure(run(writer.write(bytes("a"))))) instanceof ClosedError);
  assert.ok(reason instanceof ClosedError);
  assert.throws(() => fromWritableStream({} as never), TypeError);
});

test("toWritableStream() writes with back-pressure, shuts down, and passes errors on", async () => {
  const [reader, writer] = simplex(3);
  const web = toWritableStream(writer).getWriter();
  const writing = (async () => {
    await web.write(bytes("more than fits"));
    await web.close();
  })();
  assert.equal(await run(readToString(reader)), "more than fits");
  await writing;
  const [deserted, lonely] = simplex(3);
  deserted[Symbol.dispose]();
  const broken = toWritableStream(lonely).getWriter();
  broken.closed.catch(() => {});
  assert.equal((await failure(broken.write(bytes("a")))).code, "io.disconnected");
});

test("toWritableStream() that is aborted drops the write and disposes of the writer", async () => {
  const [reader, writer] = simplex(2);
  const web = toWritableStream(writer).getWriter();
  web.closed.catch(() => {});
  const write = failure(web.write(bytes("more than fits")));
  // Once something came, the write waits for room.
  assert.equal(await run(reader.read(new Uint8Array(2))), 2);
  await web.abort("enough");
  await write;
  assert.match(await run(readToString(reader)), /^(re)?$/);
});

test("toWritableStream() that is aborted while it is closed drops the shutdown and disposes of the writer", async () => {
  const happened: string[] = [];
  const stuck = async(function* () {
    try {
      happened.push("shutting down");
      yield* pending();
    } finally {
      happened.push("dropped");
    }
  });
  const web = toWritableStream({
    write: pending,
    flush: pending,
    shutdown: stuck,
    [Symbol.dispose]: () => happened.push("disposed of"),
  } as AsyncWrite).getWriter();
  web.closed.catch(() => {});
  const closing = failure(web.close());
  while (happened.length === 0) await new Promise(setImmediate);
  await failure(web.abort("enough"));
  assert.equal((await closing).name, "AbortError");
  assert.deepEqual(happened, ["shutting down", "dropped", "disposed of"]);
});

test("WebWriter.write() fails at once when the stream fails, also while that has a write under way", async () => {
  const wrong = new Error("wrong");
  let controller: WritableStreamDefaultController | undefined;
  let finish: (() => void) | undefined;
  const stream = new WritableStream<Uint8Array>({
    start: (its) => void (controller = its),
    write: () => new Promise<void>((resolve) => (finish = resolve)),
  });
  const writer = fromWritableStream(stream);
  const main = async(function* () {
    yield* writer.write(bytes("a"));
    yield* join(
      writer.write(bytes("b")),
      lazy(() => controller!.error(wrong)),
    );
  });
  assert.equal(await failure(run(main())), wrong);
  finish!();
});
