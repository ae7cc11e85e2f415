/**
 * NodeWriter: bytes to a Node stream (needs Node: `node:stream`).
 *
 * A write waits only while the stream says that its buffer is full (`writableNeedDrain`). Then it takes at most 64 KiB, as a copy, for
 * Node keeps what it is given until it is sent. So this side holds at most the stream's high-water mark and 64 KiB.
 */
import type { Writable } from "node:stream";
import { quote } from "../base/errors.js";
import { PENDING, type Poll } from "../future/poll.js";
import { type ChunkTarget, type Giving, TARGET } from "./chunk.js";
import { closed, type Deed, disconnected, translated } from "./failures.js";
import { type Lane, Operation } from "./operation.js";
import { PolledWriter } from "./polled-writer.js";

/** What one write takes at most, in bytes. */
const MOST = 65_536;

/** Writes to a Node stream. Made with {@link fromNodeWritable}. */
export class NodeWriter extends PolledWriter implements ChunkTarget, Disposable {
  readonly #stream: Writable;
  #error: unknown = null;
  #isDisposed = false;
  #isShutDown = false;
  /** Writes whose bytes have not all been sent. */
  #unsent = 0;
  readonly #sent = (): void => {
    if (--this.#unsent === 0) this.wakeWriter();
  };

  /** @internal */
  constructor(stream: Writable) {
    super(null);
    if (typeof (stream as Partial<Writable> | null)?.write !== "function" || stream.writableObjectMode)
      throw new TypeError(
        `Cannot write to a Node stream as 'writable' must be a Writable of bytes: received ${quote(stream)}`,
      );
    this.#stream = stream;
    const wake = (): void => this.wakeWriter();
    // INVARIANT: there is a listener for 'error' as long as the stream lives; without one an error would end the process.
    stream.on("error", (error) => {
      this.#error ??= error;
      this.wakeWriter();
    });
    stream.on("drain", wake).on("finish", wake).on("close", wake);
  }

  /** @internal */
  pollWrite(bytes: Uint8Array): Poll<number> {
    if (!this.#hasRoom()) return PENDING;
    return this.#send(Buffer.from(bytes.length > MOST ? bytes.subarray(0, MOST) : bytes));
  }

  /** @internal */
  get [TARGET](): ChunkTarget {
    return this;
  }

  /** @internal */
  giving(): Giving {
    return new GiveChunks(this, this.lane);
  }

  /** @internal As `pollWrite`, and without a copy: takes all of a chunk that nobody else will touch. */
  pollGive(chunk: Uint8Array): Poll<number> {
    return this.#hasRoom() ? this.#send(chunk) : PENDING;
  }

  #hasRoom(): boolean {
    const stream = this.#stream;
    this.#check("write to the stream");
    if (this.#isShutDown) throw closed("write to the stream", "shut down");
    if (stream.writableEnded) throw disconnected("write to the stream", "it was ended elsewhere");
    return !stream.writableNeedDrain;
  }

  #send(chunk: Uint8Array): number {
    this.#unsent++;
    this.#stream.write(chunk, this.#sent);
    return chunk.length;
  }

  /** @internal */
  pollFlush(): Poll<void> {
    if (this.#unsent === 0 && this.#stream.writableFinished) return undefined;
    this.#check("flush the stream");
    return this.#unsent === 0 ? undefined : PENDING;
  }

  /** @internal */
  pollShutdown(): Poll<void> {
    const stream = this.#stream;
    if (stream.writableFinished) return undefined;
    this.#check("shut the stream down");
    if (!this.#isShutDown) {
      this.#isShutDown = true;
      if (!stream.writableEnded) stream.end();
    }
    return PENDING;
  }

  #check(deed: Deed): void {
    if (this.#isDisposed) throw closed(deed, "disposed of");
    const error = this.#error ?? this.#stream.errored;
    if (error != null) throw (this.#error = translated(deed, error));
    if (this.#stream.destroyed && !this.#stream.writableFinished)
      throw (this.#error = disconnected(deed, "it was closed"));
  }

  /** Destroys the stream. What was not sent is lost; writes fail with ClosedError. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#stream.destroy();
    this.wakeWriter();
  }
}

class GiveChunks extends Operation<number> implements Giving {
  readonly #writer: NodeWriter;
  chunk: Uint8Array | null = null;

  constructor(writer: NodeWriter, lane: Lane) {
    super(lane);
    this.#writer = writer;
  }

  protected attempt(): Poll<number> {
    return this.#writer.pollGive(this.chunk!);
  }
}

/**
 * Writes to a Node stream, with back-pressure: a write waits while the stream's buffer is full.
 *
 * Others may write to the stream as well. Disposing of the writer destroys the stream, and what was not flushed may not arrive.
 *
 * **Cancel safety**: a write that is dropped has taken nothing.
 *
 * @param writable of bytes: not in object mode
 * @throws TypeError if it is no stream of bytes
 *
 * @example
 * ```ts
 * import { PassThrough } from "node:stream";
 * import { async, run } from "heddle";
 * import { fromNodeWritable } from "heddle/io";
 *
 * const stream = new PassThrough();
 * const main = async(function* () {
 *   const writer = fromNodeWritable(stream);
 *   console.log(yield* writer.write(Buffer.from("hello")));
 *   yield* writer.shutdown();
 * });
 * await run(main());
 * console.log(String(stream.read()));
 * // prints: 5
 * // prints: hello
 * ```
 */
export function fromNodeWritable(writable: Writable): NodeWriter {
  return new NodeWriter(writable);
}
