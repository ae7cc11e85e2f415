/**
 * What a thread of heddle's begins with.
 */
import { readlinkSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { defaultWarnings, sendWarnings } from "../../base/warnings.js";
import { current } from "../../future/current.js";
import { leaveMainOut } from "../../runtime/run.js";
import { here } from "../here.js";
import { prepareWorker } from "../reference/worker.js";
import { Member } from "./member.js";
import type { Charter } from "./messages.js";

const { heddle } = workerData as { heddle: Charter };
here.name = heddle.name;
leaveMainOut(heddle.limits);
// They go to whoever takes those of the runtime that handed out the work.
sendWarnings(heddle.isWarning ? ({ code, message }) => heddle.port.postMessage({ code, message }) : null);
if (current.warnings !== null) current.warnings = defaultWarnings();
prepareWorker();
heddle.port.postMessage(placeInSystem());
// Half of all the modules that a thread could need: they are loaded when something comes, or goes, that is no plain data.
new Member(heddle, () => import("../kinds.js"));

/**
 * Where the system shows this thread. HOST: on Linux, by this the owner sees that the thread is gone while it blocks itself and hears of nothing.
 * Elsewhere it hears of that when it does not block any more.
 */
function placeInSystem(): string {
  try {
    return `/proc/${readlinkSync("/proc/thread-self")}`;
  } catch {
    return "";
  }
}
