/**
 * The names of files: moved, removed, and led on by links.
 */
import { link, readlink, realpath, rename as move, symlink as linkTo, unlink } from "node:fs/promises";
import type { Future } from "../future/poll.js";
import { Job } from "./job.js";
import { type Path, pathOf, shown } from "./path.js";

/**
 * The absolute path of what a path leads to: without symbolic links, `.` and `..`.
 *
 * **Cancel safety**: nothing to lose.
 *
 * @throws HeddleError `fs.not-found`, `fs.too-many-links` and others
 */
export function canonicalize(path: Path): Future<string> {
  const at = pathOf(path, "resolve a path");
  return new Job("canonicalize(…)", { verb: "resolve", path: at }, () => realpath(at));
}

/**
 * Moves a file or a folder within a file system. A file that was at `to` is replaced, in one step: whoever looks finds one or the other.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @throws HeddleError `fs.not-found`, `fs.cross-device`, `fs.not-empty`, `fs.permission-denied` and others
 */
export function rename(from: Path, to: Path): Future<void> {
  const [source, target] = [pathOf(from, "rename a file", "from"), pathOf(to, "rename a file", "to")];
  return new Job("rename(…)", { verb: "rename", path: source, rest: ` to ${shown(target)}` }, () =>
    move(source, target),
  );
}

/**
 * Removes a file, or a symbolic link itself. What is open stays usable for those who have it open.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @throws HeddleError `fs.not-found`, `fs.is-a-directory`, `fs.permission-denied` and others
 */
export function removeFile(path: Path): Future<void> {
  const at = pathOf(path, "remove a file");
  return new Job("removeFile(…)", { verb: "remove", path: at }, () => unlink(at));
}

/**
 * Gives a file a second name on the same file system.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @param original the file there is
 * @param name what it is to be called as well
 * @throws HeddleError `fs.not-found`, `fs.already-exists`, `fs.cross-device` and others
 */
export function hardLink(original: Path, name: Path): Future<void> {
  const [source, target] = [pathOf(original, "link a file", "original"), pathOf(name, "link a file", "name")];
  return new Job("hardLink(…)", { verb: "link", path: source, rest: ` as ${shown(target)}` }, () =>
    link(source, target),
  );
}

/**
 * Makes a symbolic link: `name` leads to `original`, whether or not that exists.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @param original where it leads; relative to the folder of the link, not to the working directory
 * @param name the link
 * @throws HeddleError `fs.already-exists`, `fs.not-found` if there is no folder for it, and others
 */
export function symlink(original: Path, name: Path): Future<void> {
  const [to, at] = [pathOf(original, "make a link", "original"), pathOf(name, "make a link", "name")];
  return new Job("symlink(…)", { verb: "make the link", path: at, makes: true }, () => linkTo(to, at));
}

/**
 * Where a symbolic link leads, as it is written in it.
 *
 * **Cancel safety**: nothing to lose.
 *
 * @throws HeddleError `fs.invalid` if it is no link, `fs.not-found` and others
 */
export function readLink(path: Path): Future<string> {
  const at = pathOf(path, "read a link");
  return new Job("readLink(…)", { verb: "read the link", path: at }, () => readlink(at));
}
