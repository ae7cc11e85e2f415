/**
 * The warning about a poll that kept the thread for itself.
 */
import { formatDuration } from "../base/duration.js";
import type { Task } from "../task/task.js";
import { dumpTask } from "./dump.js";

/** @param tasks those polled since the clock was last read */
export function blockedMessage(milliseconds: number, tasks: readonly Task<any>[]): string {
  const suspects = [...new Set(tasks)];
  const named = suspects.slice(0, 3).map((task) => task.label);
  if (suspects.length > 3) named.push(`${suspects.length - 3} more`);
  const who = suspects.length === 1 ? named[0]! : `one of ${named.join(", ")}`;
  const site = suspects.map((task) => dumpTask(task).calls[0]).find((call) => call !== undefined);
  return (
    `${who[0]!.toUpperCase()}${who.slice(1)} blocked the thread for ${formatDuration(milliseconds)}: nothing else ran meanwhile` +
    (site === undefined ? "" : `\n    before it came to ${site}`) +
    "\nhelp: await instead of waiting, or do long work on another thread, or yield* yieldNow() in between"
  );
}
