/**
 * ByteQueue: bytes that were received and not used yet, or produced and not sent yet, in one piece.
 *
 *     array   ····├──── queued ────┤·········
 *             0   start            end       capacity
 *
 * Bytes go in at the end and out at the start. Where the end meets the capacity, what is queued moves to the front, or into a larger array.
 * Empty, it starts at the front again, and holds nothing on to a large array.
 */
import { copyBytes } from "./copy-bytes.js";
import { checkBytes } from "./failures.js";

const NOTHING = /* @__PURE__ */ new Uint8Array(0);
const FIRST = 1024;
// An array larger than this is let go when the queue is empty: one long line must not cost memory for ever.
const KEPT = 65_536;

/** Bytes in one piece, first in, first out. Decoders take from one, encoders put into one. */
export class ByteQueue {
  #array: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;

  /** How many bytes are queued. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** What is queued, without a copy. It shows these bytes only until the queue is next changed. */
  get bytes(): Uint8Array {
    return this.#array.subarray(this.#start, this.#end);
  }

  /** The byte at `index`; undefined behind the end. */
  at(index: number): number | undefined {
    return index < this.length ? this.#array[this.#start + index] : undefined;
  }

  /** Where `byte` first stands at or behind `from`, below `to`; -1 if it does not. */
  indexOf(byte: number, from = 0, to = this.length): number {
    const at = this.#array.indexOf(byte, this.#start + from);
    return at === -1 || at >= this.#start + Math.min(to, this.length) ? -1 : at - this.#start;
  }

  /** Takes out the first `length` bytes, as a copy. */
  take(length: number): Uint8Array {
    const taken = this.#array.slice(this.#start, this.#start + Math.min(length, this.length));
    this.discard(length);
    return taken;
  }

  /** @internal Takes out the first `length` bytes, of which there are so many, to the front of `into`. */
  moveTo(into: Uint8Array, length: number): void {
    copyBytes(this.#array, this.#start, length, into, 0);
    this.discard(length);
  }

  /** Takes out the first `length` bytes and forgets them. */
  discard(length: number): void {
    this.#start += Math.min(length, this.length);
    if (this.#start < this.#end) return;
    this.#start = this.#end = 0;
    if (this.#array.length > KEPT) this.#array = NOTHING;
  }

  /** Takes the last bytes back, so that `length` are left. */
  truncate(length: number): void {
    if (length < this.length) this.#end = this.#start + Math.max(0, length);
  }

  /** Puts bytes in, as a copy. */
  push(bytes: Uint8Array): void {
    checkBytes(bytes, "queue bytes", "bytes");
    const { length } = bytes;
    if (this.#array.length - this.#end < length) this.#makeRoom(length);
    copyBytes(bytes, 0, length, this.#array, this.#end);
    this.#end += length;
  }

  /** Puts one byte in. */
  pushByte(byte: number): void {
    if (this.#array.length === this.#end) this.#makeRoom(1);
    this.#array[this.#end++] = byte;
  }

  /** The free space behind what is queued, of at least `length` bytes, to be written to directly. {@link commit} says how much was. */
  room(length: number): Uint8Array {
    if (this.#array.length - this.#end < length) this.#makeRoom(length);
    return this.#array.subarray(this.#end);
  }

  /** Queues the first `length` bytes of the {@link room}. */
  commit(length: number): void {
    this.#end += length;
  }

  #makeRoom(length: number): void {
    const queued = this.length;
    const old = this.#array;
    // Move rather than grow, but only where that frees half of the array: else a full queue would move for each byte.
    if (queued + length > old.length / 2)
      this.#array = new Uint8Array(Math.max(FIRST, 2 * old.length, queued + length));
    if (this.#array === old) old.copyWithin(0, this.#start, this.#end);
    else this.#array.set(old.subarray(this.#start, this.#end));
    this.#start = 0;
    this.#end = queued;
  }
}
