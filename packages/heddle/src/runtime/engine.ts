/**
 * Engine: the house that every runtime is. It has an executor and timers built, keeps the list of the tasks, and is what is current while
 * they run.
 *
 *     spawn ──► Task ──schedule()──► Executor ──run()──► Task … leaf pending ──► Reactor ──► Waker ──wake()──► Task
 *
 * Here is what a program cannot do without. What one may ask of a runtime besides (options, metrics, dumps, a shutdown) is `runtime.ts`.
 */
import { Clock } from "../base/clock.js";
import { HeddleError, quote } from "../base/errors.js";
import type { Probe } from "../base/probe.js";
import type { Random } from "../base/random.js";
import type { Warnings } from "../base/warnings.js";
import { Executor, type Household, type Limits, type Runnable, type TaskRunner } from "../executor/executor.js";
import type { Waker } from "../future/context.js";
import { current, currentRoot, type Services } from "../future/current.js";
import type { Future } from "../future/poll.js";
import { later, soon } from "../reactor/host.js";
import { type Jumps, Reactor } from "../reactor/reactor.js";
import type { JoinHandle } from "../task/join-handle.js";
import { type Failure, type Scheduler, Task } from "../task/task.js";
import { aside, type Joinable, type OnUnhandled, printUnhandled, Unhandled } from "./unhandled.js";

export interface SpawnOptions {
  /** Shown in messages, dumps and the console. The function's name by default. */
  name?: string | undefined;
}

export interface RunOptions extends SpawnOptions {
  /** Aborts the task. */
  signal?: AbortSignal | undefined;
}

/** What an engine is built to. */
export interface Plan {
  readonly name: string;
  readonly limits: Limits;
  /** Null where they are off. */
  readonly warnings: Warnings | null;
  readonly onUnhandled?: OnUnhandled | undefined;
  readonly probe?: Probe | undefined;
  readonly startPaused?: boolean | undefined;
  /** What a paused clock does by itself. */
  readonly paused?: Jumps | undefined;
  /** Runs the tasks in place of an `Executor`. The model checker brings its own. */
  readonly executor?: TaskRunner;
}

/** Unless options say otherwise. */
export const DEFAULT_LIMITS: Limits = { turnTasks: 8192, turnMilliseconds: 2, blockedMilliseconds: 100 };

/** An executor, timers, and the tasks on them. */
export class Engine implements Scheduler, Services, Household {
  readonly name: string;
  /** @internal */
  readonly limits: Limits;
  /** @internal */
  readonly clock: Clock;
  /** @internal Made by the first who needs it: see `select.ts`. */
  random: Random | null = null;
  /** @internal */
  readonly timers: Reactor;
  /** @internal */
  probe: Probe | null;
  /** @internal */
  readonly executor: TaskRunner;
  readonly #warnings: Warnings | null;
  readonly #unhandled: Unhandled;
  /** @internal The end of the list of live tasks: see `tasks.ts`. */
  newest: Task<any> | null = null;
  /** @internal */
  liveTasks = 0;
  /** @internal */
  spawnedTasks = 0;
  /** @internal `shutdown.ts` sets it: ends the tasks at once that are spawned from now on. */
  refuse: ((task: Task<any>) => void) | null = null;
  /** @internal Called once, when the last task is over. `shutdown.ts` sets it. */
  onEmpty: (() => void) | null = null;
  /** @internal Called when nothing is left to run. `development.ts` has it set. */
  onPark: (() => void) | null = null;
  #outerServices: Services | null = null;
  #outerWarnings: Warnings | null = null;
  /** How many tasks somebody outside waits for. */
  #awaited = 0;

  constructor({ name, limits, warnings, onUnhandled, probe, startPaused, paused, executor }: Plan) {
    this.name = name;
    this.limits = limits;
    this.clock = new Clock(startPaused);
    this.probe = probe ?? null;
    this.#warnings = warnings && aside(warnings);
    this.#unhandled = new Unhandled(aside(onUnhandled ?? printUnhandled));
    this.executor = executor ?? new Executor({ soon, later }, this, limits);
    this.timers = new Reactor(
      this.clock,
      () => this.executor.isParked,
      (count) => this.probe?.timersFired?.(count),
      paused,
    );
    current.diagnostics.built(this);
  }

  /**
   * Starts a task. It runs after what is ready now.
   *
   * After a shutdown the task is aborted at once: nothing of it runs.
   *
   * @throws TypeError if it is not given a future, or a name that is no string
   */
  spawn<T>(future: Future<T>, options?: SpawnOptions): JoinHandle<T> {
    const name = options?.name;
    if (name !== undefined && typeof name !== "string")
      throw new TypeError(`Cannot spawn a task as 'name' must be a string: received ${quote(name)}`);
    const task = new Task<T>(this, this.spawnedTasks + 1, future, name);
    this.spawnedTasks++;
    const newest = this.newest;
    task.previous = newest;
    if (newest !== null) newest.following = task;
    this.newest = task;
    this.liveTasks++;
    if (this.probe !== null) this.probe.spawned?.(task);
    if (this.refuse !== null) this.refuse(task);
    else this.executor.schedule(task);
    return task;
  }

  /**
   * Starts a task and waits for it from outside.
   *
   * @returns a promise of the task's outcome
   * @throws HeddleError `runtime.nested` inside a task
   */
  run<T>(future: Future<T>, options?: RunOptions): Promise<T> {
    refuseNested("run a future");
    const signal = options?.signal;
    // A TypeError if it is no signal, before anything is spawned. Development has said it in words.
    void signal?.addEventListener.name;
    const task = this.spawn(future, options) as Task<T>;
    const outcome = task.then();
    const abort = (): void => task.abort(signal!.reason);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    this.#awaited++;
    // Do not hear of the end by a `then` on the promise: with it the promise counts as handled, and a failure of which nobody hears would be lost.
    task.watch({
      wake: () => {
        this.#awaited--;
        signal?.removeEventListener("abort", abort);
        // Nobody has to mind an abort.
        if (task.failure === null) outcome.catch(() => {});
      },
    });
    return outcome;
  }

  /** @internal */
  schedule(task: Task<any>): void {
    this.executor.schedule(task);
  }

  /** @internal See `Executor.wakeInEvent`. */
  wakeInEvent(waker: Waker, mayWait: boolean): void {
    // Not within a poll, of whichever runtime: what runs in it goes on first.
    if (current.services === null && this.executor.wakeInEvent !== undefined) this.executor.wakeInEvent(waker, mayWait);
    else waker.wake();
  }

  /** @internal */
  ended(task: Task<any>): void {
    const { previous, following } = task;
    if (previous !== null) previous.following = following;
    if (following !== null) following.previous = previous;
    else this.newest = previous;
    task.previous = task.following = null;
    this.liveTasks--;
    if (this.probe !== null) this.probe.ended?.(task);
    if (this.liveTasks > 0) return;
    // Nobody is left in here who could join what failed. Whoever waits outside is told first.
    later(() => {
      if (this.liveTasks === 0) this.sayLastWords();
    });
    const { onEmpty } = this;
    this.onEmpty = null;
    onEmpty?.();
  }

  /** @internal A task failed, or what another thread does for one of this runtime that has its handle. */
  failed(handle: Joinable, failure: Failure): void {
    this.#unhandled.add(handle, failure);
  }

  /** @internal */
  enterTurn(): void {
    this.#outerServices = current.services;
    this.#outerWarnings = current.warnings;
    current.services = this;
    current.warnings = this.#warnings;
    this.timers.beginTurn();
  }

  /** @internal */
  leaveTurn(): void {
    current.budget = 0;
    if (this.#warnings !== null) current.diagnostics.sweep();
    this.timers.settle();
    current.services = this.#outerServices;
    current.warnings = this.#outerWarnings;
  }

  /** @internal */
  parked(): void {
    if (this.clock.isPaused || this.timers.hasIdlers) this.timers.settle();
    this.probe?.parked?.();
    this.onPark?.();
  }

  /** @internal */
  blocked(milliseconds: number, tasks: readonly Runnable[]): void {
    this.#warnings?.({
      code: "task.blocked",
      message: current.diagnostics.blocked(milliseconds, tasks as Task<any>[]),
    });
  }

  /** @internal Where warnings go; null where they are off. */
  get warnings(): Warnings | null {
    return this.#warnings;
  }

  /** @internal Reports the failures that nobody has taken. */
  sayLastWords(): void {
    this.#unhandled.reportAll();
  }

  /** @internal Whether tasks that somebody waits for wait themselves, once the host has nothing left to do. */
  get isStuck(): boolean {
    return this.#awaited > 0 && this.executor.isParked;
  }
}

/**
 * Makes sure that no task is running.
 *
 * @throws HeddleError `runtime.nested`
 */
export function refuseNested(verb: string, help?: string): void {
  if (currentRoot() !== null)
    throw new HeddleError(
      "runtime.nested",
      `Cannot ${verb} inside a task: a runtime is running on this thread already`,
      { help },
    );
}
