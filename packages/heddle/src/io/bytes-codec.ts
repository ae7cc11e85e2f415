/**
 * BytesCodec: bytes as they come, for what wants items but has no format.
 */
import type { ByteQueue } from "./byte-queue.js";
import { type Decoder, type Encoder, INCOMPLETE } from "./codec.js";

/** Each item is what has come, however much that is. */
export class BytesCodec implements Decoder<Uint8Array>, Encoder<Uint8Array> {
  decode(queue: ByteQueue): Uint8Array | typeof INCOMPLETE {
    return queue.length === 0 ? INCOMPLETE : queue.take(queue.length);
  }

  encode(bytes: Uint8Array, queue: ByteQueue): void {
    queue.push(bytes);
  }
}
