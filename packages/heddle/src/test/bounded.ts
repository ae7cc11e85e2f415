/**
 * Depth-first search of all schedules with few preemptions: few times that another task is polled although the last one could go on.
 *
 * Most faults need one or two (Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs",
 * PLDI 2007). Nothing is reduced here: which of two equivalent schedules has fewer preemptions is not known before both were run.
 */
import { calmest, nondeterministic, type Search, withNumber } from "./search.js";
import type { SteppedTask } from "./stepped-tasks.js";

interface Node {
  /** The numbers of the tasks to try, in turn. */
  readonly tasks: readonly number[];
  at: number;
  /** Whether the first one goes on where it was, so that all others are preemptions. */
  readonly isPreempting: boolean;
  /** Preemptions before. */
  readonly spent: number;
}

export class Bounded implements Search {
  readonly #bound: number;
  readonly #path: Node[] = [];
  #depth = 0;
  #wasCut = false;
  #isOver = false;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get isExhausted(): boolean {
    return this.#isOver && !this.#wasCut;
  }

  choose(ready: readonly SteppedTask[], last: SteppedTask | null): SteppedTask {
    const node = this.#path[this.#depth] ?? this.#enter(ready, last);
    const chosen = withNumber(ready, node.tasks[node.at]!);
    if (chosen === undefined) throw nondeterministic(this.#depth, "another task", ready);
    this.#depth++;
    return chosen;
  }

  #enter(ready: readonly SteppedTask[], last: SteppedTask | null): Node {
    const before = this.#path.at(-1);
    const spent = before === undefined ? 0 : before.spent + (before.isPreempting && before.at > 0 ? 1 : 0);
    const first = calmest(ready, last);
    const isPreempting = first === last;
    const isCut = isPreempting && spent >= this.#bound;
    if (isCut && ready.length > 1) this.#wasCut = true;
    const others = isCut ? [] : ready.filter((task) => task !== first);
    const node = { tasks: [first, ...others].map(({ number }) => number), at: 0, isPreempting, spent };
    this.#path.push(node);
    return node;
  }

  next(): boolean {
    this.#depth = 0;
    for (let node = this.#path.at(-1); node !== undefined; node = this.#path.at(-1)) {
      if (++node.at < node.tasks.length) return true;
      this.#path.pop();
    }
    this.#isOver = true;
    return false;
  }
}
