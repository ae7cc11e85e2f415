/**
 * `main`: the whole life of a program, from its first task to its exit code.
 */
import { HeddleError } from "../base/errors.js";
import { current } from "../future/current.js";
import { closeFuture } from "../future/frame.js";
import type { Future } from "../future/poll.js";
import { refuseNested, type SpawnOptions } from "./engine.js";
import { leavesMainOut } from "./house.js";
import { hostProcess, isTaken, watchProcess } from "./process.js";
import { claimMain, defaultRuntime } from "./run.js";
import { shutDownAll } from "./shutdown.js";

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a program: its future is the main task, and its outcome the exit code.
 *
 * | ends by                                     | exit code |
 * | ------------------------------------------- | --------- |
 * | returning                                    | 0, or `process.exitCode` |
 * | an error, which is printed                   | 1         |
 * | SIGINT or SIGTERM, after all cleanups         | 130, 143  |
 * | the same signal again: at once, without them  | 130, 143  |
 * | waiting for what can never happen, with a dump | 13        |
 *
 * A signal that the program listens for itself, with `heddle/signal`, is the program's: `main` does nothing at it, from then on.
 *
 * When the main task is over, so is all that heddle does: every runtime that was not shut down is, its tasks are aborted and cleaned up, and so is what was handed
 * to other threads; what blocks one is waited for. What the program does without heddle, such as a timer of the host's, goes on.
 *
 * A thread of heddle's that loads the program to find a function in it leaves main out: nothing of the future runs there. HOST: in pages there are no signals
 * and no exit codes.
 *
 * @throws HeddleError `runtime.nested` inside a task, `runtime.second-main` if there was a main before
 *
 * @example
 * ```ts
 * import { async, main, sleep } from "heddle";
 *
 * main(async(function* () {
 *   yield* sleep(1);
 *   console.log("hello");
 * })());
 * // prints: hello
 * ```
 */
export function main(future: Future<unknown>, options?: SpawnOptions): void {
  if (leavesMainOut()) return closeFuture(future);
  refuseNested("start main");
  if (!claimMain())
    throw new HeddleError(
      "runtime.second-main",
      "Cannot start a second main: the program has one, whose end is the program's",
      {
        help: "join the futures in one main, or start the other with run(…)",
      },
    );
  void live(future, options?.name);
}

async function live(future: Future<unknown>, name = "main"): Promise<void> {
  const runtime = defaultRuntime();
  watchProcess(runtime);
  const process = hostProcess();
  const controller = new AbortController();
  let signalled: keyof typeof SIGNALS | undefined;
  const onSignal = (signal: keyof typeof SIGNALS): void => {
    if (isTaken(signal)) return;
    if (signalled !== undefined) process!.exit(SIGNALS[signal]);
    signalled = signal;
    controller.abort(new HeddleError("process.signal", `The process received ${signal}`));
  };
  for (const signal of Object.keys(SIGNALS)) process?.on(signal, onSignal);
  let code: number | undefined;
  try {
    current.diagnostics.check("main(…)", future, "future");
    await runtime.run(future, { name, signal: controller.signal });
  } catch (error) {
    // An abort by the signal is the expected end; an error of a cleanup is not.
    if (signalled === undefined || (error as { name?: string }).name !== "AbortError") {
      console.error(error);
      code = 1;
    }
  }
  // Now already: should a cleanup wait for what can never happen, nothing after it runs.
  if (code !== undefined && process !== undefined) process.exitCode = code;
  await shutDownAll(runtime);
  for (const signal of Object.keys(SIGNALS)) process?.off(signal, onSignal);
  if (process === undefined) return;
  if (signalled !== undefined) code = SIGNALS[signalled];
  if (code !== undefined) process.exitCode = code;
}
