/**
 * Task: one future tree that runs by itself. It is its own waker, its own context, and its own join handle.
 *
 *     (1) spawn ──► schedule ──► (2) run ── PENDING ──► wake() ──► schedule
 *                                  │
 *                                  └── ended ──► (3) cleanups of what it dropped ──► (4) joiners woken
 *
 * Only this file changes the bits:
 *
 * | bit      | set when                                     | cleared when       |
 * | -------- | -------------------------------------------- | ------------------ |
 * | QUEUED   | woken; it is in the executor's ring, or will  | run begins         |
 * |          | be put there when its poll ends              |                    |
 * | RUNNING  | it is being polled, or ended by force        | that is over       |
 * | ABORT    | somebody asked it to stop                    | never              |
 * | UNWIND   | its calls are being unwound                  | never              |
 * | ENDED    | its calls are over; only cleanups are left   | never              |
 * | FAILED   | its outcome is an error (a `Failure`)        | never              |
 * | CUT      | its outcome is that it was aborted           | never              |
 * | DONE     | over: joiners have been woken                | never              |
 * | DETACHED | nobody will join                             | never              |
 * | YIELDED  | `yieldNow()` is pending                      | it is ready        |
 */
import { AbortedError, HeddleError, quote } from "../base/errors.js";
import type { Needs } from "../base/needs.js";
import { touchTask } from "../base/resource.js";
import { keepShape } from "../base/shapes.js";
import { withStackLimit } from "../base/stacktrace.js";
import type { Context, Waker } from "../future/context.js";
import { BUDGET, current as $current, currentRoot } from "../future/current.js";
import { unwindByForce } from "../future/force.js";
import { claimed, type Definition, nameOf } from "../future/frame.js";
import { answerSlowly } from "../future/inspect.js";
import { Leaf } from "../future/leaf.js";
import { PENDING as $PENDING, READY, SUSPENDED, type Future, type Pending, type Poll } from "../future/poll.js";
import { cleanupsOf, endCleanups, Root } from "../future/root.js";
import { UNWOUND } from "../future/stack.js";
import { AbortHandle } from "./abort-handle.js";
import type { JoinHandle } from "./join-handle.js";
import { Watcher } from "./watcher.js";

// Folded, where imports are loaded: see docs/design/0023-imports-are-loads.md.
const current = $current;
const PENDING: typeof $PENDING = $PENDING;

const QUEUED = 1;
const RUNNING = 2;
const ABORT = 4;
const UNWIND = 8;
const ENDED = 16;
const FAILED = 32;
const CUT = 64;
const DONE = 128;
const DETACHED = 256;
const YIELDED = 512;

/** The failure of one task, until somebody takes it. */
export interface Failure {
  readonly error: unknown;
  /** The task as messages call it: `task "resize" (#81)`. */
  readonly label: string;
  /** Whether somebody waited for the outcome when it came. */
  readonly wasJoined: boolean;
  isTaken: boolean;
}

/** Runs tasks, and hears what becomes of them. A task is handed its scheduler and knows nothing else of the floors above. */
export interface Scheduler {
  /** Runs the task soon, behind those that are scheduled already. */
  schedule(task: Task<any>): void;
  /** The task is over, its cleanups included. */
  ended(task: Task<any>): void;
  /** The task failed, and nobody has taken the error yet. */
  failed(task: Task<any>, failure: Failure): void;
}

// The engine's own lines on top of a joiner's, and some of the joiner's.
const ABORT_LINES = 10;

/** One running future tree. */
export class Task<T> extends Root implements JoinHandle<T> {
  declare readonly id: number;
  /** @internal The list of the runtime's tasks; `runtime/` alone writes these two. */
  declare previous: Task<any> | null;
  /** @internal */
  declare following: Task<any> | null;
  // These four: only this file.
  /** @internal */
  declare readonly scheduler: Scheduler;
  /** @internal The name, or what can tell it. */
  declare readonly title: string | Definition | null;
  /** @internal */
  declare bits: number;
  /** @internal Until the end, who is to be woken then: null, a waker or several. Afterwards the value, a Failure, or the reason of an abort. */
  declare outcome: any;

  // As `Stack` does.
  /** The caller schedules it. */
  constructor(scheduler: Scheduler, id: number, future: Future<T>, name: string | undefined) {
    super();
    this.scheduler = scheduler;
    this.id = id;
    this.previous = this.following = null;
    this.bits = QUEUED;
    this.outcome = null;
    const frame = claimed(future, "spawn");
    this.title = name ?? frame.definition;
    this.top = frame;
  }

  get name(): string {
    const title = this.title;
    return title === null ? "task" : typeof title === "string" ? title : nameOf(title);
  }

  /** @internal As messages call it. */
  get label(): string {
    return `task ${quote(this.name)} (#${this.id})`;
  }

  get isFinished(): boolean {
    touchTask(this, "look");
    return (this.bits & DONE) !== 0;
  }

  get yielded(): boolean {
    return (this.bits & YIELDED) !== 0;
  }

  set yielded(yielded: boolean) {
    this.bits = yielded ? this.bits | YIELDED : this.bits & ~YIELDED;
  }

  wake(): void {
    if ((this.bits & (QUEUED | DONE)) !== 0) return;
    this.bits |= QUEUED;
    // Running: `run` will tell the executor.
    if ((this.bits & RUNNING) === 0) this.scheduler.schedule(this);
  }

  /** @internal One poll. The executor alone calls it, and takes the budget away when its turn ends. */
  run(): boolean {
    this.bits = (this.bits & ~QUEUED) | RUNNING;
    current.budget = BUDGET;
    if ((this.bits & (ABORT | ENDED)) !== 0 || this.cleanups !== null) runRarely(this);
    else {
      let value;
      try {
        value = this.resume();
        if (value !== PENDING) end(this, 0, value);
      } catch (error) {
        end(this, FAILED, error);
      }
    }
    // Aborted by itself while it ran: unwind at once instead of at the next wake, which may never come.
    if ((this.bits & (ABORT | UNWIND | ENDED | QUEUED)) === ABORT) this.bits |= QUEUED;
    // From here on a wake has to schedule by itself.
    this.bits &= ~RUNNING;
    current.root = null;
    return (this.bits & (QUEUED | DONE)) === QUEUED;
  }

  /** @internal Null before the end, and of a task that did not fail. */
  get failure(): Failure | null {
    return (this.bits & (DONE | FAILED)) === (DONE | FAILED) ? this.outcome : null;
  }

  /** @internal Has `watcher` woken at the end. Call it before anyone joins, so that it is the first. */
  watch(watcher: Watcher): void {
    if (this.isFinished) watcher.wake();
    else addJoiner(this, watcher);
  }

  get isDetached(): boolean {
    return (this.bits & DETACHED) !== 0;
  }

  detach(): void {
    if (this.isDetached) return;
    this.bits |= DETACHED;
    const { failure } = this;
    if (failure !== null && !failure.isTaken) this.scheduler.failed(this, failure);
  }

  abort(reason?: unknown): void {
    touchTask(this, "change");
    if ((this.bits & (ABORT | ENDED | DONE)) !== 0) return;
    this.bits |= ABORT;
    cleanupsOf(this).reason = reason;
    this.wake();
  }

  abortHandle(): AbortHandle {
    return new AbortHandle(this);
  }

  /** @internal The outcome for a joiner. */
  poll(cx: Context): Poll<T> {
    touchTask(this, "join");
    if ((this.bits & DONE) === 0) {
      if (currentRoot() === this)
        throw new HeddleError(
          "task.awaits-itself",
          `Cannot join ${this.label} from inside itself: it would wait for ever`,
        );
      addJoiner(this, cx.waker);
      return PENDING;
    }
    if ((this.bits & (FAILED | CUT)) === 0) return this.outcome as T;
    // An abort that is joined is seldom a surprise: its stack says where it was joined, for a fifth of the price of a whole trace.
    if ((this.bits & CUT) !== 0) throw abortedError(this, ABORT_LINES);
    const error = takeError(this);
    current.diagnostics.traceNative(error, current.stack!, 0);
    throw error;
  }

  /** @internal What a joiner needs. */
  needs(): Needs {
    return { each: true, of: [{ task: this, until: "end", by: 0 }] };
  }

  /** @internal A joiner goes. The task goes on. */
  drop(cx: Context): void {
    if (this.isFinished) return;
    const joiners: Waker | Waker[] | null = this.outcome;
    if (joiners === cx.waker) this.outcome = null;
    else if (Array.isArray(joiners)) this.outcome = joiners.filter((joiner) => joiner !== cx.waker);
  }

  [Symbol.iterator](): Iterator<Pending, T, any> {
    return this as unknown as Iterator<Pending, T, any>;
  }

  /** @internal As `Leaf.next`. */
  next(): IteratorResult<Pending, T> {
    if (--current.budget < 0) return answerSlowly(this) as IteratorResult<Pending, T>;
    const value = this.poll(current.stack!);
    if (value === PENDING) return SUSPENDED;
    READY.value = value;
    return READY;
  }

  /** @internal As `Leaf.return`. */
  return(): IteratorResult<Pending, T> {
    this.drop(current.stack!);
    READY.value = undefined;
    return READY;
  }

  settled(): Future<PromiseSettledResult<T>> {
    return new Settled(this);
  }

  /** @internal What became of it. Call it when it is finished. */
  result(): PromiseSettledResult<T> {
    return (this.bits & (FAILED | CUT)) === 0
      ? { status: "fulfilled", value: this.outcome as T }
      : { status: "rejected", reason: takeError(this) };
  }

  then<U = T, V = never>(
    onFulfilled?: ((value: T) => U | PromiseLike<U>) | null,
    onRejected?: ((error: any) => V | PromiseLike<V>) | null,
  ): Promise<U | V> {
    return promise(this).then(onFulfilled, onRejected);
  }

  catch<U>(onRejected: (error: any) => U | PromiseLike<U>): Promise<T | U> {
    return promise(this).catch(onRejected);
  }

  finally(onFinally: () => void): Promise<T> {
    return promise(this).finally(onFinally);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    await promise(this).then(
      () => {},
      (error) => {
        if ((this.bits & CUT) === 0) throw error;
      },
    );
  }
}

/** Of one that was aborted, or has cleanups to drive. */
function runRarely(task: Task<any>): void {
  current.root = task;
  task.cleanups?.drive();
  if ((task.bits & ENDED) === 0) {
    const abort = (task.bits & (ABORT | UNWIND)) === ABORT;
    try {
      let value;
      if (abort) {
        task.bits |= UNWIND;
        value = task.unwind();
      } else value = task.resume();
      if (value === UNWOUND) end(task, CUT, task.cleanups!.reason);
      else if (value !== PENDING) end(task, 0, value);
    } catch (error) {
      end(task, FAILED, error);
    }
  }
  if ((task.bits & (ENDED | DONE)) === ENDED && task.cleanups!.settle()) finish(task, task.cleanups!.outcome);
}

/** Its calls are over. What they left behind comes first, then the end. */
function end(task: Task<any>, bits: number, outcome: unknown): void {
  // Whoever is woken or dropped by that finds it in the middle of a poll, although no stack of it is driven.
  current.root = task;
  task.bits |= ENDED | bits;
  const { cleanups } = task;
  if (cleanups === null || cleanups.settle()) finish(task, outcome);
  else cleanups.outcome = outcome;
}

function finish(task: Task<any>, outcome: unknown): void {
  const { cleanups } = task;
  if (cleanups?.failed === true) {
    outcome = (task.bits & FAILED) !== 0 ? cleanups.errorAfter(outcome) : cleanups.errorAfter();
    task.bits = (task.bits | FAILED) & ~CUT;
  }
  task.cleanups = null;
  touchTask(task, "change");
  task.bits |= DONE;
  const joiners: Waker | Waker[] | null = task.outcome;
  task.outcome = outcome;
  if ((task.bits & FAILED) !== 0) fail(task, outcome, joiners);
  task.scheduler.ended(task);
  if (joiners === null) return;
  if (!Array.isArray(joiners)) joiners.wake();
  else for (const joiner of joiners) joiner.wake();
}

function fail(task: Task<any>, error: unknown, joiners: Waker | Waker[] | null): void {
  const wasJoined = Array.isArray(joiners) ? !joiners.every(isWatcher) : joiners !== null && !isWatcher(joiners);
  const failure: Failure = { error, label: task.label, wasJoined, isTaken: false };
  task.outcome = failure;
  task.scheduler.failed(task, failure);
}

function abortedError(task: Task<any>, lines: number): AbortedError {
  return withStackLimit(lines, () => new AbortedError(task.outcome, task.label));
}

function takeError(task: Task<any>): unknown {
  if ((task.bits & CUT) !== 0) return abortedError(task, 0);
  const failure = task.outcome as Failure;
  failure.isTaken = true;
  return failure.error;
}

function addJoiner(task: Task<any>, waker: Waker): void {
  const joiners: Waker | Waker[] | null = task.outcome;
  if (joiners === null) task.outcome = waker;
  else if (Array.isArray(joiners)) {
    if (!joiners.includes(waker)) joiners.push(waker);
  } else if (joiners !== waker) task.outcome = [joiners, waker];
}

function promise<T>(task: Task<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      const result = task.result();
      if (result.status === "fulfilled") resolve(result.value);
      else reject(result.reason);
    };
    if (task.isFinished) settle();
    else addJoiner(task, { wake: settle });
  });
}

/** Ends it now, cleanups included. For a shutdown whose time is over. */
export function endTask(task: Task<any>, reason?: unknown): void {
  if ((task.bits & DONE) !== 0) return;
  const { root, budget } = current;
  current.root = task;
  task.bits |= RUNNING;
  task.abort(reason);
  task.bits |= UNWIND;
  current.budget = BUDGET;
  unwindByForce(task);
  endCleanups(task.cleanups!);
  if ((task.bits & ENDED) === 0) end(task, CUT, task.cleanups!.reason);
  else if ((task.bits & DONE) === 0) finish(task, task.cleanups!.outcome);
  task.bits &= ~RUNNING;
  current.root = root;
  current.budget = budget;
}

/** Whether a task waits to be woken: neither running nor queued nor over. */
export function isIdle(task: Task<any>): boolean {
  return (task.bits & (QUEUED | RUNNING | DONE)) === 0;
}

/** What a live task does, for dumps. Of one that is being unwound or finishes cleanups that is what is said, also while it waits. */
export function stateOf(task: Task<any>): "running" | "unwinding" | "waiting" | "ready" {
  if ((task.bits & RUNNING) !== 0) return "running";
  if ((task.bits & (UNWIND | ENDED)) !== 0) return "unwinding";
  return isIdle(task) ? "waiting" : "ready";
}

/** Waits for a task's end and never throws. */
class Settled<T> extends Leaf<PromiseSettledResult<T>> {
  readonly #task: Task<T>;

  constructor(task: Task<T>) {
    super();
    this.#task = task;
  }

  /** @internal */
  get label(): string {
    return this.#task.label;
  }

  /** @internal */
  needs(): Needs {
    return this.#task.needs();
  }

  poll(cx: Context): Poll<PromiseSettledResult<T>> {
    if (this.#task.isFinished) return this.#task.result();
    // Registers; cannot throw before the task is finished, but for a task that waits for itself.
    void this.#task.poll(cx);
    return PENDING;
  }

  override drop(cx: Context): void {
    this.#task.drop(cx);
  }
}

function isWatcher(joiner: Waker): boolean {
  return joiner instanceof Watcher;
}

function* nothing(): Generator<Pending, void> {}

const nowhere: Scheduler = { schedule() {}, ended() {}, failed() {} };
keepShape(new Task(nowhere, 0, nothing(), "shape"));
