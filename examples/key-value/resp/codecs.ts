/**
 * The two codecs: what a server reads and writes, and what a client does. `Framed` puts one around a connection.
 */
import type { ByteQueue, Decoder, Encoder, INCOMPLETE } from "heddle/io";
import type { Reply } from "./reply.js";
import { ReplyDecoder } from "./reply-decoder.js";
import { encodeReply, line, type Protocol } from "./reply-encoder.js";
import { type Limits, type Request, RequestDecoder } from "./request-decoder.js";

/** Reads requests, writes replies. */
export class ServerCodec implements Decoder<Request>, Encoder<Reply> {
  /** What the client understands. HELLO changes it. */
  protocol: Protocol = 2;
  readonly #requests: RequestDecoder;

  constructor(limits?: Limits) {
    this.#requests = new RequestDecoder(limits);
  }

  decode(queue: ByteQueue): Request | typeof INCOMPLETE {
    return this.#requests.decode(queue);
  }

  encode(reply: Reply, queue: ByteQueue): void {
    encodeReply(reply, this.protocol, queue);
  }
}

/** Writes requests, reads replies. */
export class ClientCodec implements Decoder<Reply>, Encoder<Request> {
  readonly #replies = new ReplyDecoder();

  decode(queue: ByteQueue): Reply | typeof INCOMPLETE {
    return this.#replies.decode(queue);
  }

  encode(request: Request, queue: ByteQueue): void {
    line(`*${request.length}`, queue);
    for (const argument of request) {
      line(`$${argument.length}`, queue);
      line(argument, queue);
    }
  }
}
