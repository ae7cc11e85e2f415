/**
 * BufWriter: collects small writes, and passes them on together.
 */
import { checkOptions } from "../base/options.js";
import { async } from "../future/async.js";
import type { Future } from "../future/poll.js";
import type { AsyncWrite } from "./async-write.js";
import { ByteQueue } from "./byte-queue.js";
import { busy, checkBytes, checkInteger, checkWriter, tookNothing } from "./failures.js";

/** How a {@link BufWriter} collects. */
export interface BufWriterOptions {
  /** How many bytes are collected. 8192. */
  capacity?: number | undefined;
}

/**
 * A destination of bytes with a buffer in front. **Flush it**: what is in the buffer when nobody does is never sent; it is not flushed by being forgotten.
 *
 * **Cancel safety**: `write`, `flush` and `shutdown` that are dropped lose nothing, and pass nothing on twice.
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { BufWriter, stdout, writeAll } from "heddle/io";
 *
 * const main = async(function* () {
 *   const out = new BufWriter(stdout);
 *   for (const word of ["one", "piece\n"]) yield* writeAll(out, word);
 *   yield* out.flush();
 * });
 * await run(main());
 * // prints: onepiece
 * ```
 */
export class BufWriter implements AsyncWrite {
  readonly #writer: AsyncWrite;
  /** @internal What is collected. Whoever puts something in asks {@link checkIdle} before. */
  readonly queue = new ByteQueue();
  readonly #capacity: number;
  /** Something is being passed on: what is queued must stay where it is, and nothing may get in between. */
  #isWriting = false;

  constructor(writer: AsyncWrite, options: BufWriterOptions = {}) {
    checkOptions(options, "make a BufWriter", "{ capacity: 8192 }");
    const { capacity = 8192 } = options;
    checkWriter(writer, "make a BufWriter");
    checkInteger(capacity, "make a BufWriter", "capacity", 1);
    this.#writer = writer;
    this.#capacity = capacity;
  }

  /** How many bytes are in the buffer. */
  get buffered(): number {
    return this.queue.length;
  }

  write(bytes: Uint8Array): Future<number> {
    checkBytes(bytes, "write", "bytes");
    return BufWriter.#write.call(this, bytes);
  }

  static readonly #write = async(function* write(this: BufWriter, bytes: Uint8Array) {
    this.checkIdle();
    if (this.queue.length + bytes.length > this.#capacity) yield* this.drain();
    if (bytes.length < this.#capacity) {
      this.queue.push(bytes);
      return bytes.length;
    }
    this.#isWriting = true;
    try {
      return yield* this.#writer.write(bytes);
    } finally {
      this.#isWriting = false;
    }
  });

  flush(): Future<void> {
    return BufWriter.#flush.call(this);
  }

  static readonly #flush = async(function* flush(this: BufWriter) {
    yield* this.drain();
    yield* this.#writer.flush();
  });

  shutdown(): Future<void> {
    return BufWriter.#shutdown.call(this);
  }

  static readonly #shutdown = async(function* shutdown(this: BufWriter) {
    yield* this.drain();
    yield* this.#writer.shutdown();
  });

  /** @internal Passes on what is collected. */
  drain(): Future<void> {
    return BufWriter.#drained.call(this);
  }

  static readonly #drained = async(function* drained(this: BufWriter) {
    this.checkIdle();
    this.#isWriting = true;
    try {
      while (this.queue.length > 0) {
        const taken = yield* this.#writer.write(this.queue.bytes);
        if (taken === 0) throw tookNothing("flush the buffer");
        this.queue.discard(taken);
      }
    } finally {
      this.#isWriting = false;
    }
  });

  /** @internal */
  checkIdle(): void {
    if (this.#isWriting) throw busy("write");
  }
}
