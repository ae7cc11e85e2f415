/**
 * The thread of the tests of this folder: it runs what it is told by reference, one call after the other, and answers.
 */
import { parentPort } from "node:worker_threads";
import { framed } from "../../lowlevel.js";
import { run } from "../../index.js";
import type { PackedCall } from "./call.kit.js";
import { resolveReference } from "./resolve.js";
import { prepareWorker } from "./prepare.js";

prepareWorker();

parentPort!.on("message", async ({ reference, args }: PackedCall) => {
  try {
    const fn = await resolveReference(reference);
    parentPort!.postMessage({ value: await run(framed(fn(...args))) });
  } catch (error) {
    const { name, message, stack } = error as Error;
    parentPort!.postMessage({ failed: { name, message, stack } });
  }
});
