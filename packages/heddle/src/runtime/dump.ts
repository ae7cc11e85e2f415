/**
 * The task dump: where every task stands, as a tree of awaits with file, line and column. It costs nothing until it is asked for.
 */
import { quote } from "../base/errors.js";
import type { Resource } from "../base/resource.js";
import { lineText } from "../base/stacktrace.js";
import { current } from "../future/current.js";
import type { Frame } from "../future/frame.js";
import { sightOf } from "../future/inspect.js";
import type { Stack } from "../future/stack.js";
import type { Task } from "../task/task.js";

/** One await: where it stands, and what is awaited there. */
export interface DumpedAwait {
  /** `name (file:line:col)`, innermost first. */
  readonly calls: readonly string[];
  /** What the innermost call awaits: `sleep(…)`, `task "resize" (#81)`, `mutex.lock(), held by task "main" (#1)`, `a future`. */
  readonly waitsFor: string;
  /** Of a combinator: its branches. */
  readonly branches: readonly DumpedAwait[];
}

export interface DumpedTask extends DumpedAwait {
  readonly id: number;
  readonly name: string;
  readonly state: "running" | "ready" | "waiting" | "unwinding";
}

/** What has branches: the combinators. */
interface Branching {
  branches?(): readonly ((Stack & { readonly isOver: boolean }) | null)[];
}

/** All live tasks of a runtime. `String(dump)` prints it. */
export class Dump {
  readonly tasks: readonly DumpedTask[];

  constructor(tasks: readonly DumpedTask[]) {
    this.tasks = tasks;
  }

  toString(): string {
    if (this.tasks.length === 0) return "no tasks";
    return this.tasks
      .map((task) => `task ${JSON.stringify(task.name)} (#${task.id}) ${task.state}\n${awaitText(task, "    ")}`)
      .join("\n");
  }
}

/** One await as text, each line behind `indent`. */
export function awaitText(site: DumpedAwait, indent: string): string {
  const lines = [`${indent}waits for ${site.waitsFor}`];
  for (const branch of site.branches) lines.push(`${indent}- branch`, awaitText(branch, `${indent}    `));
  for (const call of site.calls) lines.push(`${indent}at ${call}`);
  return lines.join("\n");
}

/** Where each of some tasks stands. */
export function dumpOf(tasks: readonly Task<any>[]): Dump {
  return new Dump(tasks.map(dumpTask));
}

export function dumpTask(task: Task<any>): DumpedTask {
  const state = current.root === task ? "running" : task.isUnwinding ? "unwinding" : task.isIdle ? "waiting" : "ready";
  return { id: task.id, name: task.name, state, ...dumpStack(task) };
}

/** Where the calls of one future stand. */
export function dumpStack(stack: Stack): DumpedAwait {
  const calls: string[] = [];
  let awaited: object | null = stack.leaf;
  for (let frame: Frame<any> | null = stack.top; frame !== null; frame = frame.parent) {
    if (frame.isStartable) {
      calls.push(`${frame.label}, not started`);
      continue;
    }
    const sight = look(frame);
    if (sight === null) calls.push(`${frame.label}, running`);
    else {
      calls.push(...sight.lines.map(lineText));
      awaited ??= sight.future;
    }
  }
  const branches = (awaited as Branching | null)?.branches?.() ?? [];
  return {
    calls,
    waitsFor: describe(awaited),
    branches: branches.flatMap((branch) => (branch === null || branch.isOver ? [] : [dumpStack(branch)])),
  };
}

function look(frame: Frame<any>): ReturnType<typeof sightOf> {
  try {
    return sightOf(frame.generator!);
  } catch {
    // It is the call that asks for the dump: a running generator cannot be looked at.
    return null;
  }
}

function describe(awaited: object | null): string {
  if (awaited === null) return "its turn";
  const { label, resource } = awaited as { label?: unknown; resource?: Resource };
  if (typeof label === "string")
    return resource === undefined ? label : label + titleOf(resource, label) + heldBy(resource);
  const name = awaited.constructor?.name;
  return name === undefined || name === "" ? "a future" : name;
}

/** What it is that is waited for, unless the label says so itself, and how full it is: `, mpsc "jobs" with 0 of 10 slots taken`. */
function titleOf({ kind, name, fullness }: Resource, label: string): string {
  const isNamed = name === undefined ? label.startsWith(kind) : label.includes(quote(name));
  const full = fullness === undefined ? "" : ` with ${fullness}`;
  if (isNamed) return full;
  if (name !== undefined) return `, ${kind} ${quote(name)}${full}`;
  return full === "" ? "" : `, ${kind}${full}`;
}

/** Who has to give something back before the wait can end, as far as the resource knows. */
function heldBy({ holders }: Resource): string {
  const names = holders.map(
    ({ id, name, isFinished }) => `task ${JSON.stringify(name)} (#${id})${isFinished ? ", which is over" : ""}`,
  );
  return names.length === 0 ? "" : `, held by ${names.join(", ")}`;
}
