import assert from "node:assert/strict";
import { test } from "node:test";
import { BusyError, DisconnectedError, HeddleError } from "../base/errors.js";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { END, type Future } from "../future/poll.js";
import { run } from "../runtime/run.js";
import { BufReader } from "./buf-reader.js";
import { fromAsyncIterable } from "./iterables.js";
import { simplex } from "./pipe.js";
import { readExact, readLine, readToEnd, readToString, readUntil } from "./read.js";

const of = (...pieces: (string | Uint8Array)[]) => fromAsyncIterable(pieces);
const buffered = (...pieces: (string | Uint8Array)[]): BufReader => new BufReader(of(...pieces), { capacity: 4 });
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const failure = (future: Future<unknown>): Promise<any> =>
  run(future).then(
    () => assert.fail("did not throw"),
    (error: unknown) => error,
  );

test("readExact() reads over the bounds of chunks, and leaves what comes behind", async () => {
  for (const reader of [of("ab", "cde", "fgh"), buffered("ab", "cde", "fgh")]) {
    const main = async(function* () {
      const parts = [yield* readExact(reader, 4), yield* readExact(reader, 0), yield* readExact(reader, 1)];
      return [...parts.map(text), yield* readToString(reader)];
    });
    assert.deepEqual(await run(main()), ["abcd", "", "e", "fgh"]);
  }
});

test("readExact() fails when the source ends before, and a BufReader keeps what there was", async () => {
  const error = await failure(readExact(of("abc"), 4));
  assert.ok(error instanceof DisconnectedError);
  assert.equal(error.code, "io.unexpected-end");
  assert.equal(error.message, "Cannot read from the stream: it ended before 4 bytes came: there were 3");
  const reader = buffered("abc");
  assert.equal((await failure(readExact(reader, 4))).code, "io.unexpected-end");
  assert.equal(await run(readToString(reader)), "abc");
  assert.match((await failure(readExact(reader, -1))).message, /^Cannot read as 'length' must be an integer >= 0/);
});

test("readToEnd() and readToString() read everything, and fail past their limit", async () => {
  const large = "x".repeat(100_000);
  assert.equal(text(await run(readToEnd(of(large, "", large)))), large + large);
  assert.equal(await run(readToString(of("één ", "ligne"))), "één ligne");
  assert.equal(await run(readToString(of("four"), { limit: 4 })), "four");
  const error = await failure(readToString(of("fi", "ve!"), { limit: 4 }));
  assert.ok(error instanceof HeddleError);
  assert.equal(
    error.message,
    "Cannot read to the end as there may be at most 4 bytes: there are more\nhelp: raise the limit, or read it piece by piece",
  );
  assert.match((await failure(readToEnd(of(), { limit: Number.NaN }))).message, /'limit' must be an integer >= 0/);
});

test("readToString() puts letters together that came in pieces, and refuses what is no UTF-8", async () => {
  assert.equal(await run(readToString(of(Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xac)))), "€");
  assert.equal(await run(readToString(of("\ufeffmark"))), "\ufeffmark");
  assert.equal((await failure(readToString(of(Uint8Array.of(0xe2, 0x82))))).code, "io.not-text");
});

test("readUntil() gives the delimiter as well, and the rest without one", async () => {
  const reader = buffered("a,b", "bb", ",,", "rest");
  const main = async(function* () {
    const parts: string[] = [];
    for (let part; (part = yield* readUntil(reader, 44)).length > 0;) parts.push(text(part));
    return parts;
  });
  assert.deepEqual(await run(main()), ["a,", "bbb,", ",", "rest"]);
});

test("readUntil() fails at the limit and leaves what came where it is", async () => {
  for (const pieces of [["abcd,rest"], ["ab", "cd,rest"], ["abcdefgh", ",rest"]]) {
    const reader = buffered(...pieces);
    assert.equal((await failure(readUntil(reader, 44, { limit: 4 }))).code, "io.too-long");
    assert.equal(await run(readToString(reader)), pieces.join(""));
  }
  assert.equal(text(await run(readUntil(buffered("abc,rest"), 44, { limit: 4 }))), "abc,");
  assert.match((await failure(readUntil(buffered(), 256))).message, /'delimiter' must be an integer from 0 to 255/);
});

test("readLine() takes both ends of a line, a last line without one, and says END", async () => {
  const reader = buffered("one\r", "\n\ntwo\rthree\n", "last\r");
  const main = async(function* () {
    const lines: unknown[] = [];
    for (let i = 0; i < 6; i++) lines.push(yield* readLine(reader));
    return lines;
  });
  assert.deepEqual(await run(main()), ["one", "", "two\rthree", "last\r", END, END]);
});

test("readLine() skips a line that is no text, and goes on behind it", async () => {
  const reader = buffered(Uint8Array.of(255, 10), "fine\n");
  const error = await failure(readLine(reader));
  assert.equal(
    error.message,
    "Cannot read a line as text: it is not valid UTF-8\nhelp: read bytes, and decode them with the TextDecoder of their encoding",
  );
  assert.equal(await run(readLine(reader)), "fine");
});

test("BufReader.peek() and fillBuf() look without taking, consume() takes", async () => {
  const reader = buffered("ab", "cdefgh", "i");
  const main = async(function* () {
    const log = [text(yield* reader.fillBuf()), text(yield* reader.fillBuf()), text(yield* reader.peek(7))];
    reader.consume(3);
    log.push(text(reader.buffered), text(yield* reader.peek(100)));
    reader.consume(6);
    return [...log, (yield* reader.fillBuf()).length];
  });
  assert.deepEqual(await run(main()), ["ab", "ab", "abcdefgh", "defgh", "defghi", 0]);
  assert.throws(() => reader.consume(1), { name: "RangeError", message: /'length' must be an integer from 0 to 0/ });
});

test("BufReader.read() gives what it has, and lets large reads past its buffer", async () => {
  const sizes: number[] = [];
  const source = of("abcdefgh", "i");
  const reader = new BufReader(
    {
      read(into) {
        sizes.push(into.length);
        return source.read(into);
      },
    },
    { capacity: 1024 },
  );
  const main = async(function* () {
    const small = yield* reader.read(new Uint8Array(3));
    const rest = yield* reader.read(new Uint8Array(5000));
    return [small, rest, yield* reader.read(new Uint8Array(5000)), yield* reader.read(new Uint8Array(0))];
  });
  assert.deepEqual(await run(main()), [3, 5, 1, 0]);
  assert.deepEqual(sizes, [1024, 5000]);
});

test("BufReader serves one reader at a time, also where the second would find enough in the buffer", async () => {
  const [source, writer] = simplex(100);
  const reader = new BufReader(source);
  const main = async(function* () {
    yield* writer.write(Buffer.from("ab"));
    yield* reader.fillBuf();
    return yield* join(readExact(reader, 3), reader.read(new Uint8Array(1)));
  });
  assert.ok((await failure(main())) instanceof BusyError);
  // The wait was dropped with the join: the buffer is as it was.
  assert.equal(text(await run(readExact(reader, 2))), "ab");
});

test("BufReader lets go of a large buffer once it is empty", async () => {
  const reader = buffered("x".repeat(1_000_000), "y");
  await run(readExact(reader, 1_000_000));
  assert.equal(await run(readToString(reader)), "y");
  assert.ok(reader.buffered.buffer.byteLength < 70_000);
});
