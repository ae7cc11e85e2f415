/**
 * What a thread of heddle's begins with.
 *
 * Each module that it loads costs a third of a millisecond, so it loads few: what takes calls, runs them, and finds their functions. All else is loaded when it is
 * first needed: what runs tasks (`follow.ts`), what takes errors apart (`parts.ts`), what crosses that is no plain data (`kinds.ts`).
 */
import { readlinkSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { sendWarnings } from "../../base/warnings.js";
import { leaveMainOut } from "../../runtime/house.js";
import { here } from "../here.js";
import { prepareWorker } from "../reference/prepare.js";
import { Line } from "./line.js";
import { Member } from "./member.js";
import type { Charter, Order, Report } from "./messages.js";

const { heddle } = workerData as { heddle: Charter };
const line = new Line<Order, Report>(heddle.line);
here.name = heddle.name;
leaveMainOut(heddle.limits);
// They go to whoever takes those of the runtime that handed out the work.
sendWarnings(heddle.isWarning ? ({ code, message }) => line.post({ code, message }) : null);
prepareWorker(heddle.board === null);
line.post(placeInSystem());
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
