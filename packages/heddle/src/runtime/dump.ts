/**
 * The task dump: where every task stands, as a tree of awaits with file, line and column, and which of them wait for each other in a circle. It
 * costs nothing until it is asked for.
 */
import { stateOf, type Task } from "../task/task.js";
import { awaitText, type DumpedAwait, dumpStack } from "./await-tree.js";
import { cyclesOf, cycleText, type DumpedCycle } from "./deadlock.js";
import type { Engine } from "./engine.js";
import { tasksOf } from "./tasks.js";

export interface DumpedTask extends DumpedAwait {
  readonly id: number;
  readonly name: string;
  readonly state: "running" | "ready" | "waiting" | "unwinding";
}

/** A call of a function on another thread, which is not over. */
export interface DumpedCall {
  readonly id: number;
  readonly name: string;
  /** `queued`: nobody has begun it. `running`: a thread has it. `over`: its outcome is on the way back. */
  readonly state: "queued" | "running" | "over";
  /** The thread that has it, or that it was sent to; null if any may take it. */
  readonly thread: { readonly name: string; readonly id: number } | null;
  /** `task "main" (#1)`, with the name of its runtime if that is another; and `one outside of tasks`, such as a promise. */
  readonly awaitedBy: readonly string[];
}

/** All live tasks of a runtime, and its calls on other threads. `String(dump)` prints it. */
export class Dump {
  readonly tasks: readonly DumpedTask[];
  /** Deadlocks: those that wait for each other and for nothing else. */
  readonly cycles: readonly DumpedCycle[];
  /** What other threads do for the runtime, or are to do. */
  readonly calls: readonly DumpedCall[];
  /** The name of the runtime. */
  readonly runtime: string;

  constructor({ tasks, cycles, calls, runtime }: Pick<Dump, "tasks" | "cycles" | "calls" | "runtime">) {
    this.tasks = tasks;
    this.cycles = cycles;
    this.calls = calls;
    this.runtime = runtime;
  }

  toString(): string {
    if (this.tasks.length === 0 && this.calls.length === 0) return "no tasks";
    const tasks = this.tasks.map(
      (task) => `task ${JSON.stringify(task.name)} (#${task.id}) ${task.state}\n${awaitText(task, "    ")}`,
    );
    const calls = [...elsewhere].flatMap((it) => this.calls.map((call) => it.textOf(call)));
    return [...tasks, ...this.cycles.map(cycleText), ...calls].join("\n");
  }
}

/** Who knows of calls on other threads. */
export interface Elsewhere {
  /** Those of a runtime's. */
  callsOf(engine: Engine): readonly DumpedCall[];
  textOf(call: DumpedCall): string;
}

// Nobody, until heddle/thread has something done on another thread.
const elsewhere = /* @__PURE__ */ new Set<Elsewhere>();

/** Has dumps show calls on other threads. */
export function showElsewhere(it: Elsewhere): void {
  elsewhere.add(it);
}

/** Where each task of a runtime stands. */
export function dumpOf(engine: Engine): Dump {
  const tasks = tasksOf(engine);
  const calls = [...elsewhere].flatMap((it) => it.callsOf(engine));
  return new Dump({ tasks: tasks.map(dumpTask), cycles: cyclesOf(tasks), calls, runtime: engine.name });
}

export function dumpTask(task: Task<any>): DumpedTask {
  return { id: task.id, name: task.name, state: stateOf(task), ...dumpStack(task) };
}
