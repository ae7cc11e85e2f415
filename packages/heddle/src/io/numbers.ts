/**
 * Numbers as they stand in binary formats: signed and unsigned integers of 8 to 64 bits, and floats. Big-endian, as networks have them, unless
 * the name ends with LE. Those of 64 bits are bigints.
 */
import { async } from "../future/async.js";
import type { Future } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { readExact } from "./read.js";
import { writeAll } from "./write-all.js";

/** Reads a number. Of a source that is no BufReader, what had been read of it is lost when it is dropped; a single byte never is. */
export type ReadNumber<T> = (reader: AsyncRead) => Future<T>;

/** Writes a number. Dropped, it may have been written in part; a single byte is or is not. */
export type WriteNumber<T> = (writer: AsyncWrite, value: T) => Future<void>;

function reading<T>(length: number, get: (view: DataView) => T): ReadNumber<T> {
  return async(function* readNumber(reader: AsyncRead) {
    const bytes = yield* readExact(reader, length);
    return get(new DataView(bytes.buffer, bytes.byteOffset, length));
  });
}

function writing<T>(length: number, set: (view: DataView, value: T) => void): WriteNumber<T> {
  return async(function* writeNumber(writer: AsyncWrite, value: T) {
    const bytes = new Uint8Array(length);
    set(new DataView(bytes.buffer), value);
    yield* writeAll(writer, bytes);
  });
}

/** Reads an unsigned integer of 8 bits. **Cancel safety**: see {@link ReadNumber}. */
export const readU8 = /* @__PURE__ */ reading(1, (view) => view.getUint8(0));
/** Reads an integer of 8 bits. **Cancel safety**: see {@link ReadNumber}. */
export const readI8 = /* @__PURE__ */ reading(1, (view) => view.getInt8(0));
/** Reads an unsigned integer of 16 bits, big-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readU16 = /* @__PURE__ */ reading(2, (view) => view.getUint16(0));
/** Reads an unsigned integer of 16 bits, little-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readU16LE = /* @__PURE__ */ reading(2, (view) => view.getUint16(0, true));
/** Reads an integer of 16 bits, big-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readI16 = /* @__PURE__ */ reading(2, (view) => view.getInt16(0));
/** Reads an integer of 16 bits, little-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readI16LE = /* @__PURE__ */ reading(2, (view) => view.getInt16(0, true));
/** Reads an unsigned integer of 32 bits, big-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readU32 = /* @__PURE__ */ reading(4, (view) => view.getUint32(0));
/** Reads an unsigned integer of 32 bits, little-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readU32LE = /* @__PURE__ */ reading(4, (view) => view.getUint32(0, true));
/** Reads an integer of 32 bits, big-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readI32 = /* @__PURE__ */ reading(4, (view) => view.getInt32(0));
/** Reads an integer of 32 bits, little-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readI32LE = /* @__PURE__ */ reading(4, (view) => view.getInt32(0, true));
/** Reads an unsigned integer of 64 bits, big-endian, as a bigint. **Cancel safety**: see {@link ReadNumber}. */
export const readU64 = /* @__PURE__ */ reading(8, (view) => view.getBigUint64(0));
/** Reads an unsigned integer of 64 bits, little-endian, as a bigint. **Cancel safety**: see {@link ReadNumber}. */
export const readU64LE = /* @__PURE__ */ reading(8, (view) => view.getBigUint64(0, true));
/** Reads an integer of 64 bits, big-endian, as a bigint. **Cancel safety**: see {@link ReadNumber}. */
export const readI64 = /* @__PURE__ */ reading(8, (view) => view.getBigInt64(0));
/** Reads an integer of 64 bits, little-endian, as a bigint. **Cancel safety**: see {@link ReadNumber}. */
export const readI64LE = /* @__PURE__ */ reading(8, (view) => view.getBigInt64(0, true));
/** Reads a float of 32 bits, big-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readF32 = /* @__PURE__ */ reading(4, (view) => view.getFloat32(0));
/** Reads a float of 32 bits, little-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readF32LE = /* @__PURE__ */ reading(4, (view) => view.getFloat32(0, true));
/** Reads a float of 64 bits, big-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readF64 = /* @__PURE__ */ reading(8, (view) => view.getFloat64(0));
/** Reads a float of 64 bits, little-endian. **Cancel safety**: see {@link ReadNumber}. */
export const readF64LE = /* @__PURE__ */ reading(8, (view) => view.getFloat64(0, true));

/** Writes an unsigned integer of 8 bits. **Cancel safety**: see {@link WriteNumber}. */
export const writeU8 = /* @__PURE__ */ writing<number>(1, (view, value) => view.setUint8(0, value));
/** Writes an integer of 8 bits. **Cancel safety**: see {@link WriteNumber}. */
export const writeI8 = /* @__PURE__ */ writing<number>(1, (view, value) => view.setInt8(0, value));
/** Writes an unsigned integer of 16 bits, big-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeU16 = /* @__PURE__ */ writing<number>(2, (view, value) => view.setUint16(0, value));
/** Writes an unsigned integer of 16 bits, little-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeU16LE = /* @__PURE__ */ writing<number>(2, (view, value) => view.setUint16(0, value, true));
/** Writes an integer of 16 bits, big-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeI16 = /* @__PURE__ */ writing<number>(2, (view, value) => view.setInt16(0, value));
/** Writes an integer of 16 bits, little-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeI16LE = /* @__PURE__ */ writing<number>(2, (view, value) => view.setInt16(0, value, true));
/** Writes an unsigned integer of 32 bits, big-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeU32 = /* @__PURE__ */ writing<number>(4, (view, value) => view.setUint32(0, value));
/** Writes an unsigned integer of 32 bits, little-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeU32LE = /* @__PURE__ */ writing<number>(4, (view, value) => view.setUint32(0, value, true));
/** Writes an integer of 32 bits, big-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeI32 = /* @__PURE__ */ writing<number>(4, (view, value) => view.setInt32(0, value));
/** Writes an integer of 32 bits, little-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeI32LE = /* @__PURE__ */ writing<number>(4, (view, value) => view.setInt32(0, value, true));
/** Writes an unsigned integer of 64 bits, big-endian, as a bigint. **Cancel safety**: see {@link WriteNumber}. */
export const writeU64 = /* @__PURE__ */ writing<bigint>(8, (view, value) => view.setBigUint64(0, value));
/** Writes an unsigned integer of 64 bits, little-endian, as a bigint. **Cancel safety**: see {@link WriteNumber}. */
export const writeU64LE = /* @__PURE__ */ writing<bigint>(8, (view, value) => view.setBigUint64(0, value, true));
/** Writes an integer of 64 bits, big-endian, as a bigint. **Cancel safety**: see {@link WriteNumber}. */
export const writeI64 = /* @__PURE__ */ writing<bigint>(8, (view, value) => view.setBigInt64(0, value));
/** Writes an integer of 64 bits, little-endian, as a bigint. **Cancel safety**: see {@link WriteNumber}. */
export const writeI64LE = /* @__PURE__ */ writing<bigint>(8, (view, value) => view.setBigInt64(0, value, true));
/** Writes a float of 32 bits, big-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeF32 = /* @__PURE__ */ writing<number>(4, (view, value) => view.setFloat32(0, value));
/** Writes a float of 32 bits, little-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeF32LE = /* @__PURE__ */ writing<number>(4, (view, value) => view.setFloat32(0, value, true));
/** Writes a float of 64 bits, big-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeF64 = /* @__PURE__ */ writing<number>(8, (view, value) => view.setFloat64(0, value));
/** Writes a float of 64 bits, little-endian. **Cancel safety**: see {@link WriteNumber}. */
export const writeF64LE = /* @__PURE__ */ writing<number>(8, (view, value) => view.setFloat64(0, value, true));
