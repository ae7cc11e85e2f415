/**
 * Summons: who comes for a job that lies on the board.
 *
 * To ring a thread takes some microseconds, and where jobs are tiny it finds nothing left to do. So those that are awake are left what they will
 * soon get to, and one round later somebody looks whether they did.
 */
import { waiting } from "./board.js";
import { dispatcher } from "./dispatcher.js";
import { ASLEEP, AWAKE, COMING, DOZING, LOOKING, ring } from "./door.js";
import type { Board } from "./layout.js";
import type { Thread } from "./thread.js";

/** So many jobs can be left to the threads that are awake. */
const EASY = 16;
/** For so many jobs it counts that a thread was rung for nothing. */
const CALM = 256;

/** Who can be called: see `Roster`. */
export interface Callees {
  member(member: number): Pick<Thread, "member" | "posted"> | null;
  loadOf(thread: Pick<Thread, "member" | "posted">): number;
  grow(): unknown;
}

/** Who hears that nobody comes. */
export interface Caller {
  /** Somebody was rung. It may be blocked, and not hear of it. */
  rang(): void;
  /** All that there are have something to do. A job may have to wait for the end of another. */
  allAreBusy(): void;
  /** There is no thread, and none is to be had. */
  refused(error: unknown): void;
}

export class Summons {
  readonly #board: Board;
  readonly #roster: Callees;
  /** How often threads had been rung for nothing when it was last looked at, and for how many jobs that counts. */
  #vain = 0;
  #calm = 0;
  /** How far the board had been taken from when this was last left to whoever is awake. */
  #headSeen = 0;

  readonly #caller: Caller;

  constructor(board: Board, roster: Callees, caller: Caller) {
    this.#board = board;
    this.#roster = roster;
    this.#caller = caller;
  }

  /**
   * Sees to it that somebody takes a job that was put on the board.
   *
   * @param suspends whether who has such jobs gets to others soon
   * @returns whether one more comes who would not have
   */
  call(suspends: boolean): boolean {
    const board = this.#board;
    const roster = this.#roster;
    const { words } = board;
    const jobs = waiting(board);
    let ready = 0;
    let awake = 0;
    let idle = -1;
    let busy = -1;
    for (let member = 0; member < board.members; member++) {
      const thread = roster.member(member);
      if (thread === null) continue;
      const door = Atomics.load(words, board.door(member));
      const isAwake = door === AWAKE || door === LOOKING;
      if (isAwake) awake++;
      if (door === COMING || (isAwake && Atomics.load(words, board.live(member)) === 0)) ready++;
      if (door === ASLEEP) idle = member;
      else if (door === DOZING && (busy < 0 || roster.loadOf(thread) < roster.loadOf(roster.member(busy)!)))
        busy = member;
    }
    // They come to the board before they close their doors.
    if (jobs <= ready) return false;
    if (awake > 0 && jobs <= EASY && this.#isCalm()) {
      this.#lookLater();
      return false;
    }
    if (idle >= 0 && this.#ring(idle)) return true;
    try {
      if (roster.grow() !== null) return true;
    } catch (error) {
      this.#caller.refused(error);
      return false;
    }
    // It has something to do, but waits for that.
    if (busy >= 0 && this.#ring(busy)) return true;
    if (!suspends) this.#caller.allAreBusy();
    return false;
  }

  #ring(member: number): boolean {
    if (!ring(this.#board.words, this.#board.door(member))) return false;
    this.#caller.rang();
    return true;
  }

  /**
   * Calls for all jobs that lie there, although somebody was rung for nothing before.
   *
   * @returns whether anybody comes who would not have
   */
  insist(): boolean {
    let count = 0;
    for (let comes = true; comes && waiting(this.#board) > 0;) {
      this.#calm = 0;
      comes = this.call(false);
      if (comes) count++;
    }
    return count > 0;
  }

  /** Whether to leave a job to who is awake, though it is busy this very moment: for a while after somebody was rung for nothing. */
  #isCalm(): boolean {
    const vain = Atomics.load(this.#board.words, this.#board.vain);
    if (vain !== this.#vain) this.#calm = CALM;
    this.#vain = vain;
    return this.#calm-- > 0;
  }

  #lookLater(): void {
    this.#headSeen = Atomics.load(this.#board.words, this.#board.head);
    dispatcher().lookIn(this);
  }

  /** @internal A round after a job was left to whoever is awake. */
  lookAgain(): void {
    if (waiting(this.#board) === 0) return;
    if (Atomics.load(this.#board.words, this.#board.head) !== this.#headSeen) return this.#lookLater();
    this.insist();
  }
}
