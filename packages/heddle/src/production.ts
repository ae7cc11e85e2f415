/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle as the bundlers' condition `production` gives it: everything of `index.ts`, but for what is only said to those who develop.
 */
export {
  AbortedError,
  BugError,
  BusyError,
  ClosedError,
  DisconnectedError,
  ElapsedError,
  HeddleError,
  JoinError,
  LaggedError,
  NoRuntimeError,
  SendError,
} from "./base/errors.js";
export type { Duration } from "./base/duration.js";
export type { Probe, ProbedTask } from "./base/probe.js";
export type { Warning } from "./base/warnings.js";
export { async, type Awaits } from "./future/async.js";
export { fromCallback, fromPromise } from "./future/from-promise.js";
export { abortable, type AbortSwitch, map } from "./future/gather-one.js";
export { fuse, type Fused } from "./future/fuse.js";
export { join, joinAll, joinSettled } from "./future/join.js";
export { pin, type Pinned } from "./future/pin.js";
export { END, type Future, type Output, type Pending } from "./future/poll.js";
export { any, race } from "./future/race.js";
export { lazy, pending, ready } from "./future/ready.js";
export { type Guarded, matching, select, type Selected, type SelectOptions, when } from "./future/select.js";
export { shared } from "./future/shared.js";
export { shielded } from "./future/shielded.js";
export { FuturesOrdered, FuturesUnordered } from "./future/unordered.js";
export { currentRuntime, type RuntimeHandle, tryCurrentRuntime } from "./runtime/current-runtime.js";
export type { DumpedAwait } from "./runtime/await-tree.js";
export type { DumpedCycle, DumpedWait } from "./runtime/deadlock.js";
export type { Dump, DumpedCall, DumpedTask } from "./runtime/dump.js";
export { main } from "./runtime/main.js";
export type { RuntimeOptions } from "./runtime/options.js";
export { run, spawn, task, toPromise } from "./runtime/run.js";
export type { RunOptions, SpawnOptions } from "./runtime/engine.js";
export { type Metrics, Runtime } from "./runtime/runtime.js";
export type { ShutdownOptions } from "./runtime/shutdown.js";
export type { OnUnhandled, UnhandledInfo } from "./runtime/unhandled.js";
export { CancellationToken, type DropGuard } from "./scope/cancellation-token.js";
export { forEachConcurrent, mapConcurrent } from "./scope/concurrent.js";
export { JoinMap, type JoinedKey } from "./scope/join-map.js";
export { JoinQueue } from "./scope/join-queue.js";
export { type Joined, JoinSet } from "./scope/join-set.js";
export { type Owned, owning } from "./scope/owning.js";
export { type Backoff, retry, type RetryOptions } from "./scope/retry.js";
export { scope, type Scope, type ScopeOptions } from "./scope/scope.js";
export { TaskTracker, TaskTrackerToken } from "./scope/task-tracker.js";
export { AbortHandle } from "./task/abort-handle.js";
export { coop } from "./task/coop.js";
export type { JoinHandle } from "./task/join-handle.js";
export { taskLocal, type TaskLocal } from "./task/task-local.js";
export { yieldNow } from "./task/yield-now.js";
export { sleep, type Sleep } from "./time/sleep.js";
export { timeout } from "./time/timeout.js";
