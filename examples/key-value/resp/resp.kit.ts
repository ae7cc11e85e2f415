/**
 * For tests: bytes in whatever pieces.
 */
import { ByteQueue, type Decoder, type Encoder, INCOMPLETE } from "heddle/io";

/** All items that a decoder finds in pieces that come one after the other. */
export function decodeAll<T>(decoder: Decoder<T>, pieces: readonly string[]): T[] {
  const queue = new ByteQueue();
  const items: T[] = [];
  for (const piece of pieces) {
    queue.push(Buffer.from(piece, "latin1"));
    for (let item; (item = decoder.decode(queue)) !== INCOMPLETE;) items.push(item);
  }
  return items;
}

/** The bytes of items. */
export function encodeAll<T>(encoder: Encoder<T>, items: readonly T[]): string {
  const queue = new ByteQueue();
  for (const item of items) encoder.encode(item, queue);
  return Buffer.from(queue.bytes).toString("latin1");
}

/** A text in two pieces, in every way; and in single characters. */
export function everySplit(text: string): string[][] {
  return [text.split(""), ...Array.from(text, (_, i) => [text.slice(0, i), text.slice(i)])];
}
