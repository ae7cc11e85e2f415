/**
 * Pump: how the tasks of one thread wait for something in shared memory. SharedWait: one such wait, a leaf.
 *
 *     task ── poll ──► SharedWait ──► the queue of the pump ──► one `Atomics.waitAsync` for all of them
 *     another thread rings ──► the pump attempts for the first, the second … until one fails ──► wakes those that succeeded
 *
 * | state   | meaning                                     | poll()           | drop()                           |
 * | ------- | ------------------------------------------- | ---------------- | -------------------------------- |
 * | NEW     | never polled                                | OVER or WAITING  | OVER                             |
 * | WATCHED | the same, and suspected to be forgotten     | as NEW           | as NEW                           |
 * | WAITING | in the queue                                | pending          | OVER, leaves, undoes what it did |
 * | GRANTED | an attempt for it succeeded                 | OVER, the value  | OVER, gives it back              |
 * | FAILED  | an attempt for it threw                     | OVER, throws     | OVER                             |
 * | OVER    |                                             | throws           | nothing                          |
 *
 * A wait of the host cannot be called off. So it is the pump's, not the task's: a wait that is dropped leaves the queue, and the host's goes on for the
 * others; if there are none, until its slice is over. It swallows nothing: every ring wakes all pumps.
 *
 * INVARIANT: while somebody is in the queue, either a wait of the host is under way that began with the flag set and no ring since, or its end is on its
 * way to this thread, or `#run` is running.
 */
import { HeddleError } from "../../base/errors.js";
import type { Context } from "../../future/context.js";
import { current, type Timers } from "../../future/current.js";
import type { Film, Unpolled } from "../../future/diagnostics.js";
import { PENDING, type Poll } from "../../future/poll.js";
import { Waiter, WaitList } from "../../future/wait-list.js";
import type { Bell } from "./bell.js";
import { FIRST_SLICE, here, sliceAfter, type Waiting } from "./here.js";
import { BELL_RINGS, PUMPS } from "./layout.js";

const NEW = 0;
const WATCHED = 1;
const WAITING = 2;
const GRANTED = 3;
const FAILED = 4;
const OVER = 5;

const film: Film = { photos: 64 };

/** The queue of this thread's tasks for one thing, and the host's wait that serves it. */
export class Pump implements Waiting {
  readonly #words: Int32Array;
  /** The word that the host waits on. */
  readonly #rings: number;
  /** Says that a pump waits; null if attempts that fail say so themselves. */
  readonly #bell: Bell | null;
  readonly #queue = new WaitList<SharedWait<any>>();
  #isArmed = false;
  #slice = FIRST_SLICE;

  constructor(words: Int32Array, rings: number, bell: Bell | null) {
    this.#words = words;
    this.#rings = rings;
    this.#bell = bell;
  }

  static of(bell: Bell): Pump {
    return new Pump(bell.words, bell.at + BELL_RINGS, bell);
  }

  get isEmpty(): boolean {
    return this.#queue.isEmpty;
  }

  /** How many tasks of this thread wait. */
  get size(): number {
    return this.#queue.size;
  }

  /** Joins the queue; it may be granted at once. */
  join(wait: SharedWait<any>): void {
    if (this.#queue.isEmpty) here.begins(this);
    this.#queue.push(wait);
    // Also if the host waits already: a ring may have cleared the flag, and its end may be on the way. What is rung from now on must count.
    this.#bell?.announce(PUMPS);
    this.#run();
  }

  /** Leaves the queue. What the one behind waits for may be there already. */
  leave(wait: SharedWait<any>): void {
    const isFirst = this.#queue.first === wait;
    if (!this.#queue.remove(wait)) return;
    this.#left();
    if (isFirst) this.#run();
  }

  /** A thread has ended: what it had may be there now. */
  lookAgain(): void {
    this.#run();
  }

  #left(): void {
    if (this.#queue.isEmpty) here.ends(this);
  }

  /** Grants what can be had, first come, first served, and has the host wait for the rest. */
  #run(): void {
    for (let first = this.#queue.first; first !== null; first = this.#queue.first) {
      let seen = 0;
      if (!this.#isArmed) {
        // Register before you look: the count of rings, the flag, then the attempt.
        seen = Atomics.load(this.#words, this.#rings);
        this.#bell?.announce(PUMPS);
      }
      if (first.settles()) {
        this.#queue.remove(first);
        this.#left();
        // All is in order: waking may run other code.
        first.wake();
      } else if (this.#isArmed || this.#arm(seen)) return;
    }
  }

  #arm(seen: number): boolean {
    const { async: isAsync, value } = Atomics.waitAsync(this.#words, this.#rings, seen, this.#slice);
    // It rang since: look again.
    if (!isAsync) return false;
    this.#isArmed = true;
    void value.then((outcome) => {
      this.#isArmed = false;
      this.#slice = sliceAfter(this.#slice, outcome !== "timed-out");
      this.#run();
    });
    return true;
  }
}

/** A task's wait. What it waits for, and what it gives, is said by those who extend it. */
export abstract class SharedWait<T> extends Waiter<T> implements Unpolled {
  declare private state: number;
  declare private error: unknown;
  /** Of the runtime that was told that it waits for the outside. */
  declare private timers: Timers | null;
  declare protected readonly pump: Pump;

  constructor(pump: Pump) {
    super();
    this.pump = pump;
    this.state = NEW;
    this.error = undefined;
    this.timers = null;
    if (current.warnings !== null) current.diagnostics.born(this, film);
  }

  /** How messages call the future: `sharedMutex.lock()`. */
  abstract readonly label: string;

  /** Whether it need not wait at all, once it has begun. */
  protected get isReady(): boolean {
    return false;
  }

  /** Takes what it waits for, if it is there. Throws to fail. */
  protected abstract attempt(): boolean;

  /** What the wait gives, once an attempt has succeeded. */
  protected abstract outcome(): T;

  /** Undoes what attempts have done: all, if one has succeeded, else whatever came before. */
  protected abstract undo(isGranted: boolean): void;

  /** Called at the first poll, before anything is attempted. */
  protected begin(): void {}

  /** Called once nothing can be missed any more: it is in the queue, or was granted already. */
  protected registered(): void {}

  poll(cx: Context): Poll<T> {
    if (this.state <= WATCHED) {
      if (this.state === WATCHED) current.diagnostics.unwatch(this);
      this.state = OVER;
      this.begin();
      // Do not overtake those of this thread that wait.
      if (this.isReady || (this.pump.isEmpty && this.attempt())) {
        this.registered();
        return this.outcome();
      }
      this.state = WAITING;
      this.timers = current.services?.timers ?? null;
      this.timers?.outsideBegins();
      this.pump.join(this);
      this.registered();
    }
    switch (this.state) {
      case WAITING:
        this.waker = cx.waker;
        return PENDING;
      case GRANTED:
        this.state = OVER;
        return this.outcome();
      case FAILED:
        this.state = OVER;
        throw this.error;
      default:
        throw new HeddleError("future.completed", `Cannot await ${this.label} again: it is over`, {
          help: "call it again for another future",
        });
    }
  }

  /** @internal For its pump: whether an attempt for it succeeded or threw, so that it need not wait longer. */
  settles(): boolean {
    try {
      if (!this.attempt()) return false;
      this.state = GRANTED;
    } catch (error) {
      this.state = FAILED;
      this.error = error;
    }
    this.timers?.outsideEnds();
    return true;
  }

  override drop(): void {
    const state = this.state;
    this.state = OVER;
    this.waker = null;
    if (state === WATCHED) current.diagnostics.unwatch(this);
    else if (state === WAITING) {
      this.timers?.outsideEnds();
      this.undo(false);
      this.pump.leave(this);
    } else if (state === GRANTED) this.undo(true);
  }

  /** @internal */
  get film(): Film {
    return film;
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.state === NEW;
  }

  /** @internal */
  watched(): void {
    this.state = WATCHED;
  }

  /** @internal */
  closeUnpolled(): void {
    this.drop();
  }
}
