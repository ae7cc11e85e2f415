/**
 * SharedByteRing: bytes from one thread to another, in order, through a buffer that both see.
 *
 *              head                 tail
 *     ─────────┤ written, not read  ├───── room ─────     both count bytes, and never go back
 *
 * The writer alone writes the tail, the reader alone the head. Who dies is disconnected: the other reads what is there, and is told.
 */
import { async } from "../../future/async.js";
import { BusyError, ClosedError, DisconnectedError, quote } from "../../base/errors.js";
import type { Future } from "../../future/poll.js";
import { Bell } from "./bell.js";
import { checkBuffer } from "./buffers.js";
import { Deadline } from "./deadline.js";
import { here } from "./here.js";
import {
  BYTES_CAPACITY,
  BYTES_DATA,
  BYTES_DRAINED,
  BYTES_ENDS,
  BYTES_FILLED,
  BYTES_HEAD,
  BYTES_READER,
  BYTES_TAIL,
  BYTES_WRITER,
  idIn,
  nameOf,
} from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import { type BlockingOptions, checkCount } from "./refusals.js";
import { arrives, SharedThing } from "./shared-thing.js";

const WRITER_CLOSED = 1;
const READER_CLOSED = 2;
const MOST = 2 ** 30;

/** The end that writes. It belongs to the thread that asked for it. */
export interface SharedByteWriter {
  /** How many bytes there is room for. */
  readonly room: number;
  /**
   * Writes as much as there is room for. Answers how many bytes that was.
   *
   * @throws TypeError; DisconnectedError `channel.disconnected`, ClosedError `channel.closed`
   */
  tryWrite(bytes: Uint8Array): number;
  /** Writes at least one byte, as a task. **Cancel safety**: nothing was written if it is dropped. Throws as {@link tryWrite} does. */
  write(bytes: Uint8Array): Future<number>;
  /** Writes all, as a task. **Cancel safety**: none. How much was written when it is dropped is not known. */
  writeAll(bytes: Uint8Array): Future<void>;
  /** Writes all, blocking the thread. Throws as {@link tryWrite} does; ElapsedError `shared.elapsed`, HeddleError `thread.cannot-block`. */
  writeBlocking(bytes: Uint8Array, options?: BlockingOptions): void;
  /** The reader reads what is there, then comes to the end. */
  close(): void;
  /** As {@link close}: for `using`. */
  [Symbol.dispose](): void;
}

/** The end that reads. It belongs to the thread that asked for it. */
export interface SharedByteReader {
  /** How many bytes are there. */
  readonly available: number;
  /**
   * Reads what is there and fits. Answers how many bytes that was, 0 at the end; undefined if nothing is there now.
   *
   * @throws TypeError; DisconnectedError `channel.disconnected`, ClosedError `channel.closed`
   */
  tryRead(into: Uint8Array): number | undefined;
  /** Reads at least one byte, as a task; 0 at the end. **Cancel safety**: nothing was read if it is dropped. Throws as {@link tryRead} does. */
  read(into: Uint8Array): Future<number>;
  /** As {@link read}, blocking the thread. Throws ElapsedError `shared.elapsed`, HeddleError `thread.cannot-block`, too. */
  readBlocking(into: Uint8Array, options?: BlockingOptions): number;
  /** The writer is told that nobody reads. */
  close(): void;
  /** As {@link close}: for `using`. */
  [Symbol.dispose](): void;
}

/** A wait until something has come, or gone. What comes of it is tried by whoever awaits it, so that nothing is lost when it is dropped. */
class Ready extends SharedWait<void> {
  declare private readonly isThere: () => boolean;
  declare readonly label: string;

  constructor(pump: Pump, label: string, isThere: () => boolean) {
    super(pump);
    this.label = label;
    this.isThere = isThere;
  }

  protected attempt(): boolean {
    return this.isThere();
  }

  protected outcome(): void {}

  protected undo(): void {}
}

class Writer implements SharedByteWriter {
  readonly #ring: SharedByteRing;
  readonly #pump: Pump;
  readonly #canWrite = (): boolean => this.room > 0 || this.#ring.isDone(READER_CLOSED, BYTES_READER);

  constructor(ring: SharedByteRing) {
    this.#ring = ring;
    this.#pump = Pump.of(ring.drained);
  }

  get room(): number {
    return this.#ring.capacity - this.#ring.used;
  }

  tryWrite(bytes: Uint8Array): number {
    const ring = this.#ring;
    checkBytes(bytes, "write to a byte ring", "bytes");
    ring.mustBeOpen(WRITER_CLOSED, "write to a byte ring");
    if (ring.isDone(READER_CLOSED, BYTES_READER)) throw gone("write to a byte ring", "its reader");
    const count = Math.min(bytes.length, this.room);
    if (count > 0) {
      ring.put(count === bytes.length ? bytes : bytes.subarray(0, count));
      ring.filled.ringOne();
    }
    return count;
  }

  write(bytes: Uint8Array): Future<number> {
    return write(this, bytes);
  }

  writeAll(bytes: Uint8Array): Future<void> {
    return writeAll(this, bytes);
  }

  /** @internal */
  ready(): Future<void> {
    return new Ready(this.#pump, "byteRing.write()", this.#canWrite);
  }

  writeBlocking(bytes: Uint8Array, options?: BlockingOptions): void {
    let deadline: Deadline | undefined;
    let written = this.tryWrite(bytes);
    while (written < bytes.length) {
      deadline ??= new Deadline(options, "write to a byte ring");
      if (!this.#ring.drained.block(this.#canWrite, deadline)) throw deadline.error;
      written += this.tryWrite(bytes.subarray(written));
    }
  }

  close(): void {
    this.#ring.closeEnd(WRITER_CLOSED);
    this.#ring.filled.ringAll();
    this.#pump.lookAgain();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class Reader implements SharedByteReader {
  readonly #ring: SharedByteRing;
  readonly #pump: Pump;
  readonly #canRead = (): boolean => this.available > 0 || this.#ring.isDone(WRITER_CLOSED, BYTES_WRITER);

  constructor(ring: SharedByteRing) {
    this.#ring = ring;
    this.#pump = Pump.of(ring.filled);
  }

  get available(): number {
    return this.#ring.used;
  }

  tryRead(into: Uint8Array): number | undefined {
    const ring = this.#ring;
    checkBytes(into, "read from a byte ring", "into");
    ring.mustBeOpen(READER_CLOSED, "read from a byte ring");
    let count = Math.min(into.length, ring.used);
    if (count === 0 && into.length > 0) {
      // Whether it is over, and then once more how much there is: what was written before the end is read before it.
      if (!ring.isDone(WRITER_CLOSED, BYTES_WRITER)) return undefined;
      count = Math.min(into.length, ring.used);
      if (count === 0 && ring.isClosed(WRITER_CLOSED)) return 0;
      if (count === 0) throw gone("read from a byte ring", "its writer");
    }
    if (count > 0) {
      ring.take(into, count);
      ring.drained.ringOne();
    }
    return count;
  }

  read(into: Uint8Array): Future<number> {
    return read(this, into);
  }

  /** @internal */
  ready(): Future<void> {
    return new Ready(this.#pump, "byteRing.read()", this.#canRead);
  }

  readBlocking(into: Uint8Array, options?: BlockingOptions): number {
    let deadline: Deadline | undefined;
    for (;;) {
      const count = this.tryRead(into);
      if (count !== undefined) return count;
      deadline ??= new Deadline(options, "read from a byte ring");
      if (!this.#ring.filled.block(this.#canRead, deadline)) throw deadline.error;
    }
  }

  close(): void {
    this.#ring.closeEnd(READER_CLOSED);
    this.#ring.drained.ringAll();
    this.#pump.lookAgain();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const write = /* @__PURE__ */ async(function* (writer: Writer, bytes: Uint8Array) {
  for (;;) {
    const count = writer.tryWrite(bytes);
    if (count > 0 || bytes.length === 0) return count;
    yield* writer.ready();
  }
});

const writeAll = /* @__PURE__ */ async(function* (writer: Writer, bytes: Uint8Array) {
  for (let written = writer.tryWrite(bytes); written < bytes.length;) {
    yield* writer.ready();
    written += writer.tryWrite(bytes.subarray(written));
  }
});

const read = /* @__PURE__ */ async(function* (reader: Reader, into: Uint8Array) {
  for (;;) {
    const count = reader.tryRead(into);
    if (count !== undefined) return count;
    yield* reader.ready();
  }
});

/**
 * A pipe of bytes between two threads: one writes, one reads; what is written is there for the other at once, without a message. First in, first out.
 *
 * The thread that asks for the {@link writer} or the {@link reader} has that end. If it dies, the other gets DisconnectedError, the reader
 * once it has read what is there.
 *
 * @example
 * ```ts
 * import { async, join, run } from "heddle";
 * import { SharedByteRing } from "heddle/thread";
 *
 * const ring = new SharedByteRing(16);
 * const source = async(function* () {
 *   using writer = ring.writer();
 *   yield* writer.writeAll(new TextEncoder().encode("longer than there is room for"));
 * });
 * const destination = async(function* () {
 *   using reader = ring.reader();
 *   const decoder = new TextDecoder();
 *   const chunk = new Uint8Array(8);
 *   let text = "";
 *   for (let count; (count = yield* reader.read(chunk)) > 0; ) text += decoder.decode(chunk.subarray(0, count));
 *   return text;
 * });
 * const [, text] = await run(join(source(), destination()));
 * console.log(text);
 * // prints: longer than there is room for
 * ```
 */
export class SharedByteRing extends SharedThing {
  /** How many bytes it has room for. */
  readonly capacity: number;
  /** @internal */
  readonly filled: Bell;
  /** @internal */
  readonly drained: Bell;
  readonly #bytes: Uint8Array;

  /**
   * @param capacity how many bytes it is to have room for, an integer from 1 to 2 ** 30; rounded up to a power of two
   * @throws RangeError, TypeError if it is not
   */
  constructor(capacity = 65_536, buffer?: SharedArrayBuffer) {
    const size = sizeFor(capacity);
    super("byteRing", buffer, BYTES_DATA * 4 + Math.max(size, 4), undefined);
    // SAFETY: nobody else has the buffer yet; the capacity never changes.
    if (buffer === undefined) this.words[BYTES_CAPACITY] = size;
    this.capacity = this.words[BYTES_CAPACITY]!;
    this.#bytes = new Uint8Array(this.buffer, BYTES_DATA * 4, this.capacity);
    this.filled = new Bell(this.words, BYTES_FILLED);
    this.drained = new Bell(this.words, BYTES_DRAINED);
  }

  /** The ring whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): SharedByteRing {
    return new SharedByteRing(1, checkBuffer("byteRing", buffer));
  }

  /**
   * The end that writes, for this thread.
   *
   * @throws BusyError `channel.busy` if it is, or was, another thread's
   */
  writer(): SharedByteWriter {
    this.#claim(BYTES_WRITER, "write to a byte ring");
    return new Writer(this);
  }

  /** The end that reads, for this thread. Throws as {@link writer} does. */
  reader(): SharedByteReader {
    this.#claim(BYTES_READER, "read from a byte ring");
    return new Reader(this);
  }

  #claim(end: number, verb: string): void {
    const me = nameOf(here.id);
    const name = Atomics.compareExchange(this.words, end, 0, me);
    if (name === 0 || name === me) return;
    throw new BusyError("channel.busy", `Cannot ${verb} from this thread: that end is thread ${idIn(name)}'s`, {
      help: "use a record ring, which many may write to and read from",
    });
  }

  /** @internal How many bytes are written and not read. */
  get used(): number {
    return (Atomics.load(this.words, BYTES_TAIL) - Atomics.load(this.words, BYTES_HEAD)) >>> 0;
  }

  /** @internal Writes so many bytes, for which there is room. */
  put(bytes: Uint8Array): void {
    const tail = Atomics.load(this.words, BYTES_TAIL);
    const at = tail & (this.capacity - 1);
    const first = Math.min(bytes.length, this.capacity - at);
    // SAFETY: from tail to head + capacity the bytes are the writer's: the reader has advanced the head behind its copies, and looks no further than the tail.
    if (first === bytes.length) this.#bytes.set(bytes, at);
    else {
      this.#bytes.set(bytes.subarray(0, first), at);
      this.#bytes.set(bytes.subarray(first), 0);
    }
    Atomics.store(this.words, BYTES_TAIL, (tail + bytes.length) | 0);
  }

  /** @internal Reads so many bytes, which are there. */
  take(into: Uint8Array, count: number): void {
    const head = Atomics.load(this.words, BYTES_HEAD);
    const at = head & (this.capacity - 1);
    const first = Math.min(count, this.capacity - at);
    // SAFETY: from head to tail the bytes are the reader's, and written before the tail.
    into.set(this.#bytes.subarray(at, at + first));
    if (first < count) into.set(this.#bytes.subarray(0, count - first), first);
    Atomics.store(this.words, BYTES_HEAD, (head + count) | 0);
  }

  /** @internal */
  isClosed(flag: number): boolean {
    return (Atomics.load(this.words, BYTES_ENDS) & flag) !== 0;
  }

  /** @internal Whether that end is closed, or its thread over. */
  isDone(flag: number, end: number): boolean {
    if (this.isClosed(flag)) return true;
    const name = Atomics.load(this.words, end);
    return name !== 0 && here.isOver(idIn(name));
  }

  /** @internal */
  mustBeOpen(flag: number, verb: string): void {
    if (this.isClosed(flag))
      throw new ClosedError("channel.closed", `Cannot ${verb}: this end was closed`, {
        help: "close an end after its last use",
      });
  }

  /** @internal */
  closeEnd(flag: number): void {
    Atomics.or(this.words, BYTES_ENDS, flag);
  }

  /** @internal */
  threadEnded(): void {
    this.filled.ringAll();
    this.drained.ringAll();
  }
}

arrives("byteRing", (buffer) => SharedByteRing.from(buffer));

/** A power of two divides 2 ** 32, at which the counts begin again. */
function sizeFor(capacity: number): number {
  checkCount(capacity, 1, MOST, "create a byte ring", "capacity");
  return 2 ** Math.ceil(Math.log2(capacity));
}

function gone(verb: string, who: string): DisconnectedError {
  return new DisconnectedError("channel.disconnected", `Cannot ${verb}: ${who} is closed, or its thread has ended`, {
    help: "stop when the other side is gone",
  });
}

/** Refuses what has no bytes. */
export function checkBytes(bytes: unknown, verb: string, name: string): void {
  if (bytes instanceof Uint8Array) return;
  throw new TypeError(`Cannot ${verb} as '${name}' must be a Uint8Array: received ${quote(bytes)}`);
}
