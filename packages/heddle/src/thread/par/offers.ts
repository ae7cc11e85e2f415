/**
 * Offers: calls as bytes, for whoever takes them.
 *
 * What can be offered: functions of modules that the other threads have loaded already, plain data, and views of the shared memory that the calls at the root
 * were given. Everything else is called where it is.
 */
import { deserialize, serialize } from "node:v8";
import { resolvedAlready } from "../reference/resolve.js";
import type { Reference } from "../reference/reference.js";
import { isPlain } from "../values/plain.js";
import { callOf } from "./crossing.js";
import { CELL_BYTES } from "./exchange.js";
import { bound } from "./known.js";
import { isNumberArray, type NumberArray } from "./numbers.js";
import type { Callee } from "./reader.js";

/** An argument: as it is, or a view of shared memory. */
type Packed = [value: unknown] | [buffer: number, kind: string, offset: number, length: number];

type Offer = [reference: Reference, captures: [key: string, value: Packed][] | null, args: Packed[]];

export class Offers {
  /** The memory that the calls at the root were given, in the same order on all threads. */
  readonly #buffers: readonly SharedArrayBuffer[];
  /** Functions that another thread did not know. */
  readonly #refused = new WeakSet<Callee>();

  constructor(buffers: readonly SharedArrayBuffer[]) {
    this.#buffers = buffers;
  }

  /** A call as bytes; null if it cannot be offered. */
  write(fn: Callee, args: readonly unknown[]): Uint8Array | null {
    if (this.#refused.has(fn)) return null;
    const { reference, captures } = callOf(fn);
    const packedArgs = this.#packAll(args);
    const packedCaptures = captures === null ? null : this.#packAll(Object.values(captures));
    if (packedArgs === null || (captures !== null && packedCaptures === null)) return null;
    const named = captures && Object.keys(captures).map((key, i): [string, Packed] => [key, packedCaptures![i]!]);
    const bytes = serialize([reference, named, packedArgs] satisfies Offer);
    return bytes.length > CELL_BYTES ? null : bytes;
  }

  refuse(fn: Callee): void {
    this.#refused.add(fn);
  }

  #packAll(values: readonly unknown[]): Packed[] | null {
    const all: Packed[] = [];
    for (const value of values) {
      const packed = this.#pack(value);
      if (packed === null) return null;
      all.push(packed);
    }
    return all;
  }

  #pack(value: unknown): Packed | null {
    if (!isNumberArray(value)) return isPlain(value) ? [value] : null;
    const buffer = this.#buffers.indexOf(value.buffer as SharedArrayBuffer);
    return buffer < 0 ? null : [buffer, value[Symbol.toStringTag], value.byteOffset, value.length];
  }

  /** The call that bytes say; null if this thread does not know its function. */
  read(bytes: Uint8Array): (() => unknown) | null {
    const [reference, captures, args] = deserialize(bytes) as Offer;
    const fn = resolvedAlready(reference) as Callee | null;
    if (fn === null) return null;
    const named = captures && Object.fromEntries(captures.map(([key, value]) => [key, this.#unpack(value)]));
    const call = bound(fn, named);
    return () => call(...args.map((value) => this.#unpack(value)));
  }

  #unpack(packed: Packed): unknown {
    if (packed.length === 1) return packed[0];
    const [buffer, kind, offset, length] = packed;
    const Kind = (globalThis as any)[kind] as new (...parts: unknown[]) => NumberArray;
    return new Kind(this.#buffers[buffer], offset, length);
  }
}
