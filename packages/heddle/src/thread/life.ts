/**
 * Which threads are over. Whoever shares memory with a thread asks here, because a thread that dies says nothing itself.
 *
 * One table in shared memory serves the whole process: a bit for each thread id, set by the parent of the thread when it has ended. Each thread
 * that heddle starts is handed the table. Threads that were started otherwise count as alive for ever.
 */
import { isMainThread, threadId, workerData } from "node:worker_threads";

/** The key under which a thread finds the table in its `workerData`. */
export const LIFE = "heddle.life";

// HOST: thread ids count up and are never used again. Past this many, ends are no longer noted.
const THREADS = 1 << 20;

/** The table: thread `id` is bit `id & 31` of word `id >>> 5`. Written by parents of threads, read by all. */
export const lifeTable: SharedArrayBuffer =
  (!isMainThread && (workerData as Record<string, SharedArrayBuffer> | null)?.[LIFE]) ||
  new SharedArrayBuffer(THREADS >>> 3);

const ends = new Int32Array(lifeTable);
const listeners = new Set<(threadId: number) => void>();

/** The id of this thread. */
export const ownThreadId: number = threadId;

/** Whether the thread has ended. */
export function isOver(id: number): boolean {
  return id < THREADS && (Atomics.load(ends, id >>> 5) & (1 << (id & 31))) !== 0;
}

/** Notes that a thread has ended, for all threads, and tells the listeners of this one. Its parent calls it. */
export function threadEnded(id: number): void {
  if (id >= 0 && id < THREADS) Atomics.or(ends, id >>> 5, 1 << (id & 31));
  for (const listener of listeners) listener(id);
}

/** Calls `listener` with the id of each thread that this thread started and that has ended. Answers how to stop that. */
export function onThreadEnd(listener: (threadId: number) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
