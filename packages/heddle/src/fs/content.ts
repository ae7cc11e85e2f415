/**
 * Whole files: read, written and copied in one go.
 */
import { copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { HeddleError, quote } from "../base/errors.js";
import type { Future } from "../future/poll.js";
import { Job } from "./job.js";
import { type Path, pathOf, shown } from "./path.js";

/** What can be written: bytes, or text, which becomes UTF-8. */
export type Content = string | Uint8Array;

/**
 * Reads a whole file.
 *
 * **Cancel safety**: reading stops soon, and nothing is changed.
 *
 * @throws HeddleError `fs.not-found`, `fs.is-a-directory`, `fs.permission-denied`, `fs.too-many-open-files` and others
 */
export function read(path: Path): Future<Uint8Array> {
  return reading("read(…)", path, (bytes) => bytes);
}

/**
 * Reads a whole file as text. A byte order mark, if there is one, is part of it.
 *
 * **Cancel safety**: reading stops soon, and nothing is changed.
 *
 * @throws HeddleError `fs.not-text` if it is not UTF-8, and as {@link read}
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { readToString, removeFile, write } from "heddle/fs";
 *
 * const main = async(function* () {
 *   yield* write("greeting.txt", "grüß dich");
 *   const text = yield* readToString("greeting.txt");
 *   yield* removeFile("greeting.txt");
 *   return text;
 * });
 * console.log(await run(main()));
 * // prints: grüß dich
 * ```
 */
export function readToString(path: Path): Future<string> {
  return reading("readToString(…)", path, textOf);
}

function reading<T>(label: string, path: Path, as: (bytes: Uint8Array, path: string) => T): Future<T> {
  const at = pathOf(path, "read a file");
  const controller = new AbortController();
  const { signal } = controller;
  return new Job(label, { verb: "read", path: at }, async () => as(await readFile(at, { signal }), at), {
    stop: () => controller.abort(),
  });
}

/** @internal The text of bytes that are UTF-8. @throws HeddleError `fs.not-text` */
export function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new HeddleError("fs.not-text", `Cannot read ${shown(path)} as text: its bytes are not UTF-8`, {
      cause,
      help: "read its bytes with read(…), and decode them",
    });
  }
}

/**
 * Writes a whole file: makes it, or replaces what is in it.
 *
 * Who reads it meanwhile may find it empty or half written, and so does everybody after a crash: `writeAtomic` leaves the old content
 * or the new.
 *
 * **Cancel safety**: once begun, writing stops at any point: the file may be empty, or have a part of the content.
 *
 * @throws HeddleError `fs.not-found` if there is no folder for it, `fs.is-a-directory`, `fs.permission-denied`, `fs.no-space` and others
 */
export function write(path: Path, content: Content): Future<void> {
  const at = pathOf(path, "write a file");
  checkContent(content);
  const controller = new AbortController();
  const { signal } = controller;
  const deed = { verb: "write", path: at, makes: true };
  return new Job("write(…)", deed, () => writeFile(at, content, { signal }), { stop: () => controller.abort() });
}

/** @internal @throws TypeError if it cannot be written */
export function checkContent(content: unknown): void {
  if (typeof content !== "string" && !(content instanceof Uint8Array))
    throw new TypeError(
      `Cannot write a file as 'content' must be a string or a Uint8Array: received ${quote(content)}`,
    );
}

/**
 * Copies a file with its permissions, over what was there before.
 *
 * **Cancel safety**: once begun it is done, and whether it succeeded is not told.
 *
 * @returns how many bytes there are in the copy
 * @throws HeddleError `fs.not-found`, `fs.is-a-directory`, `fs.permission-denied`, `fs.no-space` and others
 */
export function copy(from: Path, to: Path): Future<number> {
  const [source, target] = [pathOf(from, "copy a file", "from"), pathOf(to, "copy a file", "to")];
  return new Job("copy(…)", { verb: "copy", path: source, rest: ` to ${shown(target)}` }, async () => {
    await copyFile(source, target);
    return (await stat(target)).size;
  });
}
