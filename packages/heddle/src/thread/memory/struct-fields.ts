/**
 * The fields of shared structs: how each kind is read and written.
 *
 * A function for each kind, though they look alike: closures that are made of one piece of code share what the engine has learnt of it, and one
 * that has met typed arrays of several classes costs ten times as much.
 */

/** The views of one buffer that the fields of all structs in it are read through: of each kind that there is. */
export class Views {
  declare readonly f64: Float64Array;
  declare readonly i64: BigInt64Array;
  declare readonly u64: BigUint64Array;
  declare readonly f32: Float32Array;
  declare readonly i32: Int32Array;
  declare readonly u32: Uint32Array;
  declare readonly i16: Int16Array;
  declare readonly u16: Uint16Array;
  declare readonly i8: Int8Array;
  declare readonly u8: Uint8Array;
  declare readonly bool: Uint8Array;
  readonly buffer: SharedArrayBuffer;

  constructor(buffer: SharedArrayBuffer, kinds: Iterable<FieldKind>) {
    this.buffer = buffer;
    const views = this as unknown as Record<FieldKind, unknown>;
    for (const kind of kinds) views[kind] = new FIELDS[kind].Array(buffer, 0, buffer.byteLength / FIELDS[kind].width);
  }
}

/** A view of a struct: the base of all their classes. */
export class StructView {
  // Private: loops over a struct, and those who print or clone it, see its fields only.
  readonly #views: Views;
  readonly #at: number;

  constructor(views: Views, at: number) {
    this.#views = views;
    this.#at = at;
  }

  /** The memory that it is in. */
  get buffer(): SharedArrayBuffer {
    return this.#views.buffer;
  }

  /** Where it begins there. */
  get byteOffset(): number {
    return this.#at;
  }

  /** Puts a field on the prototype of a class of structs. */
  static define(prototype: object, name: string, kind: FieldKind, at: number): void {
    const accessor = this.#accessors[kind](at / FIELDS[kind].width);
    Object.defineProperty(prototype, name, { ...accessor, enumerable: true });
  }

  static readonly #accessors: Record<FieldKind, (at: number) => Accessor> = {
    f64: (at) => ({
      get() {
        return this.#views.f64[(this.#at >> 3) + at];
      },
      set(value) {
        this.#views.f64[(this.#at >> 3) + at] = value;
      },
    }),
    i64: (at) => ({
      get() {
        return this.#views.i64[(this.#at >> 3) + at];
      },
      set(value) {
        this.#views.i64[(this.#at >> 3) + at] = value;
      },
    }),
    u64: (at) => ({
      get() {
        return this.#views.u64[(this.#at >> 3) + at];
      },
      set(value) {
        this.#views.u64[(this.#at >> 3) + at] = value;
      },
    }),
    f32: (at) => ({
      get() {
        return this.#views.f32[(this.#at >> 2) + at];
      },
      set(value) {
        this.#views.f32[(this.#at >> 2) + at] = value;
      },
    }),
    i32: (at) => ({
      get() {
        return this.#views.i32[(this.#at >> 2) + at];
      },
      set(value) {
        this.#views.i32[(this.#at >> 2) + at] = value;
      },
    }),
    u32: (at) => ({
      get() {
        return this.#views.u32[(this.#at >> 2) + at];
      },
      set(value) {
        this.#views.u32[(this.#at >> 2) + at] = value;
      },
    }),
    i16: (at) => ({
      get() {
        return this.#views.i16[(this.#at >> 1) + at];
      },
      set(value) {
        this.#views.i16[(this.#at >> 1) + at] = value;
      },
    }),
    u16: (at) => ({
      get() {
        return this.#views.u16[(this.#at >> 1) + at];
      },
      set(value) {
        this.#views.u16[(this.#at >> 1) + at] = value;
      },
    }),
    i8: (at) => ({
      get() {
        return this.#views.i8[this.#at + at];
      },
      set(value) {
        this.#views.i8[this.#at + at] = value;
      },
    }),
    u8: (at) => ({
      get() {
        return this.#views.u8[this.#at + at];
      },
      set(value) {
        this.#views.u8[this.#at + at] = value;
      },
    }),
    bool: (at) => ({
      get() {
        return this.#views.bool[this.#at + at] !== 0;
      },
      set(value) {
        this.#views.bool[this.#at + at] = value ? 1 : 0;
      },
    }),
  };
}

type Accessor = { get(): unknown; set(value: any): void } & ThisType<StructView>;

/** The width of each kind in bytes, and the typed array that it is read through. */
export const FIELDS = {
  f64: { width: 8, Array: Float64Array as ViewClass },
  i64: { width: 8, Array: BigInt64Array as ViewClass },
  u64: { width: 8, Array: BigUint64Array as ViewClass },
  f32: { width: 4, Array: Float32Array as ViewClass },
  i32: { width: 4, Array: Int32Array as ViewClass },
  u32: { width: 4, Array: Uint32Array as ViewClass },
  i16: { width: 2, Array: Int16Array as ViewClass },
  u16: { width: 2, Array: Uint16Array as ViewClass },
  i8: { width: 1, Array: Int8Array as ViewClass },
  u8: { width: 1, Array: Uint8Array as ViewClass },
  bool: { width: 1, Array: Uint8Array as ViewClass },
} as const;

/** The kinds of fields: as of `sharedArray`, and `bool`. */
export type FieldKind = keyof typeof FIELDS;

type ViewClass = new (buffer: SharedArrayBuffer, byteOffset: number, length: number) => ArrayBufferView;
