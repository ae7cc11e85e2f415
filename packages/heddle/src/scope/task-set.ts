/**
 * TaskSet: what JoinSet, JoinMap and JoinQueue share. Tasks under keys, and those that are over, in the order in which they are to be joined: that in which
 * they ended, but for the queue.
 *
 *     spawn ──► #members ──task ends──► #finished ──joined──► forgotten
 *
 * A member tells the set of its end by itself (it is the task's watcher), so a join looks at what has ended and at nothing else.
 *
 * INVARIANT: while `#finished` holds a member that may be joined, nobody waits who was not woken. A waiter that is woken and goes away hands
 * the wake on.
 */
import { quote, suppress } from "../base/errors.js";
import type { Need, Needs } from "../base/needs.js";
import { Resource } from "../base/resource.js";
import { Ring } from "../base/ring.js";
import { async } from "../future/async.js";
import { Context } from "../future/context.js";
import { current } from "../future/current.js";
import { END, type Future, PENDING, type Poll } from "../future/poll.js";
import { Waiter, WaitList } from "../future/wait-list.js";
import type { SpawnOptions } from "../runtime/engine.js";
import { spawn, toPromise } from "../runtime/run.js";
import type { AbortHandle } from "../task/abort-handle.js";
import type { Task } from "../task/task.js";
import { Watcher } from "../task/watcher.js";

/** A task of a set. */
export class Member<K, T> extends Watcher {
  readonly key: K;
  readonly task: Task<T>;
  /** Replaced or let go: it is never joined here. */
  isGone = false;
  readonly #set: TaskSet<K, T>;

  constructor(set: TaskSet<K, T>, key: K, task: Task<T>) {
    super();
    this.#set = set;
    this.key = key;
    this.task = task;
  }

  wake(): void {
    this.#set.ended(this);
  }

  /** Its value, or throws its error. Call it when the task is over. */
  value(): T {
    if (current.stack !== null) return this.task.poll(current.stack) as T;
    const result = this.task.result();
    if (result.status === "rejected") throw result.reason;
    return result.value;
  }

  /** Its task goes on without the set: should it fail, that is reported. */
  letGo(): void {
    this.isGone = true;
    this.task.detach();
  }
}

/** Waits for the next member that is over. */
class Next<K, T, R> extends Waiter<R | typeof END> {
  readonly #set: TaskSet<K, T>;
  readonly #give: (member: Member<K, T>) => R;

  constructor(set: TaskSet<K, T>, give: (member: Member<K, T>) => R) {
    super();
    this.#set = set;
    this.#give = give;
  }

  get label(): string {
    return this.#set.label;
  }

  /** @internal */
  needs(): Needs {
    return this.#set.needs();
  }

  poll(cx: Context): Poll<R | typeof END> {
    const set = this.#set;
    const member = set.take();
    if (member === null && set.size > 0) {
      set.wait(this);
      this.waker = cx.waker;
      return PENDING;
    }
    this.waker = null;
    set.leave(this);
    return member === null ? END : this.#give(member);
  }

  override drop(): void {
    this.waker = null;
    if (!this.#set.leave(this)) this.#set.serve();
  }
}

/** Members that are over. */
export interface Finished<K, T> {
  /** How many of them may be joined now; of the queue it is told whether there is one. */
  readonly length: number;
  push(member: Member<K, T>): void;
  /** The next that may be joined. */
  shift(): Member<K, T> | undefined;
}

/** Tasks under keys that are joined in the order in which they end. */
export abstract class TaskSet<K, T> extends Resource {
  readonly #members = new Map<K, Member<K, T>>();
  #finished = this.line();
  readonly #waiting = new WaitList<Waiter<any>>();
  /** How many shutdowns are under way. */
  #stopping = 0;

  /** @internal Called before fields of those who extend it are made. */
  protected line(): Finished<K, T> {
    return new Ring<Member<K, T>>();
  }

  /** How many tasks were spawned and not joined yet, over or not. */
  get size(): number {
    this.touch(false);
    return this.#members.size;
  }

  /** @internal For dumps. */
  get label(): string {
    return `${this.kind}${this.name === undefined ? "" : ` ${quote(this.name)}`} of ${this.#members.size}`;
  }

  /** @internal What those need who wait for the next: that one of them ends. */
  needs(): Needs {
    return { each: false, of: [...this.#members.values()].map(({ task }): Need => ({ task, until: "end", by: 0 })) };
  }

  /** @internal @param key what the task goes under: nothing else may be there when this has answered */
  protected add(key: (task: Task<T>) => K, future: Future<T>, options: SpawnOptions | undefined): AbortHandle {
    this.touch(true);
    const task = spawn(future, options) as Task<T>;
    const member = new Member<K, T>(this, key(task), task);
    this.#members.set(member.key, member);
    task.watch(member);
    if (this.#stopping > 0) task.abort(`the shutdown of a ${this.kind}`);
    return task.abortHandle();
  }

  /** @internal Another is to take its place. */
  protected forget(key: K): void {
    this.#members.delete(key);
  }

  /** @internal */
  protected members(): Iterable<Member<K, T>> {
    return this.#members.values();
  }

  /** @internal */
  protected member(key: K): Member<K, T> | undefined {
    this.touch(false);
    return this.#members.get(key);
  }

  /** @internal */
  ended(member: Member<K, T>): void {
    if (member.isGone) return;
    this.touch(true);
    this.#finished.push(member);
    this.serve();
  }

  /** @internal The next member that is over; null if there is none yet. */
  take(): Member<K, T> | null {
    this.touch(true);
    for (let member; (member = this.#finished.shift()) !== undefined;) {
      if (member.isGone) continue;
      this.#members.delete(member.key);
      if (this.#members.size === 0) this.#tellEmpty();
      return member;
    }
    return null;
  }

  #tellEmpty(): void {
    for (const waiter of this.#waiting.drain()) waiter.wake();
  }

  /** @internal */
  wait(waiter: Waiter<any>): void {
    if (!this.#waiting.has(waiter)) this.#waiting.push(waiter);
  }

  /** @internal False if it did not wait, or was woken. */
  leave(waiter: Waiter<any>): boolean {
    return this.#waiting.remove(waiter);
  }

  /** @internal Wakes the next who waits, if one may be joined: it ended, or the one who was woken for it went away. */
  serve(): void {
    if (this.#finished.length > 0) this.#waiting.shift()?.wake();
  }

  /** @internal A wait whose value is what `give` makes of the member. */
  next<R>(give: (member: Member<K, T>) => R): Future<R | typeof END> {
    return new Next<K, T, R>(this, give);
  }

  /** Asks every task to stop. They stay in the set until they are joined, with AbortedError unless they were over before. */
  abortAll(reason?: unknown): void {
    this.touch(true);
    for (const { task } of this.#members.values()) task.abort(reason);
  }

  /** Empties the set. The tasks go on; what fails among them is reported, as nobody will join it. */
  detachAll(): void {
    this.touch(true);
    for (const member of this.#members.values()) member.letGo();
    this.#members.clear();
    this.#finished = this.line();
    this.#tellEmpty();
  }

  /**
   * Aborts every task and waits until all are over, their cleanups included. What is spawned meanwhile is aborted as well.
   *
   * **Cancel safety**: the tasks have been aborted; those that were not waited for stay in the set.
   *
   * @throws the first error of a task that was not joined before, with the others on its `suppressed`, in the order of spawning. Having been aborted is none
   */
  shutdown(): Future<void> {
    return shutDown(this);
  }

  /** @internal */
  beginShutdown(): void {
    this.#stopping++;
    this.abortAll(`the shutdown of a ${this.kind}`);
  }

  /** @internal */
  endShutdown(): void {
    this.#stopping--;
  }

  /** Aborts every task and does not wait: they end by themselves, and what fails then is reported. */
  [Symbol.dispose](): void {
    this.abortAll(`the end of a ${this.kind}`);
    this.detachAll();
  }

  /** As {@link shutdown}. */
  [Symbol.asyncDispose](): Promise<void> {
    return toPromise(this.shutdown());
  }
}

const shutDown = async(function* shutdown(set: TaskSet<any, any>) {
  const failed: { id: number; error: unknown }[] = [];
  set.beginShutdown();
  try {
    for (let member; (member = yield* set.next((ended) => ended)) !== END;) {
      const { task } = member;
      if (task.failure === null) continue;
      task.failure.isTaken = true;
      failed.push({ id: task.id, error: task.failure.error });
    }
  } finally {
    set.endShutdown();
    throwAll(failed);
  }
});

function throwAll(failed: { id: number; error: unknown }[]): void {
  if (failed.length === 0) return;
  failed.sort((a, b) => a.id - b.id);
  throw failed.map(({ error }) => error).reduce(suppress);
}

/** A promise of a leaf of this folder, which needs no task to poll it. */
export function promised<T>(future: Future<T>): Promise<T> {
  const leaf = future as Future<T> & { poll(cx: Context): Poll<T> };
  return new Promise((resolve, reject) => {
    const cx = new Context({ wake: poll });
    function poll(): void {
      try {
        const value = leaf.poll(cx);
        if (value !== PENDING) resolve(value);
      } catch (error) {
        reject(error as Error);
      }
    }
    poll();
  });
}
