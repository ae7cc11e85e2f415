/**
 * Children: the tasks of one scope, and what their ends mean to it.
 *
 * | state    | meaning                                               | left by                             |
 * | -------- | ----------------------------------------------------- | ----------------------------------- |
 * | OPEN     | the body runs, or children do                         | a failure, an abort, a drop, the end |
 * | STOPPING | all were aborted, and what is spawned now is at once  | the end                             |
 * | OVER     | nothing is left, and nothing can be spawned           | never                               |
 *
 * A child that fails while somebody waits for it has told them: the error is theirs, and the scope takes it only if they never did. A child that
 * fails unheard stops the scope at once.
 *
 * INVARIANT: a child is in `#live` until its task, cleanups included, is over.
 */
import { AbortedError, ClosedError, quote, suppress } from "../base/errors.js";
import { type Need, type Needs, NEVER } from "../base/needs.js";
import { type Holder, Resource } from "../base/resource.js";
import type { Context, Waker } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import type { Engine, SpawnOptions } from "../runtime/engine.js";
import { endTask, type Failure, type Task } from "../task/task.js";
import { Watcher } from "../task/watcher.js";

const OPEN = 0;
const STOPPING = 1;
const OVER = 2;

/** The place in spawn order of the body's error; of the scope's own, before it; and of those of deferred cleanups, behind all children. */
export const BODY = 0;
export const ITSELF = -1;
export const CLEANUP = Infinity;

/** An error, and where the task stood in spawn order that it came from. */
interface Placed {
  readonly error: unknown;
  readonly order: number;
}

/** One child. */
class Child extends Watcher {
  // Assigned by the constructor: see `Waiter` in `future/wait-list.ts`.
  declare readonly children: Children;
  declare readonly task: Task<unknown>;
  declare readonly order: number;

  constructor(children: Children, task: Task<unknown>, order: number) {
    super();
    this.children = children;
    this.task = task;
    this.order = order;
  }

  wake(): void {
    this.children.ended(this);
  }
}

/** The tasks of one scope. */
export class Children extends Resource {
  readonly #engine: Engine;
  readonly #live = new Set<Child>();
  #state = OPEN;
  #isBodyLive = false;
  #isBodyDone = false;
  #spawned = 0;
  /** Why the children were aborted. */
  #reason: unknown;
  #isAborted = false;
  #first: Placed | null = null;
  readonly #later: Placed[] = [];
  /** Failures that somebody waited for, and may not have taken yet. */
  #awaited: { failure: Failure; order: number }[] = [];
  #waker: Waker | null = null;
  /** Whether a time limit may stop it. */
  isLimited = false;

  constructor(engine: Engine, name: string | undefined) {
    super(name);
    this.#engine = engine;
  }

  get kind(): string {
    return "scope";
  }

  /** Who waits for the scope waits for its children. */
  override get holders(): readonly Holder[] {
    return [...this.#live].map(({ task }) => task);
  }

  /** As messages call the scope. */
  get label(): string {
    return this.name === undefined ? "this scope" : `scope ${quote(this.name)}`;
  }

  /** As dumps list what lives in it. */
  get list(): string {
    const tasks = [...this.#live].map(({ task }) => task.label);
    return `${this.label}, which has ${tasks.length === 0 ? "no tasks" : tasks.join(", ")}`;
  }

  /** What the end of the scope needs: that all of them end. Null: it may also be stopped. */
  needs(): Needs | null {
    if (this.#live.size === 0 || (this.isLimited && this.#state === OPEN)) return null;
    const of = [...this.#live].map(({ task }): Need => ({ task, until: "end", by: 0 }));
    return { each: true, of };
  }

  get size(): number {
    this.touch(false);
    return this.#live.size;
  }

  get isStopping(): boolean {
    return this.#state !== OPEN;
  }

  /** Whether nothing is left that runs. */
  get isIdle(): boolean {
    return !this.#isBodyLive && this.#live.size === 0;
  }

  /** @throws ClosedError when the scope is over */
  check(verb: string): void {
    this.touch(true);
    if (this.#state === OVER) throw new ClosedError("scope.over", `Cannot ${verb} in ${this.label}: it is over`);
  }

  spawn<T>(future: Future<T>, options: SpawnOptions | undefined): Task<T> {
    this.check("spawn a task");
    const task = this.#engine.spawn(future, options) as Task<T>;
    const child = new Child(this, task, ++this.#spawned);
    this.#live.add(child);
    task.watch(child);
    if (this.#state === STOPPING) task.abort(this.#reason);
    return task;
  }

  /** A child's task is over. */
  ended(child: Child): void {
    this.touch(true);
    this.#live.delete(child);
    const { task, order } = child;
    const { failure } = task;
    if (failure?.wasJoined === true) this.#leaveToJoiner(failure, order);
    else if (failure !== null) {
      failure.isTaken = true;
      this.fail(failure.error, order);
    }
    if (this.isIdle) this.#notify();
  }

  #leaveToJoiner(failure: Failure, order: number): void {
    // A scope may live for ever: forget, now and then, those that were taken.
    if ((this.#awaited.length & (this.#awaited.length - 1)) === 0)
      this.#awaited = this.#awaited.filter((awaited) => !awaited.failure.isTaken);
    this.#awaited.push({ failure, order });
  }

  bodyBegins(): void {
    this.#isBodyLive = true;
  }

  /**
   * The body is over, its cleanups included.
   *
   * @param isDone whether it came to its end, instead of being dropped
   */
  bodyEnded(isDone: boolean): void {
    this.#isBodyLive = false;
    this.#isBodyDone = isDone;
    if (this.isIdle) this.#notify();
  }

  /** Something of the scope failed. The first failure stops it. */
  fail(error: unknown, order: number): void {
    if (this.#first !== null) this.#later.push({ error, order });
    else {
      this.#first = { error, order };
      this.stop(error);
    }
  }

  abort(reason: unknown): void {
    this.touch(true);
    if (this.#state !== OPEN) return;
    this.#isAborted = true;
    this.stop(reason);
  }

  /** Aborts all children, and each that is spawned from now on. */
  stop(reason: unknown): void {
    if (this.#state !== OPEN) return;
    this.#state = STOPPING;
    this.#reason = reason;
    for (const { task } of this.#live) task.abort(reason);
    this.#notify();
  }

  /** Ends all children where their cleanups await. */
  endByForce(): void {
    for (const { task } of this.#live) endTask(task);
  }

  /** Nothing can be spawned any more. */
  close(): void {
    this.#state = OVER;
    for (const { failure, order } of this.#awaited) {
      if (failure.isTaken) continue;
      failure.isTaken = true;
      this.fail(failure.error, order);
    }
    this.#awaited = [];
  }

  /** Throws the first failure, with the later ones attached in spawn order. */
  throwFailure(): void {
    if (this.#first === null) return;
    this.#later.sort((a, b) => a.order - b.order);
    throw [this.#first, ...this.#later].map(({ error }) => error).reduce(suppress);
  }

  /** Throws if the scope was aborted. */
  throwAbort(): void {
    if (this.#isAborted) throw new AbortedError(this.#reason, this.label);
  }

  /** One poll of whoever waits for the scope to be in trouble, or idle: one at a time. */
  pollUntil(isSo: boolean, cx: Context): Poll<void> {
    if (isSo) return undefined;
    this.#waker = cx.waker;
    return PENDING;
  }

  forget(): void {
    this.#waker = null;
  }

  get isBodyDone(): boolean {
    return this.#isBodyDone;
  }

  /** Stops, because the scope was dropped. */
  dropped(): void {
    this.stop(`${this.label} was dropped`);
  }

  #notify(): void {
    const waker = this.#waker;
    this.#waker = null;
    waker?.wake();
  }
}

/** A wait for something to become of the children. */
abstract class Wait extends Leaf<void> {
  declare protected readonly children: Children;

  // As `Waiter` does, whose constructor says why.
  constructor(children: Children) {
    super();
    this.children = children;
  }

  /** @internal */
  get label(): string {
    return this.children.list;
  }

  override drop(): void {
    this.children.forget();
  }
}

/** Ready when the scope stops before its body has come to its end. */
export class Trouble extends Wait {
  declare private readonly begin: () => void;

  /** @param begin called at each poll: what has to be set up once the body has had its first */
  constructor(children: Children, begin: () => void) {
    super(children);
    this.begin = begin;
  }

  /** @internal Only what fails, is aborted or takes too long makes trouble: nobody may wait for that. */
  needs(): Needs | null {
    return this.children.isLimited ? null : NEVER;
  }

  poll(cx: Context): Poll<void> {
    this.begin();
    return this.children.pollUntil(this.children.isStopping, cx);
  }

  override drop(): void {
    super.drop();
    // Abort the children now, not when the body has unwound: its cleanups may wait for them.
    if (!this.children.isBodyDone) this.children.dropped();
  }
}

/** Ready when neither the body nor a child is left. */
export class Idle extends Wait {
  /** @internal */
  needs(): Needs | null {
    return this.children.needs();
  }

  poll(cx: Context): Poll<void> {
    return this.children.pollUntil(this.children.isIdle, cx);
  }
}
