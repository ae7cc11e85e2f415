/**
 * What E1 has a thousand threads do. Each loads this file, so it imports little.
 */
import { task, thread } from "heddle/thread";

const now = (): number => performance.timeOrigin + performance.now();

/** Starts, blocks for a while, ends; and says when, on a clock that all threads have. */
export function foo(wait: number): { start: number; end: number } {
  const start = now();
  thread.sleep(wait);
  return { start, end: now() };
}
task(import.meta, foo);
