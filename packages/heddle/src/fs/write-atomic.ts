/**
 * `writeAtomic`: the old content or the new, and nothing in between.
 *
 *     a draft in the same folder ──► written ──► on the disk ──► renamed over the file ──► the folder on the disk
 *                                                                       │
 *                       until here the old content ◄────────────────────┴──► from here the new one
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, readlink, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { async } from "../future/async.js";
import { fromPromise } from "../future/from-promise.js";
import type { Future } from "../future/poll.js";
import { checkContent, type Content } from "./content.js";
import { codeOf } from "./failures.js";
import { Job } from "./job.js";
import { type Path, pathOf } from "./path.js";

/**
 * Writes a whole file so that whoever reads it, now or after a crash, finds the old content or the new. The new one is on the disk when it is over.
 *
 * - It is written to another file in the same folder, `.heddle-….tmp`, which then takes the place of the old one. So the folder must be writable.
 * - The permissions are kept; owner and other names (hard links) are not. A symbolic link stays, and what it leads to is replaced.
 *
 * **Cancel safety**: the file has the old content or the new. What was begun is cleaned up before the call around it goes on unwinding.
 *
 * @throws HeddleError `fs.not-found` if there is no folder for it, `fs.is-a-directory`, `fs.permission-denied`, `fs.no-space` and others; the
 * file then has its old content, unless it is the last step that failed, by which the new one would survive a crash
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { readToString, removeFile, writeAtomic } from "heddle/fs";
 *
 * const main = async(function* () {
 *   yield* writeAtomic("score.json", "{ best: 1 }");
 *   yield* writeAtomic("score.json", "{ best: 2 }");
 *   console.log(yield* readToString("score.json"));
 *   yield* removeFile("score.json");
 * });
 * await run(main());
 * // prints: { best: 2 }
 * ```
 */
export function writeAtomic(path: Path, content: Content): Future<void> {
  const at = pathOf(path, "write a file");
  checkContent(content);
  return writing(at, content);
}

const writing = /* @__PURE__ */ async(function* writeAtomic(path: string, content: Content) {
  const controller = new AbortController();
  let work: Promise<void> | undefined;
  try {
    const begin = (): Promise<void> => (work = replace(path, content, controller.signal));
    yield* new Job("writeAtomic(…)", { verb: "write", path, makes: true }, begin);
  } finally {
    // Dropped: it stops where it can, and is waited for.
    controller.abort();
    if (work !== undefined) yield* fromPromise(work.catch(() => {}));
  }
});

async function replace(path: string, content: Content, signal: AbortSignal): Promise<void> {
  const { target, mode } = await targetOf(path);
  const folder = dirname(target);
  const draft = join(folder, `.heddle-${randomBytes(8).toString("hex")}.tmp`);
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL, mode ?? 0o666);
  try {
    try {
      // The process's mask was taken off when it was made.
      if (mode !== undefined) await file.chmod(mode);
      await file.writeFile(content, { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    signal.throwIfAborted();
    await rename(draft, target);
  } catch (error) {
    // What went wrong says more than that the draft is still there.
    await unlink(draft).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** The file that is to be replaced, and its permissions; what was asked for and none if there is nothing yet. */
async function targetOf(path: string): Promise<{ target: string; mode: number | undefined }> {
  try {
    const target = await realpath(path);
    const stats = await stat(target);
    if (stats.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    return { target, mode: stats.mode & 0o7777 };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    const led = await readlink(path).catch(() => undefined);
    if (led === undefined) return { target: path, mode: undefined };
    // A link that leads to nothing yet: from the folder that it is really in.
    return await targetOf(resolve(await realpath(dirname(path)), led));
  }
}

// HOST: Windows cannot sync folders, and some file systems do not.
const NO_FOLDER_SYNC = new Set(["EACCES", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"]);

async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error) ?? "")) throw error;
  }
}
