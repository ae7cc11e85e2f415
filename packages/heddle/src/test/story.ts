/**
 * Story: a schedule as one reads it. Who was polled, how far they came, and whom they woke.
 */
import { formatDuration } from "../base/duration.js";
import { quote } from "../base/errors.js";
import { dumpTask } from "../runtime/dump.js";
import type { Chooser } from "./execution.js";
import { placeOf } from "./place.js";
import type { Step } from "./step.js";
import type { SteppedTask } from "./stepped-tasks.js";

/** One step. */
interface Line {
  /** How far the clock had jumped before it. */
  readonly jump: string;
  readonly who: string;
  readonly what: string;
}

// Longer schedules are livelocks as a rule: their middle says nothing.
const MOST_LINES = 60;

/** Writes down what another chooser has run. */
export class Story implements Chooser {
  /** The ids of the tasks, a step each. */
  readonly ids: number[] = [];
  readonly #chooser: Chooser;
  readonly #lines: Line[] = [];
  #time = 0;
  readonly #known = new Map<number, SteppedTask>();

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  choose(ready: readonly SteppedTask[], last: SteppedTask | null): SteppedTask | null {
    for (const task of ready) this.#known.set(task.number, task);
    return this.#chooser.choose(ready, last);
  }

  stepped(step: Step, polled: SteppedTask): void {
    const { task } = polled;
    this.ids.push(task.id);
    const woken = (step.wakes ?? []).map((number) => `wakes ${nameOf(this.#known.get(number)!)}`);
    const jump = step.time === this.#time ? "" : `      at ${formatDuration(step.time)}:\n`;
    this.#time = step.time;
    this.#lines.push({ jump, who: nameOf(polled), what: [stateOf(polled), ...woken].join("; ") });
    this.#chooser.stepped?.(step, polled);
  }

  toString(): string {
    const width = Math.max(...this.#lines.map(({ who }) => who.length));
    const lines = this.#lines.map(
      ({ jump, who, what }, i) => `${jump}${`${i + 1}`.padStart(4)}  ${who.padEnd(width)}  ${what}`,
    );
    if (lines.length > MOST_LINES) {
      const half = MOST_LINES / 2;
      lines.splice(half, lines.length - MOST_LINES, `      … ${lines.length - MOST_LINES} more …`);
    }
    return lines.join("\n");
  }
}

function nameOf({ task }: SteppedTask): string {
  return `${task.name} (#${task.id})`;
}

/** Where a task stands after a step. */
function stateOf({ task, failure }: SteppedTask): string {
  if (task.isFinished) return failure === null ? "ends" : `fails with ${quote(failure.error)}`;
  const { calls, waitsFor } = dumpTask(task);
  return `${waitsFor}${placeOf(calls)}`;
}
