/**
 * What a thread of heddle's begins with.
 */
import { readlinkSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { leaveMainOut } from "../../runtime/run.js";
import { here } from "../here.js";
import "../kinds.js";
import { prepareWorker } from "../reference/worker.js";
import { Member } from "./member.js";
import type { Charter } from "./messages.js";

const { heddle } = workerData as { heddle: Charter };
here.name = heddle.name;
leaveMainOut();
prepareWorker();
try {
  // HOST: on Linux, by this the owner sees that the thread is gone while it blocks itself and hears of nothing.
  heddle.port.postMessage(`/proc/${readlinkSync("/proc/thread-self")}`);
} catch {
  // Elsewhere it hears of it when it does not block any more.
}
new Member(heddle);
