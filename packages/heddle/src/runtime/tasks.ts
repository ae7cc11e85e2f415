/**
 * The live tasks of a runtime, for those who look at all of them.
 */
import type { Task } from "../task/task.js";
import type { Engine } from "./engine.js";

/** The live tasks, oldest first. */
export function tasksOf(engine: Engine): Task<any>[] {
  const tasks: Task<any>[] = [];
  for (let task = engine.newest; task !== null; task = task.previous) tasks.push(task);
  return tasks.reverse();
}
