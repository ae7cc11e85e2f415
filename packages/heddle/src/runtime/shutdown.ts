/**
 * The shutdown of a runtime: every task is aborted, and waited for until its cleanups are over or the time for them is.
 */
import { type Duration, toMilliseconds } from "../base/duration.js";
import { HeddleError } from "../base/errors.js";
import { current, currentRoot } from "../future/current.js";
import { endTask } from "../task/task.js";
import type { Engine } from "./engine.js";
import { endAll, unwatchProcess, watchedRuntimes } from "./process.js";
import { tasksOf } from "./tasks.js";
import { within } from "./within.js";

export interface ShutdownOptions {
  /** How long cleanups may take. After that they are ended where they await. For ever by default. */
  timeout?: Duration | undefined;
}

/** See `Runtime.shutdown`. */
export async function shutDown(engine: Engine, options?: ShutdownOptions): Promise<void> {
  if (currentRoot() !== null && current.services === engine)
    throw new HeddleError(
      "runtime.nested",
      "Cannot shut a runtime down from inside one of its tasks: it would wait for that task",
      {
        help: "let the task end, and shut down from outside",
      },
    );
  const limit = options?.timeout === undefined ? Infinity : toMilliseconds(options.timeout, "shut down", "timeout");
  const reason = `the shutdown of ${engine.name}`;
  engine.refuse = (task) => within(engine, () => endTask(task, reason));
  for (const task of tasksOf(engine)) task.abort(reason);
  if (engine.liveTasks > 0) await emptied(engine, limit);
  engine.sayLastWords();
  unwatchProcess(engine);
}

/**
 * Ends all that heddle does on this thread, when what the thread was for is over: the main task, or the calls that it was started for.
 *
 * @param engine the runtime of that
 */
export async function shutDownAll(engine: Engine): Promise<void> {
  const engines = new Set([engine, ...watchedRuntimes()]);
  await Promise.all([...Array.from(engines, (it) => shutDown(it)), endAll()]);
}

function emptied(engine: Engine, limit: number): Promise<void> {
  const { timers } = engine;
  return new Promise((resolve) => {
    const deadline = { when: 0, after: null, before: null, fire: () => within(engine, () => endTasks(engine)) };
    const outer = engine.onEmpty;
    engine.onEmpty = () => {
      outer?.();
      if (deadline.after !== null) timers.remove(deadline);
      resolve();
    };
    if (limit === Infinity) return;
    deadline.when = Math.ceil(engine.clock.now() + limit);
    if (deadline.when <= timers.now) deadline.fire();
    else timers.insert(deadline);
  });
}

function endTasks(engine: Engine): void {
  for (const task of tasksOf(engine)) endTask(task);
}
