/**
 * The ways in: `run`, `spawn`, `toPromise`, `task`, and the runtime behind them.
 */
import { NoRuntimeError } from "../base/errors.js";
import { current, currentRoot, servicesFor } from "../future/current.js";
import type { Future } from "../future/poll.js";
import type { JoinHandle } from "../task/join-handle.js";
import { Task } from "../task/task.js";
import { DEFAULT_LIMITS, Engine, type RunOptions, type SpawnOptions } from "./engine.js";
import { house } from "./house.js";

/** The runtime behind `run`. */
export function defaultRuntime(): Engine {
  house.mustEnd = true;
  return (house.runtime ??= new Engine({
    name: "the default runtime",
    limits: house.limits ?? DEFAULT_LIMITS,
    warnings: current.diagnostics.warnings,
  }));
}

/** Takes the place of the main task. False if it is taken. */
export function claimMain(): boolean {
  if (house.hasMain) return false;
  return (house.hasMain = true);
}

/** The runtime that is current on this thread, if any. */
export function currentRuntime(): Engine | null {
  return current.services as Engine | null;
}

/**
 * Runs a future as a task and gives a promise of its outcome. The way from ordinary code into heddle.
 *
 * @param options.signal aborts the task
 * @returns a promise of the value; rejected with the task's error as it is, or with AbortedError
 * @throws HeddleError `runtime.nested` inside a task
 *
 * @example
 * ```ts
 * import { async, run, sleep } from "heddle";
 *
 * const main = async(function* () {
 *   yield* sleep(1);
 *   return "done";
 * });
 * console.log(await run(main()));
 * // prints: done
 * ```
 */
export function run<T>(future: Future<T>, options?: RunOptions): Promise<T> {
  return (currentRuntime() ?? defaultRuntime()).run(future, options);
}

/**
 * Starts a task in the current runtime. It runs by itself, after what is ready now.
 *
 * @returns a handle to await or abort it; letting go of it does not stop the task
 * @throws NoRuntimeError outside of a runtime
 *
 * @example
 * ```ts
 * import { async, run, sleep, spawn } from "heddle";
 *
 * const work = async(function* (n: number) {
 *   yield* sleep(1);
 *   return n * n;
 * });
 * const main = async(function* () {
 *   const handles = [2, 3].map((n) => spawn(work(n)));
 *   for (const handle of handles) console.log(yield* handle);
 * });
 * await run(main());
 * // prints: 4
 * // prints: 9
 * ```
 */
export function spawn<T>(future: Future<T>, options?: SpawnOptions): JoinHandle<T> {
  return (servicesFor("spawn a task") as Engine).spawn(future, options);
}

/**
 * Starts a future as a task and gives a promise, for functions that want one. Inside a task too.
 *
 * @example
 * ```ts
 * import { ready, toPromise } from "heddle";
 *
 * console.log(await toPromise(ready(3)));
 * // prints: 3
 * ```
 */
export function toPromise<T>(future: Future<T>, options?: SpawnOptions): Promise<T> {
  current.diagnostics.check("toPromise(…)", future, "future");
  return (currentRuntime() ?? defaultRuntime()).spawn(future, options).then();
}

/** The task that is running. */
export const task = {
  /** Its id. @throws NoRuntimeError outside of a task */
  id(): number {
    return currentTask().id;
  },
  /** Its name. @throws NoRuntimeError outside of a task */
  name(): string {
    return currentTask().name;
  },
} as const;

function currentTask(): Task<any> {
  const root = currentRoot();
  if (root instanceof Task) return root;
  throw new NoRuntimeError("ask for the current task");
}
