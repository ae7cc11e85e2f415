/**
 * Decoder and Encoder: how bytes become items, and items bytes. A codec is both. It keeps no bytes of its own: what it cannot use yet stays in the queue.
 */
import { DisconnectedError, HeddleError } from "../base/errors.js";
import type { ByteQueue } from "./byte-queue.js";

/** What a decoder answers when it needs more bytes. */
export const INCOMPLETE: unique symbol = Symbol("heddle.incomplete");

/** Makes items of bytes. */
export interface Decoder<T> {
  /** Takes one item out of the queue, or answers {@link INCOMPLETE}, and is asked again when there are more bytes. Throws on what makes no sense. */
  decode(queue: ByteQueue): T | typeof INCOMPLETE;
  /**
   * The same where no more bytes will come, until it answers {@link INCOMPLETE}. Without it `decode` is asked, and bytes that are left over are an error.
   */
  decodeEof?(queue: ByteQueue): T | typeof INCOMPLETE;
}

/** Makes bytes of items. */
export interface Encoder<T> {
  /** Puts an item into the queue. If it throws, what it had put in is taken back. */
  encode(item: T, queue: ByteQueue): void;
}

/** Something that should be one piece has more bytes than it may. @param what `a line` */
export function itemTooLong(verb: string, what: string, most: number, is: string): HeddleError {
  return new HeddleError("codec.too-long", `Cannot ${verb} ${what} as it may have at most ${most} bytes: ${is}`, {
    help: "raise the limit of the codec, or send less in one piece",
  });
}

/** The bytes ended in the middle of an item. */
export function leftOver(count: number): DisconnectedError {
  return new DisconnectedError(
    "codec.left-over",
    `Cannot decode the last item: the bytes ended in the middle of it, after ${count}`,
    {
      help: "the other side went away while it was sending",
    },
  );
}
