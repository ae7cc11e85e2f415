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

export class Summons {
  readonly #board: Board;
  readonly #roster: Callees;
  /** How often threads had been rung for nothing when it was last looked at, and for how many jobs that counts. */
  #vain = 0;
  #calm = 0;
  /** How far the board had been taken from when this was last left to whoever is awake. */
  #headSeen = 0;

  readonly #onRefused: (error: unknown) => void;

  /** @param onRefused told that there is no thread, and none is to be had */
  constructor(board: Board, roster: Callees, onRefused: (error: unknown) => void) {
    this.#board = board;
    this.#roster = roster;
    this.#onRefused = onRefused;
  }

  /**
   * Sees to it that somebody takes a job that was put on the board. Whoever is rung may be blocked, and not hear of it: look again.
   *
   * @returns whether one more comes who would not have
   */
  call(): boolean {
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
      this.#onRefused(error);
      return false;
    }
    // It has something to do, but waits for that.
    return busy >= 0 && this.#ring(busy);
  }

  #ring(member: number): boolean {
    return ring(this.#board.words, this.#board.door(member));
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
      comes = this.call();
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
