/**
 * Execution: one run of the program, under one schedule.
 *
 *     choose ──► step ──► choose ──► step … nothing ready ──► host ──► time ──► over, or stuck
 *
 * It is synchronous as long as something is ready. Only then the host gets its turn, so that native promises go on; and when that
 * made nothing ready, time jumps to the next deadline; and when there is none, the schedule is over, or nothing can go on.
 */
import { observeResources } from "../base/resource.js";
import type { Future } from "../future/poll.js";
import { ModelEngine } from "./model-engine.js";
import type { Step } from "./step.js";
import { type Census, type SteppedTask, SteppedTasks } from "./stepped-tasks.js";
import * as verdicts from "./verdict.js";
import type { Verdict } from "./verdict.js";
import { labelOf, waitsOf, wakeAll } from "./waits.js";

/** Chooses the schedule, step by step. */
export interface Chooser {
  /** Which of these is polled next; null gives the schedule up. @param last who was polled before, ready or not */
  choose(ready: readonly SteppedTask[], last: SteppedTask | null): SteppedTask | null;
  /** The step was made. */
  stepped?(step: Step, task: SteppedTask): void;
}

/** What is the same in all schedules of one exploration. */
export interface Settings<T> {
  readonly program: () => Future<T>;
  readonly after: ((value: T) => void) | undefined;
  readonly seed: number | string;
  /** Whether only what is tracked makes steps depend on each other. */
  readonly isTracked: boolean;
  readonly maxSteps: number;
  readonly census: Census;
}

/** The host has to have its turn. */
export const HOST: unique symbol = Symbol("host");
/** Native promises have to have theirs. */
export const PROMISES: unique symbol = Symbol("promises");
/** What is to be done before an execution can go on. */
export type Break = typeof HOST | typeof PROMISES;
/** The chooser gave up. */
export const GIVEN_UP: unique symbol = Symbol("given up");
/** What the host settles. */
function isForeign(leaf: object): boolean {
  const label = labelOf(leaf);
  return label === "fromPromise(…)" || label === "fromCallback(…)";
}

/** Null: it is over, and nothing is wrong. */
export type Ending = Verdict | typeof GIVEN_UP | null;

export class Execution<T> {
  readonly #settings: Settings<T>;
  readonly #chooser: Chooser;
  readonly #tasks: SteppedTasks;
  readonly #engine: ModelEngine;
  readonly #unjoined: Verdict[] = [];
  #main: SteppedTask | null = null;
  #last: SteppedTask | null = null;
  /** The numbers of the tasks that were polled, a step each. */
  readonly schedule: number[] = [];
  #hostWasAsked = false;

  constructor(settings: Settings<T>, chooser: Chooser) {
    const { census, isTracked, seed } = settings;
    this.#settings = settings;
    this.#chooser = chooser;
    this.#tasks = new SteppedTasks(census, !isTracked);
    this.#engine = new ModelEngine(this.#tasks, seed, (error, { task }) => {
      this.#unjoined.push(verdicts.unjoined(task, error));
    });
  }

  /** Goes on until it ends, or the host has to have its turn. */
  go(): Ending | Break {
    const engine = this.#engine;
    const restore = observeResources(this.#tasks);
    engine.enterTurn();
    try {
      if (this.#main === null) {
        const { program } = this.#settings;
        engine.spawn(program(), { name: "main" });
        this.#main = this.#tasks.all.at(-1)!;
      }
      return this.#go();
    } finally {
      engine.leaveTurn();
      restore();
    }
  }

  #go(): Ending | Break {
    const { ready } = this.#tasks;
    for (;;) {
      const ending = ready.length > 0 ? this.#step() : this.#wait();
      if (ending !== undefined) return ending;
    }
  }

  /** Undefined: go on. */
  #step(): Ending | undefined {
    const tasks = this.#tasks;
    const { clock } = this.#engine;
    if (tasks.steps >= this.#settings.maxSteps) return verdicts.livelock(tasks.steps);
    const chosen = this.#chooser.choose(tasks.ready, this.#last);
    if (chosen === null) return GIVEN_UP;
    this.schedule.push(chosen.number);
    const time = clock.now();
    const step = tasks.run(chosen);
    step.time = time;
    step.movedClock = clock.now() !== time;
    this.#last = chosen;
    this.#hostWasAsked = false;
    this.#chooser.stepped?.(step, chosen);
    if (chosen === this.#main && chosen.task.isFinished) {
      const result = chosen.task.result();
      if (result.status === "rejected") return verdicts.failed(result.reason);
    }
    return undefined;
  }

  /** Nothing is ready. */
  #wait(): Ending | Break | undefined {
    const tasks = this.#tasks;
    if (this.#engine.liveTasks === 0) return this.#over();
    tasks.epoch++;
    const { timers } = this.#engine;
    if (!this.#hostWasAsked) {
      this.#hostWasAsked = true;
      // A turn of the host costs as much as ten schedules. Before time jumps, it is needed only if something outside was begun.
      return timers.outside === 0 && timers.size > 0 ? PROMISES : HOST;
    }
    this.#hostWasAsked = false;
    if (timers.hasIdlers) {
      timers.wakeIdlers();
      return undefined;
    }
    if (timers.jump()) return undefined;
    const left = tasks.all.filter(({ task }) => !task.isFinished);
    if (!left.every(({ task }) => task.isDetached)) return this.#stuck(left);
    // Nobody waits for these, as at the end of a process.
    for (const { task } of left) task.abort("the end of the program");
    return tasks.ready.length > 0 ? undefined : verdicts.deadlock(left, tasks.resources);
  }

  #over(): Ending {
    const result = this.#main!.task.result() as PromiseFulfilledResult<T>;
    this.#engine.sayLastWords();
    if (this.#unjoined.length > 0) return this.#unjoined[0]!;
    const leak = verdicts.leaked(this.#tasks.resources);
    if (leak !== null) return leak;
    const { after } = this.#settings;
    try {
      after?.(result.value);
    } catch (error) {
      return verdicts.refuted(error);
    }
    return null;
  }

  #stuck(left: readonly SteppedTask[]): Verdict {
    const waits = left.map((task) => ({ task, leaves: waitsOf(task.task).map(({ leaf }) => leaf) }));
    const deadlock = verdicts.deadlock(left, this.#tasks.resources);
    const foreign = waits.flatMap(({ task, leaves }) => leaves.filter(isForeign).map((leaf) => ({ task, leaf })))[0];
    const outside = foreign && verdicts.outside(foreign.task, labelOf(foreign.leaf), left);
    for (const { task, leaves } of waits) {
      const before = verdicts.waitText(task);
      if (this.#goesOn(task, leaves)) return verdicts.lostWake(before);
    }
    return outside ?? this.#withFailure(deadlock);
  }

  /** Whether a task that nobody has woken comes further when it is polled all the same. */
  #goesOn(task: SteppedTask, leaves: readonly object[]): boolean {
    const tasks = this.#tasks;
    wakeAll(task.task);
    if (!task.isReady) return false;
    tasks.run(task);
    if (task.task.isFinished) return true;
    const now = waitsOf(task.task);
    return now.length !== leaves.length || now.some(({ leaf }, i) => leaf !== leaves[i]);
  }

  /** What failed before is probably why nothing goes on. */
  #withFailure(verdict: Verdict): Verdict {
    this.#engine.sayLastWords();
    const [first] = this.#unjoined;
    return first === undefined
      ? verdict
      : { ...verdict, what: `${verdict.what}\n    ${first.what}`, cause: first.cause };
  }
}
