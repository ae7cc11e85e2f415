/**
 * Runtime: one with threads. Each of its workers is a whole runtime, with timers, sockets and tasks of its own.
 */
import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import { type Duration, toMilliseconds } from "../base/duration.js";
import { HeddleError, quote } from "../base/errors.js";
import type { Future } from "../future/poll.js";
import { checkTypes, KNOWN as KNOWN_TO_ALL, type RuntimeOptions as CoreOptions } from "../runtime/options.js";
import { Runtime as CoreRuntime } from "../runtime/runtime.js";
import type { ShutdownOptions } from "../runtime/shutdown.js";
import type { AnyFunction, Call, Callable, Outcome } from "./call.js";
import type { ThreadHandle } from "./crew/job.js";
import { MOST_MEMBERS } from "./crew/layout.js";
import { printLost } from "./crew/lost.js";
import { Pool, type PoolStats } from "./crew/pool.js";
import type { ThreadInfo } from "./crew/roster.js";
import { dumpOfThese, type ThreadDump, threadsFor } from "./crew/thread-dump.js";
import { type DumpOptions, patience } from "./dump-options.js";
import { refuseAtImport } from "./at-import.js";
import { refuseLimits } from "./host.js";
import { checkLimits } from "./limits.js";
import { Room } from "./room.js";

export interface RuntimeOptions extends CoreOptions {
  /** Whether it has workers. `multi-thread`. */
  flavor?: "current-thread" | "multi-thread" | undefined;
  /** How many workers there may be; they are started when there is work for them. As many as processors. */
  workerThreads?: number | undefined;
  /** How many threads there may be for `spawnBlocking`. 64, or 4 a processor if that is more. */
  maxBlockingThreads?: number | undefined;
  /** How many calls may wait, for workers and for blocking threads each. No limit. */
  maxQueued?: number | undefined;
  /** After how long without work a thread ends. 10 s. */
  threadKeepAlive?: Duration | undefined;
  /** How much memory each thread may use; past that it ends, and the process goes on. HOST: Bun and Deno would not keep to it, so there it is refused. */
  resourceLimits?: ResourceLimits | undefined;
  /** Told of each thread that was started. */
  onThreadStart?: ((thread: ThreadInfo) => void) | undefined;
  /** Told of each thread that has ended, and why. */
  onThreadStop?: ((thread: ThreadInfo & { reason: string }) => void) | undefined;
}

const KNOWN: Record<keyof RuntimeOptions, string> = {
  ...KNOWN_TO_ALL,
  flavor: "string",
  workerThreads: "number",
  maxBlockingThreads: "number",
  maxQueued: "number",
  // What is no duration is said with what would be one.
  threadKeepAlive: "number object string",
  resourceLimits: "object",
  onThreadStart: "function",
  onThreadStop: "function",
};

/**
 * A runtime with threads: what it runs itself runs here, and `spawnOn` has any of its workers run something.
 *
 * @example
 * ```ts
 * import { async, sleep } from "heddle";
 * import { Runtime } from "heddle/thread";
 *
 * export const shout = async(function* (word: string) {
 *   yield* sleep(1);
 *   return word.toUpperCase();
 * });
 *
 * export const program = async(function* (runtime: Runtime) {
 *   const handles = ["warp", "weft"].map((word) => runtime.spawnOn(shout, word));
 *   for (const handle of handles) console.log(yield* handle);
 * });
 *
 * import { isMainThread } from "node:worker_threads";
 * if (isMainThread) {
 *   const runtime = new Runtime({ workerThreads: 2 });
 *   await runtime.run(program(runtime));
 *   await runtime.shutdown();
 * }
 * // prints: WARP
 * // prints: WEFT
 * ```
 */
export class Runtime extends CoreRuntime {
  readonly #workers: Pool | null;
  /** @internal */
  readonly blockingPool: Pool;

  /**
   * @throws TypeError or RangeError if an option is unknown or wrong
   * @throws HeddleError `thread.unsupported` if limits of memory are asked for where threads do not keep to them
   */
  constructor(options: RuntimeOptions = {}) {
    checkTypes(options, KNOWN, "make a runtime");
    const {
      flavor = "multi-thread",
      workerThreads = availableParallelism(),
      maxBlockingThreads = Math.max(64, 4 * availableParallelism()),
      maxQueued = Infinity,
      threadKeepAlive = 10_000,
      resourceLimits: limits,
      onThreadStart,
      onThreadStop,
      ...core
    } = options;
    if (flavor !== "current-thread" && flavor !== "multi-thread")
      throw new TypeError(
        `Cannot make a runtime as 'flavor' must be "current-thread" or "multi-thread": received ${quote(flavor)}`,
      );
    checkLimits(limits, "make a runtime");
    checkCount("workerThreads", workerThreads, MOST_MEMBERS);
    checkCount("maxBlockingThreads", maxBlockingThreads, MOST_MEMBERS);
    if (maxQueued !== Infinity) checkCount("maxQueued", maxQueued, Infinity);
    refuseLimits(limits);
    const keepAlive = toMilliseconds(threadKeepAlive, "make a runtime", "threadKeepAlive");
    super(core);
    const onLost =
      core.onUnhandled === undefined
        ? printLost
        : (error: unknown, name: string) => core.onUnhandled!(error, { task: name });
    const shared = { engine: this, keepAlive, maxQueued, limits, onThreadStart, onThreadStop, onLost };
    this.#workers =
      flavor === "multi-thread"
        ? new Pool({ ...shared, name: `${this.name} worker`, core: workerThreads, limit: workerThreads })
        : null;
    const cores = Math.min(availableParallelism(), maxBlockingThreads);
    this.blockingPool = new Pool({ ...shared, name: `${this.name} blocking`, core: cores, limit: maxBlockingThreads });
  }

  /**
   * Has one of the workers call `fn`: an idle one if there is one. What waits is taken by the first that becomes free. An async function is a task
   * of that worker's runtime, and many of them may be alive there; a function that blocks has the worker for itself. For `fn`, its arguments and its
   * result see `thread.spawn`.
   *
   * Numbers, texts and small plain objects are taken while this thread computes. Other arguments that no worker was free for leave only while it does not,
   * or waits by `joinBlocking`.
   *
   * @throws TypeError if the thread could not find `fn`, or not be sent an argument
   * @throws BusyError `thread.queue-full` if `maxQueued` calls wait
   * @throws HeddleError `thread.no-workers` if the flavor is `current-thread`
   */
  spawnOn<F extends AnyFunction>(fn: Callable<F>, ...args: Call<F>): ThreadHandle<Outcome<F>> {
    refuseAtImport("run something on a worker");
    return this.#pool("run something on a worker").submit<Outcome<F>>(fn, args);
  }

  /** See `spawnBlocking`: the same, on threads of this runtime's own. */
  spawnBlocking<F extends AnyFunction>(fn: Callable<F>, ...args: Call<F>): ThreadHandle<Outcome<F>> {
    refuseAtImport("run something on another thread");
    return this.blockingPool.submit<Outcome<F>>(fn, args);
  }

  /**
   * A future that is ready when fewer calls than `maxQueued` wait for the workers.
   *
   * **Cancel safety**: dropping it loses nothing.
   */
  room(): Future<void> {
    return new Room(this.#pool("wait for room"));
  }

  /** What its threads do at the moment. */
  threads(): { readonly workers: PoolStats | null; readonly blocking: PoolStats } {
    return { workers: this.#workers?.stats ?? null, blocking: this.blockingPool.stats };
  }

  /**
   * As `dump`, with what the tasks of other threads wait for that do something for this runtime: its workers, its blocking threads, and those that
   * have a call of its. See `thread.dump`, which does so for all runtimes of this thread.
   *
   * @throws TypeError or RangeError if the `timeout` is no duration
   */
  async dumpAll(options?: DumpOptions): Promise<ThreadDump> {
    const own = [...(this.#workers?.threads ?? []), ...this.blockingPool.threads];
    return dumpOfThese([this], threadsFor(this, own), patience(options));
  }

  #pool(verb: string): Pool {
    if (this.#workers !== null) return this.#workers;
    throw new HeddleError(
      "thread.no-workers",
      `Cannot ${verb}: ${this.name} has none, as its flavor is "current-thread"`,
      {
        help: 'make it with { flavor: "multi-thread" }, or use spawnBlocking(…)',
      },
    );
  }

  /**
   * Aborts all tasks, here and on the workers, takes back what has not begun there, waits until everything is over, cleanups and functions that
   * block included, and ends the threads. What blocks a thread cannot be aborted: with a `timeout` the thread is ended under it.
   */
  override async shutdown(options?: ShutdownOptions): Promise<void> {
    const limit = options?.timeout === undefined ? Infinity : toMilliseconds(options.timeout, "shut down", "timeout");
    await Promise.all([super.shutdown(options), this.#workers?.shutDown(limit), this.blockingPool.shutDown(limit)]);
  }
}

function checkCount(name: string, value: unknown, most: number): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return;
  const rule = most === Infinity ? "an integer >= 1" : `an integer from 1 to ${most}`;
  throw new RangeError(`Cannot make a runtime as '${name}' must be ${rule}: received ${quote(value)}`);
}
