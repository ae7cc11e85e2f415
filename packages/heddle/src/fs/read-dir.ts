/**
 * `readDir`: what is in a folder, entry by entry.
 */
import type { Dir, Dirent } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import type { Warnings } from "../base/warnings.js";
import { current } from "../future/current.js";
import { END, type Future, PENDING, type Poll } from "../future/poll.js";
import { Iteration } from "../io/iteration.js";
import { type Held, unwatch, watch } from "./collected.js";
import { closed, failed } from "./failures.js";
import { FileOperation, type Shared } from "./file-operation.js";
import { Job } from "./job.js";
import { Metadata } from "./metadata.js";
import { type Path, pathOf } from "./path.js";

/** One thing in a folder. */
export class DirEntry {
  /** Its name, without the folder. */
  readonly name: string;
  /** The folder's path, as it was given to `readDir`, and the name. */
  readonly path: string;
  /** Whether it is an ordinary file. */
  readonly isFile: boolean;
  /** Whether it is a folder. */
  readonly isDir: boolean;
  /** Whether it is a symbolic link, wherever that leads. */
  readonly isSymlink: boolean;

  /** @internal */
  constructor(folder: string, entry: Dirent) {
    this.name = entry.name;
    this.path = join(folder, entry.name);
    this.isFile = entry.isFile();
    this.isDir = entry.isDirectory();
    this.isSymlink = entry.isSymbolicLink();
  }

  /** What the system says of it; of a symbolic link what it is itself. **Cancel safety**: nothing to lose. */
  metadata(): Future<Metadata> {
    const { path } = this;
    return new Job("entry.metadata()", { verb: "look at", path }, async () => new Metadata(await lstat(path)));
  }
}

/** What the host has said. */
type Answer = { readonly entry: DirEntry | typeof END } | { readonly error: unknown };

/** The host's listing. It is closed at its end, at an error, by its owner, or when that is collected. */
class Listing implements Held {
  readonly path: string;
  readonly warnings: Warnings | null;
  readonly #dir: Dir;
  #isClosed = false;

  constructor(dir: Dir, path: string, warnings: Warnings | null) {
    this.#dir = dir;
    this.path = path;
    this.warnings = warnings;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async next(): Promise<DirEntry | typeof END> {
    const entry = await this.#dir.read();
    return entry === null ? END : new DirEntry(this.path, entry);
  }

  /** Call it only while no entry is on its way. */
  release(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    unwatch(this);
    // Nothing can be done about an error, and nothing is lost by it.
    this.#dir.close().catch(() => {});
  }
}

/**
 * The entries of a folder, in the order of the system, without `.` and `..`. Made with {@link readDir}.
 *
 * Read to its end it is closed. One that is left before is closed with `close()` or `using`.
 */
export class ReadDir implements AsyncIterable<DirEntry>, Disposable, Shared {
  readonly #listing: Listing;
  /** What the host has answered and nobody has taken yet. */
  #answer: Answer | null = null;
  #isBusy = false;
  #isAtEnd = false;
  #isLeft = false;
  /** @internal `FileOperation` alone writes it. */
  holder: FileOperation<any> | null = null;

  /** @internal */
  constructor(dir: Dir, path: string, warnings: Warnings | null) {
    this.#listing = new Listing(dir, path, warnings);
    watch(this, this.#listing);
  }

  /** The folder, as it was given to `readDir`. */
  get path(): string {
    return this.#listing.path;
  }

  /**
   * Waits for the next entry; `END` when there is none.
   *
   * **Cancel safety**: nothing is lost; an entry that nobody took is there for the next wait.
   *
   * @throws BusyError if another task waits for one
   * @throws ClosedError `fs.closed` after {@link close}, HeddleError if the system fails
   */
  nextEntry(): Future<DirEntry | typeof END> {
    return new FileOperation("readDir.nextEntry()", this, () => this.#pollEntry());
  }

  /** As {@link nextEntry}. */
  next(): Future<DirEntry | typeof END> {
    return this.nextEntry();
  }

  /** For code outside of tasks. To break out of the loop leaves the rest to be read: `close()` leaves it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<DirEntry, undefined> {
    return new Iteration(this);
  }

  #pollEntry(): Poll<DirEntry | typeof END> {
    const deed = { verb: "list the folder", path: this.path };
    if (this.#isLeft) throw closed(deed);
    if (this.#isAtEnd) return END;
    const answer = this.#answer;
    if (answer === null) {
      if (!this.#isBusy) this.#ask();
      return PENDING;
    }
    this.#answer = null;
    if ("error" in answer) throw failed(deed, answer.error);
    this.#isAtEnd = answer.entry === END;
    return answer.entry;
  }

  #ask(): void {
    this.#isBusy = true;
    this.#listing.next().then(
      (entry) => this.#answered({ entry }),
      (error: unknown) => this.#answered({ error }),
    );
  }

  #answered(answer: Answer): void {
    this.#isBusy = false;
    this.#answer = answer;
    if (this.#isLeft || "error" in answer || answer.entry === END) this.#listing.release();
    this.holder?.wake();
  }

  /** Leaves it before its end. Closed already, it does nothing. */
  close(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    if (!this.#isBusy) this.#listing.release();
    this.holder?.wake();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens a folder, to see what is in it.
 *
 * **Cancel safety**: nothing to lose; a folder that is opened and that nobody takes is closed.
 *
 * @throws HeddleError `fs.not-found`, `fs.not-a-directory`, `fs.permission-denied`, `fs.too-many-open-files` and others
 *
 * @example The names in a folder
 * ```ts
 * import { async, END, run } from "heddle";
 * import { createDir, readDir, removeDirAll, write } from "heddle/fs";
 *
 * const main = async(function* () {
 *   yield* createDir("herbs");
 *   for (const name of ["sage", "basil"]) yield* write(`herbs/${name}`, "");
 *   const names = [];
 *   const entries = yield* readDir("herbs");
 *   for (let entry; (entry = yield* entries.nextEntry()) !== END; ) names.push(entry.name);
 *   yield* removeDirAll("herbs");
 *   console.log(names.sort().join());
 * });
 * await run(main());
 * // prints: basil,sage
 * ```
 */
export function readDir(path: Path): Future<ReadDir> {
  const at = pathOf(path, "list a folder");
  const { warnings } = current;
  return new Job(
    "readDir(…)",
    { verb: "list the folder", path: at },
    async () => new ReadDir(await opendir(at), at, warnings),
    {
      discard: (entries) => entries.close(),
    },
  );
}
