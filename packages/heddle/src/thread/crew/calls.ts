/**
 * The calls that this thread has made on others, for dumps: which there are, who has each, and who awaits it. Nothing is recorded beforehand: the desk has
 * those that are out, queues those that have no slot yet, and who awaits one is found by asking each task what it awaits.
 */
import { awaitedBy, branchesOf } from "../../runtime/await-tree.js";
import { type DumpedCall, type Elsewhere, showElsewhere } from "../../runtime/dump.js";
import type { Engine } from "../../runtime/engine.js";
import { watchedRuntimes } from "../../runtime/process.js";
import type { Stack } from "../../future/stack.js";
import { jobsOnDesk } from "./dispatcher.js";
import { Job } from "./job.js";
import { tasksOf } from "../../runtime/tasks.js";

/** Where jobs wait that have no slot. */
export interface Queue {
  readonly waitingJobs: Iterable<Job<any>>;
}

const queues = new Set<Queue>();

/** Has dumps show what waits in a queue. */
export function beginsToWait(queue: Queue): void {
  queues.add(queue);
}

/** Nothing waits in it any more. */
export function waitsNoMore(queue: Queue): void {
  queues.delete(queue);
}

/** Has the dumps of this thread's runtimes show their calls. */
export function showCalls(): void {
  showElsewhere(elsewhere);
}

const elsewhere: Elsewhere = { callsOf, textOf: callText };

function callText({ id, name, state, thread, awaitedBy }: DumpedCall): string {
  const where = thread === null ? "" : `${JSON.stringify(thread.name)} (thread ${thread.id})`;
  const stands =
    state === "running"
      ? `runs on ${where}`
      : state === "over"
        ? `is over, its outcome on its way from ${where}`
        : where === ""
          ? "waits for a thread"
          : `waits for its turn on ${where}`;
  return `thread task ${JSON.stringify(name)} (#${id}) ${stands}, awaited by ${awaitedBy.join(" and ") || "nobody"}`;
}

/** All jobs of this thread that are not over, oldest first. */
export function jobsOut(): Job<any>[] {
  const jobs = jobsOnDesk().filter((job) => job instanceof Job);
  for (const queue of queues) for (const job of queue.waitingJobs) if (!job.isOver) jobs.push(job);
  return jobs.sort((a, b) => a.id - b.id);
}

function callsOf(engine: Engine): DumpedCall[] {
  const jobs = jobsOut().filter((job) => job.engine === engine);
  if (jobs.length === 0) return [];
  const joiners = joinersAmong(engine);
  return jobs.map((job) => dumpJob(job, joiners.get(job) ?? []));
}

function dumpJob(job: Job<any>, joiners: readonly string[]): DumpedCall {
  const { id, name, standing: state } = job;
  const thread = job.slot < 0 ? null : job.place.threadOf(job);
  const outside = job.joinerCount - joiners.length;
  return {
    id,
    name,
    state,
    thread: thread && { name: thread.name, id: thread.id },
    awaitedBy: [...new Set(joiners), ...(outside > 0 ? [`${outside === 1 ? "one" : outside} outside of tasks`] : [])],
  };
}

/** For each job that tasks await, their labels: one for each await. Those of other runtimes than `own` are said to be so. */
function joinersAmong(own: Engine): Map<object, string[]> {
  const joiners = new Map<object, string[]>();
  for (const engine of new Set([own, ...watchedRuntimes()])) addJoiners(joiners, engine, engine === own);
  return joiners;
}

function addJoiners(joiners: Map<object, string[]>, engine: Engine, isOwn: boolean): void {
  for (const task of tasksOf(engine)) {
    const label = isOwn ? task.label : `${task.label} of ${engine.name}`;
    const visit = (stack: Stack): void => {
      const awaited = awaitedBy(stack);
      const job = (awaited as { readonly handle?: unknown } | null)?.handle ?? awaited;
      if (job instanceof Job) {
        const labels = joiners.get(job);
        if (labels === undefined) joiners.set(job, [label]);
        else labels.push(label);
      }
      for (const branch of branchesOf(awaited)) visit(branch);
    };
    visit(task);
    for (const dropped of task.cleanups?.live ?? []) visit(dropped);
  }
}
