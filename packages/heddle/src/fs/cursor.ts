/**
 * Cursor: where an open file is read and written, and the bytes on their way between the program and the host.
 *
 * - **It is ours.** The host is asked for bytes at a position, so a read that is dropped has moved nothing.
 * - **A read goes through a buffer of the file's**: the host writes there even when nobody waits any more. What it has read and nobody took is
 *   there for the next read.
 * - **A write is taken, then written**: what it was given is copied, and it is over. The next operation waits until the host has written, and
 *   throws what went wrong. So a write that is dropped has taken nothing.
 */
import { read, write } from "node:fs";
import { PENDING, type Poll } from "../future/poll.js";
import type { Answer, Descriptor } from "./descriptor.js";
import { codeOf, type Deed, failed } from "./failures.js";

// Tokio's figure.
const LARGEST_BUFFER = 2 ** 21;

export class Cursor {
  readonly #descriptor: Descriptor;
  readonly #appends: boolean;
  #position = 0;
  /** False for pipes and devices, once they said so: they give and take at no position. */
  #isSeekable = true;
  /** How many bytes go at once. */
  largestBuffer = LARGEST_BUFFER;
  /** What the host has read from the cursor on and nobody took yet. Empty: the end. */
  #ahead: Uint8Array | null = null;
  #readFailure: Error | null = null;
  #inbox: Uint8Array | null = null;
  #outbox: Uint8Array | null = null;

  /** @param appends whether the host writes at the end, wherever that is: the cursor is then for reading alone */
  constructor(descriptor: Descriptor, appends: boolean) {
    this.#descriptor = descriptor;
    this.#appends = appends;
  }

  get position(): number {
    return this.#position;
  }

  /** Another one at the same place, which from now on moves by itself. What was read ahead stays here. */
  clone(descriptor: Descriptor): Cursor {
    const clone = new Cursor(descriptor, this.#appends);
    clone.#position = this.#position;
    clone.#isSeekable = this.#isSeekable;
    clone.largestBuffer = this.largestBuffer;
    return clone;
  }

  /** Takes what was read, or has the host read. Call it only while the descriptor is idle and open. */
  pollRead(into: Uint8Array): Poll<number> {
    const failure = this.#readFailure;
    this.#readFailure = null;
    if (failure !== null) throw failure;
    const ahead = this.#ahead;
    if (ahead === null) {
      this.#readAhead(Math.min(into.length, this.largestBuffer));
      return PENDING;
    }
    const length = Math.min(into.length, ahead.length);
    into.set(ahead.subarray(0, length));
    this.#position += length;
    this.#ahead = length < ahead.length ? ahead.subarray(length) : null;
    return length;
  }

  #readAhead(length: number): void {
    if (this.#inbox === null || this.#inbox.length < length) this.#inbox = Buffer.allocUnsafeSlow(length);
    const inbox = this.#inbox;
    const position = this.#isSeekable ? this.#position : null;
    const start = (fd: number, answer: Answer<number>): void => {
      read(fd, inbox, 0, length, position, (error, n) => {
        if (!this.#hasNoPositions(error)) return answer(error, n);
        read(fd, inbox, 0, length, null, answer);
      });
    };
    this.#descriptor.request(start, (error, n) => {
      if (error === null) this.#ahead = inbox.subarray(0, n);
      else this.#readFailure = failed(this.#deed("read"), error);
    });
  }

  /** Takes some of `bytes`, and has the host write them. Call it only while the descriptor is idle and open. */
  write(bytes: Uint8Array): number {
    const length = Math.min(bytes.length, this.largestBuffer);
    if (length === 0) return 0;
    this.forget();
    if (this.#outbox === null || this.#outbox.length < length) this.#outbox = Buffer.allocUnsafeSlow(length);
    this.#outbox.set(bytes.subarray(0, length));
    this.#writeOut(this.#outbox, length);
    return length;
  }

  #writeOut(outbox: Uint8Array, length: number): void {
    const from = this.#position;
    if (!this.#appends) this.#position += length;
    let done = 0;
    const start = (fd: number, answer: Answer<void>): void => {
      const position = this.#appends || !this.#isSeekable ? null : from + done;
      // A disk that is nearly full takes less than it was given, and says why when it is given the rest.
      write(fd, outbox, done, length - done, position, (error, n) => {
        if (error === null) done += n;
        else if (!this.#hasNoPositions(error)) return answer(error);
        if (done < length) start(fd, answer);
        else answer(null);
      });
    };
    this.#descriptor.request(start, (error) => {
      if (error === null) return;
      if (!this.#appends) this.#position = from + done;
      this.#descriptor.writeFailed(this.#deed("write"), error);
    });
  }

  // HOST: pipes and terminals have no positions, and say so when they are given one.
  #hasNoPositions(error: Error | null): boolean {
    if (codeOf(error) !== "ESPIPE" || !this.#isSeekable) return false;
    this.#isSeekable = false;
    return true;
  }

  /** @throws RangeError before the start; HeddleError `fs.not-seekable` */
  moveTo(position: number): number {
    const { path } = this.#descriptor;
    if (position < 0)
      throw new RangeError(
        `Cannot seek in ${JSON.stringify(path)} as the cursor cannot be before the start: received ${position}`,
      );
    if (!this.#isSeekable) throw failed(this.#deed("seek in"), { code: "ESPIPE" });
    this.forget();
    return (this.#position = position);
  }

  /** The file changes, or the cursor moves: what was read there may be no longer so. Of a pipe, it is the only copy. */
  forget(): void {
    if (!this.#isSeekable) return;
    this.#ahead = null;
    this.#readFailure = null;
  }

  #deed(verb: string): Deed {
    return { verb, path: this.#descriptor.path };
  }
}
