/**
 * `copy` and `copyBidirectional`: everything from here to there, and both ways.
 */
import { checkOptions } from "../base/options.js";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import type { Future } from "../future/poll.js";
import { select } from "../future/select.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { BufWriter } from "./buf-writer.js";
import { chunkSource, chunkTarget } from "./chunk.js";
import { checkInteger, checkReader, checkWriter } from "./failures.js";
import { PassOn } from "./pass-on.js";
import { writeAll } from "./write-all.js";

/** How bytes are copied. */
export interface CopyOptions {
  /** How many bytes are under way at most, in each direction. 65536. */
  bufferSize?: number | undefined;
}

/**
 * Copies everything up to the end, and flushes. It does not shut the destination down.
 *
 * Between streams and sockets of the host chunks are passed on as they come, and no byte is copied.
 *
 * A `BufWriter` is flushed also whenever the source has nothing more for now, so that what is asked of the other side gets there.
 *
 * **Cancel safety**: dropped, what was read and not written yet is lost.
 *
 * @returns how many bytes there were
 * @throws the first error of either side
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { copy, fromAsyncIterable, sink } from "heddle/io";
 *
 * console.log(await run(copy(fromAsyncIterable(["one", "two"]), sink())));
 * // prints: 6
 * ```
 */
export const copy = async(function* copy(reader: AsyncRead, writer: AsyncWrite, options?: CopyOptions) {
  checkReader(reader, "copy");
  checkWriter(writer, "copy");
  const size = checkSize(options);
  const [source, target] = [chunkSource(reader), chunkTarget(writer)];
  if (source !== undefined && target !== undefined) {
    const total = yield* new PassOn(source, target, size);
    yield* target.flush();
    return total;
  }
  const buffer = new Uint8Array(size);
  let total = 0;
  for (;;) {
    const length =
      writer instanceof BufWriter && writer.buffered > 0
        ? yield* readOrFlush(reader, writer, buffer)
        : yield* reader.read(buffer);
    if (length === 0) break;
    yield* writeAll(writer, length === buffer.length ? buffer : buffer.subarray(0, length));
    total += length;
  }
  yield* writer.flush();
  return total;
});

/** Reads; while that waits, flushes. A read that loses to the flush has taken nothing. */
const readOrFlush = async(function* readOrFlush(reader: AsyncRead, writer: AsyncWrite, buffer: Uint8Array) {
  const done = yield* select({ length: reader.read(buffer), flushed: writer.flush() }, { biased: true });
  return done.key === "length" ? done.value : yield* reader.read(buffer);
});

const transfer = async(function* transfer(reader: AsyncRead, writer: AsyncWrite, options?: CopyOptions) {
  const total = yield* copy(reader, writer, options);
  yield* writer.shutdown();
  return total;
});

/**
 * Copies both ways, until both sides have ended. Where one ends, the other is shut down, and what it still sends is copied.
 *
 * **Cancel safety**: dropped, what was read and not written yet is lost.
 *
 * @returns how many bytes went from `a` to `b`, and from `b` to `a`
 * @throws the first error of either side, which ends both directions; neither is closed by that
 *
 * @example
 * ```ts
 * import { async, join, run } from "heddle";
 * import { copyBidirectional, duplex, readToString, writeAll } from "heddle/io";
 *
 * const [client, left] = duplex(64);
 * const [right, server] = duplex(64);
 * const talking = async(function* () {
 *   yield* writeAll(client, "ping");
 *   yield* client.shutdown();
 *   yield* writeAll(server, (yield* readToString(server)).replace("i", "o"));
 *   yield* server.shutdown();
 *   return yield* readToString(client);
 * });
 * console.log((await run(join(talking(), copyBidirectional(left, right)))).join(" "));
 * // prints: pong 4,4
 * ```
 */
export function copyBidirectional(
  a: AsyncRead & AsyncWrite,
  b: AsyncRead & AsyncWrite,
  options?: CopyOptions,
): Future<[fromA: number, fromB: number]> {
  checkSize(options);
  return join(transfer(a, b, options), transfer(b, a, options));
}

function checkSize(options: CopyOptions | undefined): number {
  checkOptions(options, "copy", "{ bufferSize: 65_536 }");
  const { bufferSize = 65_536 } = options ?? {};
  checkInteger(bufferSize, "copy", "bufferSize", 1);
  return bufferSize;
}
