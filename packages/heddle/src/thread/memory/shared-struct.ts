/**
 * sharedStruct: classes of objects whose fields are in shared memory.
 *
 *     { isFull: "bool", value: "f64" }  ──►  value at 0, isFull at 8; 16 bytes each, so that an array of them is aligned
 *
 * The widest fields come first, so that none needs room between. An object is a view: of the buffer, and where it begins.
 */
import { quote } from "../../base/errors.js";
import { receives, SEND, type Sendable, type Sent } from "../sendable.js";
import { isSharedBuffer } from "./buffers.js";
import { checkCount } from "./refusals.js";
import { type FieldKind, FIELDS, StructView, Views } from "./struct-fields.js";

/** The kinds of fields: as of `sharedArray`, and `bool`. */
export type SharedFieldKind = FieldKind;

/** The fields of a struct and their kinds. */
export type SharedFields = Readonly<Record<string, SharedFieldKind>>;

/** What a field of a kind holds. */
export type SharedFieldValue<K extends SharedFieldKind> = K extends "bool"
  ? boolean
  : K extends "i64" | "u64"
    ? bigint
    : number;

/** The values of the fields. */
export type SharedFieldValues<F extends SharedFields> = { -readonly [N in keyof F]: SharedFieldValue<F[N]> };

/** What every struct has beside its fields. */
export interface SharedStructView extends Sendable {
  /** The memory that it is in, and where it begins there. */
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  /** Its fields, as a plain object of this thread's own. */
  toJSON(): Record<string, unknown>;
}

/** A struct: its fields are read and written as of any object. */
export type SharedStruct<F extends SharedFields> = SharedFieldValues<F> & SharedStructView;

/** Structs side by side in one buffer. */
export interface SharedStructArray<F extends SharedFields> extends Sendable, Iterable<SharedStruct<F>> {
  readonly buffer: SharedArrayBuffer;
  readonly length: number;
  /** The struct at an index; a negative one counts from the end. Undefined where there is none. The same object each time. */
  at(index: number): SharedStruct<F> | undefined;
}

/** A class of structs. */
export interface SharedStructClass<F extends SharedFields> {
  /** Makes one, all zero but for the `values` given. */
  new (values?: Partial<SharedFieldValues<F>>): SharedStruct<F>;
  readonly fields: F;
  /** How many bytes one has. */
  readonly byteLength: number;
  /** The one that begins there in a buffer that came from another thread. */
  from(buffer: SharedArrayBuffer, byteOffset?: number): SharedStruct<F>;
  /** So many of them side by side; or those in a buffer that came from another thread. */
  array(content: number | SharedArrayBuffer): SharedStructArray<F>;
}

const verb = "create a shared struct";
const classes = new Map<string, SharedStructClass<any>>();
const RESERVED = new Set(["buffer", "byteOffset", "toJSON", "constructor", "__proto__"]);

/**
 * Makes a class of objects that all threads see, from the names and kinds of their fields. The same fields make the same class.
 *
 * Reading and writing a field is plain, as fast as of a typed array, and never torn within one field; two threads that do it at once need a lock around
 * the struct, such as a `SharedMutex`. Values are converted as those of typed arrays are.
 *
 * @throws TypeError if a field has no such kind, or a name that every struct has
 *
 * @example
 * ```ts
 * import { sharedStruct } from "heddle/thread";
 *
 * const Point = sharedStruct({ x: "f64", y: "f64", isSeen: "bool" });
 * const point = new Point({ x: 1.5 });
 * point.isSeen = true;
 * console.log(JSON.stringify(point));
 * // prints: {"x":1.5,"y":0,"isSeen":true}
 *
 * const path = Point.array(3);
 * path.at(-1)!.y = 7;
 * console.log([...path].map(({ y }) => y).join());
 * // prints: 0,0,7
 * ```
 */
export function sharedStruct<const F extends SharedFields>(fields: F): SharedStructClass<F> {
  checkFields(fields);
  const key = JSON.stringify(fields);
  const known = classes.get(key);
  if (known !== undefined) return known;
  const made = makeClass(fields);
  classes.set(key, made);
  return made;
}

function checkFields(fields: SharedFields): void {
  if (typeof fields !== "object" || fields === null || Object.keys(fields).length === 0)
    throw new TypeError(
      `Cannot ${verb} as 'fields' must be an object of at least one field: received ${quote(fields)}`,
    );
  for (const [name, kind] of Object.entries(fields)) {
    if (typeof kind !== "string" || !Object.hasOwn(FIELDS, kind))
      throw new TypeError(
        `Cannot ${verb} as the kind of field ${quote(name)} must be one of ${Object.keys(FIELDS).join(", ")}: received ${quote(kind)}`,
      );
    if (RESERVED.has(name))
      throw new TypeError(`Cannot ${verb} with a field ${quote(name)}: every struct has one of that name`);
  }
}

function makeClass<F extends SharedFields>(given: F): SharedStructClass<F> {
  const fields = Object.freeze({ ...given });
  const names = Object.keys(fields);
  const kinds = Object.keys(FIELDS).filter((kind) => Object.values(fields).includes(kind as FieldKind)) as FieldKind[];
  const size = sizeOf(fields);

  class Struct extends StructView {
    constructor(values?: Record<string, unknown> | Views, at = 0) {
      // Only here can there be an instance of `Views`: a view of what is there already.
      const isView = values instanceof Views;
      super(isView ? values : new Views(new SharedArrayBuffer(size), kinds), at);
      if (values !== undefined && !isView) this.#fill(values);
    }

    #fill(values: Record<string, unknown>): void {
      if (typeof values !== "object" || values === null)
        throw new TypeError(`Cannot ${verb} as 'values' must be an object of its fields: received ${quote(values)}`);
      for (const [name, value] of Object.entries(values)) {
        if (!Object.hasOwn(fields, name))
          throw new TypeError(`Cannot ${verb} with a field ${quote(name)}: it has ${names.map(quote).join(", ")}`);
        if (value !== undefined) (this as unknown as Record<string, unknown>)[name] = value;
      }
    }

    static readonly fields: F = fields;
    static readonly byteLength: number = size;

    static from(buffer: SharedArrayBuffer, byteOffset = 0): Struct {
      checkPlace(buffer, size);
      checkCount(byteOffset, 0, buffer.byteLength - size, "read a shared struct", "byteOffset");
      if (byteOffset % 8 !== 0)
        throw new RangeError(
          `Cannot read a shared struct as 'byteOffset' must be a multiple of 8: received ${byteOffset}`,
        );
      return new Struct(new Views(buffer, kinds), byteOffset);
    }

    static array(content: number | SharedArrayBuffer): unknown {
      if (typeof content !== "object") checkCount(content, 0, 2 ** 31 / size, "create a shared array", "length");
      else checkPlace(content, 0);
      const buffer = typeof content === "object" ? content : new SharedArrayBuffer(content * size);
      return new StructArray(new Views(buffer, kinds), size, (views, at) => new Struct(views, at), fields);
    }

    toJSON(): Record<string, unknown> {
      return Object.fromEntries(names.map((name) => [name, (this as unknown as Record<string, unknown>)[name]]));
    }

    [SEND](): Sent {
      return { kind: "heddle.struct", data: { fields, buffer: this.buffer, byteOffset: this.byteOffset } };
    }
  }

  let at = 0;
  for (const name of byWidth(fields)) {
    StructView.define(Struct.prototype, name, fields[name]!, at);
    at += FIELDS[fields[name]!].width;
  }
  return Struct as unknown as SharedStructClass<F>;
}

function byWidth(fields: SharedFields): string[] {
  return Object.keys(fields).sort((one, other) => FIELDS[fields[other]!].width - FIELDS[fields[one]!].width);
}

function sizeOf(fields: SharedFields): number {
  const sum = Object.values(fields).reduce((bytes, kind) => bytes + FIELDS[kind].width, 0);
  return Math.ceil(sum / 8) * 8;
}

class StructArray implements Sendable {
  readonly length: number;
  readonly #views: Views;
  readonly #size: number;
  readonly #viewOf: (views: Views, byteOffset: number) => object;
  readonly #fields: SharedFields;
  readonly #structs: (object | undefined)[] = [];

  constructor(views: Views, size: number, viewOf: (views: Views, byteOffset: number) => object, fields: SharedFields) {
    this.#views = views;
    this.#size = size;
    this.#viewOf = viewOf;
    this.#fields = fields;
    this.length = Math.floor(views.buffer.byteLength / size);
  }

  get buffer(): SharedArrayBuffer {
    return this.#views.buffer;
  }

  at(index: number): object | undefined {
    const place = index < 0 ? this.length + index : index;
    if (!Number.isInteger(place) || place < 0 || place >= this.length) return undefined;
    return (this.#structs[place] ??= this.#viewOf(this.#views, place * this.#size));
  }

  *[Symbol.iterator](): Generator<object> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }

  [SEND](): Sent {
    return { kind: "heddle.struct-array", data: { fields: this.#fields, buffer: this.buffer } };
  }
}

function checkPlace(buffer: unknown, least: number): void {
  if (isSharedBuffer(buffer) && buffer.byteLength >= least && buffer.byteLength % 8 === 0) return;
  const now = isSharedBuffer(buffer) ? `${buffer.byteLength} bytes` : quote(buffer);
  throw new TypeError(
    `Cannot read a shared struct as 'buffer' must be a SharedArrayBuffer of at least ${least} bytes, by eights: received ${now}`,
  );
}

interface SentStruct {
  readonly fields: SharedFields;
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
}

receives("heddle.struct", ({ fields, buffer, byteOffset }: SentStruct) =>
  sharedStruct(fields).from(buffer, byteOffset),
);
receives("heddle.struct-array", ({ fields, buffer }: SentStruct) => sharedStruct(fields).array(buffer));
