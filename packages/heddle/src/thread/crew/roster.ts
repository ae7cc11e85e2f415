/**
 * Roster: the threads of a pool, what each of them has to do, and their beginnings and ends.
 */
import { hostTimer } from "../../reactor/host.js";
import type { Engine } from "../../runtime/engine.js";
import { announce, COMING, GONE, READY, reserve } from "./door.js";
import type { Fate } from "./fate.js";
import type { Board } from "./layout.js";
import { Thread, type ThreadLimits } from "./thread.js";

export interface RosterPlan {
  readonly name: string;
  /** Threads that are started whenever there is work for them. */
  readonly core: number;
  /** Threads that there may be. */
  readonly limit: number;
  /** How long a thread stays that has nothing to do, in milliseconds. */
  readonly keepAlive: number;
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

/** Who has the jobs of the threads. */
export interface RosterOwner {
  threadStarted(): void;
  /** A thread is over: fails what it held. False if that was nothing. */
  failHeld(thread: Thread, fate: Fate): boolean;
  /** There is one thread less. */
  threadGone(): void;
}

export class Roster {
  readonly #plan: RosterPlan;
  readonly #board: Board;
  readonly #owner: RosterOwner;
  readonly #members: (Thread | null)[];
  #count = 0;
  #named = 0;
  /** How many functions all threads have been told. */
  #told = 0;
  #isSwept = false;
  readonly #sweep = hostTimer(() => this.#endIdle());
  #isClosed = false;
  readonly #onThreadless: (() => void)[] = [];

  constructor(plan: RosterPlan, board: Board, owner: RosterOwner) {
    this.#plan = plan;
    this.#board = board;
    this.#owner = owner;
    this.#members = new Array(plan.limit).fill(null);
    for (let member = 0; member < plan.limit; member++) this.#setDoor(member, GONE);
  }

  get count(): number {
    return this.#count;
  }

  /** Whether there may be more, if it must be. */
  get mayGrow(): boolean {
    return this.#count < this.#plan.limit;
  }

  member(member: number): Thread | null {
    return this.#members[member] ?? null;
  }

  get threads(): Thread[] {
    return this.#members.filter((thread) => thread !== null);
  }

  /** How many jobs a thread has. */
  loadOf(thread: Pick<Thread, "member" | "posted">): number {
    return Math.max(thread.posted, Atomics.load(this.#board.words, this.#board.live(thread.member)));
  }

  /** How many threads have no job. */
  get idleCount(): number {
    let idle = 0;
    for (const thread of this.#members) if (thread !== null && this.loadOf(thread) === 0) idle++;
    return idle;
  }

  /**
   * A thread that opens what it is sent next before it does anything else: one that has asked, or has nothing to do. Null if there is none. It must be
   * sent something, and be told that by {@link announce}.
   */
  reserve(): Thread | null {
    for (const door of READY) {
      const thread = this.reserveWho(door);
      if (thread !== null) return thread;
    }
    return null;
  }

  /** The same of those whose doors say so. */
  reserveWho(door: (typeof READY)[number]): Thread | null {
    for (const thread of this.#members)
      if (thread !== null && !thread.isStopping && reserve(this.#board, thread.member, door)) return thread;
    return null;
  }

  /** What a thread was reserved for is in its port. */
  announce({ member }: Thread, count = 1): void {
    announce(this.#board, member, count);
  }

  /** Has all threads know a function before one of them can take a job with it. */
  define(id: number): void {
    if (id < this.#told) return;
    for (const thread of this.#members) thread?.define();
    this.#told = id + 1;
  }

  /**
   * One more of those that there are whenever there is work; null if there are that many, or if the system has none for us.
   *
   * @throws JoinError `thread.refused` if there is no other either
   */
  grow(): Thread | null {
    return this.#growTo(this.#plan.core);
  }

  /** One more of all that there may be, as {@link grow}. */
  growMore(): Thread | null {
    return this.#growTo(this.#plan.limit);
  }

  #growTo(most: number): Thread | null {
    if (this.#count >= most || this.#isClosed) return null;
    try {
      return this.#start();
    } catch (error) {
      if (this.#count === 0) throw error;
      return null;
    }
  }

  #start(): Thread {
    const member = this.#members.indexOf(null);
    const { name, limits, engine } = this.#plan;
    Atomics.store(this.#board.words, this.#board.letters(member), 0);
    this.#setDoor(member, COMING);
    let thread: Thread;
    try {
      thread = new Thread({
        name: `${name} ${++this.#named}`,
        member,
        board: this.#board,
        limits,
        engine,
        onEnd: (ended, fate) => this.#ended(ended, fate),
      });
    } catch (error) {
      this.#setDoor(member, GONE);
      throw error;
    }
    this.#members[member] = thread;
    this.#count++;
    this.#owner.threadStarted();
    if (!this.#isSwept) {
      this.#isSwept = true;
      this.#armSweep();
    }
    this.#plan.onThreadStart?.({ name: thread.name, id: thread.id });
    return thread;
  }

  #ended(thread: Thread, fate: Fate): void {
    const { member, name, id } = thread;
    const { words } = this.#board;
    this.#setDoor(member, GONE);
    Atomics.store(words, this.#board.live(member), 0);
    Atomics.store(words, this.#board.spins(member), 0);
    Atomics.store(words, this.#board.loads(member), 0);
    const held = this.#owner.failHeld(thread, fate);
    this.#members[member] = null;
    this.#count--;
    this.#plan.onThreadStop?.({ name, id, reason: thread.isStopping ? "it was idle" : fate.why });
    if (!held && fate.cause !== undefined) this.#plan.onLost(fate.cause, name);
    this.#owner.threadGone();
    if (this.#count === 0) for (const fn of this.#onThreadless.splice(0)) fn();
  }

  #setDoor(member: number, state: number): void {
    Atomics.store(this.#board.words, this.#board.door(member), state);
  }

  /** Whether a thread begins, or loads a module: it is not blocked, though nothing comes of it yet. More threads would only slow it down. */
  get isGettingReady(): boolean {
    const { words } = this.#board;
    return this.#members.some(
      (thread) => thread !== null && (!thread.isReady || Atomics.load(words, this.#board.loads(thread.member)) > 0),
    );
  }

  #armSweep(): void {
    this.#sweep.arm(this.#plan.keepAlive);
    this.#sweep.release();
  }

  #endIdle(): void {
    this.#isSwept = this.#count > 0;
    if (!this.#isSwept) return;
    for (const thread of this.#members) {
      if (thread === null) continue;
      if (this.loadOf(thread) === 0 && !thread.wasUsed) thread.stop();
      thread.wasUsed = false;
    }
    this.#armSweep();
  }

  /** Takes what the ports hold. For a thread that blocks. */
  look(): void {
    for (const thread of this.#members) thread?.look();
  }

  /** No thread is started any more, whatever still lies on the board. */
  close(): void {
    this.#isClosed = true;
  }

  /** Ends all threads once they have finished what they have begun. */
  async stopAll(): Promise<void> {
    for (const thread of this.#members) {
      thread?.stop();
      thread?.hold();
    }
    if (this.#count > 0) await new Promise<void>((resolve) => this.#onThreadless.push(resolve));
  }

  terminateAll(): void {
    for (const thread of this.#members) thread?.terminate();
  }
}
