/**
 * Real threads for the tests of shared memory: `start("program", …)` runs a program of `programs.kit.ts` on a thread of its own.
 */
import { Worker } from "node:worker_threads";
import { LIFE, lifeTable, threadEnded } from "../life.js";
import { pack } from "../values/pack.js";
import "../kinds.js";

export interface Started {
  /** What the program gives; undefined if its thread was killed. */
  readonly result: Promise<any>;
  /** Ready when the thread has sent its first word: it is about to begin. */
  readonly begun: Promise<void>;
  /** Ends the thread, wherever it is. */
  kill(): Promise<void>;
}

export function start(program: string, ...args: unknown[]): Started {
  const worker = new Worker(new URL("./programs.kit.js", import.meta.url), {
    workerData: { [LIFE]: lifeTable },
    execArgv: [],
  });
  const id = worker.threadId;
  const { data, extras, transfer } = pack(args, "the arguments");
  worker.postMessage({ program, data, extras }, transfer as any[]);
  let begin: () => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let isKilled = false;
  const result = new Promise<any>((resolve, reject) => {
    let value: unknown;
    worker.on("message", (message) => {
      if (message === "begun") begin();
      else value = message.value;
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      threadEnded(id);
      if (code === 0 || isKilled) resolve(value);
      else reject(new Error(`thread ${id} ended with ${code}`));
    });
  });
  const kill = async (): Promise<void> => {
    isKilled = true;
    await worker.terminate();
  };
  return { result, begun, kill };
}

/** Ready after so many milliseconds of the real clock: threads that are to be killed at random moments know no other. */
export const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
