/**
 * Development: importing this file gives the engine all its words, and has the end of the process ask every runtime for its last ones.
 */
import { defaultWarnings } from "../base/warnings.js";
import { current } from "../future/current.js";
import { explained } from "../future/development.js";
import type { Task } from "../task/task.js";
import { blockedMessage } from "./blocked.js";
import { watchDeadlocks } from "./deadlock-watch.js";
import type { Engine } from "./engine.js";
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
current.warnings = current.diagnostics.warnings;
