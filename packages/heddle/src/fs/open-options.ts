/**
 * How a file is to be opened.
 */
import { constants } from "node:fs";
import type { Future } from "../future/poll.js";
import { type File, made } from "./file.js";
import { checkMode } from "./metadata.js";
import { opening } from "./opening.js";
import type { Path } from "./path.js";

const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL } = constants;

/**
 * Says how a file is to be opened, and opens it. Everything is off at first.
 *
 * | there is                | a file   | none     |
 * | ----------------------- | -------- | -------- |
 * | neither of the below    | open it  | error    |
 * | `create`                | open it  | make it  |
 * | `createNew`             | error    | make it  |
 * | `truncate`              | empty it | error    |
 *
 * @example A line at the end of a file
 * ```ts
 * import { async, run } from "heddle";
 * import { OpenOptions, readToString, removeFile } from "heddle/fs";
 *
 * const note = async(function* (line: string) {
 *   using file = yield* new OpenOptions().append().create().open("notes.txt");
 *   yield* file.write(new TextEncoder().encode(`${line}\n`));
 *   yield* file.flush();
 * });
 * const main = async(function* () {
 *   yield* note("first");
 *   yield* note("second");
 *   const text = yield* readToString("notes.txt");
 *   yield* removeFile("notes.txt");
 *   console.log(text.trim().split("\n").join(", "));
 * });
 * await run(main());
 * // prints: first, second
 * ```
 */
export class OpenOptions {
  #read = false;
  #write = false;
  #append = false;
  #truncate = false;
  #create = false;
  #createNew = false;
  #mode = 0o666;
  #customFlags = 0;

  /** To be read from. */
  read(read = true): this {
    this.#read = read;
    return this;
  }

  /** To be written to, from its beginning, over what is there. */
  write(write = true): this {
    this.#write = write;
    return this;
  }

  /** To be written to, always at its end, wherever that is by then. */
  append(append = true): this {
    this.#append = append;
    return this;
  }

  /** To be emptied. It has to be opened to be written to. */
  truncate(truncate = true): this {
    this.#truncate = truncate;
    return this;
  }

  /** To be made if there is none. It has to be opened to be written or appended to. */
  create(create = true): this {
    this.#create = create;
    return this;
  }

  /** To be made, and an error if there is one, in one step: of several who try, one makes it. `create` and `truncate` then mean nothing. */
  createNew(createNew = true): this {
    this.#createNew = createNew;
    return this;
  }

  /** The permission bits of a new file, less those of the process's mask. `0o666` by default. */
  mode(mode: number): this {
    checkMode(mode, "open a file");
    this.#mode = mode;
    return this;
  }

  /** Flags of the system besides: `constants.O_NOFOLLOW` of `node:fs`, for example. */
  customFlags(flags: number): this {
    this.#customFlags = flags;
    return this;
  }

  /**
   * Opens a file. What is changed in the options afterwards does not concern it.
   *
   * **Cancel safety**: dropped before its first poll, nothing is done. Later, a file may be made or emptied; that it was opened is undone.
   *
   * @throws TypeError if these options cannot be together
   * @throws HeddleError `fs.not-found`, `fs.already-exists`, `fs.is-a-directory`, `fs.permission-denied`, `fs.too-many-open-files` and others
   */
  open(path: Path): Future<File> {
    const appends = this.#append;
    const how = { flags: this.#flags(), mode: this.#mode, makes: this.#create || this.#createNew };
    return opening(path, how, made(appends));
  }

  #flags(): number {
    const writes = this.#write || this.#append;
    const refuse = (must: string): never => {
      throw new TypeError(`Cannot open a file as ${must}`);
    };
    if (!this.#read && !writes) refuse("the options do not say what for\nhelp: add read(), write() or append()");
    const changes = this.#create || this.#createNew || this.#truncate;
    if (changes && !writes)
      refuse("what makes or empties it has to write to it as well\nhelp: add write(), or append()");
    if (this.#truncate && !this.#createNew && this.#append)
      refuse("append() keeps what truncate() would remove\nhelp: leave one of them out");
    const access = this.#read ? (writes ? O_RDWR : O_RDONLY) : O_WRONLY;
    const made = this.#createNew ? O_CREAT | O_EXCL : (this.#create ? O_CREAT : 0) | (this.#truncate ? O_TRUNC : 0);
    return access | made | (this.#append ? O_APPEND : 0) | this.#customFlags;
  }
}
