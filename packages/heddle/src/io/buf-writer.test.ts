import assert from "node:assert/strict";
import { test } from "node:test";
import { BusyError, ClosedError, DisconnectedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { lazy, ready } from "../future/ready.js";
import { run } from "../runtime/run.js";
import type { AsyncWrite } from "./async-write.js";
import { BufWriter } from "./buf-writer.js";
import { simplex } from "./pipe.js";
import { writeAll } from "./write-all.js";

/** A destination that notes what it is asked, and takes at most `most` bytes at a time. */
function noting(most: number): { log: string[]; writer: AsyncWrite } {
  const log: string[] = [];
  const writer: AsyncWrite = {
    write: (bytes) =>
      lazy(() => {
        const taken = bytes.subarray(0, most);
        log.push(Buffer.from(taken).toString());
        return taken.length;
      }),
    flush: () => lazy(() => void log.push("(flush)")),
    shutdown: () => lazy(() => void log.push("(shutdown)")),
  };
  return { log, writer };
}

test("BufWriter passes small writes on together, and large ones by", async () => {
  const { log, writer } = noting(100);
  const out = new BufWriter(writer, { capacity: 4 });
  const main = async(function* () {
    const seen: unknown[] = [];
    for (const text of ["a", "bc", "de", "large", "f"]) {
      seen.push(yield* out.write(Buffer.from(text)));
      seen.push(out.buffered);
    }
    yield* out.flush();
    yield* out.write(Buffer.from("g"));
    yield* out.shutdown();
    return seen;
  });
  assert.deepEqual(await run(main()), [1, 1, 2, 3, 2, 2, 5, 0, 1, 1]);
  const trace = [
    "abc", // no room for "de"
    "de", // before what is larger than the buffer
    "large",
    "f",
    "(flush)",
    "g",
    "(shutdown)",
  ];
  assert.deepEqual(log, trace);
});

test("BufWriter passes on what a destination takes piece by piece", async () => {
  const { log, writer } = noting(2);
  const out = new BufWriter(writer, { capacity: 5 });
  await run(writeAll(out, "abcd"));
  await run(out.flush());
  assert.deepEqual(log, ["ab", "cd", "(flush)"]);
});

test("BufWriter does not flush what nobody flushes", async () => {
  const { log, writer } = noting(100);
  await run(writeAll(new BufWriter(writer), "forgotten"));
  assert.deepEqual(log, []);
});

test("BufWriter serves one at a time", async () => {
  const [, writer] = simplex(1);
  const out = new BufWriter(writer, { capacity: 4 });
  const main = async(function* () {
    yield* out.write(Buffer.from("abc"));
    yield* join(out.flush(), out.write(Buffer.from("d")));
  });
  const error = await run(main()).catch((error: unknown) => error);
  assert.ok(error instanceof BusyError);
  const past = new BufWriter(writer, { capacity: 4 });
  const both = join(past.write(Buffer.from("past the buffer")), past.write(Buffer.from("a")));
  assert.ok((await run(both).catch((error: unknown) => error)) instanceof BusyError);
  assert.throws(() => new BufWriter(writer, { capacity: 0 }), RangeError);
  assert.throws(() => out.write("text" as never), TypeError);
});

test("BufWriter and writeAll() fail when the destination takes nothing any more", async () => {
  const full: AsyncWrite = { write: () => ready(0), flush: () => ready(undefined), shutdown: () => ready(undefined) };
  const out = new BufWriter(full);
  await run(writeAll(out, "a"));
  for (const future of [out.flush(), writeAll(full, "b")]) {
    const error = await run(future).catch((error: unknown) => error);
    assert.ok(error instanceof DisconnectedError);
    assert.equal(error.code, "io.write-zero");
  }
  assert.equal(out.buffered, 1);
});

test("writeAll() writes nothing of nothing, and refuses what is no bytes", async () => {
  const { log, writer } = noting(100);
  await run(writeAll(writer, ""));
  assert.deepEqual(log, []);
  await assert.rejects(
    run(writeAll(writer, [1, 2] as never)),
    /^TypeError: Cannot write as 'bytes' must be a Uint8Array/,
  );
  const [, closed] = simplex(1);
  closed[Symbol.dispose]();
  await assert.rejects(run(writeAll(closed, "a")), ClosedError);
});
