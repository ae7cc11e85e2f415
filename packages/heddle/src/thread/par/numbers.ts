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
export function numbersOf(items: readonly unknown[]): NumberArray | null {
  const { length } = items;
  let isWhole = true;
  for (let i = 0; i < length; i++) {
    const item = items[i];
    if (typeof item !== "number") return null;
    isWhole &&= isInteger(item);
  }
  // What comes out of memory for fractions is a fraction to the engine, and so is all that is computed with it: that takes longer.
  const numbers = isWhole
    ? new Int32Array(new SharedArrayBuffer(4 * length))
    : new Float64Array(new SharedArrayBuffer(8 * length));
  for (let i = 0; i < length; i++) numbers[i] = items[i] as number;
  return numbers;
}

/** Whether a number has place in an Int32Array. */
function isInteger(n: number): boolean {
  return (n | 0) === n && (n !== 0 || !Object.is(n, -0));
}

/** A number that came out of memory for fractions, as an integer if it is one. */
export function tagged(n: number): number {
  return isInteger(n) ? n | 0 : n;
}
