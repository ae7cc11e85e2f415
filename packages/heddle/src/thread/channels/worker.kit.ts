/** The thread of the tests: runs one job, answers, and ends when nothing is left to do. */
import { parentPort } from "node:worker_threads";
import { run } from "../../index.js";
import { pack, packError } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import * as jobs from "./jobs.kit.js";

parentPort!.once("message", async ({ job, data, extras, port }) => {
  try {
    const args = unpack(data, extras) as unknown[];
    parentPort!.postMessage("begun");
    const value = await run((jobs as any)[job](...args));
    const parcel = pack(value, "the result");
    port.postMessage({ data: parcel.data, extras: parcel.extras }, parcel.transfer);
  } catch (error) {
    port.postMessage({ thrown: packError(error) });
  }
  port.unref();
});
