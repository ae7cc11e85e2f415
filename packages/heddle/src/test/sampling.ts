/**
 * Schedules by chance, for programs that have too many: `random`, and `pct`, which finds a fault of depth d (d steps have to come in
 * one certain order) with probability at least 1 / (n · k^(d-1)) a schedule, for n tasks and k steps.
 *
 * Source of `pct`: Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs",
 * ASPLOS 2010.
 */
import { Random } from "../base/random.js";
import type { Search } from "./search.js";
import type { SteppedTask } from "./stepped-tasks.js";

/** Any ready task, each as likely as the others. */
export class RandomSearch implements Search {
  readonly isExhausted = false;
  readonly #seed: number | string;
  #iteration = 0;
  #random: Random;

  constructor(seed: number | string) {
    this.#seed = seed;
    this.#random = new Random(`${seed}#0`);
  }

  choose(ready: readonly SteppedTask[]): SteppedTask {
    return ready[this.#random.below(ready.length)]!;
  }

  next(): boolean {
    this.#random = new Random(`${this.#seed}#${++this.#iteration}`);
    return true;
  }
}

/** The ready task with the highest priority. Priorities are drawn, and at `depth` - 1 steps that are drawn too, the one that ran last gets the lowest. */
export class PrioritySearch implements Search {
  readonly isExhausted = false;
  readonly #seed: number | string;
  readonly #depth: number;
  #iteration = 0;
  #random: Random;
  /** By the number of the task. */
  readonly #priorities = new Map<number, number>();
  /** Steps before which the last task's priority falls. */
  #falls: number[] = [];
  #step = 0;
  /** The length of the longest schedule so far: where the falls are drawn from. */
  #longest = 1;

  constructor(seed: number | string, depth: number) {
    this.#seed = seed;
    this.#depth = depth;
    this.#random = new Random(`${seed}#0`);
  }

  choose(ready: readonly SteppedTask[], last: SteppedTask | null): SteppedTask {
    const fall = this.#falls.indexOf(this.#step++);
    if (fall >= 0 && last !== null) this.#priorities.set(last.number, -fall);
    let best = ready[0]!;
    for (const task of ready) if (this.#priorityOf(task) > this.#priorityOf(best)) best = task;
    return best;
  }

  #priorityOf({ number }: SteppedTask): number {
    let priority = this.#priorities.get(number);
    // Above zero, so that it is above all that fell.
    if (priority === undefined) this.#priorities.set(number, (priority = 1 + this.#random.next()));
    return priority;
  }

  next(): boolean {
    this.#longest = Math.max(this.#longest, this.#step);
    this.#step = 0;
    this.#priorities.clear();
    this.#random = new Random(`${this.#seed}#${++this.#iteration}`);
    this.#falls = Array.from({ length: this.#depth - 1 }, () => this.#random.below(this.#longest));
    return true;
  }
}
