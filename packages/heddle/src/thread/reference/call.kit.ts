/**
 * How the programs of the tests of this folder call a function on another thread.
 */
import { Worker } from "node:worker_threads";
import { captured } from "./move.js";
import { referenceOf } from "./refer.js";
import type { Reference } from "./reference.js";
import { workerOptions } from "./worker.js";

export interface PackedCall {
  readonly reference: Reference;
  readonly args: readonly unknown[];
}

/** What came of a call. */
export interface Outcome {
  readonly value?: unknown;
  readonly failed?: { readonly name: string; readonly message: string; readonly stack: string };
}

/** A thread to call functions on, one after the other. */
export class CalledThread {
  readonly #worker = new Worker(new URL("thread.kit.js", import.meta.url), workerOptions());

  /** @throws what `referenceOf` throws */
  outcome(fn: Function, ...args: unknown[]): Promise<Outcome> {
    const reference = referenceOf(fn);
    const captures = captured(fn);
    this.#worker.postMessage({ reference, args: captures === null ? args : [captures, ...args] } satisfies PackedCall);
    return new Promise((resolve, reject) => {
      this.#worker.once("error", reject).once("message", resolve);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Calls `fn` on a thread, and says what came of it: its value as JSON, or `Name: message`. */
export async function call(fn: Function, ...args: unknown[]): Promise<string> {
  const thread = new CalledThread();
  try {
    const { value, failed } = await thread.outcome(fn, ...args);
    return failed === undefined ? JSON.stringify(value) : `on the thread: ${failed.name}: ${failed.message}`;
  } catch (error) {
    return `at the call: ${error as Error}`;
  } finally {
    await thread.end();
  }
}

/** Calls `fn`, and prints what came of it. */
export async function say(fn: Function, ...args: unknown[]): Promise<void> {
  console.log(await call(fn, ...args));
}
