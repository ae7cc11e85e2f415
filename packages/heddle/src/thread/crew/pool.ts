/**
 * Pool: threads that share a board, and who of them gets which job.
 *
 *     submit ──small──► board ◄──takes── any thread that has nothing else to do
 *        │
 *        └──anything else──► an idle thread's port; if none is idle: packed into an envelope, which waits here
 *
 * A job whose arguments are small (`small` in slot.ts) lies on the board, where the next thread that is free finds it, whatever this thread is doing
 * meanwhile. Other arguments are cloned when the job is submitted, and go to one thread.
 *
 * Threads are started when there is work that no idle one can take: at once up to `core` of them; more, up to `limit`, only while nothing of
 * what waits gets anywhere, for then those that there are must be blocked. Idle ones end after the keep-alive.
 */
import { BusyError, JoinError, quote } from "../../base/errors.js";
import { Ring } from "../../base/ring.js";
import { hostTimer } from "../../reactor/host.js";
import type { Engine } from "../../runtime/engine.js";
import { beforeEnd, endWithMain } from "../../runtime/process.js";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { pack } from "../values/pack.js";
import { put, waiting } from "./board.js";
import { beginsToWait, showCalls, waitsNoMore } from "./calls.js";
import { dispatcher } from "./dispatcher.js";
import { ASLEEP, AWAKE, COMING, GONE, ring } from "./door.js";
import type { Fate } from "./fate.js";
import { argumentsOf, type Entry, entryOf } from "./functions.js";
import { Job, type Place } from "./job.js";
import { Board } from "./layout.js";
import type { Letter } from "./messages.js";
import { memberOf, phaseOf, POSTED, putValues, QUEUED, small } from "./slot.js";
import { Thread, type ThreadLimits } from "./thread.js";

export interface PoolPlan {
  readonly name: string;
  /** Threads that are started whenever there is work for them. */
  readonly core: number;
  /** Threads that there may be. */
  readonly limit: number;
  /** In milliseconds. */
  readonly keepAlive: number;
  /** How many jobs may wait. */
  readonly maxQueued: number;
  readonly limits?: ThreadLimits | undefined;
  readonly onThreadStart?: ((thread: ThreadInfo) => void) | undefined;
  readonly onThreadStop?: ((thread: ThreadInfo & { reason: string }) => void) | undefined;
  /** Whose work it is, and who hears of what the threads warn of; that of who spawns it by default. */
  readonly engine?: Engine;
  /** Told of what ended a thread that had no job which it could have failed. */
  readonly onLost: (error: unknown, thread: string) => void;
}

export interface ThreadInfo {
  readonly name: string;
  /** The host's id of the thread. */
  readonly id: number;
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

/** So many jobs can be left to the threads that are awake. */
const EASY = 16;
/** For so many jobs it counts that a thread was rung for nothing. */
const CALM = 256;

/** How long nothing may get anywhere before one more thread is started. */
const STALLED = 20;

export class Pool implements Place {
  readonly #plan: PoolPlan;
  readonly #board: Board;
  readonly #threads: (Thread | null)[];
  #count = 0;
  #named = 0;
  /** Jobs that have no place on the board or no thread. `#next` is before them. */
  readonly #waiting = new Ring<Job<any>>();
  #next: Job<any> | null = null;
  readonly #envelopes = new Map<Job<any>, MessagePort>();
  /** How many functions all threads have been told. */
  #told = 0;
  /** Jobs that are not over. */
  #jobs = 0;
  #finished = 0;
  /** How often threads had been rung for nothing when it was last looked at, and for how many jobs that counts. */
  #vain = 0;
  #calm = 0;
  /** How far the board had been taken from when this was last left to whoever is awake. */
  #headSeen = 0;
  #finishedBefore = 0;
  #isWatched = false;
  readonly #watch = hostTimer(() => this.#lookForStall());
  #isSwept = false;
  readonly #sweep = hostTimer(() => this.#endIdle());
  /** After a thread has died, entries of the board may be lost. */
  #mustRepeat = false;
  #isShutDown = false;
  #onEmpty: (() => void) | null = null;
  #onThreadless: (() => void) | null = null;
  /** Who waits until fewer jobs are queued. */
  readonly #forRoom = new Set<() => void>();

  constructor(plan: PoolPlan) {
    this.#plan = plan;
    this.#board = new Board(plan.limit);
    this.#threads = new Array(plan.limit).fill(null);
    showCalls();
    for (let member = 0; member < plan.limit; member++) this.#setDoor(member, GONE);
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
    if (few === null) job.parcel = pack(all, `the arguments of ${quote(job.name)}`);
    job.begin();
    if (this.#isShutDown) {
      job.cut(`the shutdown of ${this.#plan.name}`);
      return job;
    }
    this.#jobs++;
    try {
      if (this.#next === null && this.#place(job)) return job;
      if (job.parcel !== null) this.#seal(job);
    } catch (error) {
      // There is no thread, and there will be none; or the host cannot clone what looked as if it could.
      const hasSlot = job.slot >= 0;
      job.failed(error);
      if (!hasSlot) this.#less();
      return job;
    }
    this.#wait(job);
    return job;
  }

  /** @internal For dumps: jobs that have no slot. */
  get waitingJobs(): Iterable<Job<any>> {
    return this.#next === null ? [] : [this.#next, ...this.#waiting];
  }

  /** @internal For dumps. */
  get threads(): Thread[] {
    return this.#threads.filter((thread) => thread !== null);
  }

  /** How many jobs nobody has begun. */
  get queued(): number {
    return waiting(this.#board) + this.#waiting.length + (this.#next === null ? 0 : 1);
  }

  get isFull(): boolean {
    return this.#plan.maxQueued !== Infinity && this.queued >= this.#plan.maxQueued;
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
    let idle = 0;
    for (const thread of this.#threads) if (thread !== null && this.#loadOf(thread) === 0) idle++;
    const { queued } = this;
    return { threads: this.#count, idle, queued, running: Math.max(0, this.#jobs - queued) };
  }

  /** Finds a place for a job. */
  #place(job: Job<any>): boolean {
    if (job.parcel !== null) return this.#post(job);
    const { desk } = dispatcher();
    const slot = dispatcher().open(job, LEFT);
    if (slot < 0) return false;
    putValues(desk, slot, job.args);
    desk.words[desk.function(slot)] = job.entry.id;
    this.#define(job.entry.id);
    dispatcher().publish(job, QUEUED, 0);
    if (!put(this.#board, slot, job.ticket)) {
      dispatcher().close(job);
      return false;
    }
    this.#summon(job.entry);
    return true;
  }

  /** Has all threads know a function before one of them can take a job with it. */
  #define(id: number): void {
    if (id < this.#told) return;
    for (const thread of this.#threads) thread?.define();
    this.#told = id + 1;
  }

  /** Sends a job to one thread. */
  #post(job: Job<any>): boolean {
    if (!dispatcher().hasRoom(LEFT)) return false;
    const thread = this.#idleThread() ?? this.#grow() ?? (job.entry.suspends ? this.#leastLoaded() : null);
    if (thread === null) return false;
    dispatcher().open(job, LEFT);
    job.thread = thread;
    thread.posted++;
    thread.wasUsed = true;
    dispatcher().publish(job, POSTED, thread.member);
    const envelope = this.#envelopes.get(job);
    if (envelope !== undefined) {
      this.#envelopes.delete(job);
      thread.sendEnvelope(job, envelope);
      return true;
    }
    try {
      thread.send(job);
    } catch (error) {
      // The host cannot clone what looked as if it could.
      job.failed(error);
    }
    return true;
  }

  /** Clones what a job brings along now, whenever it will be sent: the caller may change it as soon as this one returns. */
  #seal(job: Job<any>): void {
    const { port1, port2 } = new MessageChannel();
    const { data, extras, transfer } = job.parcel!;
    const letter: Letter = [job.entry.id, data, extras];
    port1.postMessage(letter, transfer as any);
    this.#envelopes.set(job, port2);
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
      if (!this.#next.isOver && !this.#place(this.#next)) break;
      this.#next = this.#waiting.shift() ?? null;
      if (this.#next === null) waitsNoMore(this);
    }
    if (this.#forRoom.size > 0 && !this.isFull) {
      const all = [...this.#forRoom];
      this.#forRoom.clear();
      for (const fn of all) fn();
    }
  }

  #loadOf(thread: Thread): number {
    return Math.max(thread.posted, Atomics.load(this.#board.words, this.#board.live(thread.member)));
  }

  #idleThread(): Thread | null {
    for (const thread of this.#threads)
      if (thread !== null && !thread.isStopping && this.#loadOf(thread) === 0) return thread;
    return null;
  }

  #leastLoaded(): Thread | null {
    let least: Thread | null = null;
    for (const thread of this.#threads)
      if (thread !== null && !thread.isStopping && (least === null || this.#loadOf(thread) < this.#loadOf(least)))
        least = thread;
    return least;
  }

  /** One more thread, if there may be one; null if not, or if the system has none for us. @throws JoinError if there is no other either */
  #grow(most = this.#plan.core): Thread | null {
    if (this.#count >= most) return null;
    try {
      return this.#start();
    } catch (error) {
      if (this.#count === 0) throw error;
      return null;
    }
  }

  /** Sees to it that somebody takes what lies on the board. */
  #summon(entry: Entry | null): void {
    const board = this.#board;
    const { words } = board;
    const jobs = waiting(board);
    let ready = 0;
    let awake = 0;
    let idle = -1;
    let busy = -1;
    for (let member = 0; member < board.members; member++) {
      const thread = this.#threads[member];
      if (thread == null) continue;
      const door = Atomics.load(words, board.door(member));
      const isBusy = Atomics.load(words, board.live(member)) > 0;
      if (door === AWAKE) awake++;
      if (door === COMING || (door === AWAKE && !isBusy)) ready++;
      if (door !== ASLEEP) continue;
      if (!isBusy) idle = member;
      else if (busy < 0 || this.#loadOf(thread) < this.#loadOf(this.#threads[busy]!)) busy = member;
    }
    // They come to the board before they close their doors.
    if (jobs <= ready) return;
    if (awake > 0 && jobs <= EASY && this.#isCalm()) return this.#lookLater();
    if (idle >= 0 && ring(words, board.door(idle))) return;
    if (this.#grow() !== null) return;
    // It has something to do, but waits for that.
    if (busy >= 0 && ring(words, board.door(busy))) return;
    if (entry?.suspends !== true) this.#expectProgress();
  }

  /**
   * Whether to leave a job to who is awake, though it is busy this very moment. To ring another one takes some microseconds of ours; where jobs are
   * tiny, it finds nothing left to do. So for a while after that has happened nobody is rung, unless a round later nothing has moved.
   */
  #isCalm(): boolean {
    const vain = Atomics.load(this.#board.words, this.#board.vain);
    if (vain !== this.#vain) this.#calm = CALM;
    this.#vain = vain;
    return this.#calm-- > 0;
  }

  /** @internal A round after a job was left to whoever is awake. */
  lookAgain(): void {
    if (waiting(this.#board) === 0) return;
    if (Atomics.load(this.#board.words, this.#board.head) !== this.#headSeen) return this.#lookLater();
    this.#calm = 0;
    this.#summon(null);
  }

  #lookLater(): void {
    this.#headSeen = Atomics.load(this.#board.words, this.#board.head);
    dispatcher().lookIn(this);
  }

  #start(): Thread {
    const member = this.#threads.indexOf(null);
    const { name, limits } = this.#plan;
    this.#setDoor(member, COMING);
    let thread: Thread;
    try {
      thread = new Thread({
        name: `${name} ${++this.#named}`,
        member,
        board: this.#board,
        limits,
        engine: this.#plan.engine,
        onEnd: (ended, fate) => this.#ended(ended, fate),
      });
    } catch (error) {
      this.#setDoor(member, GONE);
      throw error;
    }
    this.#threads[member] = thread;
    this.#count++;
    living.add(this);
    beforeEnd(stopLiving);
    endWithMain(endLiving);
    if (!this.#isSwept) {
      this.#isSwept = true;
      this.#armSweep();
    }
    this.#plan.onThreadStart?.({ name: thread.name, id: thread.id });
    return thread;
  }

  #setDoor(member: number, state: number): void {
    Atomics.store(this.#board.words, this.#board.door(member), state);
  }

  /** Jobs wait, and all threads are busy: looks in a while whether they get anywhere. */
  #expectProgress(): void {
    if (this.#isWatched || this.#count >= this.#plan.limit) return;
    this.#isWatched = true;
    this.#finishedBefore = this.#finished;
    this.#watch.arm(STALLED);
    this.#watch.release();
  }

  #lookForStall(): void {
    this.#isWatched = false;
    if (this.queued === 0) return;
    const isStalled = this.#finished === this.#finishedBefore && !this.#isGettingReady();
    if (isStalled && this.#grow(this.#plan.limit) !== null) this.#flush();
    this.#expectProgress();
  }

  /** Whether a thread begins, or loads a module: it is not blocked, though nothing comes of it yet. More threads would only slow it down. */
  #isGettingReady(): boolean {
    const { words } = this.#board;
    return this.#threads.some(
      (thread) =>
        thread !== null &&
        (Atomics.load(words, this.#board.door(thread.member)) === COMING ||
          Atomics.load(words, this.#board.loads(thread.member)) > 0),
    );
  }

  #armSweep(): void {
    this.#sweep.arm(this.#plan.keepAlive);
    this.#sweep.release();
  }

  #endIdle(): void {
    this.#isSwept = this.#count > 0;
    if (!this.#isSwept) return;
    for (const thread of this.#threads) {
      if (thread === null) continue;
      if (this.#loadOf(thread) === 0 && !thread.wasUsed) thread.stop();
      thread.wasUsed = false;
    }
    this.#armSweep();
  }

  calledOff(job: Job<any>): void {
    const envelope = this.#envelopes.get(job);
    if (envelope !== undefined) {
      this.#envelopes.delete(job);
      envelope.close();
    }
    if (job.thread !== null) job.thread.posted--;
    this.#less();
  }

  finished(job: Job<any>): void {
    const thread = this.threadOf(job);
    if (thread !== null) thread.wasUsed = true;
    if (job.thread !== null) job.thread.posted--;
    this.#less();
  }

  #less(): void {
    this.#jobs--;
    this.#finished++;
    if (this.#next !== null || this.#forRoom.size > 0) queueFlush(this);
    if (this.#jobs > 0) return;
    const onEmpty = this.#onEmpty;
    this.#onEmpty = null;
    onEmpty?.();
  }

  threadOf(job: Job<any>): Thread | null {
    if (job.thread !== null) return job.thread;
    const { desk } = dispatcher();
    const state = Atomics.load(desk.words, desk.state(job.slot));
    return phaseOf(state) === QUEUED ? null : (this.#threads[memberOf(state)] ?? null);
  }

  look(): void {
    for (const thread of this.#threads) thread?.look();
    this.#flush();
    this.#calm = 0;
    if (waiting(this.#board) > 0) this.#summon(null);
  }

  #ended(thread: Thread, fate: Fate): void {
    const { member } = thread;
    const { words } = this.#board;
    this.#setDoor(member, GONE);
    Atomics.store(words, this.#board.live(member), 0);
    Atomics.store(words, this.#board.spins(member), 0);
    Atomics.store(words, this.#board.loads(member), 0);
    const held = this.#failHeld(thread, fate);
    this.#threads[member] = null;
    this.#count--;
    this.#plan.onThreadStop?.({
      name: thread.name,
      id: thread.id,
      reason: thread.isStopping ? "it was idle" : fate.why,
    });
    if (!held && fate.cause !== undefined) this.#plan.onLost(fate.cause, thread.name);
    this.#repeatEntries();
    this.#flush();
    if (this.#count > 0) return;
    living.delete(this);
    const onThreadless = this.#onThreadless;
    this.#onThreadless = null;
    onThreadless?.();
  }

  /** The jobs that have slots. */
  #onDesk(): Job<any>[] {
    return dispatcher()
      .jobs()
      .filter((job): job is Job<any> => job instanceof Job && job.place === this);
  }

  /** Fails what a thread held, and nothing else. False if that was nothing. */
  #failHeld(thread: Thread, fate: Fate): boolean {
    let held = false;
    for (const job of this.#onDesk()) {
      if (!job.wasHeldBy(thread)) continue;
      held = true;
      job.abandoned(
        new JoinError("thread.ended", `Cannot finish ${job.label} as ${thread.name} ended: ${fate.why}`, {
          help: fate.help,
          cause: fate.cause,
        }),
      );
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
    for (const job of jobs) if (!put(this.#board, job.slot, job.ticket)) this.#mustRepeat = true;
    for (const job of jobs) this.#summon(job.entry);
  }

  /** @internal */
  flushNow(): void {
    if (this.#mustRepeat) this.#repeatEntries();
    this.#flush();
  }

  /** No job is taken any more; those that have not begun are called off, and those that can be aborted are. */
  async shutDown(limit: number): Promise<void> {
    this.#isShutDown = true;
    const reason = `the shutdown of ${this.#plan.name}`;
    for (const job of [...this.#envelopes.keys(), this.#next, ...this.#waiting]) job?.abort(reason);
    for (const job of this.#onDesk()) job.abortQuietly(reason);
    const timer = hostTimer(() => this.#terminateAll());
    if (limit !== Infinity) timer.arm(limit);
    if (this.#jobs > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    await this.stopAll();
    timer.release();
  }

  /** Ends all threads once they have finished what they have begun. */
  async stopAll(): Promise<void> {
    for (const thread of this.#threads) {
      thread?.stop();
      thread?.hold();
    }
    if (this.#count > 0) await new Promise<void>((resolve) => (this.#onThreadless = resolve));
  }

  #terminateAll(): void {
    for (const thread of this.#threads) thread?.terminate();
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
