/**
 * Verdict: what is wrong with one schedule, and how it is found out when nothing can run any more.
 */
import type { Resource } from "../base/resource.js";
import { quote } from "../base/errors.js";
import { cyclesOf, headline } from "../runtime/deadlock.js";
import { dumpTask } from "../runtime/dump.js";
import type { SteppedTask } from "./stepped-tasks.js";
import { placeOf } from "./place.js";

/** What is wrong. */
export interface Verdict {
  readonly code: string;
  /** What is the case now, as the message of an error says it. */
  readonly what: string;
  readonly help: string;
  readonly cause?: unknown;
}

/** An error came out of the program itself. */
export function failed(error: unknown): Verdict {
  return {
    code: "explore.failed",
    what: `it fails with ${quote(error)}`,
    help: "the error is `cause`; read the schedule from the end: which step should not have come between?",
    cause: error,
  };
}

/** What the function `after` found. */
export function refuted(error: unknown): Verdict {
  return {
    code: "explore.refuted",
    what: `'after' fails with ${quote(error)}`,
    help: "the error is `cause`; the schedule ran to its end, and left behind what `after` does not accept",
    cause: error,
  };
}

export function unjoined(label: string, error: unknown): Verdict {
  return {
    code: "explore.unjoined",
    what: `${label} fails with ${quote(error)}, and nobody joins it`,
    help: "join it: await its handle, or its `settled()`",
    cause: error,
  };
}

export function livelock(steps: number): Verdict {
  return {
    code: "explore.livelock",
    what: `it has not ended after ${steps} steps`,
    help: "wait for a wake instead of yielding in a loop, or raise 'maxSteps' if the program is that long",
  };
}

export function deadlock(waiting: readonly SteppedTask[], resources: readonly Resource[]): Verdict {
  return {
    code: "explore.deadlock",
    what: `nothing can go on any more${listOf(waiting)}${heldText(resources)}${cyclesText(waiting)}`,
    help: "look for locks that are taken in different orders, or for what was to wake them; detach() a task that may be left",
  };
}

/** Something outside of the program would have to happen. */
export function outside(task: SteppedTask, what: string, left: readonly SteppedTask[]): Verdict {
  return {
    code: "explore.outside",
    what: `${task.task.label} waits for ${what}, which nothing in the program settles${listOf(left)}`,
    help: "explore what is inside the program only: replace sockets, files and host timers by sleeps and channels of heddle",
  };
}

/** A task goes on when it is polled although nobody has woken it. */
export function lostWake(wait: string): Verdict {
  return {
    code: "explore.lost-wake",
    what: `nothing can go on any more, although a task could: polled again without a wake, it goes on. Its wake was lost\n    ${wait}`,
    help: "register the waker before you look, keep the last one you are given, and hand on a wake that nobody uses",
  };
}

/** A resource that a task took along when it ended. */
export function leaked(resources: readonly Resource[]): Verdict | null {
  for (const resource of resources) {
    const holder = resource.holders.find((task) => task.isFinished);
    if (holder === undefined) continue;
    return {
      code: "explore.leak",
      what: `task ${quote(holder.name)} (#${holder.id}) is over and still holds ${title(resource)}`,
      help: "give it back in a `finally`, or take it with `using` or withLock(…)",
    };
  }
  return null;
}

function listOf(tasks: readonly SteppedTask[]): string {
  return tasks.map((task) => `\n    ${waitText(task)}`).join("");
}

/** Who waits for what, and where. */
export function waitText({ task }: SteppedTask): string {
  const { calls, waitsFor } = dumpTask(task);
  return `${task.label} waits for ${waitsFor}${placeOf(calls)}`;
}

function cyclesText(waiting: readonly SteppedTask[]): string {
  const cycles = cyclesOf(waiting.map(({ task }) => task));
  return cycles
    .map((cycle) => {
      const names = [...cycle.waits, cycle.waits[0]!].map(({ id, name }) => `${name} (#${id})`);
      return `\n    ${headline(cycle)}: ${names.join(" → ")}`;
    })
    .join("");
}

function heldText(resources: readonly Resource[]): string {
  const held = resources.filter((resource) => resource.holders.length > 0);
  return held
    .map((resource) => {
      const holders = resource.holders.map((task) => `task ${quote(task.name)} (#${task.id})`);
      return `\n    ${title(resource)} is held by ${holders.join(", ")}`;
    })
    .join("");
}

function title({ kind, name }: Resource): string {
  return name === undefined ? `a ${kind}` : `${kind} ${quote(name)}`;
}
