/**
 * Threads for the tests of channels: `start("job", …)` runs a job of `jobs.kit.ts` on a thread of its own.
 */
import assert from "node:assert/strict";
import { MessageChannel, Worker } from "node:worker_threads";
import { async, END, type Future, LaggedError } from "../../index.js";
import { type broadcast, EMPTY } from "../../sync.js";
import { pack } from "../values/pack.js";
import { unpackError } from "../values/errors.js";
import { unpack } from "../values/unpack.js";
import "../kinds.js";

export interface Job<T> extends Promise<T> {
  readonly worker: Worker;
  /** Ready when it has begun. To end a thread before would leave open what it reads its modules from. */
  readonly begun: Promise<unknown>;
  /** Ready when its thread is over. */
  readonly over: Promise<unknown>;
  /** Lets the process end without it. */
  unref(): void;
}

/** Runs a job on a new thread. What it gives comes back. A thread that ends without a result gives `"ended"`. */
export function start<T = any>(job: string, ...args: unknown[]): Job<T> {
  const worker = new Worker(new URL("./worker.kit.js", import.meta.url), { execArgv: [] });
  const { port1, port2 } = new MessageChannel();
  const { data, extras, transfer } = pack(args, "the arguments");
  worker.postMessage({ job, data, extras, port: port2 }, [...(transfer as any[]), port2]);
  const over = new Promise((resolve) => worker.once("exit", resolve));
  const begun = new Promise((resolve) => worker.once("message", resolve));
  const result = new Promise<T>((resolve, reject) => {
    port1.once("message", (it: any) => {
      if ("thrown" in it) reject(unpackError(it.thrown, { thread: job }));
      else resolve(unpack(it.data, it.extras) as T);
      port1.close();
    });
    port1.once("close", () => resolve("ended" as T));
  });
  const unref = (): void => {
    worker.unref();
    port1.unref();
  };
  return Object.assign(result, { worker, begun, over, unref });
}

/** A value as another thread would have it, though on this one: the ends in it speak through ports. */
export function moved<T>(value: T): T {
  const { data, extras, transfer } = pack(value, "it");
  const copy = structuredClone({ data, extras }, { transfer });
  return unpack(copy.data, copy.extras) as T;
}

/** Lets all arrive that is on its way on this thread: each round of the host looks at its ports. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 6; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** Everything a receiver has before it: messages, and numbers of missed ones as `-n`. */
export function taken(rx: broadcast.Receiver<number>): number[] {
  const got: number[] = [];
  for (;;) {
    try {
      const message = rx.tryRecv();
      if (message === EMPTY || message === END) return got;
      got.push(message);
    } catch (error) {
      assert.ok(error instanceof LaggedError);
      got.push(-error.missed);
    }
  }
}

/** All that comes until the end. */
export const drain = async(function* <T>(rx: { recv(): Future<T | typeof END> }) {
  const got: T[] = [];
  for (let message; (message = yield* rx.recv()) !== END;) got.push(message);
  return got;
});
