/**
 * `writeAll`: everything, however little a destination takes at a time.
 */
import { async } from "../future/async.js";
import type { AsyncWrite } from "./async-write.js";
import { checkBytes, checkWriter, tookNothing } from "./failures.js";
import { encodeText } from "./text.js";

/**
 * Writes all of `bytes`; text as UTF-8. It does not flush.
 *
 * **Cancel safety**: dropped, it may have written a part, and does not say how much. Where that matters, use a `FramedWrite`, or call `write` in
 * a loop of your own.
 *
 * @throws DisconnectedError `io.write-zero` if the destination takes nothing any more
 *
 * @example
 * ```ts
 * import { async, join, run } from "heddle";
 * import { duplex, readToString, writeAll } from "heddle/io";
 *
 * const [here, there] = duplex(4);
 * const speaking = async(function* () {
 *   yield* writeAll(here, "more than fits at once");
 *   yield* here.shutdown();
 * });
 * console.log((await run(join(speaking(), readToString(there))))[1]);
 * // prints: more than fits at once
 * ```
 */
export const writeAll = async(function* writeAll(writer: AsyncWrite, bytes: Uint8Array | string) {
  const all = typeof bytes === "string" ? encodeText(bytes) : bytes;
  checkWriter(writer, "write");
  checkBytes(all, "write", "bytes");
  for (let at = 0; at < all.length;) {
    const taken = yield* writer.write(at === 0 ? all : all.subarray(at));
    if (taken === 0) throw tookNothing("write everything");
    at += taken;
  }
});
