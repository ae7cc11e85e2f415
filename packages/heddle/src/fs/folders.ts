/**
 * Folders: made and removed.
 */
import { lstat, mkdir, rm, rmdir, unlink } from "node:fs/promises";
import type { Future } from "../future/poll.js";
import { Job } from "./job.js";
import { checkMode } from "./metadata.js";
import { type Path, pathOf } from "./path.js";

/**
 * Makes folders in a way of one's own.
 *
 * @example Folders that only their owner may look into
 * ```ts
 * import { async, run } from "heddle";
 * import { DirBuilder, metadata, removeDirAll } from "heddle/fs";
 *
 * const main = async(function* () {
 *   yield* new DirBuilder().recursive().mode(0o700).create("vault/inner");
 *   const { mode } = yield* metadata("vault/inner");
 *   yield* removeDirAll("vault");
 *   console.log(mode.toString(8));
 * });
 * await run(main());
 * // prints: 700
 * ```
 */
export class DirBuilder {
  #recursive = false;
  #mode = 0o777;

  /** Whether the folders on the way are made as well, and one that is there already is as good as a new one. */
  recursive(recursive = true): this {
    this.#recursive = recursive;
    return this;
  }

  /** The permission bits of new folders, less those of the process's mask. `0o777` by default. */
  mode(mode: number): this {
    checkMode(mode, "make folders");
    this.#mode = mode;
    return this;
  }

  /**
   * Makes a folder.
   *
   * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
   *
   * @throws HeddleError `fs.already-exists`, `fs.not-found` if there is no folder for it, `fs.not-a-directory` and others
   */
  create(path: Path): Future<void> {
    return making("DirBuilder.create(…)", path, this.#recursive, this.#mode);
  }
}

/**
 * Makes a folder in a folder that there is.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @throws HeddleError `fs.already-exists`, `fs.not-found` if there is no folder for it, `fs.permission-denied` and others
 */
export function createDir(path: Path): Future<void> {
  return making("createDir(…)", path, false);
}

/**
 * Makes a folder and those on the way to it. One that is there already is as good as a new one.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @throws HeddleError `fs.already-exists` or `fs.not-a-directory` if something else is in the way, `fs.permission-denied` and others
 */
export function createDirAll(path: Path): Future<void> {
  return making("createDirAll(…)", path, true);
}

function making(label: string, path: Path, recursive: boolean, mode = 0o777): Future<void> {
  const at = pathOf(path, "make a folder");
  return new Job(label, { verb: "make the folder", path: at, makes: true }, async () => {
    await mkdir(at, { recursive, mode });
  });
}

/**
 * Removes an empty folder.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @throws HeddleError `fs.not-empty`, `fs.not-a-directory`, `fs.not-found` and others
 */
export function removeDir(path: Path): Future<void> {
  const at = pathOf(path, "remove a folder");
  return new Job("removeDir(…)", { verb: "remove the folder", path: at }, () => rmdir(at));
}

/**
 * Removes a folder with all that is in it. Symbolic links are removed, not followed: what they lead to stays. Given a link, it removes the link.
 *
 * **Cancel safety**: once begun it goes on to its end, and whether it succeeded is not told.
 *
 * @throws HeddleError `fs.not-found`, `fs.not-a-directory` if it is a file, `fs.permission-denied` and others: some may be removed by then
 */
export function removeDirAll(path: Path): Future<void> {
  const at = pathOf(path, "remove a folder");
  return new Job("removeDirAll(…)", { verb: "remove the folder", path: at }, async () => {
    const stats = await lstat(at);
    if (stats.isSymbolicLink()) return await unlink(at);
    // Of what is no folder, rmdir says so in the system's own words.
    if (!stats.isDirectory()) return await rmdir(at);
    // Without `force`: what goes away meanwhile is gone, which is what was asked for, but the folder itself was there.
    await rm(at, { recursive: true, maxRetries: 3 });
  });
}
