/**
 * PolledWriter: what every destination of bytes is that may have to wait for room. A subclass answers what it can do now.
 */
import type { Resource } from "../base/resource.js";
import type { Future, Poll } from "../future/poll.js";
import type { AsyncWrite } from "./async-write.js";
import { checkBytes } from "./failures.js";
import { completed, Lane, Operation } from "./operation.js";

/** A destination that is asked again whenever it said that something changed. */
export abstract class PolledWriter implements AsyncWrite {
  /** @internal Where writes wait, one at a time. */
  protected readonly lane: Lane;
  #spare: Write | null = null;

  /** @param shared what other tasks have at the other end; null if the host has */
  constructor(shared: Resource | null) {
    this.lane = new Lane("write", shared);
  }

  /** @internal Takes what there is room for, at least one byte of `bytes`, which is not empty. Copies it. */
  abstract pollWrite(bytes: Uint8Array): Poll<number>;
  /** @internal Ready when nothing that was taken is left on this side. */
  abstract pollFlush(): Poll<void>;
  /** @internal Ready when the other side was told that no more will come. Asked again after that, it is ready. */
  abstract pollShutdown(): Poll<void>;

  write(bytes: Uint8Array): Future<number> {
    checkBytes(bytes, "write", "bytes");
    const write = this.#spare ?? new Write(this, this.lane);
    this.#spare = null;
    write.bytes = bytes;
    return write;
  }

  flush(): Future<void> {
    return new Flush(this, this.lane);
  }

  shutdown(): Future<void> {
    return new Shutdown(this, this.lane);
  }

  /** Says that something changed: there is room, something was sent, it failed. */
  protected wakeWriter(): void {
    this.lane.wake();
  }

  /** @internal */
  recycle(write: Write): void {
    this.#spare = write;
  }
}

class Write extends Operation<number> {
  readonly #writer: PolledWriter;
  bytes: Uint8Array | null = null;

  constructor(writer: PolledWriter, lane: Lane) {
    super(lane);
    this.#writer = writer;
  }

  protected attempt(): Poll<number> {
    const { bytes } = this;
    if (bytes === null) throw completed("write");
    if (bytes.length === 0) return 0;
    return this.#writer.pollWrite(bytes);
  }

  protected override over(): void {
    this.bytes = null;
  }

  protected override given(): void {
    this.#writer.recycle(this);
  }
}

class Flush extends Operation<void> {
  readonly #writer: PolledWriter;

  constructor(writer: PolledWriter, lane: Lane) {
    super(lane);
    this.#writer = writer;
  }

  override get label(): string {
    return "flush()";
  }

  protected attempt(): Poll<void> {
    return this.#writer.pollFlush();
  }
}

class Shutdown extends Operation<void> {
  readonly #writer: PolledWriter;

  constructor(writer: PolledWriter, lane: Lane) {
    super(lane);
    this.#writer = writer;
  }

  override get label(): string {
    return "shutdown()";
  }

  protected attempt(): Poll<void> {
    return this.#writer.pollShutdown();
  }
}
