/**
 * Development: importing this file gives the engine all its words, and has the end of the process ask every runtime for its last ones.
 */
import { quote } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { defaultWarnings } from "../base/warnings.js";
import { current } from "../future/current.js";
import { explained } from "../future/development.js";
import type { Future } from "../future/poll.js";
import { refuseClosing, refuseValues } from "../future/mistakes.js";
import { Task } from "../task/task.js";
import { blockedMessage } from "./blocked.js";
import { watchDeadlocks } from "./deadlock-watch.js";
import { Engine, type RunOptions } from "./engine.js";
import { watchProcess } from "./process.js";

current.diagnostics = {
  ...explained,
  get warnings() {
    return defaultWarnings();
  },
  built: (runtime) => {
    watchProcess(runtime as Engine);
    watchDeadlocks(runtime as Engine);
  },
  blocked: (milliseconds, tasks) => blockedMessage(milliseconds, tasks as Task<any>[]),
};
refuseClosing(Task.prototype);

const engine = Engine.prototype as { run: (this: Engine, future: Future<any>, options?: RunOptions) => Promise<any> };
const { run } = engine;
/** Says what it was called with that cannot be; without that, the engine speaks of a spawn, or lets the language speak. */
engine.run = function (future, options) {
  refuseValues("run(…)", future, "future");
  checkOptions(options, "run a future", '{ name: "main" }');
  const signal = options?.signal;
  if (signal !== undefined && typeof (signal as Partial<AbortSignal>).addEventListener !== "function")
    throw new TypeError(`Cannot run a future as 'signal' must be an AbortSignal: received ${quote(signal)}`);
  return run.call(this, future, options);
};
current.warnings = current.diagnostics.warnings;
