/**
 * `watch`: a file, as a channel of what is in it.
 */
import { type Duration, toMilliseconds } from "../base/duration.js";
import { checkOptions } from "../base/options.js";
import { servicesFor } from "../future/current.js";
import type { Future } from "../future/poll.js";
import type { Receiver } from "../sync/watch/receiver.js";
import { FileChannel } from "./file-channel.js";
import type { FileVersion } from "./file-version.js";
import { Job } from "./job.js";
import { type Path, pathOf } from "./path.js";

/** How a file is watched. */
export interface WatchOptions {
  /** How long a file must be left alone before it is looked at. 20 ms by default. */
  settling?: Duration | undefined;
}

/**
 * Watches a file: gives the receiver of a watch channel (`heddle/sync`) of which each value is the file's content, or undefined while there is no file.
 *
 * - **A change is another content.** The content that is there at first counts as seen. A save that changes nothing is none; several saves in quick
 *   succession are one, the last; a file that is removed is one, and so is one that comes back.
 * - A file is looked at once it was left alone for `settling`, or ten times as long if it never is: who writes in several steps, faster than that, is not seen at
 *   it. `writeAtomic` has no steps.
 * - The file may be replaced, renamed over, removed and made again. It is its folder that is watched, which must be there: when it goes away, the
 *   channel ends.
 * - The whole content is kept in memory: it is for settings, not for logs. What cannot be read is a change too, whose content throws why.
 * - A symbolic link to another folder is followed to what is there when somebody looks, but changes there are no reason to look.
 * - The process is kept alive while somebody waits. Close the receiver, or dispose of it, when nobody does any more.
 *
 * **Cancel safety**: nothing to lose; a watch that is begun and that nobody takes is ended. That of the receiver is told there.
 *
 * @throws HeddleError `fs.not-found` if there is no folder, `fs.too-many-open-files`, `fs.no-space` if the system watches as many as it may, and others
 * @throws NoRuntimeError outside of a runtime
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { removeFile, watch, writeAtomic } from "heddle/fs";
 *
 * const main = async(function* () {
 *   yield* writeAtomic("color.txt", "red");
 *   using receiver = yield* watch("color.txt");
 *   console.log(receiver.borrow()?.text);
 *   yield* writeAtomic("color.txt", "green");
 *   yield* receiver.changed();
 *   console.log(receiver.borrow()?.text);
 *   yield* removeFile("color.txt");
 *   yield* receiver.changed();
 *   console.log(receiver.borrow()?.text);
 * });
 * await run(main());
 * // prints: red
 * // prints: green
 * // prints: undefined
 * ```
 */
export function watch(path: Path, options: WatchOptions = {}): Future<Receiver<FileVersion | undefined>> {
  const at = pathOf(path, "watch a file");
  checkOptions(options, "watch a file", "{ settling: 50 }");
  const settling = toMilliseconds(options.settling ?? 20, "watch a file", "settling");
  const begin = (): Promise<Receiver<FileVersion | undefined>> => {
    return new FileChannel(at, settling, servicesFor("watch a file")).open();
  };
  return new Job("watch(…)", { verb: "watch", path: at, makes: true }, begin, {
    discard: (receiver) => receiver.close(),
  });
}
