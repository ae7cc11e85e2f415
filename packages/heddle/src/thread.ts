/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/thread: other threads, and what is shared with them.
 */
export { move } from "./thread/reference/move.js";
export { blockOn, spawnBlocking } from "./thread/blocking.js";
export type { Call, Callable, Outcome } from "./thread/call.js";
export type { ThreadAbortOptions, ThreadHandle } from "./thread/crew/job.js";
export type { PoolStats, ThreadInfo } from "./thread/crew/pool.js";
export type { NumberArray, NumberIn } from "./thread/par/numbers.js";
export type { ParOptions } from "./thread/par/options.js";
export { type Crosses, type IndexedPar, par, type Par } from "./thread/par/par.js";
export { type Range, range } from "./thread/par/range.js";
export { task } from "./thread/reference/task.js";
export {} from "./thread/kinds.js";
export { Runtime, type RuntimeOptions } from "./thread/runtime.js";
export { receives, SEND, type Sendable, type Sent } from "./thread/sendable.js";
export type { CannotSend, Send, SendArgs, SendsBack } from "./thread/values/send.js";
export { thread, type ThreadBuilder, type ThreadOptions } from "./thread/spawn.js";
export { transfer } from "./thread/values/transfer.js";
