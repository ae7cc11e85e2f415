/**
 * The buffers of shared things: made with their kind in the first word, and checked when somebody hands one in. What a lock protects is checked here, too.
 */
import { quote } from "../../base/errors.js";
import { isSendable, SEND } from "../sendable.js";
import { received } from "../values/unpack.js";
import { KIND, KINDS } from "./layout.js";

export type Kind = keyof typeof KINDS;

/** As messages call it. */
export const NAMES: Readonly<Record<Kind, string>> = {
  mutex: "a shared mutex",
  rwLock: "a shared read-write lock",
  condvar: "a condvar",
  semaphore: "a shared semaphore",
  barrier: "a shared barrier",
  once: "a shared once",
  byteRing: "a byte ring",
  recordRing: "a record ring",
  atomicBool: "an AtomicBool",
  atomicI32: "an AtomicI32",
  atomicU32: "an AtomicU32",
  atomicI64: "an AtomicI64",
  atomicF64: "an AtomicF64",
};

/** A new buffer of so many bytes. */
export function newBuffer(kind: Kind, bytes: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes);
  // SAFETY: nobody else has the buffer yet.
  new Int32Array(buffer)[KIND] = KINDS[kind];
  return buffer;
}

/** Refuses what is no buffer of that kind. */
export function checkBuffer(kind: Kind, buffer: SharedArrayBuffer): SharedArrayBuffer {
  const isOne =
    isSharedBuffer(buffer) &&
    buffer.byteLength >= 8 &&
    // SAFETY: the kind is written before the buffer is handed to anyone, and never again.
    new Int32Array(buffer, 0, 1)[KIND] === KINDS[kind];
  if (isOne) return buffer;
  throw new TypeError(
    `Cannot take a buffer for ${NAMES[kind]} as it must be the buffer of one: received ${describe(buffer)}\nhelp: send its 'buffer' to the other thread, and nothing else`,
  );
}

function describe(buffer: unknown): string {
  if (!isSharedBuffer(buffer)) return quote(buffer);
  const word = buffer.byteLength >= 8 ? new Int32Array(buffer, 0, 1)[KIND] : undefined;
  const kind = (Object.keys(KINDS) as Kind[]).find((name) => KINDS[name] === word);
  return kind === undefined ? `a SharedArrayBuffer of ${buffer.byteLength} bytes` : `that of ${NAMES[kind]}`;
}

export function isSharedBuffer(value: unknown): value is SharedArrayBuffer {
  return Object.prototype.toString.call(value) === "[object SharedArrayBuffer]";
}

/** What a lock may protect: memory that all threads see, or nothing. */
export type SharedValue = object | undefined;

/** Refuses a value of which each thread would have a copy of its own. */
export function checkShared(value: unknown, verb: string): void {
  if (value === undefined || isSharedBuffer(value)) return;
  if (ArrayBuffer.isView(value) && isSharedBuffer(value.buffer)) return;
  if (typeof value === "object" && value !== null && isSendable(value)) return;
  throw new TypeError(
    `Cannot ${verb} as 'value' must be shared memory: received ${ArrayBuffer.isView(value) ? "a view of memory that is this thread's own" : quote(value)}\n` +
      "help: pass a sharedStruct, a sharedArray, a SharedArrayBuffer, or nothing",
  );
}

/** A value on its way to another thread. */
export type PackedValue = { readonly plain: unknown } | { readonly kind: string; readonly data: unknown };

export function packValue(value: SharedValue): PackedValue {
  if (value === undefined || !isSendable(value)) return { plain: value };
  const { kind, data } = value[SEND]();
  return { kind, data };
}

export function unpackValue(packed: PackedValue): SharedValue {
  return ("kind" in packed ? received(packed.kind, packed.data) : packed.plain) as SharedValue;
}
