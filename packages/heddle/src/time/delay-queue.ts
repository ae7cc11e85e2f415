/**
 * DelayQueue: values that come out when their time has come.
 *
 * The queue holds its entries by itself and sleeps for the first of them, and only while somebody waits: entries that nobody waits for
 * cost the runtime nothing.
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import type { Context } from "../future/context.js";
import { servicesFor } from "../future/current.js";
import { END, type Future, PENDING, type Poll } from "../future/poll.js";
import { DeadlineHeap, type HeapEntry } from "./deadline-heap.js";
import { Instant } from "./instant.js";
import { toTick } from "../future/tick.js";
import { OneAwaiter } from "./one-awaiter.js";
import { Sleep } from "./sleep.js";

/** One entry of a {@link DelayQueue}: the key to it while it is in the queue, and what comes out of it. */
export class Delayed<T> implements HeapEntry {
  readonly value: T;
  /** @internal */
  when: number;
  /** @internal */
  order = 0;
  /** @internal */
  index = 0;

  /** @internal */
  constructor(value: T, when: number) {
    this.value = value;
    this.when = when;
  }

  /** When its time has come, or had: rounded up to the next millisecond. */
  get deadline(): Instant {
    return new Instant(this.when);
  }

  /** The key that `insert` gave: this entry itself. */
  get key(): Delayed<T> {
    return this;
  }
}

/**
 * A queue whose values come out when their time has come, the earliest first; those of one millisecond in the order they were put in. What
 * is put in with its time over comes out first.
 *
 * @example Forget what nobody asked for in a while
 * ```ts
 * import { async, END, run } from "heddle";
 * import { DelayQueue } from "heddle/time";
 *
 * const main = async(function* () {
 *   const queue = new DelayQueue<string>();
 *   queue.insert("second", 10);
 *   const key = queue.insert("first", 5);
 *   queue.reset(key, 6);
 *   for (let out = yield* queue.next(); out !== END; out = yield* queue.next()) console.log(out.value);
 * });
 * await run(main());
 * // prints: first
 * // prints: second
 * ```
 */
export class DelayQueue<T> {
  readonly #heap = new DeadlineHeap<Delayed<T>>();
  /** Sleeps for the first entry while somebody waits. */
  readonly #sleep = new Sleep(0);
  readonly #next = new OneAwaiter<Delayed<T> | typeof END>(
    "delayQueue.next()",
    (cx) => this.pollExpired(cx),
    () => this.#sleep.drop(),
  );

  /** How many entries are in the queue, those whose time is over included. */
  get size(): number {
    return this.#heap.size;
  }

  /**
   * Puts a value in for `delay`, counted from now.
   *
   * @returns the key to move it or take it out
   * @throws NoRuntimeError outside of a runtime
   */
  insert(value: T, delay: Duration): Delayed<T> {
    return this.#insert(value, tickAfter(delay, "insert into a delay queue"));
  }

  /** {@link insert} until a point in time. */
  insertAt(value: T, deadline: Instant): Delayed<T> {
    return this.#insert(value, toTick(deadline.milliseconds));
  }

  #insert(value: T, when: number): Delayed<T> {
    const entry = new Delayed(value, when);
    this.#heap.insert(entry);
    if (this.#heap.first === entry) this.#sleep.fire();
    return entry;
  }

  /**
   * Waits for the next value: `END` when there is none to wait for. That is not final, a value may be put in later.
   *
   * **Cancel safety**: a value that is not taken stays in the queue.
   *
   * @throws BusyError if another task waits for this queue
   */
  next(): Future<Delayed<T> | typeof END> {
    return this.#next;
  }

  /** One poll for the next value, for futures by hand. The waker of the last one counts. */
  pollExpired(cx: Context): Poll<Delayed<T> | typeof END> {
    const { first } = this.#heap;
    if (first !== undefined && !isOver(first.when)) {
      if (this.#sleep.when !== first.when) this.#sleep.moveTo(first.when);
      if (this.#sleep.poll(cx) === PENDING) return PENDING;
    }
    this.#sleep.drop();
    if (first === undefined) return END;
    this.#heap.remove(first);
    return first;
  }

  /** The entry that is next, its time over or not. */
  peek(): Delayed<T> | undefined {
    return this.#heap.first;
  }

  /** When an entry's time has come. @throws RangeError if it is not in this queue */
  deadline(key: Delayed<T>): Instant {
    this.#mustHave(key, "find the deadline");
    return key.deadline;
  }

  /** Takes an entry out before its time. @throws RangeError if it is not in this queue */
  remove(key: Delayed<T>): Delayed<T> {
    this.#mustHave(key, "remove an entry");
    return this.#remove(key);
  }

  /** Takes an entry out before its time; undefined if it is not in this queue any more. */
  tryRemove(key: Delayed<T>): Delayed<T> | undefined {
    return this.#has(key) ? this.#remove(key) : undefined;
  }

  #remove(key: Delayed<T>): Delayed<T> {
    const { first } = this.#heap;
    this.#heap.remove(key);
    if (key === first) this.#firstLater();
    return key;
  }

  /** Moves an entry's time to `delay` from now. @throws RangeError if it is not in this queue */
  reset(key: Delayed<T>, delay: Duration): void {
    this.#mustHave(key, "reset an entry");
    this.#reset(key, tickAfter(delay, "reset an entry of a delay queue"));
  }

  /** {@link reset} to a point in time. */
  resetAt(key: Delayed<T>, deadline: Instant): void {
    this.#mustHave(key, "reset an entry");
    this.#reset(key, toTick(deadline.milliseconds));
  }

  #reset(key: Delayed<T>, when: number): void {
    const before = this.#heap.first!;
    const { when: due } = before;
    this.#heap.move(key, when);
    const { first } = this.#heap;
    if (first!.when < due) this.#sleep.fire();
    else if (before === key) this.#firstLater();
  }

  /** Takes all entries out. */
  clear(): void {
    this.#heap.clear();
    this.#firstLater();
  }

  /** What was first went or was put off. Who waits need not hear of it: it is slept on, unless there is nothing left to wait for. */
  #firstLater(): void {
    const { first } = this.#heap;
    if (first === undefined) this.#sleep.fire();
    else this.#sleep.moveTo(first.when);
  }

  #has(key: Delayed<T>): boolean {
    return key instanceof Delayed && this.#heap.has(key);
  }

  #mustHave(key: Delayed<T>, verb: string): void {
    if (this.#has(key)) return;
    const state = key instanceof Delayed ? "it has come out, was removed, or is another queue's" : "it is no key";
    throw new RangeError(
      `Cannot ${verb} of a delay queue as 'key' must be in the queue: ${state}\nhelp: where it may have come out, use tryRemove(key)`,
    );
  }
}

function isOver(when: number): boolean {
  return when <= servicesFor("wait for a delay queue").clock.now();
}

function tickAfter(delay: Duration, verb: string): number {
  const milliseconds = clampMilliseconds(toMilliseconds(delay, verb, "delay"));
  return toTick(servicesFor(verb).clock.now() + milliseconds);
}
