/**
 * Computing: it keeps its thread busy, so that nothing else can run there.
 */

/** Adds up numbers for so many milliseconds. */
export function compute(milliseconds: number): number {
  const end = performance.now() + milliseconds;
  let sum = 0;
  while (performance.now() < end) for (let i = 0; i < 1000; i++) sum += Math.sqrt(i);
  return sum;
}
