import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { test } from "node:test";
import { BusyError, ClosedError, DisconnectedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { lazy } from "../future/ready.js";
import { select } from "../future/select.js";
import { run } from "../runtime/run.js";
import { yieldNow } from "../task/yield-now.js";
import { fromNodeWritable } from "./node-writer.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A stream that finishes each write only when it is told to. */
function manual(highWaterMark: number): { stream: Writable; written: string[]; finishOne: (error?: Error) => void } {
  const written: string[] = [];
  let finish: ((error?: Error) => void) | null = null;
  const stream = new Writable({
    highWaterMark,
    write(chunk: Buffer, _encoding, callback) {
      written.push(String(chunk));
      finish = callback;
    },
  });
  return {
    stream,
    written,
    finishOne(error) {
      const callback = finish!;
      finish = null;
      callback(error);
    },
  };
}

const failure = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => assert.fail("did not throw"),
    (error: unknown) => error,
  );

test("NodeWriter.write() waits while the stream's buffer is full, and what is dropped then was not taken", async () => {
  const { stream, written, finishOne } = manual(4);
  const writer = fromNodeWritable(stream);
  const main = async(function* () {
    const log: unknown[] = [];
    log.push(yield* writer.write(bytes("ab")));
    log.push(yield* writer.write(bytes("cd")));
    const tries = { write: writer.write(bytes("lost")), else: yieldNow() };
    log.push((yield* select(tries, { biased: true })).key);
    finishOne();
    finishOne();
    log.push(yield* writer.write(bytes("ef")));
    return log;
  });
  assert.deepEqual(await run(main()), [2, 2, "else", 2]);
  assert.deepEqual(written, ["ab", "cd", "ef"]);
  stream.destroy();
});

test("NodeWriter.write() takes a copy: the caller may change the bytes at once", async () => {
  const { stream, written, finishOne } = manual(100);
  const writer = fromNodeWritable(stream);
  const main = async(function* () {
    const own = bytes("one");
    yield* writer.write(own);
    own.set(bytes("two"));
    yield* writer.write(own);
    own.fill(0);
    finishOne();
    yield* yieldNow();
  });
  await run(main());
  assert.deepEqual(written, ["one", "two"]);
  stream.destroy();
});

test("NodeWriter.write() takes 64 KiB at most, and nothing of nothing", async () => {
  const { stream } = manual(1);
  const writer = fromNodeWritable(stream);
  assert.equal(await run(writer.write(new Uint8Array(0))), 0);
  assert.equal(await run(writer.write(new Uint8Array(1_000_000))), 65_536);
  assert.equal(stream.writableLength, 65_536);
  stream.destroy();
});

test("NodeWriter.flush() waits until everything taken has been sent", async () => {
  const { stream, finishOne } = manual(100);
  const writer = fromNodeWritable(stream);
  const main = async(function* () {
    const log: string[] = [];
    yield* writer.flush();
    yield* writer.write(bytes("ab"));
    yield* writer.write(bytes("cd"));
    const finishing = async(function* () {
      for (let i = 0; i < 2; i++) {
        yield* yieldNow();
        log.push("finished");
        finishOne();
      }
    });
    const flushing = async(function* () {
      yield* writer.flush();
      log.push("flushed");
    });
    yield* join(flushing(), finishing());
    return log;
  });
  assert.deepEqual(await run(main()), ["finished", "finished", "flushed"]);
  stream.destroy();
});

test("NodeWriter.shutdown() ends the stream, may be repeated, and writes after it are a ClosedError", async () => {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      chunks.push(String(chunk));
      setImmediate(callback);
    },
    final(callback) {
      chunks.push("end");
      setImmediate(callback);
    },
  });
  const writer = fromNodeWritable(stream);
  const main = async(function* () {
    yield* writer.write(bytes("a"));
    yield* writer.write(bytes("b"));
    yield* writer.shutdown();
    yield* writer.shutdown();
    yield* writer.flush();
    yield* writer.write(bytes("c"));
  });
  const error = await failure(run(main()));
  assert.ok(error instanceof ClosedError);
  assert.equal(
    error.message,
    "Cannot write to the stream: it was shut down on this side\nhelp: write everything before shutdown()",
  );
  assert.deepEqual(chunks, ["a", "b", "end"]);
});

test("NodeWriter.shutdown() that was dropped still happens, and can be awaited again", async () => {
  const { stream, finishOne } = manual(100);
  const writer = fromNodeWritable(stream);
  const main = async(function* () {
    yield* writer.write(bytes("a"));
    const tried = yield* select({ shutdown: writer.shutdown(), else: yieldNow() }, { biased: true });
    finishOne();
    yield* writer.shutdown();
    return tried.key;
  });
  assert.equal(await run(main()), "else");
  assert.equal(stream.writableFinished, true);
});

test("NodeWriter fails with what the stream failed with, each time, also what waits", async () => {
  const { stream, finishOne } = manual(1);
  const writer = fromNodeWritable(stream);
  const wrong = new Error("wrong");
  await run(writer.write(bytes("a")));
  assert.equal(
    await failure(
      run(
        join(
          writer.write(bytes("b")),
          lazy(() => finishOne(wrong)),
        ),
      ),
    ),
    wrong,
  );
  for (const again of [writer.write(bytes("c")), writer.flush(), writer.shutdown()])
    assert.equal(await failure(run<unknown>(again)), wrong);
});

test("NodeWriter fails with DisconnectedError when the system says that the other side is gone", async () => {
  const reasons = {
    EPIPE: "the other side closed the connection (EPIPE)",
    ETIMEDOUT: "the other side cannot be reached any more (ETIMEDOUT)", // as reads of a socket say too
  };
  for (const [code, why] of Object.entries(reasons)) {
    const { stream } = manual(1);
    const writer = fromNodeWritable(stream);
    stream.destroy(Object.assign(new Error(`write ${code}`), { code }));
    const error = await failure(run(writer.write(bytes("a"))));
    assert.ok(error instanceof DisconnectedError);
    assert.equal(error.message, `Cannot write to the stream: ${why}`);
  }
});

test("NodeWriter fails with DisconnectedError when the stream was closed or ended by somebody else", async () => {
  const { stream } = manual(1);
  const writer = fromNodeWritable(stream);
  stream.destroy();
  assert.equal((await failure(run(writer.write(bytes("a"))))).code, "io.disconnected");
  const ended = manual(1);
  const other = fromNodeWritable(ended.stream);
  ended.stream.end();
  assert.match((await failure(run(other.write(bytes("a"))))).message, /: it was ended elsewhere$/);
  await run(other.shutdown());
});

test("NodeWriter[Symbol.dispose]() destroys the stream, and ends what waits", async () => {
  const { stream } = manual(1);
  const writer = fromNodeWritable(stream);
  await run(writer.write(bytes("a")));
  const error = await failure(
    run(
      join(
        writer.write(bytes("b")),
        lazy(() => writer[Symbol.dispose]()),
      ),
    ),
  );
  assert.ok(error instanceof ClosedError);
  assert.equal(stream.destroyed, true);
  stream.emit("error", new Error("late"));
});

test("NodeWriter serves one at a time, be it a write, a flush or a shutdown", async () => {
  const { stream, finishOne } = manual(1);
  const writer = fromNodeWritable(stream);
  await run(writer.write(bytes("a")));
  const error = await failure(run(join(writer.flush(), writer.write(bytes("b")))));
  assert.ok(error instanceof BusyError);
  assert.match(error.message, /^Cannot write as one write at a time is possible: another one is under way\nhelp: /);
  const before = stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name as string), 0);
  await run(
    join(
      writer.flush(),
      lazy(() => finishOne()),
    ),
  );
  assert.equal(
    stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name as string), 0),
    before,
  );
  stream.destroy();
});

test("fromNodeWritable() refuses what takes no bytes", () => {
  assert.throws(() => fromNodeWritable(new Writable({ objectMode: true })), /'writable' must be a Writable of bytes/);
  assert.throws(() => fromNodeWritable(undefined as never), TypeError);
  assert.throws(() => fromNodeWritable(new Writable()).write("text" as never), /'bytes' must be a Uint8Array/);
});

test("fromNodeWritable() writes the answer of a node:http server, with back-pressure", async () => {
  let most = 0;
  const server = createHttpServer((_request, response) => {
    const answer = async(function* () {
      const writer = fromNodeWritable(response);
      const block = new Uint8Array(50_000).fill(120);
      for (let i = 0; i < 20; i++) {
        for (let at = 0; at < block.length;) at += yield* writer.write(block.subarray(at));
        most = Math.max(most, response.writableLength);
      }
      yield* writer.flush();
      yield* writer.shutdown();
    });
    void run(answer());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const [answer] = await once(get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), "response");
  let received = 0;
  for await (const chunk of answer) received += (chunk as Buffer).length;
  assert.equal(received, 1_000_000);
  assert.ok(most <= 200_000, `${most} bytes were held`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
