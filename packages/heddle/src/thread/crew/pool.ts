/**
 * Pool: threads (roster.ts) that share a board, and who of them gets which job. Who is woken for one stands in summons.ts.
 *
 *     submit ──small──► board ◄──takes── any thread that has nothing else to do
 *        │                │
 *        │                └──asks for──► an envelope, which waits here ──► its port
 *        │                                  ▲
 *        └──anything else──► an idle thread's port; if none is idle: packed
 *
 * A job whose arguments are small (`small` in slot.ts) lies on the board, where the next thread that is free finds it, whatever this thread is doing
 * meanwhile. Other arguments are cloned when the job is submitted, and are sent to a thread once that opens them at once (door.ts).
 *
 * Threads are started when there is work that no idle one can take: at once up to `core` of them; more, up to `limit`, only while nothing of
 * what waits gets anywhere, for then those that there are must be blocked. Idle ones end after the keep-alive.
 */
import { hostNow } from "../../base/clock.js";
import { BusyError, quote } from "../../base/errors.js";
import { Ring } from "../../base/ring.js";
import { hostTimer } from "../../reactor/host.js";
import { beforeEnd, endWithMain } from "../../runtime/process.js";
import { clear, put, taken, waiting } from "./board.js";
import { beginsToWait, showCalls, waitsNoMore } from "./calls.js";
import { dispatcher } from "./dispatcher.js";
import { ASKING } from "./door.js";
import { Envelopes } from "./envelopes.js";
import type { Fate } from "./fate.js";
import { argumentsOf, type Entry, entryOf, packArguments } from "./functions.js";
import { Job, type Place } from "./job.js";
import { Board } from "./layout.js";
import { Roster, type RosterOwner, type RosterPlan } from "./roster.js";
import { memberOf, phaseOf, POSTED, putValues, QUEUED, SEALED, small } from "./slot.js";
import { Summons } from "./summons.js";
import type { Thread } from "./thread.js";

export interface PoolPlan extends RosterPlan {
  /** How many jobs may wait. */
  readonly maxQueued: number;
}

/** What a pool has at the moment. */
export interface PoolStats {
  readonly threads: number;
  /** Threads that have no job. */
  readonly idle: number;
  /** Jobs that nobody has begun. */
  readonly queued: number;
  /** Jobs that have begun. */
  readonly running: number;
}

// A pool leaves as many slots of the desk as threads may have that serve one job each.
const LEFT = 512;

/** How many letters a thread is sent at once, if none of them keeps it from the next: all are opened in a row. */
const AT_ONCE = 16;

/** How long nothing may get anywhere before others are rung, and one more thread is started. */
const STALLED = 20;

export class Pool implements Place, RosterOwner {
  readonly #plan: PoolPlan;
  readonly #board: Board;
  readonly #roster: Roster;
  readonly #summons: Summons;
  /** Jobs that have no place on the board or no thread. `#next` is before them. */
  readonly #waiting = new Ring<Job<any>>();
  #next: Job<any> | null = null;
  readonly #envelopes = new Envelopes();
  /** Jobs that are not over. */
  #jobs = 0;
  #finished = 0;
  #isWatched = false;
  /** Since when, and what there was to be seen then. */
  #watched = { since: 0, finished: 0, taken: 0 };
  readonly #watch = hostTimer(() => this.#lookForStall());
  /** After a thread has died, entries of the board may be lost. */
  #mustRepeat = false;
  #isShutDown = false;
  readonly #onEmpty: (() => void)[] = [];
  /** Who waits until fewer jobs are queued. */
  readonly #forRoom = new Set<() => void>();

  constructor(plan: PoolPlan) {
    this.#plan = plan;
    this.#board = new Board(plan.limit);
    this.#roster = new Roster(plan, this.#board, this);
    this.#summons = new Summons(this.#board, this.#roster, (error) => this.#refused(error));
    showCalls();
  }

  /**
   * Has a function called on one of the threads.
   *
   * @throws TypeError if the function cannot be found there, or an argument not be sent
   * @throws BusyError `thread.queue-full`
   */
  submit<T>(fn: Function, args: readonly unknown[], name?: string): Job<T> {
    const entry = entryOf(fn);
    if (this.isFull) throw this.#full(entry);
    const all = argumentsOf(fn, args);
    const few = small(all);
    const job = new Job<T>(this, entry, few ?? all, { name, engine: this.#plan.engine });
    if (few === null) job.parcel = packArguments(fn, args, all, job.name);
    job.begin();
    if (this.#isShutDown) {
      job.cut(`the shutdown of ${this.#plan.name}`);
      return job;
    }
    this.#jobs++;
    try {
      if (this.#next === null && this.#place(job)) return job;
      this.#envelopes.seal(job);
    } catch (error) {
      this.#cannot(job, error);
      return job;
    }
    this.#wait(job);
    return job;
  }

  /** There is no thread, and there will be none; or the host cannot clone what looked as if it could. */
  #cannot(job: Job<any>, error: unknown): void {
    const hasSlot = job.slot >= 0;
    job.failed(error);
    if (!hasSlot) this.calledOff(job);
  }

  /** There is no thread, and there will be none for what lies on the board. */
  #refused(error: unknown): void {
    for (const job of this.#onDesk()) if (job.isQueued) this.#cannot(job, error);
  }

  /** @internal For dumps: jobs that have no slot. */
  get waitingJobs(): Iterable<Job<any>> {
    return this.#next === null ? [] : [this.#next, ...this.#waiting];
  }

  /** @internal For dumps. */
  get threads(): Thread[] {
    return this.#roster.threads;
  }

  /** How many jobs nobody has begun. */
  get queued(): number {
    if (this.#mostQueued === 0) return 0;
    const onBoard = this.#onDesk().filter((job) => job.isQueued).length;
    return onBoard + this.#waiting.length + (this.#next === null ? 0 : 1);
  }

  /** The same without a look at each. Of what was called off an entry lies on the board until somebody comes; of what was asked for there is none. */
  get #mostQueued(): number {
    return waiting(this.#board) + this.#envelopes.count + this.#waiting.length + (this.#next === null ? 0 : 1);
  }

  get isFull(): boolean {
    const { maxQueued } = this.#plan;
    return this.#mostQueued >= maxQueued && this.queued >= maxQueued;
  }

  #full({ name }: Entry): BusyError {
    const { maxQueued } = this.#plan;
    return new BusyError(
      "thread.queue-full",
      `Cannot run ${quote(name)} on ${this.#plan.name}: ${maxQueued} jobs wait, which is the limit`,
      {
        help: "wait for room() before, or raise maxQueued",
      },
    );
  }

  /** Calls `fn` once, when the queue may have room. */
  whenRoom(fn: () => void): () => void {
    this.#forRoom.add(fn);
    return () => void this.#forRoom.delete(fn);
  }

  get stats(): PoolStats {
    const { queued } = this;
    const { count, idleCount } = this.#roster;
    return { threads: count, idle: idleCount, queued, running: Math.max(0, this.#jobs - queued) };
  }

  /** Finds a place for a job. */
  #place(job: Job<any>): boolean {
    if (!dispatcher().hasRoom(LEFT)) return false;
    const isLetter = job.parcel !== null || this.#envelopes.has(job);
    if (isLetter) {
      const thread = this.#envelopes.oldest === null ? this.#readyThread() : null;
      if (thread !== null) {
        dispatcher().open(job, LEFT);
        this.#send(job, thread);
        this.#roster.announce(thread);
        this.#replace();
        return true;
      }
      // Whoever has begun something would get to it, and may be blocked by either: one more thread is better.
      if (!job.entry.suspends && this.#roster.mayGrow) return false;
      this.#envelopes.seal(job);
    }
    const slot = dispatcher().open(job, LEFT);
    if (!isLetter) {
      const { desk } = dispatcher();
      putValues(desk, slot, job.args);
      desk.words[desk.function(slot)] = job.entry.id;
      this.#roster.define(job.entry.id);
    }
    dispatcher().publish(job, isLetter ? SEALED : QUEUED, 0);
    if (!this.#enter(job)) {
      dispatcher().close(job);
      return false;
    }
    this.#summons.call();
    return true;
  }

  /** Puts a job on the board. False if that is full. */
  #enter(job: Job<any>): boolean {
    // Whoever is to come for it may be blocked before.
    this.#expectProgress();
    return put(this.#board, job.slot, job.ticket);
  }

  /** A thread was sent something that may block it. If it was counted on for what lies on the board, another has to come. */
  #replace(): void {
    if (waiting(this.#board) > 0) this.#summons.call();
  }

  /** A thread that opens the next letter at once, if there is one or may be one more. */
  #readyThread(): Thread | null {
    return this.#roster.reserve() ?? (this.#roster.grow() && this.#roster.reserve());
  }

  /** Sends a job to a thread that was reserved for it. */
  #send(job: Job<any>, thread: Thread): void {
    job.thread = thread;
    thread.posted++;
    thread.wasUsed = true;
    dispatcher().publish(job, POSTED, thread.member);
    const envelope = this.#envelopes.take(job);
    try {
      if (envelope === undefined) thread.send(job);
      else thread.sendSealed(job, envelope);
    } catch (error) {
      // The host cannot clone what looked as if it could. Its slot is given back before the thread hears of it, which so begins nothing.
      const { slot, ticket } = job;
      job.failed(error);
      thread.sendNothing(slot, ticket);
    }
  }

  asked(job: Job<any>): void {
    const asking = this.#roster.reserveWho(ASKING);
    const thread = asking ?? this.#roster.reserve();
    if (thread !== null) this.#roster.announce(thread, this.#sendOldest(thread, asking === null ? 1 : AT_ONCE));
    // Its entry is gone. Those of others are left that were sent instead.
    if (job.thread === null && !this.#enter(job)) this.#mustRepeat = true;
    // Who has asked has gone on.
    if (thread === null && this.#summons.insist()) dispatcher().expectAsk();
    if (thread !== null && asking === null) this.#replace();
  }

  /** Sends those that have waited longest, one at least. Several only as long as each leaves its thread at once to the next. Answers how many. */
  #sendOldest(thread: Thread, most: number): number {
    let count = 0;
    for (let job = this.#envelopes.oldest; job !== null && count < most; job = this.#envelopes.oldest) {
      if (count > 0 && !job.entry.isAsync) break;
      this.#send(job, thread);
      count++;
      if (!job.entry.isAsync) break;
    }
    return count;
  }

  #wait(job: Job<any>): void {
    if (this.#next === null) {
      this.#next = job;
      beginsToWait(this);
    } else this.#waiting.push(job);
    this.#expectProgress();
  }

  /** Places what waits, as far as there is place. */
  #flush(): void {
    while (this.#next !== null) {
      const job = this.#next;
      try {
        if (!job.isOver && !this.#place(job)) break;
      } catch (error) {
        this.#cannot(job, error);
      }
      this.#next = this.#waiting.shift() ?? null;
      if (this.#next === null) waitsNoMore(this);
    }
    if (this.#forRoom.size > 0 && !this.isFull) {
      const all = [...this.#forRoom];
      this.#forRoom.clear();
      for (const fn of all) fn();
    }
  }

  /** Jobs wait: looks in a while whether they get anywhere. */
  #expectProgress(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#watched = { since: hostNow(), finished: this.#finished, taken: taken(this.#board) };
    this.#watch.arm(STALLED);
    this.#watch.release();
  }

  #lookForStall(): void {
    this.#isWatched = false;
    const before = this.#watched;
    if (this.#mustRepeat) this.#repeatEntries();
    if (this.queued === 0) return;
    const isStalled = this.#finished === before.finished;
    // Those who were rung may be blocked by what they have begun, while others sleep.
    const comes = (isStalled || taken(this.#board) === before.taken) && this.#summons.insist();
    if (isStalled && !comes && !this.#roster.isGettingReady && this.#roster.growMore() !== null) this.#flush();
    this.#expectProgress();
  }

  calledOff(job: Job<any>): void {
    this.#envelopes.discard(job);
    if (job.thread !== null) job.thread.posted--;
    this.#less();
  }

  finished(job: Job<any>): void {
    const thread = this.threadOf(job);
    if (thread !== null) thread.wasUsed = true;
    this.#envelopes.discard(job);
    if (job.thread !== null) job.thread.posted--;
    this.#less();
  }

  #less(): void {
    this.#jobs--;
    this.#finished++;
    if (this.#next !== null || this.#forRoom.size > 0) queueFlush(this);
    if (this.#jobs === 0) for (const fn of this.#onEmpty.splice(0)) fn();
  }

  threadOf(job: Job<any>): Thread | null {
    if (job.thread !== null) return job.thread;
    const { desk } = dispatcher();
    const state = Atomics.load(desk.words, desk.state(job.slot));
    const phase = phaseOf(state);
    return phase === QUEUED || phase === SEALED ? null : this.#roster.member(memberOf(state));
  }

  look(): void {
    this.#roster.look();
    this.#flush();
    // No timer comes to its end while this thread blocks.
    if (hostNow() - this.#watched.since >= STALLED) this.#lookForStall();
    else this.#summons.insist();
  }

  threadStarted(): void {
    living.add(this);
    dispatcher().places.add(this);
    beforeEnd(stopLiving);
    endWithMain(endLiving);
  }

  threadGone(): void {
    if (this.#roster.count === 0) {
      living.delete(this);
      dispatcher().places.delete(this);
      clear(this.#board);
    }
    this.#repeatEntries();
    this.#flush();
  }

  /** The jobs that have slots. */
  #onDesk(): Job<any>[] {
    return dispatcher()
      .jobs()
      .filter((job): job is Job<any> => job instanceof Job && job.place === this);
  }

  failHeld(thread: Thread, fate: Fate): boolean {
    let held = false;
    for (const job of this.#onDesk()) {
      if (!job.wasHeldBy(thread)) continue;
      held = true;
      job.abandoned(thread.name, fate);
    }
    return held;
  }

  /**
   * Puts the entries of all jobs that nobody has begun on the board once more: the thread may have died when it had taken an entry, and not
   * yet the job.
   */
  #repeatEntries(): void {
    this.#mustRepeat = false;
    const jobs = this.#onDesk().filter((job) => job.isQueued);
    for (const job of jobs) if (!this.#enter(job)) this.#mustRepeat = true;
    for (const job of jobs) if (job.isQueued) this.#summons.call();
  }

  /** @internal */
  flushNow(): void {
    if (this.#mustRepeat) this.#repeatEntries();
    this.#flush();
  }

  /** No job is taken any more; those that have not begun are called off, and those that can be aborted are. */
  async shutDown(limit: number): Promise<void> {
    this.#isShutDown = true;
    this.#roster.close();
    const reason = `the shutdown of ${this.#plan.name}`;
    for (const job of [...this.#envelopes.jobs, this.#next, ...this.#waiting]) job?.abort(reason);
    for (const job of this.#onDesk()) job.abortQuietly(reason);
    const timer = hostTimer(() => this.#roster.terminateAll());
    if (limit !== Infinity) timer.arm(limit);
    if (this.#jobs > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    await this.stopAll();
    timer.release();
  }

  /** Ends all threads once they have finished what they have begun. */
  stopAll(): Promise<void> {
    return this.#roster.stopAll();
  }
}

/** The pools that have threads. */
const living = new Set<Pool>();

/** The end of the process would cut off what its threads have printed: that comes through messages which nobody waits for. */
function stopLiving(): void {
  for (const pool of living) void pool.stopAll();
}

async function endLiving(): Promise<void> {
  await Promise.all(Array.from(living, (pool) => pool.shutDown(Infinity)));
}

/** Places what waits once the outcome that made room has reached whoever joins it. */
function queueFlush(pool: Pool): void {
  if (due.size === 0) void Promise.resolve().then(flushAll);
  due.add(pool);
}

const due = new Set<Pool>();

function flushAll(): void {
  const pools = [...due];
  due.clear();
  for (const pool of pools) pool.flushNow();
}
