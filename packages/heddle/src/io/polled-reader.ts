/**
 * PolledReader: what every source of bytes is that waits for something outside. A subclass answers what is there now.
 */
import type { Resource } from "../base/resource.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import type { Taking } from "./chunk.js";
import { copyBytes } from "./copy-bytes.js";
import { checkBytes } from "./failures.js";
import { completed, Lane, Operation } from "./operation.js";

/** A source that is asked again whenever it said that there may be more. */
export abstract class PolledReader implements AsyncRead {
  /** @internal Where reads wait, one at a time. */
  protected readonly lane: Lane;
  /** The read that is over and may be used again, so that reading in a loop allocates nothing. */
  #spare: Read | null = null;

  /** @param shared what other tasks have at the other end; null if the host has */
  constructor(shared: Resource | null) {
    this.lane = new Lane("read", shared);
  }

  /** @internal What is there now, written to the front of `into`, which is not empty; 0 at the end. */
  abstract pollRead(into: Uint8Array): Poll<number>;

  read(into: Uint8Array): Future<number> {
    checkBytes(into, "read", "into");
    // Never hand out one that may still be awaited: it was given back when it had given its outcome.
    const read = this.#spare ?? new Read(this, this.lane);
    this.#spare = null;
    read.into = into;
    return read;
  }

  /** @internal A read or a peek waits, or the last one that did is over. */
  waits(_isWaiting: boolean): void {}

  /** Says that there may be something to read, be it an error or the end. */
  protected wakeReader(): void {
    this.lane.wake();
  }

  /** @internal */
  recycle(read: Read): void {
    this.#spare = read;
  }
}

class Read extends Operation<number> {
  readonly #reader: PolledReader;
  into: Uint8Array | null = null;

  constructor(reader: PolledReader, lane: Lane) {
    super(lane);
    this.#reader = reader;
  }

  protected attempt(): Poll<number> {
    const { into } = this;
    if (into === null) throw completed("read");
    if (into.length === 0) return 0;
    const read = this.#reader.pollRead(into);
    if (read === PENDING) this.#reader.waits(true);
    return read;
  }

  protected override over(wasHolder: boolean): void {
    this.into = null;
    if (wasHolder) this.#reader.waits(false);
  }

  protected override given(): void {
    this.#reader.recycle(this);
  }
}

/**
 * A source whose bytes come in chunks of its own choice: what of a chunk does not fit into a read waits here for the next one.
 */
export abstract class ChunkReader extends PolledReader {
  #chunk: Uint8Array | null = null;
  /** How much of the chunk was read. */
  #at = 0;

  constructor() {
    super(null);
  }

  /** @internal The next chunk, which from now on is the reader's alone; null at the end. */
  abstract pollChunk(): Poll<Uint8Array | null>;

  /**
   * As `read`, and the bytes stay: the next read gives them again. How many it gives is up to the source, and need not grow while nothing is read.
   *
   * **Cancel safety**: nothing is lost.
   */
  peek(into: Uint8Array): Future<number> {
    checkBytes(into, "peek", "into");
    return new Peek(this, this.lane, into);
  }

  /** @internal As of a `ChunkSource`: for subclasses whose chunks nobody else has. */
  taking(most: number): Taking {
    return new TakeChunks(this, this.lane, most);
  }

  /** @internal At most so many bytes of the chunk that has its turn; null at the end. */
  pollTake(most: number): Poll<Uint8Array | null> {
    const chunk = this.#front();
    if (chunk === PENDING || chunk === null) return chunk;
    const from = this.#at;
    const left = chunk.length - from;
    if (left <= most) {
      this.#chunk = null;
      return from === 0 ? chunk : chunk.subarray(from);
    }
    this.#at += most;
    return chunk.subarray(from, this.#at);
  }

  /** The chunk that has its turn, which stays; null at the end. */
  #front(): Poll<Uint8Array | null> {
    while (this.#chunk === null) {
      const next = this.pollChunk();
      if (next === PENDING || next === null) return next;
      // A chunk of nothing is not the end.
      if (next.length === 0) continue;
      this.#chunk = next;
      this.#at = 0;
    }
    return this.#chunk;
  }

  /** @internal */
  pollPeek(into: Uint8Array): Poll<number> {
    const chunk = this.#front();
    if (chunk === PENDING) return PENDING;
    if (chunk === null) return 0;
    const length = Math.min(into.length, chunk.length - this.#at);
    copyBytes(chunk, this.#at, length, into, 0);
    return length;
  }

  /** @internal */
  pollRead(into: Uint8Array): Poll<number> {
    let chunk = this.#chunk;
    if (chunk === null) {
      // A chunk of nothing is not the end.
      do {
        const next = this.pollChunk();
        if (next === PENDING) return PENDING;
        if (next === null) return 0;
        chunk = next;
      } while (chunk.length === 0);
      if (chunk.length <= into.length) {
        copyBytes(chunk, 0, chunk.length, into, 0);
        return chunk.length;
      }
      this.#chunk = chunk;
      this.#at = 0;
    }
    const length = Math.min(into.length, chunk.length - this.#at);
    copyBytes(chunk, this.#at, length, into, 0);
    this.#at += length;
    if (this.#at === chunk.length) this.#chunk = null;
    return length;
  }

  /** Forgets what was not read. */
  protected discard(): void {
    this.#chunk = null;
  }
}

class Peek extends Operation<number> {
  readonly #reader: ChunkReader;
  readonly #into: Uint8Array;

  constructor(reader: ChunkReader, lane: Lane, into: Uint8Array) {
    super(lane);
    this.#reader = reader;
    this.#into = into;
  }

  protected attempt(): Poll<number> {
    if (this.#into.length === 0) return 0;
    const length = this.#reader.pollPeek(this.#into);
    if (length === PENDING) this.#reader.waits(true);
    return length;
  }

  protected override over(wasHolder: boolean): void {
    if (wasHolder) this.#reader.waits(false);
  }
}

class TakeChunks extends Operation<Uint8Array | null> implements Taking {
  readonly #reader: ChunkReader;
  readonly #most: number;

  constructor(reader: ChunkReader, lane: Lane, most: number) {
    super(lane);
    this.#reader = reader;
    this.#most = most;
  }

  protected attempt(): Poll<Uint8Array | null> {
    const chunk = this.#reader.pollTake(this.#most);
    if (chunk === PENDING) this.#reader.waits(true);
    return chunk;
  }

  protected override over(wasHolder: boolean): void {
    if (wasHolder) this.#reader.waits(false);
  }
}
