import assert from "node:assert/strict";
import { test } from "node:test";
import { async } from "../future/async.js";
import { run, spawn } from "../runtime/run.js";
import { fromAsyncIterable } from "./iterables.js";
import { empty, repeat, sink } from "./nothing.js";
import { duplex } from "./pipe.js";
import { readExact, readToEnd, readToString } from "./read.js";
import { combine, split, unsplit } from "./split.js";
import { chain, take } from "./take.js";
import { writeAll } from "./write-all.js";

const of = (...pieces: string[]) => fromAsyncIterable(pieces);

test("take() ends after so many bytes, and leaves the rest in the source", async () => {
  const main = async(function* () {
    const source = of("abcd", "efgh");
    const part = take(source, 6);
    const texts = [
      Buffer.from(yield* readExact(part, 1)).toString(),
      part.limit,
      yield* readToString(part),
      part.limit,
    ];
    return [...texts, yield* readToString(source), yield* readToString(take(of("short"), 100))];
  });
  assert.deepEqual(await run(main()), ["a", 5, "bcdef", 0, "gh", "short"]);
  assert.throws(() => take(of(), -1), /^RangeError: Cannot take bytes as 'limit' must be an integer >= 0: received -1/);
  assert.equal(await run(readToString(take(of("all"), Number.POSITIVE_INFINITY))), "all");
});

test("chain() goes on where a source ends, over empty ones as well", async () => {
  assert.equal(await run(readToString(chain(of("a"), empty(), of(), of("b", "c")))), "abc");
  assert.equal(await run(readToString(chain())), "");
});

test("chain() does not take a read of nothing for the end", async () => {
  const main = async(function* () {
    const both = chain(of("a"), of("b"));
    const none = yield* both.read(new Uint8Array(0));
    return [none, yield* readToString(both)];
  });
  assert.deepEqual(await run(main()), [0, "ab"]);
});

test("empty() has ended, and repeat() never does", async () => {
  assert.deepEqual(await run(readToEnd(empty())), new Uint8Array(0));
  assert.deepEqual(await run(readToEnd(take(repeat(7), 3))), Uint8Array.of(7, 7, 7));
  assert.throws(() => repeat(256), RangeError);
  assert.throws(() => empty().read("text" as never), TypeError);
});

test("repeat() and sink() charge the budget: a loop over them lets others run", async () => {
  const order: string[] = [];
  const main = async(function* () {
    const other = spawn(
      async(function* () {
        order.push("other");
      })(),
    );
    const into = new Uint8Array(1);
    for (let i = 0; i < 200; i++) yield* sink().write(into.subarray(0, yield* repeat(1).read(into)));
    order.push("loop");
    yield* other;
  });
  await run(main());
  assert.deepEqual(order, ["other", "loop"]);
});

test("sink() takes everything until it is shut down", async () => {
  const drain = sink();
  await run(writeAll(drain, "everything"));
  await run(drain.flush());
  await run(drain.shutdown());
  await assert.rejects(run(writeAll(drain, "more")), { code: "io.closed" });
});

test("split() gives each direction by itself, and unsplit() the whole again", async () => {
  const [here, there] = duplex(10);
  const [reader, writer] = split(here);
  const main = async(function* () {
    yield* writeAll(writer, "out");
    yield* writer.flush();
    yield* writer.shutdown();
    yield* writeAll(there, "in");
    yield* there.shutdown();
    return [yield* readToString(there), yield* readToString(reader)];
  });
  assert.deepEqual(await run(main()), ["out", "in"]);
  assert.equal(unsplit(reader, writer), here);
  assert.throws(() => unsplit(reader, split(there)[1]), {
    code: "io.wrong-halves",
    message: /^Cannot put two halves together: they are of two different objects\nhelp: .*combine/,
  });
});

test("combine() reads from the one and writes to the other", async () => {
  const [near, far] = duplex(10);
  const both = combine(of("in"), near);
  const main = async(function* () {
    yield* writeAll(both, "out");
    yield* both.flush();
    yield* both.shutdown();
    return [yield* readToString(both), yield* readToString(far)];
  });
  assert.deepEqual(await run(main()), ["in", "out"]);
});
