/** Takes records of 16 bytes until the end, from a ring or as messages, and says how many there were. */
import { parentPort, workerData } from "node:worker_threads";
import { SharedRing } from "heddle/thread";

const { ring } = workerData as { ring: SharedArrayBuffer | null };

if (ring === null) {
  let count = 0;
  parentPort!.on("message", (record: Uint8Array | null) => {
    if (record !== null) count++;
    else {
      parentPort!.postMessage(count);
      count = 0;
    }
  });
} else {
  // A record without bytes ends a round.
  const records = SharedRing.from(ring);
  for (let count = 0; ; count++) {
    if (records.popBlocking()!.length > 0) continue;
    parentPort!.postMessage(count);
    count = -1;
  }
}
