/**
 * Web streams of bytes: `ReadableStream` as a source, and a source as `ReadableStream`.
 */
import { quote } from "../base/errors.js";
import { END, PENDING, type Poll } from "../future/poll.js";
import { currentRuntime, defaultRuntime } from "../runtime/run.js";
import type { JoinHandle } from "../task/join-handle.js";
import type { AsyncRead } from "./async-read.js";
import { closed } from "./failures.js";
import { Chunks } from "./iterables.js";
import { ChunkReader } from "./polled-reader.js";

/** Reads from a Web stream. Made with {@link fromReadableStream}. */
export class WebReader extends ChunkReader implements Disposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** A chunk was asked for and has not come. It is kept whether or not somebody still waits for it. */
  #isAsked = false;
  #arrived: Uint8Array | null = null;
  #error: { reason: unknown } | null = null;
  #isEnded = false;

  /** @internal */
  constructor(stream: ReadableStream<Uint8Array>) {
    super();
    this.#reader = stream.getReader();
  }

  /** @internal */
  pollChunk(): Poll<Uint8Array | null> {
    const arrived = this.#arrived;
    if (arrived !== null) {
      this.#arrived = null;
      return arrived;
    }
    if (this.#error !== null) throw this.#error.reason;
    if (this.#isEnded) return null;
    if (!this.#isAsked) this.#ask();
    return PENDING;
  }

  #ask(): void {
    this.#isAsked = true;
    const settled = (): void => {
      this.#isAsked = false;
      this.wakeReader();
    };
    this.#reader.read().then(
      ({ done, value }) => {
        if (done) this.#isEnded = true;
        else if (value instanceof Uint8Array) this.#arrived = value;
        else
          this.#error ??= {
            reason: new TypeError(`Cannot read from a stream as it must give bytes: received ${quote(value)}`),
          };
        settled();
      },
      (reason: unknown) => {
        this.#error ??= { reason };
        settled();
      },
    );
  }

  /** Cancels the stream. Reads fail with ClosedError. */
  [Symbol.dispose](): void {
    this.discard();
    this.#arrived = null;
    this.#error = { reason: closed("read from the stream", "disposed of") };
    // It rejects with what the stream failed with before: nobody wants to know now.
    this.#reader.cancel().catch(() => {});
    this.wakeReader();
  }
}

/**
 * Reads from a Web stream of bytes, such as the body of a `Response`. A chunk is asked for when somebody reads: that is the back-pressure. The
 * stream is locked from now on; disposing of the reader cancels it.
 *
 * **Cancel safety**: a read that is dropped loses nothing: a chunk that was asked for is kept for the next read.
 *
 * @throws TypeError if the stream is locked
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { fromReadableStream, readToString } from "heddle/io";
 *
 * const { body } = new Response("the body");
 * console.log(await run(readToString(fromReadableStream(body!))));
 * // prints: the body
 * ```
 */
export function fromReadableStream(stream: ReadableStream<Uint8Array>): WebReader {
  if (typeof (stream as Partial<ReadableStream> | null)?.getReader !== "function")
    throw new TypeError(`Cannot read from a Web stream as it must be a ReadableStream: received ${quote(stream)}`);
  return new WebReader(stream);
}

/**
 * A Web stream that reads from `reader` when it is read from, and not ahead.
 *
 * Cancelling the stream aborts the read and disposes of the reader, if it can be disposed of.
 *
 * @example
 * ```ts
 * import { fromAsyncIterable, toReadableStream } from "heddle/io";
 *
 * console.log(await new Response(toReadableStream(fromAsyncIterable(["to the web"]))).text());
 * // prints: to the web
 * ```
 */
export function toReadableStream(reader: AsyncRead): ReadableStream<Uint8Array> {
  const runtime = currentRuntime() ?? defaultRuntime();
  const pieces = new Chunks(reader, 65_536);
  let handle: JoinHandle<Uint8Array | typeof END> | null = null;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        handle = runtime.spawn(pieces.next());
        const piece = await handle;
        if (piece === END) controller.close();
        else controller.enqueue(piece);
      },
      async cancel() {
        handle?.abort();
        await handle?.then().catch(() => {});
        (reader as Partial<Disposable>)[Symbol.dispose]?.();
      },
    },
    { highWaterMark: 0 },
  );
}
