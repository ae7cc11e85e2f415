/**
 * The dump of a thread: where its tasks stand, and those of the threads that it has started, which are asked. A thread that something blocks cannot
 * answer: then it is said what it does, as far as is known here.
 *
 *     dumpHere ──ask──► a thread: dumpHere ──ask──► a thread of that one's
 *         └──────◄── its dump, or nothing in time: busy
 */
import { Dump, dumpOf } from "../../runtime/dump.js";
import type { Engine } from "../../runtime/engine.js";
import { watchedRuntimes } from "../../runtime/process.js";
import { defaultRuntime } from "../../runtime/run.js";
import { nameHere } from "../here.js";
import { ownThreadId } from "../life.js";
import { jobsOut } from "./calls.js";
import type { Job } from "./job.js";
import type { Answer } from "./messages.js";
import { livingThreads, type Thread } from "./thread.js";

/** A call that a thread has begun. */
export interface HeldCall {
  /** Its number where it was made, as in `Dump.calls`. */
  readonly id: number;
  readonly name: string;
  /** Of the thread's task that runs it; null of what is no async function of heddle's, and of threads that did not answer. */
  readonly task: number | null;
}

/** What a thread does. `String(dump)` prints it. */
export class ThreadDump {
  readonly name: string;
  /** The host's number of the thread; 0 is the main thread. */
  readonly id: number;
  /**
   * | state | |
   * | --- | --- |
   * | `answered` | what is said here of its tasks is its own word |
   * | `busy` | it did not answer in time: something blocks it, or computes. `has` says what it has begun |
   * | `starting` | it has not begun yet |
   * | `ended` | it has ended meanwhile |
   */
  readonly state: "answered" | "busy" | "starting" | "ended";
  /** The calls that it has begun and that are not over. Of the thread that asks: none. */
  readonly has: readonly HeldCall[];
  /** Of each of its runtimes that has something to do. */
  readonly runtimes: readonly Dump[];
  /** Those that it has started. */
  readonly threads: readonly ThreadDump[];

  /** @internal */
  constructor({ name, id, state, has, runtimes, threads }: Omit<ThreadDump, "toString">) {
    this.name = name;
    this.id = id;
    this.state = state;
    this.has = has;
    this.runtimes = runtimes;
    this.threads = threads;
  }

  toString(): string {
    const inside = this.runtimes.map((dump) =>
      this.runtimes.length === 1 ? String(dump) : `runtime ${JSON.stringify(dump.runtime)}\n${indented(String(dump))}`,
    );
    return [headOf(this), ...[...inside, ...this.threads.map(String)].map(indented)].join("\n");
  }
}

const indented = (text: string): string => text.replaceAll(/^/gm, "    ");

function headOf({ name, id, state, has, runtimes }: ThreadDump): string {
  const calls = has.map((call) => {
    const label = `thread task ${JSON.stringify(call.name)} (#${call.id})`;
    return call.task === null ? label : `${label} as its task #${call.task}`;
  });
  const title = `thread ${JSON.stringify(name)} (#${id})`;
  const work = calls.join(", ");
  if (state === "busy") return `${title} is busy${work === "" ? "" : ` with ${work}`}: it did not answer in time`;
  if (state === "starting") return `${title} is starting`;
  if (state === "ended") return `${title} has ended`;
  if (work !== "") return `${title} has ${work}`;
  return runtimes.length === 0 && id !== ownThreadId ? `${title} is idle` : title;
}

/** What this thread does, and those that it has started. @param milliseconds how long they may take to answer */
export async function dumpHere(milliseconds: number): Promise<ThreadDump> {
  return dumpOfThese([defaultRuntime(), ...watchedRuntimes()], livingThreads(), milliseconds);
}

/** What some runtimes of this thread do, and threads that it has started. */
export async function dumpOfThese(
  engines: readonly Engine[],
  threads: readonly Thread[],
  milliseconds: number,
): Promise<ThreadDump> {
  const dumps = [...new Set(engines)].map(dumpOf);
  const answers = threads.map(async (thread) => {
    const answer = await thread.ask(milliseconds);
    // As it is now: it may have begun some while it was asked.
    const held = jobsOut().filter((job) => job.standing === "running" && job.wasHeldBy(thread));
    return dumpOfAnswer(thread, held, answer);
  });
  return new ThreadDump({
    name: nameHere(),
    id: ownThreadId,
    state: "answered",
    has: [],
    runtimes: dumps.filter(({ tasks, calls }) => tasks.length + calls.length > 0),
    threads: await Promise.all(answers),
  });
}

/** The threads that do something for a runtime. */
export function threadsFor(engine: Engine, own: readonly Thread[]): Thread[] {
  const threads = new Set(own);
  for (const job of jobsOut()) {
    const thread = job.engine === engine && job.slot >= 0 ? job.place.threadOf(job) : null;
    if (thread !== null) threads.add(thread);
  }
  return [...threads];
}

function dumpOfAnswer(
  thread: Thread,
  held: readonly Job<any>[],
  answer: Answer | "busy" | "starting" | "ended",
): ThreadDump {
  const { name, id } = thread;
  const tasks = new Map<Job<any>, number>();
  if (typeof answer === "object")
    for (const [slot, ticket, task] of answer.tasks)
      for (const job of held) if (job.slot === slot && job.ticket === ticket) tasks.set(job, task);
  const has = held.map((job) => ({ id: job.id, name: job.name, task: tasks.get(job) ?? null }));
  if (typeof answer !== "object") return new ThreadDump({ name, id, state: answer, has, runtimes: [], threads: [] });
  return revived(answer.dump as ThreadDump, has);
}

/** A dump as its class again: what comes through a port has none. */
function revived({ name, id, state, has, runtimes, threads }: ThreadDump, calls = has): ThreadDump {
  return new ThreadDump({
    name,
    id,
    state,
    has: calls,
    runtimes: runtimes.map((it) => new Dump(it)),
    threads: threads.map((it) => revived(it)),
  });
}
