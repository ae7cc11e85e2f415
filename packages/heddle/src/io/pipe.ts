/**
 * Pipes in memory: `simplex` has one direction, `duplex` two. For tests, and to put a codec or a cipher between two parts of a program.
 *
 *     ring    ├──────┤···········├───────────┤      bytes go in at `head + length`, out at `head`, both modulo the capacity
 *             0      in           head       capacity
 *
 * | the writer | the reader | read                      | write             |
 * | ---------- | ---------- | ------------------------- | ----------------- |
 * | open       | open       | what is there, or waits   | what fits, or waits |
 * | shut down  | open       | what is there, then the end | ClosedError     |
 * | gone       | open       | what is there, then the end | ClosedError     |
 * | open       | gone       | ClosedError               | DisconnectedError |
 */
import { Resource } from "../base/resource.js";
import { PENDING, type Poll } from "../future/poll.js";
import { copyBytes } from "./copy-bytes.js";
import { checkInteger, closed, disconnected } from "./failures.js";
import { PolledReader } from "./polled-reader.js";
import { PolledWriter } from "./polled-writer.js";
import { TwoWay } from "./two-way.js";

const NOTHING = /* @__PURE__ */ new Uint8Array(0);

/** What the two ends share. */
class Pipe extends Resource {
  readonly capacity: number;
  /** Made with the first byte: a pipe that nobody uses costs nothing. */
  ring: Uint8Array = NOTHING;
  head = 0;
  length = 0;
  /** No more will be written. `PipeWriter` writes it. */
  isEnded = false;
  /** Nobody will read any more. `PipeReader` writes it. */
  isDeserted = false;
  readonly reader: PipeReader;
  readonly writer: PipeWriter;

  constructor(capacity: number) {
    super();
    this.capacity = capacity;
    this.reader = new PipeReader(this);
    this.writer = new PipeWriter(this);
  }

  get kind(): string {
    return "pipe";
  }

  override get fullness(): string {
    return `${this.length} of ${this.capacity} bytes`;
  }

  put(bytes: Uint8Array): number {
    const { capacity } = this;
    if (this.ring.length === 0) this.ring = new Uint8Array(capacity);
    const count = Math.min(bytes.length, capacity - this.length);
    const tail = (this.head + this.length) % capacity;
    const first = Math.min(count, capacity - tail);
    copyBytes(bytes, 0, first, this.ring, tail);
    copyBytes(bytes, first, count - first, this.ring, 0);
    this.length += count;
    return count;
  }

  get(into: Uint8Array): number {
    const { capacity, head } = this;
    const count = Math.min(into.length, this.length);
    const first = Math.min(count, capacity - head);
    copyBytes(this.ring, head, first, into, 0);
    copyBytes(this.ring, 0, count - first, into, first);
    this.length -= count;
    // Empty, begin at the front: the next bytes are in one piece then.
    this.head = this.length === 0 ? 0 : (head + count) % capacity;
    return count;
  }
}

/** The end of a pipe that is read from. Made with {@link simplex}. */
export class PipeReader extends PolledReader implements Disposable {
  readonly #pipe: Pipe;

  /** @internal */
  constructor(pipe: Pipe) {
    super(pipe);
    this.#pipe = pipe;
  }

  /** @internal */
  pollRead(into: Uint8Array): Poll<number> {
    const pipe = this.#pipe;
    if (pipe.isDeserted) throw closed("read from the pipe", "disposed of");
    if (pipe.length === 0) return pipe.isEnded ? 0 : PENDING;
    const count = pipe.get(into);
    pipe.writer.wake();
    return count;
  }

  /** @internal */
  wake(): void {
    this.wakeReader();
  }

  /** Says that nobody will read any more: writes at the other end fail with DisconnectedError. */
  [Symbol.dispose](): void {
    const pipe = this.#pipe;
    pipe.touch(true);
    pipe.isDeserted = true;
    pipe.ring = NOTHING;
    pipe.head = pipe.length = 0;
    this.wakeReader();
    pipe.writer.wake();
  }
}

/** The end of a pipe that is written to. Made with {@link simplex}. */
export class PipeWriter extends PolledWriter implements Disposable {
  readonly #pipe: Pipe;
  #isDisposed = false;

  /** @internal */
  constructor(pipe: Pipe) {
    super(pipe);
    this.#pipe = pipe;
  }

  /** @internal */
  pollWrite(bytes: Uint8Array): Poll<number> {
    const pipe = this.#pipe;
    if (pipe.isEnded) throw closed("write to the pipe", this.#isDisposed ? "disposed of" : "shut down");
    if (pipe.isDeserted) throw disconnected("write to the pipe", "nobody reads at the other end any more");
    if (pipe.length === pipe.capacity) return PENDING;
    const count = pipe.put(bytes);
    pipe.reader.wake();
    return count;
  }

  /** @internal What was taken is where the other end reads it. */
  pollFlush(): Poll<void> {
    return undefined;
  }

  /** @internal */
  pollShutdown(): Poll<void> {
    this.#pipe.isEnded = true;
    this.#pipe.reader.wake();
    return undefined;
  }

  /** @internal */
  wake(): void {
    this.wakeWriter();
  }

  /** Says that no more will come: the other end reads what was written, and then the end. */
  [Symbol.dispose](): void {
    this.#pipe.touch(true);
    this.#isDisposed ||= !this.#pipe.isEnded;
    void this.pollShutdown();
    this.wakeWriter();
  }
}

/** One end of a pipe with two directions. Made with {@link duplex}. */
export class DuplexStream extends TwoWay<PipeReader, PipeWriter> implements Disposable {
  /** Lets go of this end: the other reads what was written, and then the end; its writes fail with DisconnectedError. */
  [Symbol.dispose](): void {
    this.reader[Symbol.dispose]();
    this.writer[Symbol.dispose]();
  }
}

/**
 * Makes a pipe of one direction that holds at most `capacity` bytes: a write waits while it is full, a read while it is empty.
 *
 * @returns the end to read from and the end to write to
 */
export function simplex(capacity: number): [reader: PipeReader, writer: PipeWriter] {
  checkInteger(capacity, "make a pipe", "capacity", 1);
  const { reader, writer } = new Pipe(capacity);
  return [reader, writer];
}

/**
 * Makes a pipe of two directions, each of which holds at most `capacity` bytes: what is written at one end is read at the other.
 *
 * Nothing is closed by being forgotten: `shutdown()` says that no more will come, disposing of an end lets go of both directions.
 *
 * **Cancel safety**: reads and writes that are dropped lose nothing.
 *
 * @returns the two ends
 *
 * @example
 * ```ts
 * import { async, join, run } from "heddle";
 * import { duplex, readToString, writeAll } from "heddle/io";
 *
 * const [client, server] = duplex(64);
 * const asking = async(function* () {
 *   yield* writeAll(client, "how are you?");
 *   yield* client.shutdown();
 *   return yield* readToString(client);
 * });
 * const answering = async(function* () {
 *   const question = yield* readToString(server);
 *   yield* writeAll(server, `you asked: ${question}`);
 *   yield* server.shutdown();
 * });
 * console.log((await run(join(asking(), answering())))[0]);
 * // prints: you asked: how are you?
 * ```
 */
export function duplex(capacity: number): [DuplexStream, DuplexStream] {
  const [fromHere, toThere] = simplex(capacity);
  const [fromThere, toHere] = simplex(capacity);
  return [new DuplexStream(fromHere, toHere), new DuplexStream(fromThere, toThere)];
}
