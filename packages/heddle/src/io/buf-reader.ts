/**
 * BufReader: reads ahead, so that one can look before one takes, and small reads cost little.
 *
 * INVARIANT: bytes leave the buffer only when what was asked for is complete. So of a BufReader nothing is lost whatever is dropped: `readExact`, integers and
 * lines leave what had come in the buffer.
 */
import { checkOptions } from "../base/options.js";
import { async } from "../future/async.js";
import type { Future } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import { ByteQueue } from "./byte-queue.js";
import { busy, checkBytes, checkInteger, checkReader } from "./failures.js";

/** How a {@link BufReader} reads. */
export interface BufReaderOptions {
  /** How many bytes are read ahead. 8192. */
  capacity?: number | undefined;
}

/**
 * A source of bytes with a buffer in front. `readExact`, the integers, `readUntil` and `readLine` of a BufReader are cancel safe.
 *
 * The buffer grows past its capacity for what is asked for in one piece.
 *
 * @example A look at what comes
 * ```ts
 * import { async, run } from "heddle";
 * import { BufReader, fromAsyncIterable, readLine, readU8 } from "heddle/io";
 *
 * const main = async(function* () {
 *   const reader = new BufReader(fromAsyncIterable(["*2\r\n", "rest"]));
 *   console.log((yield* reader.peek(1))[0] === 42);
 *   console.log(yield* readU8(reader), yield* readLine(reader));
 * });
 * await run(main());
 * // prints: true
 * // prints: 42 2
 * ```
 */
export class BufReader implements AsyncRead {
  /** @internal What was read ahead. */
  readonly queue = new ByteQueue();
  readonly #reader: AsyncRead;
  readonly #capacity: number;
  /** A read into the buffer is pending: the buffer must stay where it is. */
  #isFilling = false;

  constructor(reader: AsyncRead, options: BufReaderOptions = {}) {
    checkOptions(options, "make a BufReader", "{ capacity: 8192 }");
    const { capacity = 8192 } = options;
    checkReader(reader, "make a BufReader");
    checkInteger(capacity, "make a BufReader", "capacity", 1);
    this.#reader = reader;
    this.#capacity = capacity;
  }

  /** What was read ahead, without a copy. It shows these bytes only until the next read. */
  get buffered(): Uint8Array {
    return this.queue.bytes;
  }

  read(into: Uint8Array): Future<number> {
    checkBytes(into, "read", "into");
    return BufReader.#read.call(this, into);
  }

  static readonly #read = async(function* read(this: BufReader, into: Uint8Array) {
    const { queue } = this;
    this.checkIdle();
    if (queue.length === 0 && into.length > 0) {
      if (into.length >= this.#capacity) return yield* this.#reader.read(into);
      if (!(yield* this.fill())) return 0;
    }
    const length = Math.min(into.length, queue.length);
    queue.moveTo(into, length);
    return length;
  });

  /**
   * What was read ahead, without a copy; reads if that is nothing. Empty at the end. {@link consume} says how much of it was used.
   *
   * **Cancel safety**: nothing is lost.
   */
  fillBuf(): Future<Uint8Array> {
    return this.peek(1);
  }

  /**
   * Waits until at least `length` bytes are there, without taking them. Fewer at the end.
   *
   * **Cancel safety**: nothing is lost.
   *
   * @returns all that was read ahead, without a copy
   */
  peek(length: number): Future<Uint8Array> {
    checkInteger(length, "peek", "length", 0);
    return BufReader.#peek.call(this, length);
  }

  static readonly #peek = async(function* peek(this: BufReader, length: number) {
    this.checkIdle();
    while (this.queue.length < length && (yield* this.fill(length - this.queue.length)));
    return this.queue.bytes;
  });

  /** Takes out the first `length` bytes of what was read ahead. @throws RangeError if there are fewer */
  consume(length: number): void {
    this.checkIdle();
    checkInteger(length, "consume", "length", 0, this.queue.length);
    this.queue.discard(length);
  }

  /** @internal Reads ahead, into room for `length` bytes at least. False at the end. */
  fill(length = 1): Future<boolean> {
    return BufReader.#fill.call(this, length);
  }

  static readonly #fill = async(function* fill(this: BufReader, length: number) {
    this.checkIdle();
    const room = this.queue.room(this.queue.length === 0 ? Math.max(length, this.#capacity) : length);
    this.#isFilling = true;
    try {
      const read = yield* this.#reader.read(room);
      this.queue.commit(read);
      return read > 0;
    } finally {
      this.#isFilling = false;
    }
  });

  /** @internal */
  checkIdle(): void {
    if (this.#isFilling) throw busy("read");
  }
}
