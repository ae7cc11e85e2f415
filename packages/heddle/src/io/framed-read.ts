/**
 * FramedRead: the items that a decoder finds in a source of bytes.
 *
 *     decode ──an item──► give it
 *       │ ▲
 *       │ └──────────── more bytes
 *       └─INCOMPLETE──► read ──the end──► decodeEof ──an item──► give it, and ask decodeEof again
 *                                             └─INCOMPLETE──► END, for ever
 *
 * An error is thrown by one `next()`; the one after it gives END, once, so that a loop which goes on after errors ends at least here. Whoever wants to go on
 * calls `next()` again: it decodes what is behind.
 */
import { BusyError, quote } from "../base/errors.js";
import { async } from "../future/async.js";
import { END, type Future } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import { BufReader } from "./buf-reader.js";
import { type Decoder, INCOMPLETE, leftOver } from "./codec.js";
import { Iteration } from "./iteration.js";

/**
 * The items in a source of bytes.
 *
 * @example Lines
 * ```ts
 * import { async, END, run } from "heddle";
 * import { FramedRead, fromAsyncIterable, LinesCodec } from "heddle/io";
 *
 * const main = async(function* () {
 *   const lines = new FramedRead(fromAsyncIterable(["one\ntw", "o\r\nthree"]), new LinesCodec());
 *   for (let line; (line = yield* lines.next()) !== END; ) console.log(line);
 * });
 * await run(main());
 * // prints: one
 * // prints: two
 * // prints: three
 * ```
 */
export class FramedRead<T> implements AsyncIterable<T> {
  /** What the items are read from. What comes behind the last item that was taken is still there. */
  readonly reader: BufReader;
  readonly #decoder: Decoder<T>;
  #isEnded = false;
  #hasFailed = false;

  /** @param reader a `BufReader` is used as it is; another source is given one */
  constructor(reader: AsyncRead, decoder: Decoder<T>) {
    if (typeof (decoder as Partial<Decoder<T>> | null | undefined)?.decode !== "function")
      throw new TypeError(
        `Cannot read items as 'decoder' must have a function decode: received ${quote(decoder)}\nhelp: pass a codec, such as new LinesCodec()`,
      );
    this.reader = reader instanceof BufReader ? reader : new BufReader(reader);
    this.#decoder = decoder;
  }

  /**
   * The next item, or {@link END}.
   *
   * **Cancel safety**: nothing is lost.
   *
   * @throws what the source or the decoder fails with; `codec.left-over` if the source ends in the middle of an item
   */
  next(): Future<T | typeof END> {
    return FramedRead.#next.call(this) as Future<T | typeof END>;
  }

  static readonly #next = async(function* next(this: FramedRead<unknown>) {
    if (this.#hasFailed) {
      this.#hasFailed = false;
      return END;
    }
    this.reader.checkIdle();
    try {
      for (;;) {
        const item = this.#isEnded ? this.#decodeEof() : this.#decoder.decode(this.reader.queue);
        if (item !== INCOMPLETE) return item;
        if (this.#isEnded) return END;
        this.#isEnded = !(yield* this.reader.fill());
      }
    } catch (error) {
      // Somebody else reads: that is no error of the items.
      this.#hasFailed = !(error instanceof BusyError);
      throw error;
    }
  });

  /**
   * The next item, if it is in what was read ahead; else {@link INCOMPLETE}, at the end too: {@link next} waits, and tells. For those who want to do
   * something before they wait, such as to send what they have answered so far.
   *
   * @throws what the decoder fails with; BusyError `io.busy` while a `next()` waits
   *
   * @example Answers to questions that came together go out together
   * ```ts
   * import { async, END, join, run } from "heddle";
   * import { duplex, Framed, INCOMPLETE, LinesCodec, readToString, writeAll } from "heddle/io";
   *
   * const [client, server] = duplex(64);
   * const serving = async(function* () {
   *   const lines = new Framed(server, new LinesCodec());
   *   for (;;) {
   *     let line: string | typeof INCOMPLETE | typeof END = lines.tryNext();
   *     if (line === INCOMPLETE) {
   *       yield* lines.flush();
   *       line = yield* lines.next();
   *     }
   *     if (line === END) break;
   *     yield* lines.feed(line.toUpperCase());
   *   }
   *   yield* lines.close();
   * });
   * const asking = async(function* () {
   *   yield* writeAll(client, "one\ntwo\n");
   *   yield* client.shutdown();
   *   console.log(JSON.stringify(yield* readToString(client)));
   * });
   * await run(join(serving(), asking()));
   * // prints: "ONE\nTWO\n"
   * ```
   */
  tryNext(): T | typeof INCOMPLETE {
    this.reader.checkIdle();
    if (this.#hasFailed || this.#isEnded) return INCOMPLETE;
    try {
      return this.#decoder.decode(this.reader.queue);
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }

  #decodeEof(): T | typeof INCOMPLETE {
    const { queue } = this.reader;
    if (this.#decoder.decodeEof !== undefined) return this.#decoder.decodeEof(queue);
    const item = this.#decoder.decode(queue);
    if (item !== INCOMPLETE || queue.length === 0) return item;
    const count = queue.length;
    queue.discard(count);
    throw leftOver(count);
  }

  /** For `for await`, outside of tasks. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return new Iteration(this);
  }
}
