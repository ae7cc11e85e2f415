/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/sync for production: it says codes, and leaves what to do about them to development.
 */
export { Barrier, type BarrierResult } from "./sync/barrier.js";
export * as broadcast from "./sync/broadcast.js";
export { EMPTY } from "./sync/empty.js";
export * as mpsc from "./sync/mpsc.js";
export { Mutex, type MutexGuard } from "./sync/mutex.js";
export { type Notified, Notify } from "./sync/notify.js";
export { OnceCell } from "./sync/once-cell.js";
export * as oneshot from "./sync/oneshot.js";
export type { Guard } from "./sync/permit-pool.js";
export * as queue from "./sync/queue.js";
export { type ReadGuard, RwLock, type RwLockOptions, type WriteGuard } from "./sync/rw-lock.js";
export { type Permit, Semaphore } from "./sync/semaphore.js";
export type { SenderEnd } from "./sync/sender-end.js";
export { SetOnce } from "./sync/set-once.js";
export * as watch from "./sync/watch.js";
export type { WeakSender } from "./sync/weak-sender.js";
