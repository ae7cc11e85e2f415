/** The tiny task, for the peers that name it by a file. */
import { parentPort } from "node:worker_threads";

export const increment = (n: number): number => n + 1;

/** Of an object that crosses: how many fields it has. */
export const fields = (value: object): number => Object.keys(value).length;

/** Of a buffer that crosses: its size. */
export const size = (value: ArrayBufferView): number => value.byteLength;

// The raw peer: a thread that answers each message.
if (process.env["BENCH_RAW"] === "1") {
  parentPort!.on("message", ([id, n]: [number, number]) => parentPort!.postMessage([id, n + 1]));
}
