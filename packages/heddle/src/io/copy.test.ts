import assert from "node:assert/strict";
import { test } from "node:test";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { lazy } from "../future/ready.js";
import { run, spawn } from "../runtime/run.js";
import { testRuntime } from "../test/test-runtime.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { BufReader } from "./buf-reader.js";
import { BufWriter } from "./buf-writer.js";
import { copy, copyBidirectional } from "./copy.js";
import { fromAsyncIterable } from "./iterables.js";
import { repeat, sink } from "./nothing.js";
import { duplex, simplex } from "./pipe.js";
import { readLine, readToString } from "./read.js";
import { combine } from "./split.js";
import { take } from "./take.js";
import { writeAll } from "./write-all.js";

test("copy() gives how many bytes there were, flushes, and does not shut the destination down", async () => {
  const log: unknown[] = [];
  const writer: AsyncWrite = {
    write: (bytes) => lazy(() => (log.push(Buffer.from(bytes).toString()), bytes.length)),
    flush: () => lazy(() => void log.push("(flush)")),
    shutdown: () => lazy(() => void log.push("(shutdown)")),
  };
  log.push(await run(copy(fromAsyncIterable(["abc", "", "defg"]), writer, { bufferSize: 3 })));
  assert.deepEqual(log, ["abc", "def", "g", "(flush)", 7]);
  await assert.rejects(run(copy(repeat(1), sink(), { bufferSize: 0 })), /'bufferSize' must be an integer >= 1/);
});

test("copy() from a source that is always ready lets other tasks run", async () => {
  const order: string[] = [];
  const main = async(function* () {
    const other = spawn(lazy(() => void order.push("other")));
    yield* copy(take(repeat(1), 1000), sink(), { bufferSize: 1 });
    order.push("copied");
    yield* other;
  });
  await run(main());
  assert.deepEqual(order, ["other", "copied"]);
});

test("copy() flushes a BufWriter when the source has nothing more for now", async () => {
  const [client, near] = duplex(100);
  const [far, server] = duplex(100);
  const asking = async(function* () {
    yield* writeAll(client, "ping\n");
    // Comes only if the question left the buffer.
    const answer = yield* readLine(new BufReader(client));
    yield* client.shutdown();
    return answer;
  });
  const forwarding = async(function* () {
    yield* copy(near, new BufWriter(far));
    yield* far.shutdown();
  });
  const answering = async(function* () {
    const lines = new BufReader(server);
    yield* writeAll(server, `${String(yield* readLine(lines))} pong\n`);
    yield* server.shutdown();
  });
  // It would fail the test for a flush that was made and never awaited.
  const kit = testRuntime();
  const main = async(function* () {
    return yield* join(asking(), forwarding(), answering(), copy(far, near));
  });
  const [answer] = await kit.run(main());
  await kit.finish();
  assert.equal(answer, "ping pong");
});

test("copyBidirectional() shuts down the peer of a side that ended, copies on, and gives both totals", async () => {
  const [client, left] = duplex(7);
  const [right, server] = duplex(5);
  const question = "q".repeat(1000);
  const asking = async(function* () {
    yield* writeAll(client, question);
    yield* client.shutdown();
    return yield* readToString(client);
  });
  const answering = async(function* () {
    const asked = yield* readToString(server);
    yield* writeAll(server, `${asked.length} were asked`);
    yield* server.shutdown();
  });
  const [answer, , totals] = await run(join(asking(), answering(), copyBidirectional(left, right, { bufferSize: 64 })));
  assert.equal(answer, "1000 were asked");
  assert.deepEqual(totals, [1000, 15]);
});

test("copyBidirectional() ends with the first error of either side", async () => {
  const wrong = new Error("wrong");
  const fail = lazy((): never => {
    throw wrong;
  });
  const failing = combine({ read: () => fail }, sink());
  const [near, far] = duplex(10);
  assert.equal(await run(copyBidirectional(failing, near)).catch((error: unknown) => error), wrong);
  // Neither side was closed by it.
  await run(writeAll(near, "open"));
  far[Symbol.dispose]();
});

test("copy() holds a bounded number of bytes between a quick source and a slow destination", async () => {
  let produced = 0;
  let consumed = 0;
  let most = 0;
  const source: AsyncRead = { read: (into) => lazy(() => ((produced += into.length), into.length)) };
  const [reader, writer] = simplex(100);
  const consuming = async(function* () {
    const into = new Uint8Array(10);
    while (consumed < 5000) {
      consumed += yield* reader.read(into);
      most = Math.max(most, produced - consumed);
    }
  });
  const main = async(function* () {
    const copying = spawn(copy(source, writer, { bufferSize: 50 }));
    yield* consuming();
    copying.abort();
    yield* copying.settled();
  });
  await run(main());
  assert.ok(most <= 150, `${most} bytes were held`);
});
