/**
 * `take` and `chain`: a part of a source, and one source behind another.
 */
import { async } from "../future/async.js";
import type { AsyncRead } from "./async-read.js";
import { checkBytes, checkLimit } from "./failures.js";
import type { Future } from "../future/poll.js";

/** The first bytes of a source. Made with {@link take}. */
export class Take implements AsyncRead {
  readonly #reader: AsyncRead;
  #left: number;

  /** @internal */
  constructor(reader: AsyncRead, limit: number) {
    this.#reader = reader;
    this.#left = limit;
  }

  /** How many bytes may still be read. Less if the source ends before. */
  get limit(): number {
    return this.#left;
  }

  read(into: Uint8Array): Future<number> {
    checkBytes(into, "read", "into");
    return Take.#read.call(this, into);
  }

  static readonly #read = async(function* read(this: Take, into: Uint8Array) {
    if (this.#left === 0) return 0;
    const length = yield* this.#reader.read(into.length <= this.#left ? into : into.subarray(0, this.#left));
    this.#left -= length;
    return length;
  });
}

/**
 * The first `limit` bytes of a source; what comes behind them stays there.
 *
 * **Cancel safety**: a read that is dropped loses nothing.
 *
 * @example A message that says how long it is
 * ```ts
 * import { async, run } from "heddle";
 * import { BufReader, fromAsyncIterable, readToString, readU8, take } from "heddle/io";
 *
 * const main = async(function* () {
 *   const reader = new BufReader(fromAsyncIterable(["\u0005hellothe next one"]));
 *   return yield* readToString(take(reader, yield* readU8(reader)));
 * });
 * console.log(await run(main()));
 * // prints: hello
 * ```
 */
export function take(reader: AsyncRead, limit: number): Take {
  checkLimit(limit, "take bytes", "limit");
  return new Take(reader, limit);
}

class Chain implements AsyncRead {
  /** What has not ended, in order. */
  readonly #readers: AsyncRead[];

  constructor(readers: readonly AsyncRead[]) {
    this.#readers = [...readers];
  }

  read(into: Uint8Array): Future<number> {
    checkBytes(into, "read", "into");
    return Chain.#read.call(this, into);
  }

  static readonly #read = async(function* read(this: Chain, into: Uint8Array) {
    // A read of nothing gives 0, which says nothing about the end.
    while (this.#readers.length > 0 && into.length > 0) {
      const reader = this.#readers[0]!;
      const length = yield* reader.read(into);
      if (length > 0) return length;
      this.#readers.shift();
    }
    return 0;
  });
}

/**
 * One source behind the other: where one ends, the next begins.
 *
 * **Cancel safety**: a read that is dropped loses nothing.
 */
export function chain(...readers: AsyncRead[]): AsyncRead {
  return new Chain(readers);
}
