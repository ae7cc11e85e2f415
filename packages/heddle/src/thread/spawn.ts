/**
 * `thread`: threads of one's own, one job each.
 */
import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import { type Duration, toMilliseconds } from "../base/duration.js";
import { checkTypes } from "../runtime/options.js";
import type { ThreadHandle } from "./crew/job.js";
import { type DumpOptions, patience } from "./dump-options.js";
import { printLost } from "./crew/lost.js";
import { Solo } from "./crew/solo.js";
import { threadLimit } from "./crew/thread.js";
import { refuseLimits } from "./host.js";
import { dumpHere, type ThreadDump } from "./crew/thread-dump.js";
import { refuseAtImport } from "./at-import.js";
import { nameHere } from "./here.js";
import { ownThreadId } from "./life.js";
import { checkLimits } from "./limits.js";
import { postAll } from "./outbox.js";
import type { AnyFunction, Call, Callable, Outcome } from "./call.js";

/** What a thread is given. */
export interface ThreadOptions {
  /** Shown in messages, dumps and by the system. `thread 7` by default. */
  name?: string | undefined;
  /** How much memory it may use; past that it ends, and the process goes on. HOST: Bun and Deno would not keep to it, so there it is refused. */
  resourceLimits?: ResourceLimits | undefined;
}

const KNOWN: Record<keyof ThreadOptions, string> = { name: "string", resourceLimits: "object" };

/** Starts threads that are given something else than by default. */
export interface ThreadBuilder {
  /** See `thread.spawn`. */
  spawn<F extends AnyFunction>(this: void, fn: Callable<F>, ...args: Call<F>): ThreadHandle<Outcome<F>>;
}

function builder(options: ThreadOptions): ThreadBuilder {
  checkTypes(options, KNOWN, "set up a thread");
  checkLimits(options.resourceLimits, "set up a thread");
  refuseLimits(options.resourceLimits);
  return {
    spawn(fn, ...args) {
      refuseAtImport("start a thread");
      return new Solo({ name: options.name, limits: options.resourceLimits, onLost: printLost }).start(fn, args);
    },
  };
}

const plain = builder({});
const sleeper = /* @__PURE__ */ new Int32Array(/* @__PURE__ */ new SharedArrayBuffer(4));

/** Threads. */
export const thread = {
  /**
   * Starts a thread that calls `fn` and ends. It takes some 30 ms and 10 MB: for many short calls see `spawnBlocking`.
   *
   * `fn` is an export of a module: the thread loads that module and calls the function there. It may be an async function of heddle's, a native
   * one, or any other. Arguments and the result are cloned, as by `structuredClone`; shared memory and the ends of channels are shared.
   *
   * @returns a handle: `yield*` or `await` it for the outcome. Letting go of it does not stop the thread
   * @throws TypeError if the thread could not find `fn`, or not be sent an argument
   * @throws JoinError `thread.refused` if there are too many threads
   *
   * @example
   * ```ts
   * import { main, async } from "heddle";
   * import { thread } from "heddle/thread";
   *
   * export function fibonacci(n: number): number {
   *   return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
   * }
   *
   * main(async(function* () {
   *   const handles = [20, 21].map((n) => thread.spawn(fibonacci, n));
   *   for (const handle of handles) console.log(yield* handle);
   * })());
   * // prints: 6765
   * // prints: 10946
   * ```
   */
  spawn<F extends AnyFunction>(this: void, fn: Callable<F>, ...args: Call<F>): ThreadHandle<Outcome<F>> {
    return plain.spawn(fn, ...args);
  },

  /**
   * Starts threads with a name or with limits of memory: `thread.with({ name: "resizer" }).spawn(resize, path)`.
   *
   * @throws TypeError if an option is unknown or wrong
   */
  with(this: void, options: ThreadOptions): ThreadBuilder {
    return builder(options);
  },

  /**
   * Blocks this thread: no task, timer or socket of it gets a turn. In tasks use `sleep`.
   *
   * @throws TypeError HOST: where the thread may not block, as the main thread of a page may not
   */
  sleep(this: void, duration: Duration): void {
    const milliseconds = toMilliseconds(duration, "sleep", "duration");
    postAll();
    Atomics.wait(sleeper, 0, 0, milliseconds);
  },

  /** The host's number of this thread; 0 is the main thread. */
  get id(): number {
    return ownThreadId;
  },

  /** How this thread is called. */
  get name(): string {
    return nameHere();
  },

  /** How many threads can run at the same time on this machine. */
  get parallelism(): number {
    return availableParallelism();
  },

  /**
   * What this thread does, and those that it has started: where all of their tasks stand, who has which call, and who awaits it. Threads are asked for what
   * their own tasks wait for. One that is blocked, or computes, cannot answer, and is said to be busy.
   *
   * Nothing is recorded beforehand: a dump costs something only when it is asked for. It is no snapshot of one moment, since threads go on while
   * others answer.
   *
   * @throws TypeError or RangeError if the `timeout` is no duration
   *
   * @example
   * ```ts
   * import { async, main, fromPromise, sleep } from "heddle";
   * import { thread } from "heddle/thread";
   *
   * export const patient = async(function* patient() {
   *   yield* sleep(60_000);
   * });
   *
   * main(async(function* () {
   *   const handle = thread.with({ name: "other" }).spawn(patient);
   *   let there;
   *   while (there?.runtimes[0] === undefined) [there] = (yield* fromPromise(thread.dump())).threads;
   *   console.log(there.name, there.runtimes[0]?.tasks[0]?.waitsFor);
   *   handle.abort();
   * })());
   * // prints: other sleep(…)
   * ```
   */
  async dump(this: void, options?: DumpOptions): Promise<ThreadDump> {
    return dumpHere(patience(options));
  },

  /**
   * How many threads this one may have alive at once: 512, or what was given last.
   *
   * @throws RangeError if `most` is no integer >= 1
   */
  limit(this: void, most?: number): number {
    return threadLimit(most);
  },
} as const;
