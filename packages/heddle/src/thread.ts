/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/thread: other threads, and what is shared with them.
 */
export type { HeldCall, ThreadDump } from "./thread/crew/thread-dump.js";
export type { DumpOptions } from "./thread/dump-options.js";
export { move } from "./thread/reference/move.js";
export { blockOn, spawnBlocking } from "./thread/blocking.js";
export type { Call, Callable, Outcome } from "./thread/call.js";
export type { ThreadAbortOptions, ThreadHandle } from "./thread/crew/job.js";
export type { PoolStats } from "./thread/crew/pool.js";
export type { ThreadInfo } from "./thread/crew/roster.js";
export type { NumberArray, NumberIn } from "./thread/par/numbers.js";
export type { ParOptions } from "./thread/par/options.js";
export { type JoinCall, parJoin, parJoinBlocking } from "./thread/par/join.js";
export { type Crosses, type IndexedPar, par, type Par } from "./thread/par/par.js";
export { type Range, range } from "./thread/par/range.js";
export { task } from "./thread/reference/task.js";
export {} from "./thread/kinds.js";
export { Runtime, type RuntimeOptions } from "./thread/runtime.js";
export { receives, SEND, type Sendable, type Sent } from "./thread/sendable.js";
export type { CannotSend, Send, SendArgs, SendsBack } from "./thread/values/send.js";
export { thread, type ThreadBuilder, type ThreadOptions } from "./thread/spawn.js";
export { transfer } from "./thread/values/transfer.js";
export { Atomic, AtomicBool, AtomicF64, AtomicI32, AtomicI64, AtomicU32 } from "./thread/memory/atomic.js";
export { SharedByteRing, type SharedByteReader, type SharedByteWriter } from "./thread/memory/byte-ring.js";
export { Condvar } from "./thread/memory/condvar.js";
export type { SharedGuard } from "./thread/memory/guard.js";
export { SharedRing } from "./thread/memory/record-ring.js";
export type { BlockingOptions } from "./thread/memory/refusals.js";
export { isShared, sharedArray, type SharedArrayKind, type SharedArrays } from "./thread/memory/shared-array.js";
export { SharedBarrier, type SharedBarrierResult } from "./thread/memory/shared-barrier.js";
export { SharedMutex, type SharedMutexGuard } from "./thread/memory/shared-mutex.js";
export { SharedOnce } from "./thread/memory/shared-once.js";
export { type SharedReadGuard, SharedRwLock, type SharedWriteGuard } from "./thread/memory/shared-rw-lock.js";
export { type SharedPermit, SharedSemaphore } from "./thread/memory/shared-semaphore.js";
export {
  type SharedFieldKind,
  type SharedFields,
  type SharedStruct,
  sharedStruct,
  type SharedStructArray,
  type SharedStructClass,
} from "./thread/memory/shared-struct.js";
