/**
 * AtomicBool, AtomicI32, AtomicU32, AtomicI64, AtomicF64: one value that threads share, read and written as a whole.
 *
 * The value stands behind a bell (`bell.ts`), so that who changes it pays for those who wait only if somebody does.
 */
import { quote } from "../../base/errors.js";
import type { Future } from "../../future/poll.js";
import { Bell } from "./bell.js";
import { checkBuffer, type Kind, NAMES } from "./buffers.js";
import { Deadline } from "./deadline.js";
import { ATOMIC_BELL, ATOMIC_BYTES, ATOMIC_VALUE } from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import type { BlockingOptions } from "./refusals.js";
import { arrives, SharedThing } from "./shared-thing.js";

class Change<V> extends SharedWait<V> {
  declare private readonly atomic: Atomic<V>;
  declare private readonly from: V;
  declare private value: V;

  constructor(atomic: Atomic<V>, pump: Pump, from: V) {
    super(pump);
    this.atomic = atomic;
    this.from = from;
    this.value = from;
  }

  get label(): string {
    return "atomic.wait()";
  }

  protected attempt(): boolean {
    this.value = this.atomic.load();
    return !Object.is(this.value, this.from);
  }

  protected outcome(): V {
    return this.value;
  }

  protected undo(): void {}
}

/** What all of them can do. */
export abstract class Atomic<V> extends SharedThing {
  readonly #bell: Bell;
  readonly #pump: Pump;

  protected constructor(kind: Kind, buffer: SharedArrayBuffer | undefined) {
    super(kind, buffer, ATOMIC_BYTES, undefined);
    this.#bell = new Bell(this.words, ATOMIC_BELL);
    this.#pump = Pump.of(this.#bell);
  }

  /** The value. */
  abstract load(): V;
  /** Sets the value. */
  abstract store(value: V): void;
  /** Sets the value, and answers the one before. */
  abstract swap(value: V): V;
  /** Sets the value if it is `expected`. Answers the one before: it was set exactly if that is `expected`. */
  abstract compareExchange(expected: V, value: V): V;

  /** Sets the value to what `fn` makes of it, which may be called several times. Answers the one before; undefined, and sets nothing, if `fn` gives undefined. */
  fetchUpdate(fn: (value: V) => V | undefined): V | undefined {
    for (let before = this.load(); ;) {
      const after = fn(before);
      if (after === undefined) return undefined;
      const found = this.compareExchange(before, after);
      if (Object.is(found, before)) return before;
      before = found;
    }
  }

  /**
   * Waits as long as the value is `value`, as a task; answers the one that it is then. Who changes the value must notify.
   *
   * **Cancel safety**: nothing is lost if it is dropped; a notification reaches the others.
   *
   * **Fairness**: as of `Condvar.notifyOne`. A waiter that missed its notification, because its thread was ended, or others were in its way, looks for itself
   * within half a second.
   */
  wait(value: V): Future<V> {
    return new Change(this, this.#pump, value);
  }

  /**
   * As {@link wait}, blocking the thread.
   *
   * @returns undefined if the value was still the same when the timeout had passed
   * @throws HeddleError `thread.cannot-block`
   */
  waitBlocking(value: V, options?: BlockingOptions): V | undefined {
    const deadline = new Deadline(options, "wait for an atomic");
    let now = value;
    const isOther = (): boolean => !Object.is((now = this.load()), value);
    return this.#bell.block(isOther, deadline) ? now : undefined;
  }

  /** Has one that waits look at the value, or some: see `Condvar.notifyOne`. */
  notifyOne(): void {
    this.#bell.ringOne();
  }

  /** Has all that wait look at the value. */
  notifyAll(): void {
    this.#bell.ringAll();
  }

  /** @internal */
  threadEnded(): void {
    this.#bell.ringAll();
  }
}

/** Refuses what is no such value. */
function check<V>(kind: Kind, isOne: boolean, rule: string, value: V): V {
  if (isOne) return value;
  const text = `Cannot set ${NAMES[kind]} as its value must be ${rule}: received ${quote(value)}`;
  throw new (typeof value === "number" || typeof value === "bigint" ? RangeError : TypeError)(text);
}

/**
 * A flag that threads share.
 *
 * @example
 * ```ts
 * import { async, join, run } from "heddle";
 * import { AtomicBool } from "heddle/thread";
 *
 * const isOver = new AtomicBool();
 * const worker = async(function* () {
 *   yield* isOver.wait(false);
 *   return "stopped";
 * });
 * const boss = async(function* () {
 *   isOver.store(true);
 *   isOver.notifyAll();
 * });
 * console.log((await run(join(worker(), boss())))[0]);
 * // prints: stopped
 * ```
 */
export class AtomicBool extends Atomic<boolean> {
  constructor(value = false, buffer?: SharedArrayBuffer) {
    super("atomicBool", buffer);
    if (buffer === undefined) this.store(value);
  }

  /** The flag whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): AtomicBool {
    return new AtomicBool(false, checkBuffer("atomicBool", buffer));
  }

  load(): boolean {
    return Atomics.load(this.words, ATOMIC_VALUE) !== 0;
  }

  store(value: boolean): void {
    Atomics.store(this.words, ATOMIC_VALUE, bit(value));
  }

  swap(value: boolean): boolean {
    return Atomics.exchange(this.words, ATOMIC_VALUE, bit(value)) !== 0;
  }

  compareExchange(expected: boolean, value: boolean): boolean {
    return Atomics.compareExchange(this.words, ATOMIC_VALUE, bit(expected), bit(value)) !== 0;
  }

  /** Sets it to `it && value`; answers the one before. */
  fetchAnd(value: boolean): boolean {
    return Atomics.and(this.words, ATOMIC_VALUE, bit(value)) !== 0;
  }

  /** Sets it to `it || value`; answers the one before. */
  fetchOr(value: boolean): boolean {
    return Atomics.or(this.words, ATOMIC_VALUE, bit(value)) !== 0;
  }

  /** Sets it to `it !== value`; answers the one before. */
  fetchXor(value: boolean): boolean {
    return Atomics.xor(this.words, ATOMIC_VALUE, bit(value)) !== 0;
  }
}

function bit(value: boolean): number {
  return check("atomicBool", typeof value === "boolean", "a boolean", value) ? 1 : 0;
}

const isI32 = (value: number): boolean => (value | 0) === value;
const isU32 = (value: number): boolean => value >>> 0 === value;

/** Whole numbers of 32 bits: what the signed and the unsigned one share. */
abstract class Atomic32 extends Atomic<number> {
  readonly #words: Int32Array | Uint32Array;

  protected constructor(kind: "atomicI32" | "atomicU32", value: number, buffer: SharedArrayBuffer | undefined) {
    super(kind, buffer);
    this.#words = kind === "atomicI32" ? new Int32Array(this.buffer) : new Uint32Array(this.buffer);
    if (buffer === undefined) this.store(value);
  }

  /** @internal Refuses what does not fit. */
  protected abstract whole(value: number): number;

  load(): number {
    return Atomics.load(this.#words, ATOMIC_VALUE);
  }

  store(value: number): void {
    Atomics.store(this.#words, ATOMIC_VALUE, this.whole(value));
  }

  swap(value: number): number {
    return Atomics.exchange(this.#words, ATOMIC_VALUE, this.whole(value));
  }

  compareExchange(expected: number, value: number): number {
    return Atomics.compareExchange(this.#words, ATOMIC_VALUE, this.whole(expected), this.whole(value));
  }

  /** Adds, modulo 2 ** 32; answers the value before. */
  fetchAdd(value: number): number {
    return Atomics.add(this.#words, ATOMIC_VALUE, this.whole(value));
  }

  /** Subtracts, modulo 2 ** 32; answers the value before. */
  fetchSub(value: number): number {
    return Atomics.sub(this.#words, ATOMIC_VALUE, this.whole(value));
  }

  /** Sets it to `it & value`; answers the value before. */
  fetchAnd(value: number): number {
    return Atomics.and(this.#words, ATOMIC_VALUE, this.whole(value));
  }

  /** Sets it to `it | value`; answers the value before. */
  fetchOr(value: number): number {
    return Atomics.or(this.#words, ATOMIC_VALUE, this.whole(value));
  }

  /** Sets it to `it ^ value`; answers the value before. */
  fetchXor(value: number): number {
    return Atomics.xor(this.#words, ATOMIC_VALUE, this.whole(value));
  }
}

/**
 * A whole number from -2 ** 31 to 2 ** 31 - 1 that threads share. Sums beyond that begin again at the other side.
 *
 * @example
 * ```ts
 * import { AtomicI32 } from "heddle/thread";
 *
 * const count = new AtomicI32(40);
 * console.log(count.fetchAdd(2), count.load(), count.compareExchange(42, -1), count.load());
 * // prints: 40 42 42 -1
 * ```
 */
export class AtomicI32 extends Atomic32 {
  constructor(value = 0, buffer?: SharedArrayBuffer) {
    super("atomicI32", value, buffer);
  }

  /** The number whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): AtomicI32 {
    return new AtomicI32(0, checkBuffer("atomicI32", buffer));
  }

  protected whole(value: number): number {
    return isI32(value) ? value : check("atomicI32", false, "an integer of 32 bits", value);
  }
}

/** A whole number from 0 to 2 ** 32 - 1 that threads share. Sums beyond that begin again at the other side. */
export class AtomicU32 extends Atomic32 {
  constructor(value = 0, buffer?: SharedArrayBuffer) {
    super("atomicU32", value, buffer);
  }

  /** The number whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): AtomicU32 {
    return new AtomicU32(0, checkBuffer("atomicU32", buffer));
  }

  protected whole(value: number): number {
    return isU32(value) ? value : check("atomicU32", false, "an integer from 0 to 2 ** 32 - 1", value);
  }
}

/** A bigint from -2n ** 63n to 2n ** 63n - 1n that threads share. Sums beyond that begin again at the other side. */
export class AtomicI64 extends Atomic<bigint> {
  readonly #longs: BigInt64Array;

  constructor(value = 0n, buffer?: SharedArrayBuffer) {
    super("atomicI64", buffer);
    this.#longs = new BigInt64Array(this.buffer);
    if (buffer === undefined) this.store(value);
  }

  /** The number whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): AtomicI64 {
    return new AtomicI64(0n, checkBuffer("atomicI64", buffer));
  }

  load(): bigint {
    return Atomics.load(this.#longs, LONG);
  }

  store(value: bigint): void {
    Atomics.store(this.#longs, LONG, long(value));
  }

  swap(value: bigint): bigint {
    return Atomics.exchange(this.#longs, LONG, long(value));
  }

  compareExchange(expected: bigint, value: bigint): bigint {
    return Atomics.compareExchange(this.#longs, LONG, long(expected), long(value));
  }

  /** Adds, modulo 2n ** 64n; answers the value before. */
  fetchAdd(value: bigint): bigint {
    return Atomics.add(this.#longs, LONG, long(value));
  }

  /** Subtracts, modulo 2n ** 64n; answers the value before. */
  fetchSub(value: bigint): bigint {
    return Atomics.sub(this.#longs, LONG, long(value));
  }

  /** Sets it to `it & value`; answers the value before. */
  fetchAnd(value: bigint): bigint {
    return Atomics.and(this.#longs, LONG, long(value));
  }

  /** Sets it to `it | value`; answers the value before. */
  fetchOr(value: bigint): bigint {
    return Atomics.or(this.#longs, LONG, long(value));
  }

  /** Sets it to `it ^ value`; answers the value before. */
  fetchXor(value: bigint): bigint {
    return Atomics.xor(this.#longs, LONG, long(value));
  }
}

/** The value among words of 64 bits. */
const LONG = ATOMIC_VALUE / 2;

function long(value: bigint): bigint {
  const isOne = typeof value === "bigint" && BigInt.asIntN(64, value) === value;
  return check("atomicI64", isOne, "a bigint of 64 bits", value);
}

// One number seen as its bits. Of this thread alone, and never read later than it is written.
const asNumber = new Float64Array(1);
const asBits = new BigInt64Array(asNumber.buffer);

function bitsOf(value: number): bigint {
  asNumber[0] = check("atomicF64", typeof value === "number", "a number", value);
  return asBits[0]!;
}

function numberOf(bits: bigint): number {
  asBits[0] = bits;
  return asNumber[0]!;
}

/** A number that threads share. Values are compared as by `Object.is`: NaN is NaN, and 0 is not -0. */
export class AtomicF64 extends Atomic<number> {
  readonly #longs: BigInt64Array;

  constructor(value = 0, buffer?: SharedArrayBuffer) {
    super("atomicF64", buffer);
    this.#longs = new BigInt64Array(this.buffer);
    if (buffer === undefined) this.store(value);
  }

  /** The number whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): AtomicF64 {
    return new AtomicF64(0, checkBuffer("atomicF64", buffer));
  }

  load(): number {
    return numberOf(Atomics.load(this.#longs, LONG));
  }

  store(value: number): void {
    Atomics.store(this.#longs, LONG, bitsOf(value));
  }

  swap(value: number): number {
    return numberOf(Atomics.exchange(this.#longs, LONG, bitsOf(value)));
  }

  compareExchange(expected: number, value: number): number {
    return numberOf(Atomics.compareExchange(this.#longs, LONG, bitsOf(expected), bitsOf(value)));
  }

  /** Adds; answers the value before. */
  fetchAdd(value: number): number {
    check("atomicF64", typeof value === "number", "a number", value);
    return this.fetchUpdate((before) => before + value)!;
  }

  /** Subtracts; answers the value before. */
  fetchSub(value: number): number {
    return this.fetchAdd(-check("atomicF64", typeof value === "number", "a number", value));
  }
}

arrives("atomicBool", (buffer) => AtomicBool.from(buffer));
arrives("atomicI32", (buffer) => AtomicI32.from(buffer));
arrives("atomicU32", (buffer) => AtomicU32.from(buffer));
arrives("atomicI64", (buffer) => AtomicI64.from(buffer));
arrives("atomicF64", (buffer) => AtomicF64.from(buffer));
