/**
 * Async iterables as sources of bytes, and sources of bytes as async iterables.
 */
import { quote } from "../base/errors.js";
import { async } from "../future/async.js";
import { END, type Future, PENDING, type Poll } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import { checkInteger, closed } from "./failures.js";
import { Iteration } from "./iteration.js";
import { ChunkReader } from "./polled-reader.js";
import { encodeText } from "./text.js";

/** What an iterable may give: bytes, or text that is sent as UTF-8. */
type Piece = Uint8Array | string;

/** Reads from an iterable. Made with {@link fromAsyncIterable}. */
export class IterableReader extends ChunkReader implements Disposable {
  readonly #iterator: AsyncIterator<Piece> | Iterator<Piece>;
  /** A piece was asked for and has not come. It is kept whether or not somebody still waits for it. */
  #isAsked = false;
  #arrived: Uint8Array | null = null;
  #error: { reason: unknown } | null = null;
  #isEnded = false;

  /** @internal */
  constructor(iterator: AsyncIterator<Piece> | Iterator<Piece>) {
    super();
    this.#iterator = iterator;
  }

  /** @internal */
  pollChunk(): Poll<Uint8Array | null> {
    for (;;) {
      const arrived = this.#arrived;
      if (arrived !== null) {
        this.#arrived = null;
        return arrived;
      }
      if (this.#error !== null) throw this.#error.reason;
      if (this.#isEnded) return null;
      if (this.#isAsked) return PENDING;
      this.#ask();
    }
  }

  #ask(): void {
    this.#isAsked = true;
    let result;
    try {
      result = this.#iterator.next();
    } catch (error) {
      return this.#fail(error);
    }
    if (!("then" in result)) return this.#take(result);
    result.then(
      (taken) => {
        this.#take(taken);
        this.wakeReader();
      },
      (error: unknown) => {
        this.#fail(error);
        this.wakeReader();
      },
    );
  }

  #take({ done, value }: IteratorResult<Piece, unknown>): void {
    this.#isAsked = false;
    if (done === true) this.#isEnded = true;
    else if (typeof value === "string") this.#arrived = encodeText(value);
    else if (value instanceof Uint8Array) this.#arrived = value;
    else
      this.#fail(new TypeError(`Cannot read from an iterable as it must give bytes or text: received ${quote(value)}`));
  }

  #fail(reason: unknown): void {
    this.#isAsked = false;
    this.#error ??= { reason };
  }

  /**
   * Ends the iteration: `return()` of the iterator is called. Reads fail with ClosedError. What its cleanup throws later, nobody waits for: the platform reports it as
   * an unhandled rejection.
   */
  [Symbol.dispose](): void {
    this.discard();
    this.#arrived = null;
    const wasOver = this.#isEnded || this.#error !== null;
    this.#error = { reason: closed("read from the iterable", "disposed of") };
    this.wakeReader();
    if (!wasOver) void this.#iterator.return?.();
  }
}

/**
 * Reads from an iterable of bytes or text, async or not. It is asked for a piece when somebody reads and none is there: that is the
 * back-pressure.
 *
 * **Cancel safety**: a read that is dropped loses nothing: a piece that was asked for is kept for the next read.
 *
 * @throws TypeError if it is no iterable
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { fromAsyncIterable, readToString } from "heddle/io";
 *
 * async function* pieces() {
 *   yield "hello ";
 *   yield new Uint8Array([119, 111, 114, 108, 100]);
 * }
 * console.log(await run(readToString(fromAsyncIterable(pieces()))));
 * // prints: hello world
 * ```
 */
export function fromAsyncIterable(iterable: AsyncIterable<Piece> | Iterable<Piece>): IterableReader {
  const source = iterable as Partial<AsyncIterable<Piece> & Iterable<Piece>> | null | undefined;
  // A string is an iterable of its letters: somebody meant the whole.
  const start: (() => AsyncIterator<Piece> | Iterator<Piece>) | undefined =
    typeof source === "string" ? undefined : (source?.[Symbol.asyncIterator] ?? source?.[Symbol.iterator]);
  if (typeof start !== "function")
    throw new TypeError(
      `Cannot read from an iterable as it must be one of bytes or text: received ${quote(iterable)}\nhelp: wrap a single piece in an array`,
    );
  return new IterableReader(start.call(source));
}

/** The bytes of a source in pieces, as they come. Made with {@link chunks}. */
export class Chunks implements AsyncIterable<Uint8Array> {
  readonly #reader: AsyncRead;
  readonly #into: Uint8Array;

  /** @internal */
  constructor(reader: AsyncRead, size: number) {
    this.#reader = reader;
    this.#into = new Uint8Array(size);
  }

  /**
   * The next piece, which is the caller's; {@link END} at the end.
   *
   * **Cancel safety**: nothing is lost.
   */
  next(): Future<Uint8Array | typeof END> {
    return Chunks.#next.call(this);
  }

  static readonly #next = async(function* next(this: Chunks) {
    const length = yield* this.#reader.read(this.#into);
    return length === 0 ? END : this.#into.slice(0, length);
  });

  /** For `for await`, outside of tasks. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, undefined> {
    return new Iteration(this);
  }
}

/**
 * The bytes of a source in pieces, as they come: with `next()` in tasks, with `for await` elsewhere.
 *
 * @param options.size how many bytes a piece has at most. 65536
 *
 * @example
 * ```ts
 * import { chunks, fromAsyncIterable } from "heddle/io";
 *
 * for await (const piece of chunks(fromAsyncIterable(["abcde", "f"]), { size: 3 })) console.log(piece.length);
 * // prints: 3
 * // prints: 2
 * // prints: 1
 * ```
 */
export function chunks(reader: AsyncRead, options: { size?: number | undefined } = {}): Chunks {
  const { size = 65_536 } = options;
  checkInteger(size, "read in chunks", "size", 1);
  return new Chunks(reader, size);
}
