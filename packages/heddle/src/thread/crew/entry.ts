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
import { Line } from "./line.js";
import { Member } from "./member.js";
import type { Charter, Order, Report } from "./messages.js";

const { heddle } = workerData as { heddle: Charter };
const line = new Line<Order, Report>(heddle.line);
here.name = heddle.name;
leaveMainOut(heddle.limits);
// They go to whoever takes those of the runtime that handed out the work.
sendWarnings(heddle.isWarning ? ({ code, message }) => line.post({ code, message }) : null);
if (current.warnings !== null) current.warnings = defaultWarnings();
prepareWorker();
line.post(placeInSystem());
// Half of all the modules that a thread could need: they are loaded when something comes, or goes, that is no plain data.
new Member(heddle, line, () => import("../kinds.js"));

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
