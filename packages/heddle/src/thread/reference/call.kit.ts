/**
 * How the programs of the tests of this folder call a function on another thread.
 */
import { Worker } from "node:worker_threads";
import { referenceOf } from "./refer.js";
import type { Reference } from "./reference.js";
import { workerOptions } from "./worker.js";

export interface PackedCall {
  readonly reference: Reference;
  readonly args: readonly unknown[];
}

/** Calls `fn` on a thread of its own, and says what came of it: its value as JSON, or `Name: message`. */
export async function call(fn: Function, ...args: unknown[]): Promise<string> {
  let reference: Reference;
  try {
    reference = referenceOf(fn);
  } catch (error) {
    return `at the call: ${error as Error}`;
  }
  const worker = new Worker(new URL("thread.kit.js", import.meta.url), workerOptions());
  try {
    worker.postMessage({ reference, args } satisfies PackedCall);
    return await new Promise((resolve, reject) => {
      worker.on("error", reject).on("message", ({ value, failed }) => {
        resolve(failed === undefined ? JSON.stringify(value) : `on the thread: ${failed.name}: ${failed.message}`);
      });
    });
  } finally {
    await worker.terminate();
  }
}

/** Calls `fn`, and prints what came of it. */
export async function say(fn: Function, ...args: unknown[]): Promise<void> {
  console.log(await call(fn, ...args));
}
