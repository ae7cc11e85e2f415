/**
 * NodeReader: bytes from a Node stream (needs Node: `node:stream`).
 *
 * The stream is in paused mode: it reads ahead as far as its own high-water mark, and no further until somebody reads here. That is the
 * back-pressure. Its listeners are put on once, when the reader is made.
 *
 *     source ──► stream's buffer ──read()──► a chunk here ──copy──► `into`
 *                     └─ 'readable' 'end' 'error' 'close' ──► wake
 */
import type { Readable } from "node:stream";
import { quote } from "../base/errors.js";
import { PENDING, type Poll } from "../future/poll.js";
import { type ChunkSource, SOURCE } from "./chunk.js";
import { closed, disconnected, translated } from "./failures.js";
import { ChunkReader } from "./polled-reader.js";

const DEED = "read from the stream";

/** Reads from a Node stream. Made with {@link fromNodeReadable}. */
export class NodeReader extends ChunkReader implements ChunkSource, Disposable {
  readonly #stream: Readable;
  #error: unknown = null;
  #isDisposed = false;

  /** @internal */
  constructor(stream: Readable) {
    super();
    if (typeof (stream as Partial<Readable> | null)?.read !== "function" || stream.readableObjectMode)
      throw new TypeError(
        `Cannot read from a Node stream as 'readable' must be a Readable of bytes: received ${quote(stream)}`,
      );
    if (stream.readableEncoding != null)
      throw new TypeError(
        `Cannot read from a Node stream as 'readable' must give bytes: received one with the encoding ${quote(stream.readableEncoding)}` +
          "\nhelp: do not set an encoding on it",
      );
    this.#stream = stream;
    const wake = (): void => this.wakeReader();
    // INVARIANT: there is a listener for 'error' as long as the stream lives; without one an error would end the process.
    stream.on("error", (error) => {
      this.#error ??= error;
      this.wakeReader();
    });
    stream.on("end", wake).on("close", wake).on("readable", wake);
  }

  /** @internal */
  get [SOURCE](): ChunkSource {
    return this;
  }

  /** @internal */
  pollChunk(): Poll<Uint8Array | null> {
    const stream = this.#stream;
    if (this.#isDisposed) throw closed(DEED, "disposed of");
    // Ask first: what came before an error or the end is read before either.
    const chunk = stream.read() as unknown;
    if (chunk instanceof Uint8Array) return chunk;
    if (chunk !== null)
      throw new TypeError(
        `Cannot read from a Node stream as it must give bytes: received ${quote(chunk)}\nhelp: do not set an encoding on it`,
      );
    if (stream.readableEnded) return null;
    const error = this.#error ?? stream.errored;
    if (error != null) throw (this.#error = translated(DEED, error));
    // Destroyed, but not closed yet, it may still be about to say that it ended.
    if (stream.closed) throw (this.#error = disconnected(DEED, "it was closed before its end"));
    return PENDING;
  }

  /** Destroys the stream. What was not read is lost; reads fail with ClosedError. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.discard();
    this.#stream.destroy();
    this.wakeReader();
  }
}

/**
 * Reads from a Node stream, with back-pressure: it holds as much as the stream's high-water mark, and what is left of one chunk.
 *
 * The reader has the stream for itself from now on: no `'data'` listener, no `pipe`, no second reader beside it. Disposing of the reader destroys
 * the stream.
 *
 * **Cancel safety**: a read that is dropped loses nothing.
 *
 * @param readable of bytes: not in object mode, without an encoding
 * @throws TypeError if it is no stream of bytes
 *
 * @example
 * ```ts
 * import { Readable } from "node:stream";
 * import { async, run } from "heddle";
 * import { fromNodeReadable } from "heddle/io";
 *
 * const main = async(function* () {
 *   using reader = fromNodeReadable(Readable.from([Buffer.from("hello")], { objectMode: false }));
 *   const into = new Uint8Array(3);
 *   for (let n; (n = yield* reader.read(into)) > 0; ) console.log(n);
 * });
 * await run(main());
 * // prints: 3
 * // prints: 2
 * ```
 */
export function fromNodeReadable(readable: Readable): NodeReader {
  return new NodeReader(readable);
}
