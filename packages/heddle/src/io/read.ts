/**
 * What is read of a source at once: so many bytes, everything, up to a delimiter, a line.
 */
import { quote } from "../base/errors.js";
import { async } from "../future/async.js";
import { END } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import { BufReader } from "./buf-reader.js";
import { ByteQueue } from "./byte-queue.js";
import { checkInteger, checkLimit, checkReader, tooLong, unexpectedEnd } from "./failures.js";
import { decodeText } from "./text.js";

/** How much may be read. */
export interface ReadOptions {
  /** How many bytes there may be. No limit by default: give one for what comes from strangers. */
  limit?: number | undefined;
}

const DEED = "read from the stream";
const NEWLINE = 10;
const RETURN = 13;

/**
 * Reads exactly `length` bytes.
 *
 * **Cancel safety**: of a {@link BufReader} nothing is lost. Of another source, what had been read is lost.
 *
 * @throws DisconnectedError `io.unexpected-end` if there are fewer
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { fromAsyncIterable, readExact } from "heddle/io";
 *
 * const main = async(function* () {
 *   const reader = fromAsyncIterable(["hel", "lo world"]);
 *   return new TextDecoder().decode(yield* readExact(reader, 5));
 * });
 * console.log(await run(main()));
 * // prints: hello
 * ```
 */
export const readExact = async(function* readExact(reader: AsyncRead, length: number) {
  checkReader(reader, "read");
  checkInteger(length, "read", "length", 0);
  if (reader instanceof BufReader) {
    const { length: there } = yield* reader.peek(length);
    if (there < length) throw unexpectedEnd(DEED, `${length} bytes came: there were ${there}`);
    return reader.queue.take(length);
  }
  const into = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = yield* reader.read(into.subarray(at));
    if (read === 0) throw unexpectedEnd(DEED, `${length} bytes came: there were ${at}`);
    at += read;
  }
  return into;
});

/**
 * Reads everything up to the end.
 *
 * **Cancel safety**: what had been read is lost.
 *
 * @throws HeddleError `io.too-long` if there is more than `limit`
 */
export const readToEnd = async(function* readToEnd(reader: AsyncRead, options?: ReadOptions) {
  const limit = options?.limit ?? Number.POSITIVE_INFINITY;
  checkReader(reader, "read to the end");
  checkLimit(limit, "read to the end", "limit");
  const queue = new ByteQueue();
  for (;;) {
    const read = yield* reader.read(queue.room(8192));
    if (read === 0) return queue.take(queue.length);
    queue.commit(read);
    if (queue.length > limit) throw tooLong("read to the end", limit);
  }
});

/**
 * Reads everything up to the end, as text in UTF-8.
 *
 * **Cancel safety**: what had been read is lost.
 *
 * @throws HeddleError `io.too-long` if there is more than `limit`; `io.not-text` if it is no text
 */
export const readToString = async(function* readToString(reader: AsyncRead, options?: ReadOptions) {
  return decodeText(yield* readToEnd(reader, options), "read the stream");
});

/**
 * Reads up to a byte, and gives it as well. Without it, at the end, what there is; nothing after that.
 *
 * **Cancel safety**: nothing is lost.
 *
 * @param delimiter a byte: 0 to 255
 * @throws HeddleError `io.too-long` if the byte does not come within `limit`; what came is still there to be read
 */
export const readUntil = async(function* readUntil(reader: BufReader, delimiter: number, options?: ReadOptions) {
  const limit = options?.limit ?? Number.POSITIVE_INFINITY;
  if (!(reader instanceof BufReader))
    throw new TypeError(
      `Cannot read until a byte as 'reader' must be a BufReader: received ${quote(reader)}\nhelp: make one with new BufReader(reader), and keep it`,
    );
  checkLimit(limit, "read until a byte", "limit", 1);
  checkInteger(delimiter, "read until a byte", "delimiter", 0, 255);
  const { queue } = reader;
  reader.checkIdle();
  for (let searched = 0; ;) {
    const at = queue.indexOf(delimiter, searched);
    if (at >= limit || (at === -1 && queue.length > limit)) throw tooLong("read until a byte", limit);
    if (at !== -1) return queue.take(at + 1);
    searched = queue.length;
    if (!(yield* reader.fill())) return queue.take(queue.length);
  }
});

/**
 * Reads a line, as text in UTF-8 without its `\n` or `\r\n`. The last one may lack it.
 *
 * **Cancel safety**: nothing is lost.
 *
 * @returns the line, or {@link END}
 * @throws HeddleError `io.too-long` if the line, with its end, is longer than `limit`; `io.not-text` if it is no text: it is skipped then
 */
export const readLine = async(function* readLine(reader: BufReader, options?: ReadOptions) {
  const bytes = yield* readUntil(reader, NEWLINE, options);
  let { length } = bytes;
  if (length === 0) return END;
  if (bytes[length - 1] === NEWLINE && bytes[--length - 1] === RETURN) length--;
  return decodeText(bytes.subarray(0, length), "read a line");
});
