/**
 * All locks that stand on a pool of permits, for what holds for all of them alike.
 */
import type { Leaf } from "../lowlevel.js";
import { type Guard, Mutex, RwLock, Semaphore } from "../sync.js";

export type Acquiring = Leaf<Guard>;

export const LOCKS: [string, () => Acquiring][] = [
  [
    "Mutex.lock()",
    locking(
      () => new Mutex(),
      (mutex) => mutex.lock(),
    ),
  ],
  [
    "RwLock.write()",
    locking(
      () => new RwLock(),
      (lock) => lock.write(),
    ),
  ],
  [
    "Semaphore.acquire()",
    locking(
      () => new Semaphore(1),
      (semaphore) => semaphore.acquire(),
    ),
  ],
];

function locking<L>(make: () => L, lock: (on: L) => unknown): () => Acquiring {
  const on = make();
  return () => lock(on) as Acquiring;
}
