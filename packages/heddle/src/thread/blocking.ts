/**
 * The pool that is there without being made: `spawnBlocking`, and `blockOn`.
 */
import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import type { AnyFunction, Call, Callable, Outcome } from "./call.js";
import type { ThreadHandle } from "./crew/job.js";
import { printLost } from "./crew/lost.js";
import { Pool } from "./crew/pool.js";
import { refuseAtImport } from "./at-import.js";
import { Runtime } from "./runtime.js";
import { currentRuntime } from "../runtime/run.js";

// Made at the first use, so that importing heddle/thread starts nothing.
let shared: Pool | null = null;

/** The pool of those that have no runtime with one of its own. A thread of a pool has few of its own: there are others beside it. */
export function sharedPool(): Pool {
  const core = isMainThread ? availableParallelism() : 1;
  return (shared ??= new Pool({
    name: "blocking",
    core,
    limit: isMainThread ? Math.max(64, 4 * core) : 8,
    keepAlive: 10_000,
    maxQueued: Infinity,
    onLost: printLost,
  }));
}

function pool(): Pool {
  const runtime = currentRuntime();
  return runtime instanceof Runtime ? runtime.blockingPool : sharedPool();
}

/**
 * Calls `fn` on a thread that is kept for such calls, so that it may block or compute for as long as it likes.
 *
 * There are as many threads as processors, and up to 64 (or 4 a processor) when those block and nothing of what waits gets anywhere; more calls wait, first
 * come, first served. A thread that had nothing to do for 10 s ends. For `fn`, its arguments and its result see `thread.spawn`.
 *
 * @returns a handle. Aborting it before the call begins takes it back
 * @throws TypeError if the thread could not find `fn`, or not be sent an argument
 *
 * @example
 * ```ts
 * import { main, async } from "heddle";
 * import { spawnBlocking } from "heddle/thread";
 *
 * export const sum = (upTo: number): number => {
 *   let total = 0;
 *   for (let i = 1; i <= upTo; i++) total += i;
 *   return total;
 * };
 *
 * main(async(function* () {
 *   console.log(yield* spawnBlocking(sum, 1_000_000));
 * })());
 * // prints: 500000500000
 * ```
 */
export function spawnBlocking<F extends AnyFunction>(fn: Callable<F>, ...args: Call<F>): ThreadHandle<Outcome<F>> {
  refuseAtImport("run something on another thread");
  return pool().submit<Outcome<F>>(fn, args);
}

/**
 * Calls `fn` on another thread and **blocks this one** until the outcome is there: for synchronous code that needs what only asynchronous code
 * can get. No task, timer or socket of this thread gets a turn meanwhile.
 *
 * @returns the outcome; of an async function what it gives in the end
 * @throws what the call throws
 * @throws TypeError if the thread could not find `fn`, or not be sent an argument, or if this thread may not block
 *
 * @example
 * ```ts
 * import { async, main, sleep } from "heddle";
 * import { blockOn } from "heddle/thread";
 *
 * export const answer = async(function* (question: number) {
 *   yield* sleep(1);
 *   return 2 * question;
 * });
 *
 * main(async(function* () {
 *   console.log(blockOn(answer, 21));
 * })());
 * // prints: 42
 * ```
 */
export function blockOn<F extends AnyFunction>(fn: Callable<F>, ...args: Call<F>): Outcome<F> {
  return spawnBlocking(fn, ...args).joinBlocking();
}
