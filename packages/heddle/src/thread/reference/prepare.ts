/**
 * What is to be set up in a new thread before it loads modules of the program. What that takes is loaded only where it is needed, for each module costs the
 * start of a thread a third of a millisecond.
 */
import * as host from "node:module";
import process from "node:process";
import { workerData } from "node:worker_threads";

/** The key under which a thread finds in its `workerData` whether the program moves functions. */
export const MOVES = "heddle.moves";

let prepared: Promise<void> | undefined;

/**
 * To be called in a new thread, before it loads a module of the program.
 *
 * @param isForOne whether it has one job, and ends: if that is a function that was moved, hatches are opened for it then
 */
export function prepareWorker(isForOne = false): void {
  const moves = (workerData as Record<string, unknown> | null)?.[MOVES] === true;
  const opens = moves || (!isForOne && "registerHooks" in host);
  const mayHaveTsx = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((flag) => flag.includes("tsx"));
  if (opens || mayHaveTsx) prepared = prepare(mayHaveTsx, opens, moves);
}

async function prepare(mayHaveTsx: boolean, opens: boolean, moves: boolean): Promise<void> {
  if (mayHaveTsx) await (await import("./tsx.js")).bringTsx();
  if (opens) (await import("./hatch.js")).openHatches(moves);
}

/** Ready when what `prepareWorker` began is done. Undefined on threads where there is nothing to wait for. */
export function whenPrepared(): Promise<void> | undefined {
  return prepared;
}
