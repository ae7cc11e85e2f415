/**
 * What this thread is to heddle: one that heddle started, or any other. And whether it is just loading somebody's module.
 */
import { isMainThread } from "node:worker_threads";
import { HeddleError } from "../base/errors.js";
import { ownThreadId } from "./life.js";

export const here: {
  /** How a thread of heddle's is called; null on a thread that heddle did not start. Written once, by the thread's entry. */
  name: string | null;
  modulesLoading: number;
  jobs: number;
  /** Whether the function of a job is on the stack, as itself: a plain one may be for long. */
  isCalling: boolean;
} = {
  name: null,
  modulesLoading: 0,
  jobs: 0,
  isCalling: false,
};

/** How this thread is called. */
export function nameHere(): string {
  return here.name ?? (isMainThread ? "main" : `thread ${ownThreadId}`);
}

/**
 * Refuses to send work while this thread does nothing but load a module for its first job: the module would do it each time it is loaded, by
 * each thread that it starts.
 *
 * @throws HeddleError `thread.starts-at-import`
 */
export function refuseAtImport(verb: string): void {
  if (here.modulesLoading === 0 || here.jobs > 0) return;
  throw new HeddleError(
    "thread.starts-at-import",
    `Cannot ${verb} while ${here.name} loads a module to find a function in it: the module starts work when it is imported`,
    {
      help: "start the program with main(…), which threads leave out, or export the function from a module of its own",
    },
  );
}
