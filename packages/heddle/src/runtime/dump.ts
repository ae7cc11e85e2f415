/**
 * The task dump: where every task stands, as a tree of awaits with file, line and column, and which of them wait for each other in a circle. It
 * costs nothing until it is asked for.
 */
import { stateOf, type Task } from "../task/task.js";
import { awaitText, type DumpedAwait, dumpStack } from "./await-tree.js";
import { cyclesOf, cycleText, type DumpedCycle } from "./deadlock.js";

export interface DumpedTask extends DumpedAwait {
  readonly id: number;
  readonly name: string;
  readonly state: "running" | "ready" | "waiting" | "unwinding";
}

/** All live tasks of a runtime. `String(dump)` prints it. */
export class Dump {
  readonly tasks: readonly DumpedTask[];
  /** Deadlocks: those that wait for each other and for nothing else. */
  readonly cycles: readonly DumpedCycle[];

  constructor(tasks: readonly DumpedTask[], cycles: readonly DumpedCycle[]) {
    this.tasks = tasks;
    this.cycles = cycles;
  }

  toString(): string {
    if (this.tasks.length === 0) return "no tasks";
    const tasks = this.tasks.map(
      (task) => `task ${JSON.stringify(task.name)} (#${task.id}) ${task.state}\n${awaitText(task, "    ")}`,
    );
    return [...tasks, ...this.cycles.map(cycleText)].join("\n");
  }
}

/** Where each of some tasks stands. */
export function dumpOf(tasks: readonly Task<any>[]): Dump {
  return new Dump(tasks.map(dumpTask), cyclesOf(tasks));
}

export function dumpTask(task: Task<any>): DumpedTask {
  return { id: task.id, name: task.name, state: stateOf(task), ...dumpStack(task) };
}
