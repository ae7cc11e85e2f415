import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BusyError, ClosedError, DisconnectedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { Context } from "../future/context.js";
import { join } from "../future/join.js";
import type { Leaf } from "../future/leaf.js";
import { pin } from "../future/pin.js";
import { PENDING, type Future } from "../future/poll.js";
import { lazy, ready } from "../future/ready.js";
import { select } from "../future/select.js";
import { run, spawn } from "../runtime/run.js";
import { Runtime } from "../runtime/runtime.js";
import { yieldNow } from "../task/yield-now.js";
import { explore } from "../test/explore.js";
import { duplex, simplex } from "./pipe.js";
import { readToString } from "./read.js";
import { writeAll } from "./write-all.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);

const failure = (future: Future<unknown>): Promise<any> =>
  run(future).then(
    () => assert.fail("did not throw"),
    (error: unknown) => error,
  );

/** Counts wakes. */
function counting(): { cx: Context; wakes: () => number } {
  let wakes = 0;
  return { cx: new Context({ wake: () => void wakes++ }), wakes: () => wakes };
}

const poll = (future: Future<number>, cx: Context): unknown => (future as Leaf<number>).poll(cx);

test("simplex() holds so many bytes and no more, whatever is written and read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer({ min: -6, max: 6 })), (capacity, steps) => {
      const [reader, writer] = simplex(capacity);
      const { cx } = counting();
      const held: number[] = [];
      let next = 0;
      for (const step of steps) {
        if (step > 0) {
          const offered = Uint8Array.from({ length: step }, (_, i) => next + i);
          const write = writer.write(offered);
          const taken = poll(write, cx);
          const room = Math.min(step, capacity - held.length);
          assert.equal(taken, room === 0 ? PENDING : room);
          if (taken === PENDING) (write as Leaf<number>).drop(cx);
          else held.push(...offered.subarray(0, room));
          next += room;
        } else if (step < 0) {
          const into = new Uint8Array(-step);
          const read = reader.read(into);
          const given = poll(read, cx);
          if (held.length === 0) {
            assert.equal(given, PENDING);
            (read as Leaf<number>).drop(cx);
          } else
            assert.deepEqual(
              [...into.subarray(0, given as number)],
              held.splice(0, -step).map((byte) => byte & 255),
            );
        }
      }
    }),
  );
});

test("simplex() wakes exactly who waits, once there is something for it", () => {
  const [reader, writer] = simplex(2);
  const reading = counting();
  const writing = counting();
  const ledger: unknown[] = [];
  const entry = (what: string, result: unknown): void =>
    void ledger.push([what, result === PENDING ? "pending" : result, reading.wakes(), writing.wakes()]);
  const into = new Uint8Array(1);
  const read = reader.read(into);
  entry("read of nothing", poll(read, reading.cx));
  entry("write", poll(writer.write(bytes("ab")), writing.cx));
  const full = writer.write(bytes("c"));
  entry("write to a full pipe", poll(full, writing.cx));
  entry("read", poll(read, reading.cx));
  entry("write again", poll(full, writing.cx));
  entry("read", poll(reader.read(into), reading.cx));
  assert.deepEqual(ledger, [
    ["read of nothing", "pending", 0, 0],
    ["write", 2, 1, 0], // there is something: the reader
    ["write to a full pipe", "pending", 1, 0],
    ["read", 1, 1, 1], // there is room: the writer
    ["write again", 1, 1, 1], // nobody reads now
    ["read", 1, 1, 1], // nobody writes now
  ]);
});

test("PipeReader.read() keeps the waker of the last poll only", () => {
  const [reader, writer] = simplex(2);
  const [first, second] = [counting(), counting()];
  const read = reader.read(new Uint8Array(1));
  poll(read, first.cx);
  poll(read, second.cx);
  poll(writer.write(bytes("a")), first.cx);
  assert.deepEqual([first.wakes(), second.wakes()], [0, 1]);
  assert.throws(() => poll(reader.read(new Uint8Array(1)), first.cx), BusyError);
  (read as Leaf<number>).drop(second.cx);
  assert.equal(poll(reader.read(new Uint8Array(1)), first.cx), 1);
});

test("duplex() gives what was written before a shutdown, then the end; the other direction stays", async () => {
  const [here, there] = duplex(100);
  const main = async(function* () {
    yield* writeAll(here, "bye");
    yield* here.shutdown();
    yield* here.shutdown();
    yield* writeAll(there, "still here");
    yield* there.shutdown();
    return [yield* readToString(there), yield* readToString(here)];
  });
  assert.deepEqual(await run(main()), ["bye", "still here"]);
  const error = await failure(here.write(bytes("x")));
  assert.ok(error instanceof ClosedError);
  assert.match(error.message, /^Cannot write to the pipe: it was shut down on this side\n/);
});

test("DuplexStream[Symbol.dispose]() ends the other end: it reads what is left, and cannot write", async () => {
  const [here, there] = duplex(100);
  await run(writeAll(here, "left"));
  await run(writeAll(there, "never read"));
  here[Symbol.dispose]();
  assert.equal(await run(readToString(there)), "left");
  const error = await failure(there.write(bytes("x")));
  assert.ok(error instanceof DisconnectedError);
  assert.equal(error.message, "Cannot write to the pipe: nobody reads at the other end any more");
  for (const future of [here.read(new Uint8Array(1)), here.write(bytes("x"))])
    assert.match((await failure(future)).message, /: it was disposed of on this side\n/);
});

test("DuplexStream[Symbol.dispose]() and shutdown() wake who waits at either end", async () => {
  const cases: [
    string,
    (here: ReturnType<typeof duplex>[0], there: ReturnType<typeof duplex>[0]) => Future<unknown>,
  ][] = [
    [
      "the end",
      (here, there) =>
        join(
          there.read(new Uint8Array(1)),
          lazy(() => here[Symbol.dispose]()),
        ),
    ],
    ["the end", (here, there) => join(there.read(new Uint8Array(1)), here.shutdown())],
    [
      "io.disconnected",
      (here, there) =>
        join(
          writeAll(there, "full"),
          lazy(() => here[Symbol.dispose]()),
        ),
    ],
    [
      "io.closed",
      (here) =>
        join(
          here.read(new Uint8Array(1)),
          lazy(() => here[Symbol.dispose]()),
        ),
    ],
    [
      "io.closed",
      (here) =>
        join(
          writeAll(here, "full"),
          lazy(() => here[Symbol.dispose]()),
        ),
    ],
  ];
  for (const [expected, make] of cases) {
    const [here, there] = duplex(1);
    const outcome = await run(make(here, there)).then(
      (values) => ((values as unknown[])[0] === 0 ? "the end" : values),
      (error: { code: string }) => error.code,
    );
    assert.equal(outcome, expected);
  }
});

test("simplex() gives the same bytes in every order of its tasks, also when a reader gives up", async () => {
  const program = async(function* () {
    const [reader, writer] = simplex(2);
    const writing = async(function* () {
      yield* writeAll(writer, "abc");
      yield* writer.shutdown();
    });
    const first = spawn(reader.read(new Uint8Array(1)));
    const written = spawn(writing());
    const aborting = spawn(lazy(() => first.abort()));
    const settled = yield* first.settled();
    const rest = yield* readToString(reader);
    yield* join(written, aborting);
    return [settled.status, rest].join(" ");
  });
  const seen = new Set<string>();
  const { exhausted } = await explore(program, { after: (text) => void seen.add(text) });
  assert.equal(exhausted, true);
  assert.deepEqual([...seen].sort(), ["fulfilled bc", "rejected abc"]);
});

test("duplex() refuses a capacity that holds nothing", () => {
  assert.throws(() => duplex(0), {
    name: "RangeError",
    message: "Cannot make a pipe as 'capacity' must be an integer >= 1: received 0",
  });
});

test("Duplex.write() that was dropped does not disturb the next one when it is dropped once more", async () => {
  const [near, far] = duplex(1);
  const writing = async(function* () {
    const lost = near.write(new Uint8Array([1]));
    yield* select({ now: ready(0), lost }, { biased: true });
    yield* near.write(new Uint8Array([2]));
    const next = pin(near.write(new Uint8Array([3])));
    yield* select({ next, now: yieldNow() });
    yield* select({ now: ready(0), lost }, { biased: true });
    yield* far.read(new Uint8Array(1));
    return yield* next;
  });
  assert.equal(await new Runtime({ startPaused: true }).run(writing()), 1);
});
