/**
 * File: an open file, as users have it. How its bytes move is `cursor.ts`; that the host does one thing at a time for it is `descriptor.ts`.
 */
import { constants, fchmod, fdatasync, fstat, fsync, ftruncate, type Stats } from "node:fs";
import { quote } from "../base/errors.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";
import type { AsyncRead } from "../io/async-read.js";
import type { AsyncWrite } from "../io/async-write.js";
import { checkBytes } from "../io/failures.js";
import { watch } from "./collected.js";
import { Cursor } from "./cursor.js";
import { type Answer, Descriptor } from "./descriptor.js";
import { closed, type Deed, failed } from "./failures.js";
import { FileOperation } from "./file-operation.js";
import { checkMode, Metadata } from "./metadata.js";
import { type Make, opening } from "./opening.js";
import type { Path } from "./path.js";

/** Where to: so many bytes after the start, after the cursor, or after the end; before it, if it is less than 0. */
export type SeekFrom = { readonly start: number } | { readonly current: number } | { readonly end: number };

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
const mode = 0o666;

/**
 * An open file. Made with {@link File.open}, {@link File.create}, {@link File.createNew} or `OpenOptions`.
 *
 * One task at a time uses it: what is done with it has its turn, and a second one that waits is a BusyError. It is closed with `close()`, with
 * `using` or with `await using`; one that is forgotten is closed when it is garbage-collected, with a warning.
 *
 * @example Written, and read again
 * ```ts
 * import { async, run } from "heddle";
 * import { File, OpenOptions, removeFile } from "heddle/fs";
 *
 * const main = async(function* () {
 *   {
 *     using file = yield* new OpenOptions().read().write().create().open("song.txt");
 *     yield* file.write(new TextEncoder().encode("la la land"));
 *     yield* file.seek({ start: 3 });
 *     const bytes = new Uint8Array(2);
 *     const n = yield* file.read(bytes);
 *     console.log(new TextDecoder().decode(bytes.subarray(0, n)));
 *   }
 *   yield* removeFile("song.txt");
 * });
 * await run(main());
 * // prints: la
 * ```
 */
export class File implements AsyncRead, AsyncWrite, Disposable, AsyncDisposable {
  readonly #descriptor: Descriptor;
  readonly #cursor: Cursor;
  #isShutDown = false;

  /** @internal */
  constructor(descriptor: Descriptor, cursor: Cursor) {
    this.#descriptor = descriptor;
    this.#cursor = cursor;
    watch(this, descriptor);
  }

  /** Opens a file to read it. See `OpenOptions.open`. */
  static open(path: Path): Future<File> {
    return opening(path, { flags: O_RDONLY, mode, makes: false }, made(false));
  }

  /** Makes or empties a file to write it. See `OpenOptions.open`. */
  static create(path: Path): Future<File> {
    return opening(path, { flags: O_WRONLY | O_CREAT | O_TRUNC, mode, makes: true }, made(false));
  }

  /** Makes a file, which must not be there yet, to read and write it. See `OpenOptions.open`. */
  static createNew(path: Path): Future<File> {
    return opening(path, { flags: O_RDWR | O_CREAT | O_EXCL, mode, makes: true }, made(false));
  }

  /** As it was given when it was opened. */
  get path(): string {
    return this.#descriptor.path;
  }

  /** Where the next byte is read or written, from the start. What is appended does not move it. */
  get position(): number {
    return this.#cursor.position;
  }

  /** How many bytes at most are read or written at once, and are buffered in between: 2 MiB by default. */
  get maxBufferSize(): number {
    return this.#cursor.largestBuffer;
  }

  set maxBufferSize(size: number) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`Cannot set a buffer as 'maxBufferSize' must be an integer >= 1: received ${quote(size)}`);
    this.#cursor.largestBuffer = size;
  }

  /**
   * Reads from the cursor on, which it moves.
   *
   * At the end it gives 0. More may be there later, if somebody writes.
   *
   * **Cancel safety**: nothing is lost, and the cursor has not moved.
   *
   * @throws HeddleError `fs.wrong-mode` if it was not opened to be read, `fs.is-a-directory` and others; what an earlier write failed with
   */
  read(into: Uint8Array): Future<number> {
    checkBytes(into, "read", "into");
    return new FileOperation("file.read()", this.#descriptor, () => this.#pollRead(into));
  }

  #pollRead(into: Uint8Array): Poll<number> {
    if (into.length === 0) return 0;
    if (this.#descriptor.isBusy) return PENDING;
    this.#check("read");
    return this.#cursor.pollRead(into);
  }

  /**
   * Takes bytes to be written at the cursor, which it moves, or at the end if it was opened to append. It waits until what was taken before is written,
   * copies at most {@link maxBufferSize} bytes, and is over: {@link flush} waits until they are written.
   *
   * **Cancel safety**: a write that is dropped has taken nothing.
   *
   * @returns how many bytes it took, from the front
   * @throws what an earlier write failed with: `fs.no-space`, `fs.wrong-mode` if it was not opened to be written, and others
   * @throws ClosedError `fs.closed` after {@link shutdown}
   */
  write(bytes: Uint8Array): Future<number> {
    checkBytes(bytes, "write", "bytes");
    return new FileOperation("file.write()", this.#descriptor, () => this.#pollWrite(bytes));
  }

  #pollWrite(bytes: Uint8Array): Poll<number> {
    if (this.#descriptor.isBusy) return PENDING;
    this.#check("write");
    if (this.#isShutDown) throw closed(this.#deed("write"));
    return this.#cursor.write(bytes);
  }

  /**
   * Waits until what was taken is written: the system has it then, and other processes see it. That it outlives a crash of the system, {@link syncAll} says.
   *
   * **Cancel safety**: nothing is lost; flush again.
   *
   * @throws what a write failed with
   */
  flush(): Future<void> {
    return new FileOperation("file.flush()", this.#descriptor, () => this.#pollFlush());
  }

  #pollFlush(): Poll<void> {
    if (this.#descriptor.isBusy) return PENDING;
    this.#check("flush");
  }

  /**
   * Flushes, and takes no more writes. The file stays open.
   *
   * **Cancel safety**: nothing is lost; shut down again.
   *
   * @throws what a write failed with
   */
  shutdown(): Future<void> {
    return new FileOperation("file.shutdown()", this.#descriptor, () => {
      const flushed = this.#pollFlush();
      if (flushed !== PENDING) this.#isShutDown = true;
      return flushed;
    });
  }

  /**
   * Moves the cursor. Behind the end is allowed: what is written there leaves a gap of zeros.
   *
   * **Cancel safety**: the cursor has not moved.
   *
   * @returns where the cursor is now, from the start
   * @throws RangeError if that would be before the start; what an earlier write failed with
   */
  seek(to: SeekFrom): Future<number> {
    const [from, offset] = seekOf(to);
    const base =
      from === "end" ? this.#request("seek", "seek in", (fd, answer: Answer<Stats>) => fstat(fd, answer)) : null;
    const attempt = (): Poll<number> => {
      let start = 0;
      if (base !== null) {
        const stats = base();
        if (stats === PENDING) return PENDING;
        start = stats.size;
      } else {
        if (this.#descriptor.isBusy) return PENDING;
        this.#check("seek in");
        if (from === "current") start = this.#cursor.position;
      }
      return this.#cursor.moveTo(start + offset);
    };
    return new FileOperation("file.seek()", this.#descriptor, attempt);
  }

  /**
   * Another `File` of the same open file, for another task: both are used at once, each is closed by itself, and the system's descriptor goes with the last. It needs no new
   * descriptor, and the file may have been renamed or removed since.
   *
   * The clone has a cursor of its own, which begins where this one is. (In Rust both share one: there it is the system's.) It waits until what was taken is written.
   *
   * **Cancel safety**: dropped, there is no clone.
   *
   * @throws ClosedError `fs.closed`; what an earlier write failed with
   *
   * @example Two tasks, two places
   * ```ts
   * import { async, join, run } from "heddle";
   * import { File, removeFile } from "heddle/fs";
   *
   * const text = async(function* (file: File, start: number, length: number) {
   *   yield* file.seek({ start });
   *   const into = new Uint8Array(length);
   *   return new TextDecoder().decode(into.subarray(0, yield* file.read(into)));
   * });
   * const main = async(function* () {
   *   {
   *     using file = yield* File.createNew("two-words.txt");
   *     yield* file.write(new TextEncoder().encode("hello world"));
   *     using clone = yield* file.tryClone();
   *     console.log((yield* join(text(file, 0, 5), text(clone, 6, 5))).join(", "));
   *   }
   *   yield* removeFile("two-words.txt");
   * });
   * await run(main());
   * // prints: hello, world
   * ```
   */
  tryClone(): Future<File> {
    return new FileOperation("file.tryClone()", this.#descriptor, () => {
      if (this.#descriptor.isBusy) return PENDING;
      this.#check("clone");
      const descriptor = this.#descriptor.clone();
      return new File(descriptor, this.#cursor.clone(descriptor));
    });
  }

  /** What the system says of it. **Cancel safety**: nothing to lose. */
  metadata(): Future<Metadata> {
    const stats = this.#request("metadata", "look at", (fd, answer: Answer<Stats>) => fstat(fd, answer));
    return new FileOperation("file.metadata()", this.#descriptor, () => {
      const answer = stats();
      return answer === PENDING ? PENDING : new Metadata(answer);
    });
  }

  /**
   * Cuts the file off at a length, or fills it with zeros up to there. The cursor stays.
   *
   * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
   *
   * @throws HeddleError `fs.invalid` if it was not opened to be written, `fs.no-space` and others; what an earlier write failed with
   */
  setLen(length: number): Future<void> {
    if (!Number.isSafeInteger(length) || length < 0)
      throw new RangeError(
        `Cannot set the length of a file as 'length' must be an integer >= 0: received ${quote(length)}`,
      );
    return this.#simple("setLen", "set the length of", (fd, answer) => ftruncate(fd, length, answer));
  }

  /** Changes its permission bits. See `setPermissions`. **Cancel safety**: once begun it is done, and whether it succeeded is not told. */
  setPermissions(mode: number): Future<void> {
    checkMode(mode, "change permissions");
    return this.#simple("setPermissions", "change the permissions of", (fd, answer) => fchmod(fd, mode, answer));
  }

  /**
   * Waits until content and metadata are on the disk, where a crash of the system cannot take them.
   *
   * **Cancel safety**: nothing is lost; sync again to be sure.
   *
   * @throws HeddleError if the disk fails; what an earlier write failed with
   */
  syncAll(): Future<void> {
    return this.#simple("syncAll", "sync", (fd, answer) => fsync(fd, answer));
  }

  /** As {@link syncAll}, without the metadata that reading does not need, such as times. **Cancel safety**: nothing is lost; sync again to be sure. */
  syncData(): Future<void> {
    return this.#simple("syncData", "sync", (fd, answer) => fdatasync(fd, answer));
  }

  /**
   * Writes what was taken, and closes. Closed already, it does nothing.
   *
   * **Cancel safety**: once begun it is closed all the same; a write that fails then is reported as a warning.
   *
   * @throws what a write failed with; it is closed nevertheless
   */
  close(): Future<void> {
    const descriptor = this.#descriptor;
    let isBegun = false;
    let isLeft = false;
    let outcome: Error | null | undefined;
    const attempt = (): Poll<void> => {
      if (!isBegun) {
        isBegun = true;
        descriptor.close((failure) => {
          outcome = failure;
          if (isLeft) descriptor.reportUnseen(failure);
        });
      }
      if (outcome === undefined) return PENDING;
      if (outcome !== null) throw outcome;
    };
    return new FileOperation("file.close()", descriptor, attempt, () => {
      isLeft = true;
      if (outcome != null) descriptor.reportUnseen(outcome);
    });
  }

  /** Closes it as soon as what was taken is written, without waiting for that. If it fails, a warning says so. */
  [Symbol.dispose](): void {
    if (!this.#descriptor.isClosed) this.#descriptor.release();
  }

  /** As {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#descriptor.close((failure) => (failure === null ? resolve() : reject(failure)));
    });
  }

  #deed(verb: string): Deed {
    return { verb, path: this.path };
  }

  /** @throws ClosedError, or what a write failed with that nobody was told yet */
  #check(verb: string): void {
    if (this.#descriptor.isClosed) throw closed(this.#deed(verb));
    const failure = this.#descriptor.takeFailure();
    if (failure !== null) throw failure;
  }

  #simple(name: string, verb: string, start: (fd: number, answer: Answer<void>) => void): Future<void> {
    return new FileOperation(`file.${name}()`, this.#descriptor, this.#request(name, verb, start));
  }

  /** How to attempt one request that is answered: it waits for its turn, is made once, and then gives what the host said. */
  #request<T>(name: string, verb: string, start: (fd: number, answer: Answer<T>) => void): () => Poll<T> {
    const descriptor = this.#descriptor;
    let answer: { error: unknown; value: T } | null = null;
    let isBegun = false;
    return () => {
      if (answer !== null) {
        if (answer.error !== null) throw failed(this.#deed(verb), answer.error);
        return answer.value;
      }
      if (!isBegun && !descriptor.isBusy) {
        this.#check(verb);
        this.#cursor.forget();
        isBegun = true;
        descriptor.request(start, (error, value) => (answer = { error, value }));
      }
      return PENDING;
    };
  }
}

/** @internal What is made of a file that was opened. */
export const made =
  (appends: boolean): Make<File> =>
  (fd, path, warnings) => {
    const descriptor = new Descriptor(fd, path, warnings);
    return new File(descriptor, new Cursor(descriptor, appends));
  };

function seekOf(to: SeekFrom): [from: string, offset: number] {
  const entries = Object.entries(to ?? {});
  const [from, offset] = entries[0] ?? [];
  if (entries.length === 1 && ["start", "current", "end"].includes(from!) && Number.isSafeInteger(offset))
    return [from!, offset];
  throw new TypeError(
    `Cannot seek as 'to' must be { start }, { current } or { end } with a whole number of bytes: received ${JSON.stringify(to)}`,
  );
}
