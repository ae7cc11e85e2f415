/**
 * TaskTracker: counts what is under way, and waits until it is all over.
 *
 * | closed | how many | wait()                                                                          |
 * | ------ | -------- | ------------------------------------------------------------------------------- |
 * | no     | any      | waits                                                                           |
 * | yes    | some     | waits                                                                           |
 * | yes    | none     | ready; and so is each wait that existed then, whatever has become of it since    |
 */
import { type Need, type Needs, tasksOf } from "../base/needs.js";
import { type Holder, Resource } from "../base/resource.js";
import type { Context } from "../future/context.js";
import { GatherOne } from "../future/gather-one.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";
import { Waiter, WaitList } from "../future/wait-list.js";
import { async } from "../future/async.js";
import type { SpawnOptions } from "../runtime/engine.js";
import { spawn } from "../runtime/run.js";
import { currentOwner } from "../task/current-task.js";
import type { JoinHandle } from "../task/join-handle.js";
import type { Task } from "../task/task.js";
import { Watcher } from "../task/watcher.js";
import { owned } from "./deferred.js";

/** Counts for one thing that is under way, until it is released. */
export class TaskTrackerToken extends Watcher implements Need {
  #tracker: TaskTracker | null;
  /** @internal Who has to end, or to release it. `TaskTracker` alone writes these. */
  task: Holder | null = null;
  /** @internal */
  until: "release" | "end" = "release";
  /** @internal */
  by = 0;
  /** @internal Of a tracked future: whether it runs, or has run. */
  hasBegun = false;

  /** @internal */
  constructor(tracker: TaskTracker) {
    super();
    this.#tracker = tracker;
  }

  /** Counts no more. Again, it does nothing. */
  release(): void {
    const tracker = this.#tracker;
    this.#tracker = null;
    tracker?.released(this);
  }

  /** @internal The task it counts for is over. */
  wake(): void {
    this.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

class AllDone extends Waiter<void> {
  readonly #tracker: TaskTracker;
  /** How often all was done when this was made. */
  readonly #times: number;

  constructor(tracker: TaskTracker, times: number) {
    super();
    this.#tracker = tracker;
    this.#times = times;
  }

  get label(): string {
    return this.#tracker.label;
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.#tracker;
  }

  /** @internal For those who look for deadlocks. */
  needs(): Needs | null {
    return this.#tracker.doneNeeds();
  }

  poll(cx: Context): Poll<void> {
    if (this.#tracker.isDoneSince(this.#times)) {
      this.drop();
      return undefined;
    }
    this.#tracker.enlist(this);
    this.waker = cx.waker;
    return PENDING;
  }

  override drop(): void {
    this.waker = null;
    this.#tracker.leave(this);
  }
}

const counted = async(function* trackedFuture<T>(future: Future<T>, token: TaskTrackerToken) {
  token.hasBegun = true;
  Object.assign(token, currentOwner());
  try {
    return yield* owned(future, "track a future as it must be one");
  } finally {
    token.release();
  }
});

/** A future that counts from when it is made, begun or not. */
class Tracked<T> extends GatherOne<T> {
  readonly #token: TaskTrackerToken;

  constructor(future: Future<T>, token: TaskTrackerToken) {
    super("trackFuture(…)", counted(future, token) as Future<T>);
    this.#token = token;
  }

  protected advance(): Poll<T> {
    const value = this.pollInner();
    if (value !== PENDING) this.finish();
    return value;
  }

  protected override finish(): void {
    super.finish();
    this.#releaseUnbegun();
  }

  override unwindFirst(): Future<void> | null {
    const rest = super.unwindFirst();
    this.#releaseUnbegun();
    return rest;
  }

  /** Dropped before anything of it ran: its `finally` never will. */
  #releaseUnbegun(): void {
    if (!this.#token.hasBegun) this.#token.release();
  }
}

/**
 * Waits until all of a changing number of tasks are over. It keeps none of their outcomes, and stops none of them: for that, combine it with a
 * `CancellationToken`.
 *
 * @example A graceful shutdown
 * ```ts
 * import { async, CancellationToken, run, sleep, TaskTracker } from "heddle";
 *
 * const tracker = new TaskTracker();
 * const closing = new CancellationToken();
 * const client = async(function* (name: string) {
 *   yield* closing.cancelled();
 *   console.log(`${name} says goodbye`);
 * });
 * const main = async(function* () {
 *   for (const name of ["ada", "alan"]) tracker.spawn(client(name));
 *   yield* sleep(1);
 *   closing.cancel();
 *   tracker.close();
 *   yield* tracker.wait();
 *   console.log("all are gone");
 * });
 * await run(main());
 * // prints: ada says goodbye
 * // prints: alan says goodbye
 * // prints: all are gone
 * ```
 */
export class TaskTracker extends Resource {
  /** What is under way. */
  readonly #tokens = new Set<TaskTrackerToken>();
  #isClosed = false;
  /** How often it was closed and empty. */
  #times = 0;
  readonly #waiting = new WaitList<AllDone>();

  /** @param name for dumps */
  constructor(name?: string) {
    super(name);
  }

  get kind(): string {
    return "task tracker";
  }

  /** @internal For dumps. */
  get label(): string {
    const name = this.name === undefined ? "" : ` ${JSON.stringify(this.name)}`;
    return `task tracker${name}, which is ${this.#isClosed ? "closed" : "not closed"} and counts ${this.#tokens.size}`;
  }

  override get holders(): readonly Holder[] {
    return tasksOf(this.#tokens);
  }

  /** @internal What a wait needs: that all is over, once it is closed. Before, anybody may close it. */
  doneNeeds(): Needs | null {
    return this.#isClosed ? { each: true, of: this.#tokens } : null;
  }

  /** How many are under way. */
  get size(): number {
    this.touch(false);
    return this.#tokens.size;
  }

  get isClosed(): boolean {
    this.touch(false);
    return this.#isClosed;
  }

  /**
   * Starts a task and counts it until it is over, cleanups included. Closed or not: closing says that waits may end, not that work may
   * not begin.
   *
   * @returns the handle. An error that nobody joins is reported
   * @throws NoRuntimeError outside of a runtime
   */
  spawn<T>(future: Future<T>, options?: SpawnOptions): JoinHandle<T> {
    const task = spawn(future, options) as Task<T>;
    const token = this.#add();
    token.task = task;
    token.until = "end";
    task.watch(token);
    return task;
  }

  /**
   * A future that is counted from this call until it has ended, or was dropped and is cleaned up. For what is spawned elsewhere.
   *
   * **Cancel safety**: as the future; dropping it drops the future.
   */
  trackFuture<T>(future: Future<T>): Future<T> {
    return new Tracked(future, this.#add());
  }

  /** Counts for something that is neither a task nor a future. */
  token(): TaskTrackerToken {
    return Object.assign(this.#add(), currentOwner());
  }

  #add(): TaskTrackerToken {
    this.touch(true);
    const token = new TaskTrackerToken(this);
    this.#tokens.add(token);
    return token;
  }

  /** @internal */
  released(token: TaskTrackerToken): void {
    this.touch(true);
    this.#tokens.delete(token);
    this.#settle();
  }

  /** Lets waits end when nothing is under way any more. False if it was closed before. */
  close(): boolean {
    this.touch(true);
    if (this.#isClosed) return false;
    this.#isClosed = true;
    this.#settle();
    return true;
  }

  /** Has new waits wait for the next `close()`. False if it was open. */
  reopen(): boolean {
    this.touch(true);
    if (!this.#isClosed) return false;
    this.#isClosed = false;
    return true;
  }

  /**
   * Waits until the tracker is closed and nothing is under way. A wait that exists when that comes about is ready, even if the tracker is
   * reopened, or tasks are spawned, before it is polled.
   *
   * **Cancel safety**: dropping the wait loses nothing; one that is made anew in each round of a loop of selects may miss such a moment.
   */
  wait(): Future<void> {
    return new AllDone(this, this.#times);
  }

  #settle(): void {
    if (!this.#isClosed || this.#tokens.size > 0) return;
    this.#times++;
    for (const waiter of this.#waiting.drain()) waiter.wake();
  }

  /** @internal */
  isDoneSince(times: number): boolean {
    this.touch(false);
    return this.#times !== times || (this.#isClosed && this.#tokens.size === 0);
  }

  /** @internal */
  enlist(waiter: AllDone): void {
    if (!this.#waiting.has(waiter)) this.#waiting.push(waiter);
  }

  /** @internal */
  leave(waiter: AllDone): void {
    this.#waiting.remove(waiter);
  }
}
