/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/io: bytes. Where they come from, where they go, what is read and written of them, codecs, and bridges to and from the streams of Node and the Web.
 */
export type { AsyncRead } from "./io/async-read.js";
export type { AsyncWrite } from "./io/async-write.js";
export { BufReader, type BufReaderOptions } from "./io/buf-reader.js";
export { BufWriter, type BufWriterOptions } from "./io/buf-writer.js";
export { ByteQueue } from "./io/byte-queue.js";
export { BytesCodec } from "./io/bytes-codec.js";
export { type Decoder, type Encoder, INCOMPLETE } from "./io/codec.js";
export { copy, copyBidirectional, type CopyOptions } from "./io/copy.js";
export { AnyDelimiterCodec, type AnyDelimiterOptions, type DelimitedOptions, LinesCodec } from "./io/delimited.js";
export { Framed } from "./io/framed.js";
export { FramedRead } from "./io/framed-read.js";
export { FramedWrite } from "./io/framed-write.js";
export { type Chunks, chunks, fromAsyncIterable, type IterableReader } from "./io/iterables.js";
export { LengthDelimitedCodec, type LengthDelimitedOptions } from "./io/length-delimited-codec.js";
export { lines } from "./io/lines.js";
export { fromNodeDuplex, type NodeDuplex } from "./io/node-duplex.js";
export { fromNodeReadable, type NodeReader } from "./io/node-reader.js";
export { fromNodeWritable, type NodeWriter } from "./io/node-writer.js";
export { empty, repeat, sink } from "./io/nothing.js";
export {
  type ReadNumber,
  readF32,
  readF32LE,
  readF64,
  readF64LE,
  readI16,
  readI16LE,
  readI32,
  readI32LE,
  readI64,
  readI64LE,
  readI8,
  readU16,
  readU16LE,
  readU32,
  readU32LE,
  readU64,
  readU64LE,
  readU8,
  writeF32,
  writeF32LE,
  writeF64,
  writeF64LE,
  writeI16,
  writeI16LE,
  writeI32,
  writeI32LE,
  writeI64,
  writeI64LE,
  writeI8,
  type WriteNumber,
  writeU16,
  writeU16LE,
  writeU32,
  writeU32LE,
  writeU64,
  writeU64LE,
  writeU8,
} from "./io/numbers.js";
export { duplex, type DuplexStream, type PipeReader, type PipeWriter, simplex } from "./io/pipe.js";
export { readExact, readLine, type ReadOptions, readToEnd, readToString, readUntil } from "./io/read.js";
export { combine, type ReadHalf, split, unsplit, type WriteHalf } from "./io/split.js";
export { stderr, stdin, stdout } from "./io/standard.js";
export { chain, type Take, take } from "./io/take.js";
export { toNodeReadable, toNodeWritable } from "./io/to-node.js";
export { fromReadableStream, toReadableStream, type WebReader } from "./io/web-reader.js";
export { fromWritableStream, toWritableStream, type WebWriter } from "./io/web-writer.js";
export { writeAll } from "./io/write-all.js";
