/**
 * FramedWrite: items that go to a destination as bytes.
 *
 *     feed ──encode──► buffer ──8 KiB or more, at the next feed; or flush──► destination
 */
import { quote } from "../base/errors.js";
import { async } from "../future/async.js";
import type { Future } from "../future/poll.js";
import type { AsyncWrite } from "./async-write.js";
import { BufWriter } from "./buf-writer.js";
import type { Encoder } from "./codec.js";

/** From so many bytes on in the buffer, an item waits until they are passed on. Tokio's figure. */
const FULL = 8192;

/**
 * Sends items as bytes.
 *
 * @example
 * ```ts
 * import { async, join, run } from "heddle";
 * import { duplex, FramedWrite, LinesCodec, readToString } from "heddle/io";
 *
 * const [here, there] = duplex(8);
 * const sending = async(function* () {
 *   const lines = new FramedWrite(here, new LinesCodec());
 *   for (const word of ["one", "two", "three"]) yield* lines.feed(word);
 *   yield* lines.close();
 * });
 * const [, text] = await run(join(sending(), readToString(there)));
 * console.log(JSON.stringify(text));
 * // prints: "one\ntwo\nthree\n"
 * ```
 */
export class FramedWrite<T> {
  /** What the items are written to. */
  readonly writer: BufWriter;
  readonly #encoder: Encoder<T>;

  /** @param writer a `BufWriter` is used as it is; another destination is given one */
  constructor(writer: AsyncWrite, encoder: Encoder<T>) {
    if (typeof (encoder as Partial<Encoder<T>> | null | undefined)?.encode !== "function")
      throw new TypeError(
        `Cannot write items as 'encoder' must have a function encode: received ${quote(encoder)}\nhelp: pass a codec, such as new LinesCodec()`,
      );
    this.writer = writer instanceof BufWriter ? writer : new BufWriter(writer, { capacity: FULL });
    this.#encoder = encoder;
  }

  /**
   * Puts an item into the buffer. If there are 8 KiB in it or more, it waits until they are passed on: this is the back-pressure.
   *
   * **Cancel safety**: dropped, the item was not sent, and will not be.
   *
   * @throws what the destination fails with, or the encoder: of that item nothing is sent
   */
  feed(item: T): Future<void> {
    return FramedWrite.#feed.call(this, item);
  }

  static readonly #feed = async(function* feed(this: FramedWrite<any>, item: unknown) {
    const { writer } = this;
    if (writer.queue.length >= FULL) yield* writer.drain();
    writer.checkIdle();
    const before = writer.queue.length;
    try {
      this.#encoder.encode(item, writer.queue);
    } catch (error) {
      writer.queue.truncate(before);
      throw error;
    }
  });

  /**
   * Passes on everything that was fed, and flushes the destination.
   *
   * **Cancel safety**: nothing is lost, and nothing sent twice; flush again.
   */
  flush(): Future<void> {
    return this.writer.flush();
  }

  /**
   * Feeds an item, and flushes.
   *
   * **Cancel safety**: dropped, it is not known whether the item is lost, or in the buffer and sent with the next one. Where that matters, `feed` and `flush`.
   */
  send(item: T): Future<void> {
    return FramedWrite.#send.call(this, item);
  }

  static readonly #send = async(function* send(this: FramedWrite<any>, item: unknown) {
    yield* this.feed(item);
    yield* this.flush();
  });

  /**
   * Flushes, and shuts the destination down.
   *
   * **Cancel safety**: nothing is lost; close again.
   */
  close(): Future<void> {
    return this.writer.shutdown();
  }
}
