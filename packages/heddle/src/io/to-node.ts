/**
 * Node streams of sources and destinations of bytes, for libraries that want them (needs Node: `node:stream`).
 *
 * Each operation runs as a task of the runtime that was current when the stream was made, the default one outside of tasks. A stream that is destroyed before
 * its end aborts the operation that is under way, and disposes of what it was made of. One that has ended does not: the other direction may still be in use.
 */
import { Readable, Writable } from "node:stream";
import type { Future } from "../future/poll.js";
import type { Engine } from "../runtime/engine.js";
import { currentRuntime, defaultRuntime } from "../runtime/run.js";
import type { JoinHandle } from "../task/join-handle.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { writeAll } from "./write-all.js";

type Done = (error?: Error | null) => void;

/** The one operation that a stream has under way, as Node's streams call for them. */
class Errand {
  readonly #runtime: Engine = currentRuntime() ?? defaultRuntime();
  #handle: JoinHandle<unknown> | null = null;

  run<T>(future: Future<T>, done: (value: T) => void, failed: (error: Error) => void): void {
    const handle = this.#runtime.spawn(future);
    this.#handle = handle;
    handle.then(
      (value) => {
        this.#handle = null;
        done(value);
      },
      (error: Error) => {
        this.#handle = null;
        failed(error);
      },
    );
  }

  /** Ends it, waits for its cleanup, and then disposes of what is given up. */
  end(givenUp: object | null, error: Error | null, done: Done): void {
    const handle = this.#handle;
    handle?.abort();
    const dispose = (): void => {
      (givenUp as Partial<Disposable> | null)?.[Symbol.dispose]?.();
      done(error);
    };
    if (handle === null) dispose();
    else handle.then(dispose, dispose);
  }
}

class ReadableOf extends Readable {
  readonly #reader: AsyncRead;
  readonly #errand = new Errand();
  #scratch: Uint8Array | null = null;

  constructor(reader: AsyncRead) {
    super();
    this.#reader = reader;
  }

  override _read(size: number): void {
    const into = (this.#scratch ??= new Uint8Array(size));
    const failed = (error: Error): void => void this.destroy(error);
    this.#errand.run(
      this.#reader.read(into),
      // A copy, for Node keeps it until somebody takes it.
      (length) => void this.push(length === 0 ? null : Buffer.from(into.subarray(0, length))),
      failed,
    );
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#errand.end(this.readableEnded ? null : this.#reader, error, done);
  }
}

class WritableOf extends Writable {
  readonly #writer: AsyncWrite;
  readonly #errand = new Errand();

  constructor(writer: AsyncWrite) {
    super();
    this.#writer = writer;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#errand.run(writeAll(this.#writer, chunk), () => done(), done);
  }

  override _final(done: Done): void {
    this.#errand.run(this.#writer.shutdown(), () => done(), done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#errand.end(this.writableFinished ? null : this.#writer, error, done);
  }
}

/**
 * A Node stream that reads from `reader` when it is read from: it reads ahead no further than its high-water mark.
 *
 * Destroying the stream before its end aborts the read and disposes of the reader, if it can be disposed of.
 *
 * @example
 * ```ts
 * import { fromAsyncIterable, toNodeReadable } from "heddle/io";
 *
 * toNodeReadable(fromAsyncIterable(["hello\n"])).pipe(process.stdout);
 * // prints: hello
 * ```
 */
export function toNodeReadable(reader: AsyncRead): Readable {
  return new ReadableOf(reader);
}

/**
 * A Node stream that writes to `writer`. Its end shuts the writer down.
 *
 * Destroying the stream before its end aborts the write and disposes of the writer, if it can be disposed of.
 */
export function toNodeWritable(writer: AsyncWrite): Writable {
  return new WritableOf(writer);
}
