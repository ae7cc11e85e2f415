/**
 * LinesCodec and AnyDelimiterCodec: items that end with a delimiter, and what they have in common.
 *
 * | state      | a delimiter within the limit | none yet, below the limit | none, and past the limit          |
 * | ---------- | ---------------------------- | ------------------------- | --------------------------------- |
 * | SEEKING    | give the item                | remember what was searched | error; DISCARDING                 |
 * | DISCARDING | forget up to it; SEEKING     | forget all                | forget all                        |
 */
import { checkOptions } from "../base/options.js";
import type { ByteQueue } from "./byte-queue.js";
import { type Decoder, type Encoder, INCOMPLETE, itemTooLong } from "./codec.js";
import { checkLimit } from "./failures.js";
import { decodeText, encodeText } from "./text.js";

const NEWLINE = 10;
const RETURN = 13;

/** What an item may be. */
export interface DelimitedOptions {
  /** How many bytes an item may have, without its delimiter. No limit by default: give one for what comes from strangers. */
  maxLength?: number | undefined;
}

/** Finds items that end with a delimiter of one byte. */
abstract class Delimited<T> {
  readonly #maxLength: number;
  readonly #what: string;
  /** Bytes that were searched in vain. */
  #searched = 0;
  #isDiscarding = false;

  constructor(what: string, options: DelimitedOptions) {
    checkOptions(options, "make a codec", "{ maxLength: 1000 }");
    const { maxLength = Number.POSITIVE_INFINITY } = options;
    checkLimit(maxLength, "make a codec", "maxLength");
    this.#maxLength = maxLength;
    this.#what = what;
  }

  /** Where the first delimiter stands at or behind `from`, below `to`; -1 if there is none. */
  protected abstract find(queue: ByteQueue, from: number, to: number): number;
  /** The item. @param bytes without the delimiter */
  protected abstract item(bytes: Uint8Array): T;

  decode(queue: ByteQueue): T | typeof INCOMPLETE {
    for (;;) {
      const to = Math.min(queue.length, this.#maxLength + 1);
      const at = this.find(queue, this.#searched, to);
      this.#searched = 0;
      if (this.#isDiscarding) {
        this.#isDiscarding = at === -1;
        queue.discard(at === -1 ? to : at + 1);
        if (queue.length === 0) return INCOMPLETE;
      } else if (at !== -1) return this.item(queue.take(at + 1).subarray(0, at));
      else if (queue.length > this.#maxLength) {
        this.#isDiscarding = true;
        this.#searched = to;
        throw itemTooLong("decode", this.#what, this.#maxLength, "more came");
      } else {
        this.#searched = to;
        return INCOMPLETE;
      }
    }
  }

  decodeEof(queue: ByteQueue): T | typeof INCOMPLETE {
    const item = this.decode(queue);
    if (item !== INCOMPLETE) return item;
    this.#searched = 0;
    return queue.length === 0 ? INCOMPLETE : this.last(queue.take(queue.length));
  }

  /** The last item, which has no delimiter. @param bytes not empty */
  protected last(bytes: Uint8Array): T | typeof INCOMPLETE {
    return this.item(bytes);
  }
}

/**
 * Lines of text in UTF-8. What comes may end with `\n` or `\r\n`, the last one with neither; what goes ends with `\n`.
 *
 * A line that is too long is one error; what follows of it is discarded up to its end, and the next line is given again. So is a line that is no text.
 */
export class LinesCodec extends Delimited<string> implements Decoder<string>, Encoder<string> {
  constructor(options: DelimitedOptions = {}) {
    super("a line", options);
  }

  protected find(queue: ByteQueue, from: number, to: number): number {
    return queue.indexOf(NEWLINE, from, to);
  }

  protected item(bytes: Uint8Array): string {
    return decodeText(bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes, "read a line");
  }

  protected override last(bytes: Uint8Array): string | typeof INCOMPLETE {
    // Half the end of a line is no line.
    return bytes.length === 1 && bytes[0] === RETURN ? INCOMPLETE : this.item(bytes);
  }

  encode(line: string, queue: ByteQueue): void {
    queue.push(encodeText(line));
    queue.pushByte(NEWLINE);
  }
}

/** What items end with. */
export interface AnyDelimiterOptions extends DelimitedOptions {
  /** Each of these ends an item that comes: ASCII characters. `",;\n\r"` */
  delimiters?: string | undefined;
  /** What ends an item that goes. `","` */
  separator?: string | undefined;
}

/** Bytes between delimiters, any of several. What follows the last one is the last item, if it is anything. */
export class AnyDelimiterCodec extends Delimited<Uint8Array> implements Decoder<Uint8Array>, Encoder<Uint8Array> {
  /** By byte, whether it is a delimiter. */
  readonly #ends = new Uint8Array(256);
  readonly #separator: Uint8Array;

  constructor(options: AnyDelimiterOptions = {}) {
    super("an item", options);
    const { delimiters = ",;\n\r", separator = "," } = options;
    const bytes = encodeText(delimiters);
    if (bytes.length === 0 || bytes.length !== delimiters.length)
      throw new TypeError(
        `Cannot make a codec as 'delimiters' must be ASCII characters, one at least: received ${JSON.stringify(delimiters)}`,
      );
    for (const byte of bytes) this.#ends[byte] = 1;
    this.#separator = encodeText(separator);
  }

  protected find(queue: ByteQueue, from: number, to: number): number {
    const { bytes } = queue;
    for (let at = from; at < to; at++) if (this.#ends[bytes[at]!] === 1) return at;
    return -1;
  }

  protected item(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  encode(item: Uint8Array, queue: ByteQueue): void {
    queue.push(item);
    queue.push(this.#separator);
  }
}
