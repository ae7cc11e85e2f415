/**
 * `transfer(x)`: says that what is sent is moved, not copied.
 *
 * Only a mark: whatever is marked is moved when it is next sent, wherever in a value it stands.
 */
import { Buffer } from "node:buffer";
import { types } from "node:util";
import { quote } from "../../base/errors.js";

const marked = new WeakSet<object>();

/** Whether it is moved when it is sent. Of a view, its buffer is asked for. */
export function isMarked(value: object): boolean {
  return marked.has(value);
}

/**
 * Marks `value` so that it is moved instead of copied when it is sent to another thread: afterwards it is empty here. Moving 1 MB costs about what
 * moving 1 KB does.
 *
 * Of a typed array the whole buffer below it is moved. What can only be moved, as message ports and streams, needs no mark.
 *
 * @param value an ArrayBuffer, a view of one, or another object that the host can move
 * @returns `value` itself
 * @throws TypeError if it cannot be moved: it is shared memory, or a Buffer that lies in a pool with others
 *
 * @example Move what is large
 * ```ts
 * import { transfer } from "heddle/thread";
 *
 * const image = { width: 1000, pixels: new Uint8Array(1_000_000) };
 * transfer(image.pixels); // `image` is now sent without copying them
 * ```
 */
export function transfer<T extends object>(value: T): T {
  const moved: object = ArrayBuffer.isView(value) ? value.buffer : value;
  const problem = problemWith(value, moved);
  if (problem !== null)
    throw new TypeError(`Cannot mark ${quote(value)} to be moved: ${problem.is}\nhelp: ${problem.help}`);
  marked.add(moved);
  return value;
}

function problemWith(value: unknown, moved: unknown): { is: string; help: string } | null {
  if (typeof moved !== "object" || moved === null)
    return { is: "it is no object", help: "pass an ArrayBuffer, a typed array, or what else the host can move" };
  if (Array.isArray(moved) || Object.getPrototypeOf(moved) === Object.prototype)
    return { is: "it is data, which is copied", help: "mark the buffers in it" };
  if (types.isSharedArrayBuffer(moved))
    return { is: "its memory is shared", help: "send it as it is: both threads then have the same memory" };
  if (Buffer.isBuffer(value) && value.byteLength < value.buffer.byteLength)
    return { is: "its memory belongs to other Buffers too", help: "use Buffer.alloc(…) or a Uint8Array" };
  return null;
}
