/**
 * PermitPool: the fair pool of permits that mutexes, read-write locks and semaphores are. Hold: one request for permits of a pool, which
 * becomes the guard when it is granted, so that a lock costs one object.
 *
 * | state   | meaning                                                | poll()          | drop()                     |
 * | ------- | ------------------------------------------------------ | --------------- | -------------------------- |
 * | NEW     | never polled                                           | HELD or WAITING | OVER                       |
 * | WATCHED | the same, and under suspicion of having been forgotten | as NEW          | as NEW                     |
 * | WAITING | in the queue                                           | pending         | OVER, leaves the queue     |
 * | GRANTED | its permits are taken for it; not polled since         | HELD            | OVER, gives them back      |
 * | REFUSED | the pool was closed while it waited                    | throws, OVER    | OVER                       |
 * | HELD    | the guard is the program's                             | throws          | nothing: it is a guard now |
 * | SUSPECT | the same, and reported if it is collected              | throws          | nothing                    |
 * | OVER    | released, forgotten or dropped                         | throws          | nothing                    |
 *
 * INVARIANT: while somebody waits, nothing is free: what is not taken is less than the first of them needs, and kept for it. So a
 * large request is never overtaken, and a dropped one has nothing to give back but its place.
 */
import { BugError, HeddleError, quote } from "../base/errors.js";
import type { Needs } from "../base/needs.js";
import { type Holder, Resource } from "../base/resource.js";
import type { Context } from "../future/context.js";
import { type ActiveRoot, current, currentRoot } from "../future/current.js";
import type { Film, Holding, Unpolled } from "../future/diagnostics.js";
import { PENDING, type Poll } from "../future/poll.js";
import { markOf } from "../future/stack.js";
import { Waiter, WaitList } from "../future/wait-list.js";
import { Holders, needOf } from "./holders.js";

const NEW = 0;
const WATCHED = 1;
const WAITING = 2;
const GRANTED = 3;
const REFUSED = 4;
const HELD = 5;
const SUSPECT = 6;
const OVER = 7;

/** A number of permits, taken in the order of asking. */
export abstract class PermitPool extends Resource {
  /** @internal What anybody may take at once. 0 while somebody waits, -1 once it is closed. */
  free: number;
  /** What is not taken either, but kept for the first in the queue; once it is closed, for nobody. */
  #kept = 0;
  readonly #queue = new WaitList<Hold<any>>();
  readonly #holders = new Holders();

  constructor(permits: number, name: string | undefined) {
    super(name);
    this.free = permits;
  }

  /** @internal The error of those who ask a closed pool. */
  closedError(): Error {
    return new BugError(`Cannot take ${this.label}: it is closed, and nothing of its kind can be`);
  }

  /** @internal As messages call it: `mutex "accounts"`. */
  get label(): string {
    return this.name === undefined ? `a ${this.kind}` : `${this.kind} ${quote(this.name)}`;
  }

  /** @internal As messages call a future of it: `mutex "accounts" lock()`. */
  labelOf(call: string): string {
    return this.name === undefined ? `${this.kind}.${call}` : `${this.label} ${call}`;
  }

  override get holders(): readonly Holder[] {
    return this.#holders.list();
  }

  /** How many wait. */
  get waiting(): number {
    this.touch(false);
    return this.#queue.size;
  }

  /** @internal How many are not taken, those that are kept included. */
  protected get idle(): number {
    return this.free < 0 ? this.#kept : this.free + this.#kept;
  }

  /** @internal The task that has the permits of a guard. */
  holderOf(hold: Hold<any>): object | null {
    return this.#holders.at(hold.slot);
  }

  /** @internal A hold has its permits. */
  enter(hold: Hold<any>, root: ActiveRoot | null, by: number): void {
    hold.slot = this.#holders.enter(root, by);
  }

  /** @internal What the wait of `hold`, which is in the queue, needs. */
  needsOf(hold: Hold<any>): Needs | null {
    const of = this.#holders;
    // Nobody has any: what it waits for is to come from outside.
    if (of.isEmpty) return null;
    const { first } = this.#queue;
    // There is enough for it, but for the first: that one may also go.
    const or = first === null || first === hold || hold.count > this.#kept ? undefined : needOf(first.root, 0);
    return { each: false, of, or };
  }

  /** @internal A guard has ended; `count` of its permits come back. */
  leave(hold: Hold<any>, count: number): void {
    this.#holders.leave(hold.slot);
    this.give(count);
  }

  /** @internal */
  give(count: number): void {
    if (this.#queue.isEmpty && this.free >= 0) this.free += count;
    else {
      this.#kept += count;
      this.#grant();
    }
  }

  /** @internal Puts a hold behind all others. Whatever is free is kept for the first from now on. */
  queue(hold: Hold<any>): void {
    this.#queue.push(hold);
    this.#kept += this.free;
    this.free = 0;
  }

  /** @internal A hold leaves the queue. Those behind it may fit into what was kept for it. */
  unqueue(hold: Hold<any>): void {
    if (this.#queue.remove(hold)) this.#grant();
  }

  // All is in order before each wake: it may run other code, which may take and give as it likes.
  #grant(): void {
    for (let head = this.#queue.first; head !== null && head.count <= this.#kept; head = this.#queue.first) {
      this.#queue.shift();
      this.#kept -= head.count;
      if (this.#queue.isEmpty) this.#open();
      this.enter(head, head.root, head.slot);
      head.grant();
    }
    if (this.#queue.isEmpty) this.#open();
  }

  /** Nobody waits any more: what was kept is free. */
  #open(): void {
    if (this.free < 0) return;
    this.free += this.#kept;
    this.#kept = 0;
  }

  /** @internal Refuses all who wait, and all who come. */
  protected shut(): void {
    if (this.free < 0) return;
    this.#kept += this.free;
    this.free = -1;
    const waiting = this.#queue.drain();
    for (const hold of waiting) hold.refuse();
    for (const hold of waiting) hold.wake();
  }
}

/** What every guard can do. */
export interface Guard {
  /** Whether it was released, forgotten or given away. */
  readonly isReleased: boolean;
  /** Gives back what it holds, to whoever is next. Again: does nothing. */
  release(): void;
  /** As {@link release}: for `using`. */
  [Symbol.dispose](): void;
}

/** One request for permits, and the guard that it becomes. */
export abstract class Hold<G> extends Waiter<G> implements Guard, Unpolled {
  /** @internal How many permits. `Permit` alone changes it. */
  declare count: number;
  /** @internal Who awaits it, for the pool to know who holds it when it was granted. */
  declare root: ActiveRoot | null;
  /** @internal Its place among the holders, which the pool has written; while it waits, the mark of the calls that await it. */
  declare slot: number;
  /** @internal */
  declare readonly pool: PermitPool;
  // Not `#state`, and no private methods: see the constructor of `Waiter`.
  declare private state: number;

  constructor(pool: PermitPool, count: number) {
    super();
    this.pool = pool;
    this.count = count;
    this.root = null;
    this.slot = 0;
    this.state = NEW;
  }

  /** @internal */
  abstract readonly label: string;
  /** @internal */
  abstract readonly film: Film;

  /** @internal What it waits for, for dumps to say who holds it. */
  get resource(): Resource {
    return this.pool;
  }

  /** @internal For those who look for deadlocks. */
  needs(): Needs | null {
    return this.state === WAITING ? this.pool.needsOf(this) : null;
  }

  /** @internal Has it watched: without `yield*` it takes nothing. */
  noted(): this {
    if (current.warnings !== null) current.diagnostics.born(this, this.film);
    return this;
  }

  poll(cx: Context): Poll<G> {
    // A lock that is free takes this line and no other.
    if (this.state === NEW && this.take()) return this as unknown as G;
    return this.pollSlowly(cx);
  }

  private take(): boolean {
    const { pool, count } = this;
    pool.touch(true);
    if (count > pool.free) return false;
    pool.free -= count;
    pool.enter(this, currentRoot(), markOf(current.stack));
    this.state = HELD;
    return true;
  }

  private pollSlowly(cx: Context): Poll<G> {
    const { pool } = this;
    const state = this.state;
    if (state === WATCHED) {
      current.diagnostics.unwatch(this);
      if (this.take()) return this.held();
    } else if (state === GRANTED) {
      pool.touch(true);
      this.state = HELD;
      return this.held();
    } else if (state === WAITING) pool.touch(true);
    else if (state !== NEW) this.refused();
    if (state <= WATCHED) {
      this.state = OVER;
      if (pool.free < 0) throw pool.closedError();
      this.state = WAITING;
      pool.queue(this);
    }
    this.waker = cx.waker;
    this.root = currentRoot();
    this.slot = markOf(current.stack);
    return PENDING;
  }

  /** It has become a guard, and what was noted of it before does not count any more. */
  private held(): G {
    this.root = null;
    if (current.warnings !== null) current.diagnostics.noteAgain(this);
    return this as unknown as G;
  }

  private refused(): never {
    const { pool } = this;
    pool.touch(true);
    if (this.state === REFUSED) {
      this.state = OVER;
      throw pool.closedError();
    }
    throw new HeddleError("future.completed", `Cannot await ${this.label} again: it is over`);
  }

  /** @internal Takes the permits without waiting. False if that is not possible now. */
  tryTake(): boolean {
    if (this.take()) {
      this.noted();
      return true;
    }
    if (this.pool.free < 0) throw this.pool.closedError();
    return false;
  }

  /** @internal Makes it a guard of permits that another guard held. */
  inherit(): this {
    this.pool.enter(this, currentRoot(), markOf(current.stack));
    this.state = HELD;
    return this.noted();
  }

  /** @internal Its permits were taken for it. */
  grant(): void {
    this.state = GRANTED;
    this.wake();
  }

  /** @internal The pool was closed. */
  refuse(): void {
    this.state = REFUSED;
  }

  override drop(): void {
    const state = this.state;
    if (state >= HELD) return;
    this.state = OVER;
    this.waker = null;
    if (state === WATCHED) current.diagnostics.unwatch(this);
    this.pool.touch(true);
    if (state === WAITING) this.pool.unqueue(this);
    else if (state === GRANTED) this.pool.leave(this, this.count);
  }

  get isReleased(): boolean {
    return this.state !== HELD && this.state !== SUSPECT;
  }

  /** @internal Ends the guard; `count` of its permits go back. */
  end(count: number): void {
    const state = this.state;
    if (state !== HELD) {
      if (state !== SUSPECT) return;
      current.diagnostics.unwatch(this);
    }
    this.state = OVER;
    this.pool.touch(true);
    this.pool.leave(this, count);
  }

  release(): void {
    this.end(this.count);
  }

  [Symbol.dispose](): void {
    this.end(this.count);
  }

  /** @internal Throws unless it is held. */
  mustHold(verb: string): void {
    if (this.isReleased) {
      const what = this.state < HELD ? "not awaited" : "released";
      throw new HeddleError("lock.released", `Cannot ${verb} as the guard must be held: ${this.label} was ${what}`);
    }
  }

  /** @internal */
  get fault(): string | undefined {
    return this.state === HELD ? "lock.leaked" : undefined;
  }

  /** @internal */
  holding(): Holding | null | undefined {
    const { state, pool } = this;
    if (state === OVER) return undefined;
    return state < GRANTED ? null : { resource: pool, task: pool.holderOf(this) };
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.state === NEW || this.state === HELD;
  }

  /** @internal */
  watched(): void {
    this.state = this.state === NEW ? WATCHED : SUSPECT;
  }

  /** @internal */
  closeUnpolled(): void {
    this.drop();
  }
}
