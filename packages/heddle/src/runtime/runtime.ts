/**
 * Runtime: builds the house, and keeps the list of its tasks.
 *
 *     spawn ──► Task ──schedule()──► Executor ──run()──► Task … leaf pending ──► Reactor ──► Waker ──wake()──► Task
 *
 * Runtimes on one thread are isolated from each other: each has its own tasks, timers, clock and random numbers.
 */
import { Clock } from "../base/clock.js";
import { type Duration, formatDuration, toMilliseconds } from "../base/duration.js";
import { HeddleError, quote } from "../base/errors.js";
import type { Probe } from "../base/probe.js";
import { Random, randomSeed } from "../base/random.js";
import { defaultWarnings, printWarning, type Warnings } from "../base/warnings.js";
import { Executor, type Household, type Runnable } from "../executor/executor.js";
import { current, type Services } from "../future/current.js";
import type { Future } from "../future/poll.js";
import { sweepUnpolled } from "../future/unpolled.js";
import { later, soon } from "../reactor/host.js";
import { Reactor } from "../reactor/reactor.js";
import type { JoinHandle } from "../task/join-handle.js";
import { type Failure, type Scheduler, Task } from "../task/task.js";
import { Dump, dumpTask } from "./dump.js";
import { checkOptions, type RuntimeOptions } from "./options.js";
import { unwatchProcess, watchProcess } from "./process.js";
import { aside, printUnhandled, Unhandled } from "./unhandled.js";

export interface SpawnOptions {
  /** Shown in messages, dumps and the console. The function's name by default. */
  name?: string;
}

export interface RunOptions extends SpawnOptions {
  /** Aborts the task. */
  signal?: AbortSignal;
}

export interface ShutdownOptions {
  /** How long cleanups may take. After that they are ended where they await. For ever by default. */
  timeout?: Duration;
}

/** What a runtime has done so far, and holds now. */
export interface Metrics {
  readonly liveTasks: number;
  readonly spawnedTasks: number;
  readonly queuedTasks: number;
  readonly polls: number;
  readonly turns: number;
  readonly parks: number;
  readonly busyMilliseconds: number;
  readonly timers: number;
}

/**
 * An executor and a reactor for tasks. Most programs use the one behind `run` and never make one.
 *
 * @example
 * ```ts
 * import { ready, Runtime } from "heddle";
 *
 * const runtime = new Runtime({ name: "mine", rngSeed: 1 });
 * console.log(await runtime.run(ready("ran")));
 * await runtime.shutdown();
 * // prints: ran
 * ```
 */
export class Runtime implements Scheduler, Services, Household {
  readonly name: string;
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  readonly random: Random;
  /** @internal */
  readonly timers: Reactor;
  /** @internal */
  probe: Probe | null;
  readonly #executor: Executor;
  readonly #warnings: Warnings | null;
  readonly #unhandled: Unhandled;
  #newest: Task<any> | null = null;
  #live = 0;
  #spawned = 0;
  #isShutDown = false;
  #onEmpty: (() => void) | null = null;
  #outerServices: Services | null = null;
  #outerWarnings: Warnings | null = null;
  /** The tasks that somebody outside waits for. */
  readonly #awaited = new Set<Task<any>>();

  /** @throws TypeError or RangeError if an option is unknown or wrong */
  constructor(options: RuntimeOptions = {}) {
    const limits = checkOptions(options);
    this.name = options.name ?? "runtime";
    this.clock = new Clock(options.startPaused === true);
    this.random = new Random(options.rngSeed ?? randomSeed());
    this.probe = options.probe ?? null;
    const on = options.warnings ?? (options.onWarning !== undefined || defaultWarnings() !== null);
    this.#warnings = on ? aside(options.onWarning ?? printWarning) : null;
    this.#unhandled = new Unhandled(aside(options.onUnhandled ?? printUnhandled));
    this.#executor = new Executor({ soon, later }, this, limits);
    this.timers = new Reactor(
      this.clock,
      () => this.#executor.isParked,
      (count) => this.probe?.timersFired?.(count),
    );
    watchProcess(this);
  }

  /**
   * Starts a task. It runs after what is ready now.
   *
   * After a shutdown the task is aborted at once: nothing of it runs.
   *
   * @throws TypeError if it is not given a future, or a name that is no string
   */
  spawn<T>(future: Future<T>, options?: SpawnOptions): JoinHandle<T> {
    return this.#spawn(future, options?.name);
  }

  #spawn<T>(future: Future<T>, name: string | undefined): Task<T> {
    if (name !== undefined && typeof name !== "string")
      throw new TypeError(`Cannot spawn a task as 'name' must be a string: received ${quote(name)}`);
    const task = new Task<T>(this, this.#spawned + 1, future, name);
    this.#spawned++;
    const newest = this.#newest;
    task.previous = newest;
    if (newest !== null) newest.following = task;
    this.#newest = task;
    this.#live++;
    if (this.probe !== null) this.probe.spawned?.(task);
    if (this.#isShutDown) this.enter(() => task.end());
    else this.#executor.schedule(task);
    return task;
  }

  /**
   * Starts a task and waits for it from outside.
   *
   * @returns a promise of the task's outcome
   * @throws HeddleError `runtime.nested` inside a task
   */
  run<T>(future: Future<T>, options?: RunOptions): Promise<T> {
    if (current.root !== null)
      throw new HeddleError(
        "runtime.nested",
        "Cannot run a future inside a task: a runtime is running on this thread already",
        {
          help: "await the future with yield*, or start it with spawn(…)",
        },
      );
    const signal = options?.signal;
    if (signal !== undefined && typeof (signal as Partial<AbortSignal>).addEventListener !== "function")
      throw new TypeError(`Cannot run a future as 'signal' must be an AbortSignal: received ${quote(signal)}`);
    const task = this.#spawn(future, options?.name);
    const outcome = task.then();
    const abort = (): void => task.abort(signal!.reason);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    this.#awaited.add(task);
    const forget = (): void => {
      this.#awaited.delete(task);
      signal?.removeEventListener("abort", abort);
    };
    outcome.then(forget, forget);
    return outcome;
  }

  /** Runs `fn` with this runtime current, so that it can spawn, or poll by hand. */
  enter<R>(fn: () => R): R {
    const { services, warnings } = current;
    current.services = this;
    current.warnings = this.#warnings;
    try {
      return fn();
    } finally {
      current.services = services;
      current.warnings = warnings;
    }
  }

  metrics(): Metrics {
    const { queued, polls, turns, parks, busyMilliseconds } = this.#executor.stats;
    return {
      liveTasks: this.#live,
      spawnedTasks: this.#spawned,
      queuedTasks: queued,
      polls,
      turns,
      parks,
      busyMilliseconds,
      timers: this.timers.size,
    };
  }

  /** Where every task stands. */
  dump(): Dump {
    return new Dump(this.#tasks().map(dumpTask));
  }

  /** The live tasks, oldest first. */
  #tasks(): Task<any>[] {
    const tasks: Task<any>[] = [];
    for (let task = this.#newest; task !== null; task = task.previous) tasks.push(task);
    return tasks.reverse();
  }

  /**
   * Aborts all tasks and waits until they are over, cleanups included. Later spawns are aborted at once.
   *
   * @throws HeddleError `runtime.nested` inside one of its tasks
   */
  async shutdown(options?: ShutdownOptions): Promise<void> {
    if (current.root !== null && current.services === this)
      throw new HeddleError(
        "runtime.nested",
        "Cannot shut a runtime down from inside one of its tasks: it would wait for that task",
        {
          help: "let the task end, and shut down from outside",
        },
      );
    const limit = options?.timeout === undefined ? Infinity : toMilliseconds(options.timeout, "shut down", "timeout");
    this.#isShutDown = true;
    const reason = `the shutdown of ${this.name}`;
    for (const task of this.#tasks()) task.abort(reason);
    if (this.#live > 0) await this.#emptied(limit);
    this.#unhandled.reportAll();
    unwatchProcess(this);
  }

  #emptied(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const deadline = { when: 0, after: null, before: null, fire: () => this.enter(() => this.#endAll()) };
      const outer = this.#onEmpty;
      this.#onEmpty = () => {
        outer?.();
        if (deadline.after !== null) this.timers.remove(deadline);
        resolve();
      };
      if (limit === Infinity) return;
      deadline.when = Math.ceil(this.clock.now() + limit);
      if (deadline.when <= this.timers.now) deadline.fire();
      else this.timers.insert(deadline);
    });
  }

  #endAll(): void {
    for (const task of this.#tasks()) task.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** @internal */
  schedule(task: Task<any>): void {
    this.#executor.schedule(task);
  }

  /** @internal */
  ended(task: Task<any>): void {
    const { previous, following } = task;
    if (previous !== null) previous.following = following;
    if (following !== null) following.previous = previous;
    else this.#newest = previous;
    task.previous = task.following = null;
    this.#live--;
    if (this.probe !== null) this.probe.ended?.(task);
    if (this.#live > 0) return;
    // Nobody is left in here who could join what failed. Whoever waits outside is told first.
    later(() => {
      if (this.#live === 0) this.#unhandled.reportAll();
    });
    const onEmpty = this.#onEmpty;
    this.#onEmpty = null;
    onEmpty?.();
  }

  /** @internal */
  failed(task: Task<any>, failure: Failure): void {
    this.#unhandled.add(task, failure);
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
    if (this.#warnings !== null) sweepUnpolled();
    this.timers.settle();
    current.services = this.#outerServices;
    current.warnings = this.#outerWarnings;
  }

  /** @internal */
  parked(): void {
    if (this.clock.isPaused) this.timers.settle();
    this.probe?.parked?.();
  }

  /** @internal */
  blocked(milliseconds: number, tasks: readonly (Runnable | null)[]): void {
    if (this.#warnings === null) return;
    this.#warnings({ code: "task.blocked", message: blockedMessage(milliseconds, tasks as readonly Task<any>[]) });
  }

  /** @internal */
  sayLastWords(): void {
    this.#unhandled.reportAll();
  }

  /** @internal */
  get isStuck(): boolean {
    return this.#awaited.size > 0 && this.#executor.isParked;
  }
}

function blockedMessage(milliseconds: number, tasks: readonly Task<any>[]): string {
  const suspects = [...new Set(tasks)];
  const named = suspects.slice(0, 3).map((task) => task.label);
  if (suspects.length > 3) named.push(`${suspects.length - 3} more`);
  const who = suspects.length === 1 ? named[0]! : `one of ${named.join(", ")}`;
  const site = suspects.map((task) => dumpTask(task).calls[0]).find((call) => call !== undefined);
  return (
    `${who[0]!.toUpperCase()}${who.slice(1)} blocked the thread for ${formatDuration(milliseconds)}: nothing else ran meanwhile` +
    (site === undefined ? "" : `\n    before it came to ${site}`) +
    "\nhelp: await instead of waiting, or do long work on another thread, or yield* yieldNow() in between"
  );
}
