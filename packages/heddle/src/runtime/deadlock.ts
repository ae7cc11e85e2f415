/**
 * Deadlocks in words: who waits for whom in a circle, and where. `wait-graph.ts` finds them.
 */
import type { Task } from "../task/task.js";
import { describe, dumpStack } from "./await-tree.js";
import { findCycles, type Link, type Site } from "./wait-graph.js";

/** One wait of a cycle. */
export interface DumpedWait {
  /** The task's. */
  readonly id: number;
  readonly name: string;
  /** As in a dump: `mutex "accounts" lock(), held by task "main" (#1)`. */
  readonly waitsFor: string;
  /** The calls that wait, innermost first. */
  readonly calls: readonly string[];
  /** Where the future stands that holds what is waited for, if nobody polls it; else null. */
  readonly asleep: readonly string[] | null;
}

/** Waits each of which can only end when the next one has, and the last when the first has. */
export interface DumpedCycle {
  readonly waits: readonly DumpedWait[];
  /** Whether one of them waits for a future that nobody polls: a futurelock. */
  readonly isFuturelock: boolean;
}

/** The deadlocks among tasks, which are all of a runtime, oldest first. */
export function cyclesOf(tasks: readonly Task<any>[]): DumpedCycle[] {
  return findCycles(tasks).map(dumpCycle);
}

export function dumpCycle(links: readonly Link[]): DumpedCycle {
  const waits = links.map(({ site, asleep }): DumpedWait => {
    const { id, name } = site.task;
    const calls = asleep === null ? null : dumpStack(asleep).calls;
    return { id, name, waitsFor: describe(site.awaited), calls: callsOf(site), asleep: calls };
  });
  return { waits, isFuturelock: waits.some(({ asleep }) => asleep !== null) };
}

/** A branch may be a leaf without calls: then those that made it say where. */
function callsOf(site: Site): readonly string[] {
  for (let at: Site | null = site; at !== null; at = at.parent) {
    const { calls } = dumpStack(at.stack);
    if (calls.length > 0) return calls;
  }
  return [];
}

/** What a cycle is, each wait on a line with its calls, and what to do about it. */
export function cycleText(cycle: DumpedCycle): string {
  const { waits, isFuturelock } = cycle;
  const lines = waits.flatMap(({ id, name, waitsFor, calls, asleep }) => [
    `    task ${JSON.stringify(name)} (#${id}) waits for ${waitsFor}`,
    ...calls.map((call) => `        at ${call}`),
    ...(asleep === null
      ? []
      : ["        which a future has that nobody polls", ...asleep.map((call) => `            at ${call}`)]),
  ]);
  const help = isFuturelock ? FUTURELOCK_HELP : waits.length === 1 ? ALONE_HELP : HELP;
  return [headline(cycle), ...lines, `help: ${help}`].join("\n");
}

const FUTURELOCK_HELP =
  "do not await anything while a pinned future, or one of a set, may hold what you wait for: spawn it, or await it together with the rest";
const ALONE_HELP =
  "do not ask for what the task has already: release it before, or pass the guard on to the calls that need it";
const HELP =
  "take locks in the same order everywhere, and do not wait for a task while you hold what it needs; to abort one lets the others go on";

/** What a cycle is, in one line. */
export function headline({ waits, isFuturelock }: DumpedCycle): string {
  const [{ id, name }] = waits as readonly [DumpedWait];
  const tasks = new Set(waits.map((wait) => wait.id)).size;
  const task = `task ${JSON.stringify(name)} (#${id})`;
  if (tasks === 1) {
    if (isFuturelock) return `${task} waits for a future of its own that it does not poll`;
    return waits.length === 1
      ? `${task} waits for itself`
      : `${waits.length} branches of ${task} wait for each other in a circle`;
  }
  return `${tasks} tasks wait for each other in a circle${isFuturelock ? ", and for a future that nobody polls" : ""}`;
}
