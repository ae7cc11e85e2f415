/**
 * Arrays of numbers in memory that threads share.
 */

/** A typed array of any kind. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** What an array of numbers holds. */
export type NumberIn<A> = A extends BigInt64Array | BigUint64Array ? bigint : number;

type Constructor = new (memory: SharedArrayBuffer | number) => NumberArray;

/** Whether a value is a typed array. */
export function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Whether it lies in memory that threads share. */
export function isShared(numbers: NumberArray): boolean {
  return numbers.buffer instanceof SharedArrayBuffer;
}

/** As many numbers of the same kind, in shared memory, all 0. */
export function sharedLike<A extends NumberArray>(numbers: A, length = numbers.length): A {
  const { name } = kindOf(numbers);
  const Kind = (globalThis as unknown as Record<string, Constructor>)[name]!;
  return new Kind(new SharedArrayBuffer(length * numbers.BYTES_PER_ELEMENT)) as A;
}

/** The numbers, in shared memory: they themselves if they are there, else a copy. */
export function shared<A extends NumberArray>(numbers: A): A {
  if (isShared(numbers)) return numbers;
  const copy = sharedLike(numbers);
  copy.set(numbers as any);
  return copy;
}

// By the tag, for a Buffer is a Uint8Array.
function kindOf(numbers: NumberArray): { name: string } {
  return { name: numbers[Symbol.toStringTag] };
}

/** A list in shared memory if it holds nothing but numbers; null if not. */
export function numbersOf(items: readonly unknown[]): Float64Array | null {
  const { length } = items;
  for (let i = 0; i < length; i++) if (typeof items[i] !== "number") return null;
  const numbers = new Float64Array(new SharedArrayBuffer(8 * length));
  for (let i = 0; i < length; i++) numbers[i] = items[i] as number;
  return numbers;
}
