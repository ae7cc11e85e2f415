import assert from "node:assert/strict";
import { test } from "node:test";
import { BusyError } from "../base/errors.js";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { END } from "../future/poll.js";
import { lazy } from "../future/ready.js";
import { select } from "../future/select.js";
import { run, spawn } from "../runtime/run.js";
import { mockStream } from "../test/mock-stream.js";
import { testRuntime } from "../test/test-runtime.js";
import { yieldNow } from "../task/yield-now.js";
import { type ByteQueue } from "./byte-queue.js";
import { BytesCodec } from "./bytes-codec.js";
import { type Decoder, type Encoder, INCOMPLETE } from "./codec.js";
import { LinesCodec } from "./delimited.js";
import { Framed } from "./framed.js";
import { FramedRead } from "./framed-read.js";
import { FramedWrite } from "./framed-write.js";
import { fromAsyncIterable } from "./iterables.js";
import { lines } from "./lines.js";
import { duplex, simplex } from "./pipe.js";
import { readExact, readToEnd, readToString } from "./read.js";

/** Numbers of two digits; "??" makes no sense. Notes what it is asked. */
class Pairs implements Decoder<number>, Encoder<number> {
  readonly log: string[] = [];
  decode(queue: ByteQueue): number | typeof INCOMPLETE {
    this.log.push(`decode ${Buffer.from(queue.bytes)}`);
    if (queue.length < 2) return INCOMPLETE;
    const text = Buffer.from(queue.take(2)).toString();
    if (text === "??") throw new Error("no sense");
    return Number(text);
  }
  encode(value: number, queue: ByteQueue): void {
    queue.push(Buffer.from(String(value).padStart(2, "0")));
    if (value > 99) throw new Error("too large");
  }
}

/** What `next()` gives, so many times: errors as messages. */
const outcomes = async(function* (framed: { next(): any }, count: number) {
  const seen: unknown[] = [];
  for (let i = 0; i < count; i++)
    try {
      const item: unknown = yield* framed.next();
      seen.push(item === END ? "END" : item);
    } catch (error) {
      seen.push((error as { code?: string }).code ?? (error as Error).message);
    }
  return seen;
});

test("FramedRead.next() decodes what is there before it reads, and reads again when that is not enough", async () => {
  const codec = new Pairs();
  const source = fromAsyncIterable(["1", "203", "04"]);
  const reader = {
    read: (into: Uint8Array) => {
      codec.log.push("read");
      return source.read(into);
    },
  };
  assert.deepEqual(await run(outcomes(new FramedRead(reader, codec), 5)), [12, 3, 4, "END", "END"]);
  const trace = [
    "decode ", // nothing
    "read",
    "decode 1", // half
    "read",
    "decode 1203",
    "decode 03", // no read: it is there
    "decode ",
    "read",
    "decode 04",
    "decode ",
    "read", // the end
    "decode ", // once more, as there is no decodeEof
    "decode ", // and so for ever
  ];
  assert.deepEqual(codec.log, trace);
});

test("FramedRead.next() fails once where the source ends in the middle of an item", async () => {
  const framed = new FramedRead(fromAsyncIterable(["123"]), new Pairs());
  assert.deepEqual(await run(outcomes(framed, 5)), [12, "codec.left-over", "END", "END", "END"]);
});

test("FramedRead.next() that fails in the middle of an item blames the other side, as readExact() does", async () => {
  const half = () => fromAsyncIterable(["1"]);
  await assert.rejects(run(new FramedRead(half(), new Pairs()).next()), { name: "DisconnectedError" });
  await assert.rejects(run(readExact(half(), 2)), { name: "DisconnectedError" });
});

test("FramedRead.next() says END once after an error, and goes on behind it", async () => {
  const framed = new FramedRead(fromAsyncIterable(["12??", "34"]), new Pairs());
  assert.deepEqual(await run(outcomes(framed, 5)), [12, "no sense", "END", 34, "END"]);
  const wrong = new Error("wrong");
  async function* failing() {
    yield "12";
    throw wrong;
  }
  const source = new FramedRead(fromAsyncIterable(failing()), new Pairs());
  assert.deepEqual(await run(outcomes(source, 5)), [12, "wrong", "END", "wrong", "END"]);
});

test("FramedRead.next() asks decodeEof until it has nothing more", async () => {
  const codec: Decoder<string> = {
    decode: () => INCOMPLETE,
    decodeEof: (queue) => (queue.length === 0 ? INCOMPLETE : Buffer.from(queue.take(1)).toString()),
  };
  assert.deepEqual(await run(outcomes(new FramedRead(fromAsyncIterable(["abc"]), codec), 4)), ["a", "b", "c", "END"]);
});

test("FramedRead.tryNext() gives what was read ahead, and neither reads nor waits", async () => {
  const main = async(function* () {
    const framed = new FramedRead(fromAsyncIterable(["01020", "3??04"]), new Pairs());
    const seen: unknown[] = [];
    const tries = (): void => {
      try {
        const item = framed.tryNext();
        seen.push(item === INCOMPLETE ? "INCOMPLETE" : item);
      } catch (error) {
        seen.push((error as Error).message);
      }
    };
    tries(); // nothing was read
    seen.push(yield* framed.next());
    tries();
    tries(); // a half
    seen.push(yield* framed.next());
    tries(); // no sense
    tries(); // what follows an error is said by next()
    seen.push(yield* framed.next());
    tries();
    tries(); // nothing is left
    seen.push(yield* framed.next());
    tries(); // nor is there at the end
    return seen;
  });
  const first = ["INCOMPLETE", 1, 2, "INCOMPLETE", 3, "no sense", "INCOMPLETE"];
  assert.deepEqual(await run(main()), [...first, END, 4, "INCOMPLETE", END, "INCOMPLETE"]);
});

test("Framed.tryNext() is refused while another reads", async () => {
  const framed = new Framed(duplex(8)[0], new Pairs());
  const main = async(function* () {
    const reading = spawn(framed.next());
    yield* yieldNow();
    assert.throws(() => framed.tryNext(), { name: "BusyError", code: "io.busy" });
    reading.abort();
    yield* reading.settled();
    assert.equal(framed.tryNext(), INCOMPLETE);
  });
  await run(main());
});

test("FramedRead leaves what comes behind an item in its reader", async () => {
  const framed = new FramedRead(fromAsyncIterable(["head\nbody"]), new LinesCodec());
  const main = async(function* () {
    return [yield* framed.next(), Buffer.from(yield* readExact(framed.reader, 4)).toString()];
  });
  assert.deepEqual(await run(main()), ["head", "body"]);
});

test("FramedRead serves one at a time, and the refusal is no error of the items", async () => {
  const [reader, writer] = simplex(10);
  const framed = new FramedRead(reader, new Pairs());
  const error = await run(join(framed.next(), framed.next())).catch((error: unknown) => error);
  assert.ok(error instanceof BusyError);
  await run(writer.write(Buffer.from("12")));
  assert.equal(await run(framed.next()), 12);
});

test("FramedRead is iterated with for await outside of tasks", async () => {
  const lines: string[] = [];
  for await (const line of new FramedRead(fromAsyncIterable(["a\nb"]), new LinesCodec())) lines.push(line);
  assert.deepEqual(lines, ["a", "b"]);
});

test("FramedWrite.feed() collects up to 8 KiB, and then waits for room: that is the back-pressure", async () => {
  const [reader, writer] = simplex(100);
  const framed = new FramedWrite(writer, new BytesCodec());
  const main = async(function* () {
    yield* framed.feed(new Uint8Array(8191));
    yield* framed.feed(new Uint8Array(1));
    const before = framed.writer.buffered;
    const tried = yield* select({ feed: framed.feed(new Uint8Array(1)), full: yieldNow() }, { biased: true });
    const after = framed.writer.buffered;
    const [, all] = yield* join(framed.close(), readToEnd(reader));
    return [before, tried.key, after, all.length];
  });
  assert.deepEqual(await run(main()), [8192, "full", 8092, 8192]);
});

test("FramedWrite.feed() sends nothing of an item whose encoding failed", async () => {
  const [reader, writer] = simplex(100);
  const framed = new FramedWrite(writer, new Pairs());
  const main = async(function* () {
    yield* framed.feed(1);
    const failed = yield* outcomes({ next: () => framed.feed(100) }, 1);
    yield* framed.send(2);
    yield* framed.close();
    return [...failed, yield* readToString(reader)];
  });
  assert.deepEqual(await run(main()), ["too large", "0102"]);
});

test("FramedWrite.flush() that was dropped sends nothing twice", async () => {
  const [reader, writer] = simplex(3);
  const framed = new FramedWrite(writer, new LinesCodec());
  const main = async(function* () {
    yield* framed.feed("abcdef");
    const tried = yield* select({ flush: framed.flush(), full: yieldNow() }, { biased: true });
    const [, text] = yield* join(framed.close(), readToString(reader));
    return [tried.key, text];
  });
  assert.deepEqual(await run(main()), ["full", "abcdef\n"]);
});

test("Framed goes both ways at once, and reads on after close()", async () => {
  const [client, server] = duplex(8);
  const serving = async(function* () {
    const numbers = new Framed(server, new Pairs());
    for (let n; (n = yield* numbers.next()) !== END;) yield* numbers.send(n + 1);
    yield* numbers.close();
  });
  const asking = async(function* () {
    const numbers = new Framed(client, new Pairs());
    for (const n of [1, 2, 3]) yield* numbers.feed(n);
    yield* numbers.flush();
    yield* numbers.close();
    return yield* outcomes(numbers, 4);
  });
  assert.deepEqual((await run(join(asking(), serving())))[0], [2, 3, 4, "END"]);
  const all: number[] = [];
  const [here, there] = duplex(8);
  await run(lazy(() => there[Symbol.dispose]()));
  for await (const n of new Framed(here, new Pairs())) all.push(n);
  assert.deepEqual(all, []);
});

test("lines() reads lines, and fails past its limit", async () => {
  const source = lines(fromAsyncIterable(["one\ntoo long\ntwo"]), { maxLength: 4 });
  assert.deepEqual(await run(outcomes(source, 5)), ["one", "codec.too-long", "END", "two", "END"]);
});

test("Framed speaks what the other side expects, in whatever pieces that is taken and given", async () => {
  const kit = testRuntime();
  const peer = mockStream().read("220 he").read("llo\r\n").write("HE").write("LO\n").read("250 ok\r\n").build();
  const session = async(function* () {
    const lines = new Framed(peer, new LinesCodec());
    const greeting = yield* lines.next();
    yield* lines.send("HELO");
    return [greeting, yield* lines.next(), yield* lines.next()];
  });
  assert.deepEqual(await kit.run(session()), ["220 hello", "250 ok", END]);
  await kit.finish();
});

test("BytesCodec gives what has come", async () => {
  const framed = new FramedRead(fromAsyncIterable(["ab", "", "c"]), new BytesCodec());
  const sizes = await run(outcomes(framed, 3));
  assert.deepEqual(
    sizes.map((item) => (item instanceof Uint8Array ? Buffer.from(item).toString() : item)),
    ["ab", "c", "END"],
  );
});
