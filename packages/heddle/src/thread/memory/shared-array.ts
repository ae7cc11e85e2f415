/**
 * sharedArray: typed arrays in memory that all threads see. They are the language's own, so structured clone sends them, shared.
 */
import { quote } from "../../base/errors.js";
import { isSharedBuffer } from "./buffers.js";
import { checkCount } from "./refusals.js";

const ARRAYS = {
  i8: Int8Array,
  u8: Uint8Array,
  u8c: Uint8ClampedArray,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
} as const;

/** The kinds of numbers: `i` signed, `u` unsigned, `f` floating point, and the bits; `u8c` is clamped. Those of 64 bits are bigints, but `f64`. */
export type SharedArrayKind = keyof typeof ARRAYS;

/** The typed array of a kind. */
export interface SharedArrays {
  i8: Int8Array<SharedArrayBuffer>;
  u8: Uint8Array<SharedArrayBuffer>;
  u8c: Uint8ClampedArray<SharedArrayBuffer>;
  i16: Int16Array<SharedArrayBuffer>;
  u16: Uint16Array<SharedArrayBuffer>;
  i32: Int32Array<SharedArrayBuffer>;
  u32: Uint32Array<SharedArrayBuffer>;
  f32: Float32Array<SharedArrayBuffer>;
  f64: Float64Array<SharedArrayBuffer>;
  i64: BigInt64Array<SharedArrayBuffer>;
  u64: BigUint64Array<SharedArrayBuffer>;
}

/** What stands in an array of a kind. */
export type SharedArrayItem<K extends SharedArrayKind> = K extends "i64" | "u64" ? bigint : number;

/**
 * A typed array in shared memory, of so many zeros or of the values given.
 *
 * Reading and writing it is plain: two threads that do it at once need a lock, or each their own part.
 *
 * @throws TypeError, RangeError if the kind is none, or the length
 *
 * @example
 * ```ts
 * import { sharedArray } from "heddle/thread";
 *
 * const sums = sharedArray("f64", 3);
 * const primes = sharedArray("u8", [2, 3, 5, 7]);
 * console.log(sums.length, primes.at(-1), primes.buffer instanceof SharedArrayBuffer);
 * // prints: 3 7 true
 * ```
 */
export function sharedArray<K extends SharedArrayKind>(
  kind: K,
  content: number | Iterable<SharedArrayItem<K>> | ArrayLike<SharedArrayItem<K>>,
): SharedArrays[K] {
  const Class = classOf(kind);
  if (typeof content === "number") {
    checkCount(content, 0, Number.MAX_SAFE_INTEGER, "create a shared array", "length");
    return new Class(new SharedArrayBuffer(content * Class.BYTES_PER_ELEMENT));
  }
  if (typeof content !== "object" || content === null)
    throw new TypeError(
      `Cannot create a shared array as 'content' must be a length, or values: received ${quote(content)}`,
    );
  const values = Array.from(content as ArrayLike<any>);
  const array = new Class(new SharedArrayBuffer(values.length * Class.BYTES_PER_ELEMENT));
  array.set(values as never[]);
  return array;
}

interface ArrayClass<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): A;
}

function classOf<K extends SharedArrayKind>(kind: K): ArrayClass<SharedArrays[K]> {
  if (typeof kind === "string" && Object.hasOwn(ARRAYS, kind))
    return ARRAYS[kind] as unknown as ArrayClass<SharedArrays[K]>;
  throw new TypeError(
    `Cannot create a shared array as 'kind' must be one of ${Object.keys(ARRAYS).join(", ")}: received ${quote(kind)}`,
  );
}

/** Whether a view, or a buffer, is of memory that other threads can see. */
export function isShared(value: unknown): boolean {
  return isSharedBuffer(ArrayBuffer.isView(value) ? value.buffer : value);
}
