/**
 * LengthDelimitedCodec: items that say before them how long they are.
 *
 *     ┌── offset ──┬─ length field ─┬───────────┬──────────────────────────┐
 *     │ not ours   │ 1 to 8 bytes   │ …         │ item                     │
 *     └────────────┴────────────────┴───────────┴──────────────────────────┘
 *     ├──────────────── skip ───────────────────┤├ length field + adjustment ┤
 *
 * What is skipped is not given. By default that is all up to the end of the length field; to get the head as well, skip nothing, and let the adjustment
 * add its length.
 */
import { HeddleError } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import type { ByteQueue } from "./byte-queue.js";
import { type Decoder, type Encoder, INCOMPLETE, itemTooLong, leftOver } from "./codec.js";
import { checkInteger } from "./failures.js";

/** Where an item says how long it is, and how. */
export interface LengthDelimitedOptions {
  /** What the length field may say at most, and an item that is sent may have, in bytes. 8 MiB. */
  maxFrameLength?: number | undefined;
  /** How many bytes the length field has: 1 to 8. 4. */
  lengthFieldLength?: number | undefined;
  /** How many bytes stand before the length field of what comes. 0. What goes has none. */
  lengthFieldOffset?: number | undefined;
  /** What is to be added to the length field to get the length of what follows the skipped bytes: positive or negative. 0. */
  lengthAdjustment?: number | undefined;
  /** How many bytes from the front are not given. All up to the end of the length field by default. */
  skip?: number | undefined;
  /** Which byte of the length field comes first. "big". */
  endian?: "big" | "little" | undefined;
}

/**
 * Items with their length before them. By default the length stands in 4 bytes, big-endian, and is at most 8 MiB.
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { Framed, LengthDelimitedCodec, duplex, readToEnd } from "heddle/io";
 *
 * const [here, there] = duplex(64);
 * const main = async(function* () {
 *   const frames = new Framed(here, new LengthDelimitedCodec({ lengthFieldLength: 2 }));
 *   yield* frames.send(new Uint8Array([7, 8, 9]));
 *   yield* frames.close();
 *   console.log([...(yield* readToEnd(there))].join(" "));
 * });
 * await run(main());
 * // prints: 0 3 7 8 9
 * ```
 */
export class LengthDelimitedCodec implements Decoder<Uint8Array>, Encoder<Uint8Array> {
  readonly #most: number;
  readonly #fieldLength: number;
  readonly #fieldOffset: number;
  readonly #adjustment: number;
  readonly #skip: number;
  readonly #isLittle: boolean;
  /** The length of the item whose head was read; -1 before a head. */
  #expected = -1;

  constructor(options: LengthDelimitedOptions = {}) {
    checkOptions(options, "make a codec", "{ maxFrameLength: 65_536 }");
    const { maxFrameLength = 8 * 1024 * 1024, lengthFieldLength = 4, lengthFieldOffset = 0 } = options;
    const { lengthAdjustment = 0, skip = lengthFieldOffset + lengthFieldLength, endian = "big" } = options;
    const verb = "make a codec";
    checkInteger(maxFrameLength, verb, "maxFrameLength", 0);
    checkInteger(lengthFieldLength, verb, "lengthFieldLength", 1, 8);
    checkInteger(lengthFieldOffset, verb, "lengthFieldOffset", 0);
    checkInteger(lengthAdjustment, verb, "lengthAdjustment", Number.MIN_SAFE_INTEGER);
    checkInteger(skip, verb, "skip", 0);
    if (endian !== "big" && endian !== "little")
      throw new TypeError(`Cannot make a codec as 'endian' must be "big" or "little": received ${String(endian)}`);
    this.#most = maxFrameLength;
    this.#fieldLength = lengthFieldLength;
    this.#fieldOffset = lengthFieldOffset;
    this.#adjustment = lengthAdjustment;
    this.#skip = skip;
    this.#isLittle = endian === "little";
  }

  decode(queue: ByteQueue): Uint8Array | typeof INCOMPLETE {
    if (this.#expected === -1 && !this.#decodeHead(queue)) return INCOMPLETE;
    const expected = this.#expected;
    if (queue.length < expected) {
      // All of it will be needed: make the room once.
      queue.room(expected - queue.length);
      return INCOMPLETE;
    }
    this.#expected = -1;
    return queue.take(expected);
  }

  #decodeHead(queue: ByteQueue): boolean {
    if (queue.length < Math.max(this.#fieldOffset + this.#fieldLength, this.#skip)) return false;
    // Past 2^53 it is not exact, but too long all the same.
    const field = this.#field(queue.bytes);
    if (field > this.#most) throw itemTooLong("decode", "an item", this.#most, `its length field says ${field}`);
    const length = field + this.#adjustment;
    if (length < 0) throw badLength("decode", `${field} and the adjustment ${this.#adjustment} give ${length}`);
    queue.discard(this.#skip);
    this.#expected = length;
    return true;
  }

  #field(bytes: Uint8Array): number {
    let value = 0;
    for (let i = 0; i < this.#fieldLength; i++)
      value = value * 256 + bytes[this.#fieldOffset + (this.#isLittle ? this.#fieldLength - 1 - i : i)]!;
    return value;
  }

  decodeEof(queue: ByteQueue): Uint8Array | typeof INCOMPLETE {
    const item = this.decode(queue);
    if (item !== INCOMPLETE || (queue.length === 0 && this.#expected === -1)) return item;
    const count = queue.length;
    queue.discard(count);
    this.#expected = -1;
    throw leftOver(count);
  }

  encode(item: Uint8Array, queue: ByteQueue): void {
    if (item.length > this.#most) throw itemTooLong("encode", "an item", this.#most, `it has ${item.length}`);
    let field = item.length - this.#adjustment;
    if (field < 0) throw badLength("encode", `${item.length} less the adjustment ${this.#adjustment} is ${field}`);
    if (field >= 256 ** this.#fieldLength)
      throw badLength("encode", `${field} does not fit into a length field of ${this.#fieldLength} bytes`);
    const head = new Uint8Array(this.#fieldLength);
    for (let i = 0; i < head.length; i++, field = Math.floor(field / 256))
      head[this.#isLittle ? i : head.length - 1 - i] = field % 256;
    queue.push(head);
    queue.push(item);
  }
}

function badLength(verb: string, is: string): HeddleError {
  return new HeddleError("codec.bad-length", `Cannot ${verb} an item as its length field must be right: ${is}`, {
    help: "compare lengthAdjustment and lengthFieldLength with what the other side uses",
  });
}
