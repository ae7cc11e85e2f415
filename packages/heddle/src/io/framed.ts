/**
 * Framed: items both ways.
 */
import type { END, Future } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import type { Decoder, Encoder, INCOMPLETE } from "./codec.js";
import { FramedRead } from "./framed-read.js";
import { FramedWrite } from "./framed-write.js";

/**
 * Items instead of bytes, in both directions of one object. The directions are independent: one task may await `next()` while another sends.
 *
 * @example A server that answers lines
 * ```ts
 * import { async, END, join, run } from "heddle";
 * import { duplex, Framed, LinesCodec } from "heddle/io";
 *
 * const [client, server] = duplex(64);
 * const serving = async(function* () {
 *   const lines = new Framed(server, new LinesCodec());
 *   for (let line; (line = yield* lines.next()) !== END; ) yield* lines.send(line.toUpperCase());
 *   yield* lines.close();
 * });
 * const asking = async(function* () {
 *   const lines = new Framed(client, new LinesCodec());
 *   yield* lines.send("hello");
 *   console.log(yield* lines.next());
 *   yield* lines.close();
 * });
 * await run(join(serving(), asking()));
 * // prints: HELLO
 * ```
 */
export class Framed<In, Out = In> implements AsyncIterable<In> {
  /** The items that come. */
  readonly incoming: FramedRead<In>;
  /** The items that go. */
  readonly outgoing: FramedWrite<Out>;

  constructor(stream: AsyncRead & AsyncWrite, codec: Decoder<In> & Encoder<Out>) {
    this.incoming = new FramedRead(stream, codec);
    this.outgoing = new FramedWrite(stream, codec);
  }

  /** See {@link FramedRead.next}. */
  next(): Future<In | typeof END> {
    return this.incoming.next();
  }

  /** See {@link FramedRead.tryNext}. */
  tryNext(): In | typeof INCOMPLETE {
    return this.incoming.tryNext();
  }

  /** See {@link FramedWrite.feed}. */
  feed(item: Out): Future<void> {
    return this.outgoing.feed(item);
  }

  /** See {@link FramedWrite.flush}. */
  flush(): Future<void> {
    return this.outgoing.flush();
  }

  /** See {@link FramedWrite.send}. */
  send(item: Out): Future<void> {
    return this.outgoing.send(item);
  }

  /** See {@link FramedWrite.close}. What comes can still be read. */
  close(): Future<void> {
    return this.outgoing.close();
  }

  /** For `for await`, outside of tasks. */
  [Symbol.asyncIterator](): AsyncIterableIterator<In, undefined> {
    return this.incoming[Symbol.asyncIterator]();
  }
}
