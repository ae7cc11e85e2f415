/**
 * What is no source, no destination and no codec is refused where it is given, and the message says what to give.
 */
import assert from "node:assert/strict";
import { Readable, Writable } from "node:stream";
import { test } from "node:test";
import { type Future, Runtime } from "../index.js";
import {
  BufReader,
  BufWriter,
  copy,
  duplex,
  Framed,
  FramedRead,
  FramedWrite,
  LinesCodec,
  readExact,
  readLine,
  readToEnd,
  readToString,
  readU8,
  readUntil,
  sink,
  writeAll,
  writeU8,
} from "../io.js";

const of = (run: () => unknown): Promise<unknown> => {
  const runtime = new Runtime({ startPaused: true, warnings: false });
  return Promise.resolve()
    .then(() => runtime.run(run() as Future<unknown>))
    .then(
      (value) => value,
      (error: unknown) => String(error),
    );
};

const NO_READERS = [undefined, "file.txt", 5, new Readable({ read() {} }), new ReadableStream(), new Uint8Array(1)];
const NO_WRITERS = [undefined, "file.txt", 5, new Writable({ write() {} }), new WritableStream(), []];

test("What reads refuses what is no AsyncRead, streams of Node and of the Web included", async () => {
  for (const wrong of NO_READERS as any[])
    for (const read of [
      () => new BufReader(wrong),
      () => new FramedRead(wrong, new LinesCodec()),
      () => readExact(wrong, 1),
      () => readU8(wrong),
      () => readToEnd(wrong),
      () => readToString(wrong),
      () => copy(wrong, sink()),
    ])
      assert.match(
        String(await of(read)),
        /^TypeError: Cannot [a-zA-Z ]+ as 'reader' must be an AsyncRead: received .+\nhelp: fromNodeReadable\(…\), /,
      );
});

test("What writes refuses what is no AsyncWrite, streams of Node and of the Web included", async () => {
  for (const wrong of NO_WRITERS as any[])
    for (const write of [
      () => new BufWriter(wrong),
      () => new FramedWrite(wrong, new LinesCodec()),
      () => writeAll(wrong, "text"),
      () => writeU8(wrong, 1),
      () => copy(duplex(1)[0], wrong),
    ])
      assert.match(
        String(await of(write)),
        /^TypeError: Cannot [a-zA-Z ]+ as 'writer' must be an AsyncWrite: received .+\nhelp: fromNodeWritable\(…\) /,
      );
});

test("readLine() and readUntil() of what is not buffered say to buffer it", async () => {
  const [end] = duplex(1);
  for (const read of [() => readLine(end as never), () => readUntil(end as never, 10)])
    assert.match(
      String(await of(read)),
      /^TypeError: Cannot read until a byte as 'reader' must be a BufReader: received .*\nhelp: .*new BufReader\(reader\)/,
    );
});

test("Framed, FramedRead and FramedWrite refuse what is no codec, the class of one included", () => {
  const [end] = duplex(1);
  for (const wrong of [undefined, LinesCodec, {}] as any[])
    for (const make of [
      () => new Framed(end, wrong),
      () => new FramedRead(end, wrong),
      () => new FramedWrite(end, wrong),
    ])
      assert.throws(
        make,
        /^TypeError: Cannot (read|write) items as '(de|en)coder' must have .*\nhelp: .*new LinesCodec\(\)/,
      );
});
