/**
 * The runtime that is current, for those who did not make it: to start tasks in it later, from where none is current.
 */
import { NoRuntimeError } from "../base/errors.js";
import type { Future } from "../future/poll.js";
import type { JoinHandle } from "../task/join-handle.js";
import type { RunOptions, SpawnOptions } from "./engine.js";
import { currentRuntime as engineNow } from "./run.js";

/** A runtime that somebody else has made, and shuts down. To have it does not keep it alive. */
export interface RuntimeHandle {
  readonly name: string;
  /** Starts a task, from anywhere on this thread: `Runtime.spawn`. After a shutdown the task is aborted at once. */
  spawn<T>(future: Future<T>, options?: SpawnOptions): JoinHandle<T>;
  /** Starts a task and waits for it, outside of tasks: `Runtime.run`. */
  run<T>(future: Future<T>, options?: RunOptions): Promise<T>;
}

/**
 * The runtime whose task is being polled, or that was entered. Take it in a task, and callbacks have it to start tasks with.
 *
 * @throws NoRuntimeError outside of a runtime
 *
 * @example Each call back starts a task
 * ```ts
 * import { EventEmitter } from "node:events";
 * import { async, currentRuntime, run, sleep } from "heddle";
 *
 * const orders = new EventEmitter();
 * const serve = async(function* (what: string) {
 *   yield* sleep(1);
 *   console.log(`${what} is served`);
 * });
 * const main = async(function* () {
 *   const runtime = currentRuntime();
 *   orders.on("order", (what: string) => runtime.spawn(serve(what)).detach());
 *   yield* sleep(20);
 * });
 * setTimeout(() => orders.emit("order", "soup"), 5);
 * await run(main());
 * // prints: soup is served
 * ```
 */
export function currentRuntime(): RuntimeHandle {
  const engine = engineNow();
  if (engine === null) throw new NoRuntimeError("ask for the current runtime");
  return engine;
}

/** As {@link currentRuntime}; undefined outside of a runtime. */
export function tryCurrentRuntime(): RuntimeHandle | undefined {
  return engineNow() ?? undefined;
}
