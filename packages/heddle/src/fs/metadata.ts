/**
 * What is known of a file besides its content.
 */
import { chmod, lstat, stat } from "node:fs/promises";
import type { Stats } from "node:fs";
import { quote } from "../base/errors.js";
import type { Future } from "../future/poll.js";
import { codeOf } from "./failures.js";
import { Job } from "./job.js";
import { type Path, pathOf } from "./path.js";

const PERMISSION_BITS = 0o7777;
const WRITE_BITS = 0o222;

/** What the system says of a file, a folder or a link. */
export class Metadata {
  /** Whether it is an ordinary file. */
  readonly isFile: boolean;
  /** Whether it is a folder. */
  readonly isDir: boolean;
  /** Only {@link symlinkMetadata} and {@link DirEntry.metadata} ever see one: the others look at what it leads to. */
  readonly isSymlink: boolean;
  /** In bytes. */
  readonly length: number;
  /** The permission bits, `0o644` for example. */
  readonly mode: number;
  /** When its content last changed. */
  readonly modified: Date;
  /** When it was last read, as far as the file system keeps that. */
  readonly accessed: Date;
  /** When it was made; on file systems that do not keep it, when its metadata last changed. */
  readonly created: Date;
  /** The number of the file on its {@link device}: two paths with the same two numbers lead to the same file. */
  readonly inode: number;
  /** The file system that it is on. */
  readonly device: number;
  /** How many names it has. */
  readonly links: number;
  /** The user whose it is, by number. */
  readonly uid: number;
  /** The group whose it is, by number. */
  readonly gid: number;

  /** @internal */
  constructor(stats: Stats) {
    this.isFile = stats.isFile();
    this.isDir = stats.isDirectory();
    this.isSymlink = stats.isSymbolicLink();
    this.length = stats.size;
    this.mode = stats.mode & PERMISSION_BITS;
    this.modified = stats.mtime;
    this.accessed = stats.atime;
    this.created = stats.birthtime;
    this.inode = stats.ino;
    this.device = stats.dev;
    this.links = stats.nlink;
    this.uid = stats.uid;
    this.gid = stats.gid;
  }

  /** Whether nobody may write it, by its mode. */
  get isReadonly(): boolean {
    return (this.mode & WRITE_BITS) === 0;
  }
}

/**
 * What the system says of what a path leads to, through symbolic links.
 *
 * **Cancel safety**: nothing to lose.
 *
 * @throws HeddleError `fs.not-found`, `fs.permission-denied` and others
 *
 * @example The length of a file
 * ```ts
 * import { async, run } from "heddle";
 * import { metadata, removeFile, write } from "heddle/fs";
 *
 * const main = async(function* () {
 *   yield* write("length.txt", "four");
 *   const { isFile, length } = yield* metadata("length.txt");
 *   yield* removeFile("length.txt");
 *   console.log(isFile, length);
 * });
 * await run(main());
 * // prints: true 4
 * ```
 */
export function metadata(path: Path): Future<Metadata> {
  const at = pathOf(path, "look at a file");
  return new Job("metadata(…)", { verb: "look at", path: at }, async () => new Metadata(await stat(at)));
}

/** As {@link metadata}, but of a symbolic link says what it is itself. */
export function symlinkMetadata(path: Path): Future<Metadata> {
  const at = pathOf(path, "look at a link");
  return new Job("symlinkMetadata(…)", { verb: "look at", path: at }, async () => new Metadata(await lstat(at)));
}

/**
 * Whether there is something at a path. A symbolic link that leads nowhere is nothing.
 *
 * What is true now need not be true when you act on it: to make a file only if there is none, open it with `createNew`.
 *
 * **Cancel safety**: nothing to lose.
 *
 * @throws HeddleError `fs.permission-denied` and others if it cannot be said
 */
export function tryExists(path: Path): Future<boolean> {
  const at = pathOf(path, "look for a file");
  return new Job("tryExists(…)", { verb: "look for", path: at }, () =>
    stat(at).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === "ENOENT") return false;
        throw error;
      },
    ),
  );
}

/**
 * Changes who may read, write and run a file.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @param mode the permission bits: `0o600`
 * @throws HeddleError `fs.not-found`, `fs.permission-denied` and others
 */
export function setPermissions(path: Path, mode: number): Future<void> {
  const at = pathOf(path, "change permissions");
  checkMode(mode, "change permissions");
  return new Job("setPermissions(…)", { verb: "change the permissions of", path: at }, () => chmod(at, mode));
}

/** @throws RangeError if these are no permission bits */
export function checkMode(mode: number, verb: string): void {
  if (!Number.isInteger(mode) || mode < 0 || mode > PERMISSION_BITS)
    throw new RangeError(`Cannot ${verb} as 'mode' must be permission bits from 0 to 0o7777: received ${quote(mode)}`);
}
