/**
 * Depth-first search of all schedules, less those that differ only in the order of steps which do not depend on each other.
 *
 * After each step, it is compared with those before it. Where it races with one, that is, where the two depend on each other and nothing in
 * between has put them into this order, the other order is worth a schedule: at the node before the earlier one a task is noted
 * that leads there (`toTry`). A node's tasks that were tried *sleep* while its others are tried, until a step comes that depends on theirs:
 * up to then, to run them would lead where one has been.
 *
 *     node ──try a──► … … …            a race of a's step with one of b further down: b is worth a try here
 *       └────try b──► … a sleeps … b's step depends on a's: a wakes up
 *
 * Sources: Flanagan and Godefroid, "Dynamic partial-order reduction for model checking software", POPL 2005; the source sets of Abdulla,
 * Aronis, Jonsson and Sagonas, "Optimal dynamic partial order reduction", POPL 2014, algorithm 1.
 *
 * One thing differs from there. A task that waits is made ready by the *first* of those that wake it; the later ones are not seen, as they do
 * nothing. So the first can seem to be needed where another would have done, and the order without it would be missed. Each step
 * in between that could have been that other is tried first (`#raceOfWakers`). That is a schedule too many at times, and never one too few.
 */
import { nondeterministic, type Search, calmest, withNumber } from "./search.js";
import { dependent, isJoin, type Step, WOKEN } from "./step.js";
import type { SteppedTask } from "./stepped-tasks.js";

/** A state of the program where a task was chosen. Tasks are given by their numbers. */
interface Node {
  readonly ready: readonly number[];
  chosen: number;
  /** What the chosen task did. */
  step: Step;
  readonly toTry: number[];
  /** What tasks did, or would do, that need not run here. */
  readonly asleep: Map<number, Step>;
}

export class Reduction implements Search {
  readonly #path: Node[] = [];
  /** How many steps of this schedule are made. */
  #depth = 0;
  /** How many nodes of the path are known from earlier schedules, steps and all. */
  #known = 0;
  #isExhausted = false;

  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  choose(ready: readonly SteppedTask[], last: SteppedTask | null): SteppedTask | null {
    const node = this.#path[this.#depth];
    if (node === undefined) return this.#enter(ready, last);
    const chosen = withNumber(ready, node.chosen);
    const isSame = ready.length === node.ready.length && ready.every(({ number }, i) => number === node.ready[i]);
    if (chosen === undefined || !isSame) throw nondeterministic(this.#depth, "another set of tasks", ready);
    return chosen;
  }

  #enter(ready: readonly SteppedTask[], last: SteppedTask | null): SteppedTask | null {
    const asleep = this.#stillAsleep();
    const awake = ready.filter(({ number }) => !asleep.has(number));
    if (awake.length === 0) return null;
    const chosen = calmest(awake, last !== null && asleep.has(last.number) ? null : last);
    this.#path.push({
      ready: ready.map(({ number }) => number),
      chosen: chosen.number,
      step: null as never,
      toTry: [chosen.number],
      asleep,
    });
    return chosen;
  }

  /** Those whose steps do not depend on the one that was just made. */
  #stillAsleep(): Map<number, Step> {
    const still = new Map<number, Step>();
    const before = this.#path.at(-1);
    if (before !== undefined)
      for (const [number, step] of before.asleep) if (!dependent(step, before.step)) still.set(number, step);
    return still;
  }

  stepped(step: Step): void {
    if (this.#depth++ < this.#known) return;
    this.#path[this.#depth - 1]!.step = step;
    this.#place(step);
  }

  /** Finds what happens before a new step, and what it races with. */
  #place(step: Step): void {
    const path = this.#path;
    const { task, index, epoch, enabling, enabler } = step;
    const clock: number[] = [];
    let ordinal = 1;
    for (let i = index - 1; i >= 0; i--) {
      if (path[i]!.step.task !== task) continue;
      ordinal += path[i]!.step.ordinal;
      join(clock, path[i]!.step.clock);
      break;
    }
    if (enabler >= 0) join(clock, path[enabler]!.step.clock);
    const races: number[] = [];
    for (let i = index - 1; i >= 0; i--) {
      const other = path[i]!.step;
      if (clock[other.task]! >= other.ordinal) continue;
      if (other.epoch === epoch && !isJoin(other, step)) {
        if (!dependent(other, step)) continue;
        races.push(i);
      }
      join(clock, other.clock);
    }
    fill(clock, task);
    clock[task] = ordinal;
    step.clock = clock;
    for (const i of races) this.#race(i, index);
    if (enabling === WOKEN) this.#raceOfWakers(enabler, index);
  }

  /** The step at `early` could come after the one at `late`: who would have to go first for that. */
  #race(early: number, late: number): void {
    this.#tryOneOf(early, [...this.#without(early, late), this.#path[late]!.step]);
  }

  /** The step at `early` woke the task of the one at `late`. Each step in between that might have done so instead is to come first once. */
  #raceOfWakers(early: number, late: number): void {
    const woken = this.#path[late]!.step;
    const between = this.#without(early, late);
    for (const waker of between) {
      // It can wake the task if it knows of it: after a step of the task, or touching what the task touches then.
      const canWake = waker.clock[woken.task]! > 0 || waker.happensBefore(woken);
      if (canWake)
        this.#tryOneOf(early, [...between.filter((step) => step !== waker && step.happensBefore(waker)), waker]);
    }
  }

  /** The steps between two that could come before the earlier one too, as they do not depend on it. */
  #without(early: number, late: number): Step[] {
    const { step } = this.#path[early]!;
    const steps: Step[] = [];
    for (let i = early + 1; i < late; i++)
      if (!step.happensBefore(this.#path[i]!.step)) steps.push(this.#path[i]!.step);
    return steps;
  }

  /** Sees to it that a schedule goes on from a node with these steps, in this order or one that comes to the same. */
  #tryOneOf(at: number, steps: readonly Step[]): void {
    const node = this.#path[at]!;
    const first = steps.filter((step, i) => !steps.some((other, j) => j < i && other.happensBefore(step)));
    if (first.some(({ task }) => node.toTry.includes(task) || node.asleep.has(task))) return;
    const { task } = first.at(-1)!;
    if (node.ready.includes(task)) node.toTry.push(task);
    else for (const other of node.ready) if (!node.toTry.includes(other)) node.toTry.push(other);
  }

  next(): boolean {
    this.#depth = 0;
    const path = this.#path;
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      node.asleep.set(node.chosen, node.step);
      const { asleep } = node;
      const untried = node.toTry.find((task) => !asleep.has(task));
      if (untried !== undefined) {
        node.chosen = untried;
        this.#known = path.length - 1;
        return true;
      }
      path.pop();
    }
    this.#isExhausted = true;
    return false;
  }
}

function join(clock: number[], other: readonly number[]): void {
  for (let i = 0; i < other.length; i++) clock[i] = Math.max(clock[i] ?? 0, other[i]!);
}

/** Leaves no holes below `length`: reading one is slow. */
function fill(clock: number[], length: number): void {
  while (clock.length < length) clock.push(0);
}
