/**
 * What a thread must not do while it only loads somebody's module.
 */
import { HeddleError } from "../base/errors.js";
import { here } from "./here.js";

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
