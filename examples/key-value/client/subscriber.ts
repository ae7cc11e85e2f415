/**
 * Subscriber: the messages of some channels, as a stream, over a connection of its own. It reads from the socket when it is asked for a message, not before: so a
 * subscriber that is slow slows down nobody but itself.
 */
import { async, END } from "heddle";
import { Framed } from "heddle/io";
import { TcpStream, type ToSocketAddress } from "heddle/net";
import { toBytes, toText } from "../resp/bytes.js";
import { ClientCodec } from "../resp/codecs.js";
import type { Reply } from "../resp/reply.js";
import type { Request } from "../resp/request-decoder.js";

export interface Message {
  readonly channel: string;
  readonly text: string;
}

export class Subscriber implements Disposable {
  readonly #connection: TcpStream;
  readonly #line: Framed<Reply, Request>;

  private constructor(connection: TcpStream) {
    this.#connection = connection;
    this.#line = new Framed<Reply, Request>(connection, new ClientCodec());
  }

  /** Subscribes; what is published from then on comes. */
  static connect = async(function* (address: ToSocketAddress, ...channels: string[]) {
    const subscriber = new Subscriber(yield* TcpStream.connect(address));
    const line = subscriber.#line;
    try {
      yield* line.send(["SUBSCRIBE", ...channels.map(toBytes)]);
      for (const _channel of channels) yield* line.next();
      return subscriber;
    } catch (error) {
      subscriber[Symbol.dispose]();
      throw error;
    }
  });

  /** The next message; END when the server has gone. **Cancel safety**: no message is lost. */
  @async
  *next() {
    const reply = yield* this.#line.next();
    if (reply === END) return END;
    const [, channel, text] = reply as [string, string, string];
    return { channel: toText(channel), text: toText(text) } as Message;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }
}
