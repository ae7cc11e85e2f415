/**
 * What E1 has a thousand threads do. Each loads this file, so it imports nothing: `thread.sleep` would have each of them load all of `heddle/thread`, which
 * takes three times as long as all else that starting one does.
 */

const now = (): number => performance.timeOrigin + performance.now();

/** Starts, blocks for a while, ends; and says when, on a clock that all threads have. */
export function foo(wait: number): { start: number; end: number } {
  const start = now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
  return { start, end: now() };
}
