/**
 * `copyBytes`: a part of one array into another.
 */

// A view costs as much as copying so many bytes one by one.
const FEW = 64;

/** Copies `count` bytes from `from`, beginning at `start`, to `into`, beginning at `at`. */
export function copyBytes(from: Uint8Array, start: number, count: number, into: Uint8Array, at: number): void {
  if (count > FEW) into.set(start === 0 && count === from.length ? from : from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) into[at + i] = from[start + i]!;
}
