/**
 * Doors: how a thread sleeps, is rung awake by another, and is sent letters. A door is one word of shared memory.
 *
 * | now    | answer(): it wakes by itself | close()   | ring()                   | leave() |
 * | ------ | ---------------------------- | --------- | ------------------------ | ------- |
 * | AWAKE  | nothing                      | ASLEEP    | nothing: it will look    | GONE    |
 * | ASLEEP | AWAKE                        | bug       | AWAKE, and it is woken   | GONE    |
 * | GONE   |                              |           | nothing: false           |         |
 *
 * Who sleeps closes its door first, then looks once more for work, then waits. Who has put work there looks at the door afterwards. So either
 * the sleeper sees the work, or the other sees the door closed: none of the two can be missed.
 *
 * Letters: how a job comes to a thread whose arguments have no place in shared memory. They go through the thread's port, where nobody else can take
 * them, and a thread that is blocked does not open what is there. So a letter is sent only to a thread that opens it before it does anything else;
 * until there is one, the owner keeps it.
 *
 *     the owner                              the thread
 *
 *     reserve: door ──► MAIL                 it sleeps, looks for work, or begins, and has nothing else to do
 *     post the letter
 *     announce: LETTERS + 1 ───────────────► rises: finds MAIL, takes no job, opens the letter
 *
 * If no thread has nothing to do, the job is SEALED and has an entry on the board, so that it has its turn among all the others. Whoever comes to
 * that entry is not blocked at that moment, and stays so until it has the letter:
 *
 *     the slot's bit on the desk ◄────────── ask: door ──► ASKING, and it blocks, for a moment at most
 *     reserve, post, announce ─────────────► rises: opens the letter
 *
 * An owner that computes does not answer. Then the thread goes on with something else, and the bit says that the entry is gone: when the owner gets to it,
 * it sends the letter to who has nothing to do, or puts another entry on the board.
 *
 * All that moves a door to MAIL is a compare-and-exchange of one that says that its thread has nothing to do, by the owner. Its thread moves it from there
 * only when it opens the letter, and from anywhere else by a compare-and-exchange. So a thread that goes on to something else either is not chosen, or hears
 * of it; and nobody counts on one that is chosen, which the letter may block.
 */
import type { Board, Desk } from "./layout.js";

/** It looks for work, or will before it closes its door. A word that nobody has written means this. */
export const AWAKE = 0;
/** It sleeps until somebody rings. It has nothing else to do. */
export const ASLEEP = 1;
/** There is no thread behind it. */
export const GONE = 2;
/** A thread behind it is being started; it will look for work when it is. */
export const COMING = 3;
/** The same as ASLEEP, but it has begun what will go on when something comes. Perhaps it does just now: whether that blocks it nobody can see. */
export const DOZING = 4;
/** It has nothing to do, and looks for work without pause. */
export const LOOKING = 5;
/** It has asked for a letter, and does nothing before it is there, or a moment is over. */
export const ASKING = 6;
/** A letter is on its way to it: it opens that before it takes anything else. */
export const MAIL = 7;

/** Wakes whoever sleeps behind the door. False if nobody did. */
export function ring(words: Int32Array, door: number): boolean {
  const state = Atomics.load(words, door);
  if (state !== ASLEEP && state !== DOZING) return false;
  if (Atomics.compareExchange(words, door, state, AWAKE) !== state) return false;
  Atomics.notify(words, door);
  return true;
}

/** The sleeper's side of a door. */
export class Sleeper {
  readonly #words: Int32Array;
  readonly #door: number;
  readonly #onRing: () => void;
  /** How the door was closed. */
  #closed = ASLEEP;
  /** Whether the host has a wait of ours that has not ended. It cannot be called off, and is as good for the next sleep. */
  #isWaited = false;

  /** @param onRing is called when somebody rings. It may be called although the door was answered already */
  constructor(words: Int32Array, door: number, onRing: () => void) {
    this.#words = words;
    this.#door = door;
    this.#onRing = onRing;
  }

  /** Closes the door. Look for work afterwards, and `answer` if there is some. @param as ASLEEP or DOZING */
  close(as = ASLEEP): void {
    this.#closed = as;
    Atomics.store(this.#words, this.#door, as);
  }

  /** Has `onRing` called when somebody rings. HOST: this does not keep the process alive. */
  wait(): void {
    if (this.#isWaited) return;
    const waited = Atomics.waitAsync(this.#words, this.#door, this.#closed);
    // Rung since it was closed.
    if (!waited.async) return this.#onRing();
    this.#isWaited = true;
    void waited.value.then(() => {
      this.#isWaited = false;
      this.#onRing();
    });
  }

  /** Blocks until somebody rings, or for so many milliseconds. False if nobody rang. */
  block(milliseconds: number): boolean {
    return Atomics.wait(this.#words, this.#door, ASLEEP, milliseconds) !== "timed-out";
  }

  /** It is awake. Answers what the door said. If that is MAIL it says so on: nobody shall count on a thread that opens a letter next. */
  answer(): number {
    for (;;) {
      const state = Atomics.load(this.#words, this.#door);
      if (state === MAIL || Atomics.compareExchange(this.#words, this.#door, state, AWAKE) === state) return state;
    }
  }
}

/** Doors of those that can be sent a letter, soonest first. */
export const READY = [ASKING, LOOKING, ASLEEP, COMING] as const;

/** The owner's side: has a member whose door says so open what it is sent next before it takes anything else. False if the door says something else. */
export function reserve(board: Board, member: number, door: (typeof READY)[number]): boolean {
  const { words } = board;
  const at = board.door(member);
  return Atomics.load(words, at) === door && Atomics.compareExchange(words, at, door, MAIL) === door;
}

/** Says to a member that was reserved that what it was reserved for is in its port: so many letters. */
export function announce(board: Board, member: number, count = 1): void {
  Atomics.add(board.words, board.letters(member), count);
  Atomics.notify(board.words, board.letters(member));
}

/** The thread's side. */
export class Mailbox {
  readonly #words: Int32Array;
  readonly #door: number;
  readonly #letters: number;
  readonly #sleeper: Sleeper;
  /** How many letters it has opened. */
  #opened = 0;
  #isExpected = false;

  constructor(board: Board, member: number, sleeper: Sleeper) {
    this.#words = board.words;
    this.#door = board.door(member);
    this.#letters = board.letters(member);
    this.#sleeper = sleeper;
  }

  /** Whether a letter comes that was not opened: nothing may be taken before. */
  get isExpected(): boolean {
    return this.#isExpected || this.isThere;
  }

  /** Whether it is there. */
  get isThere(): boolean {
    // It may have opened one before that was announced.
    return ((Atomics.load(this.#words, this.#letters) - this.#opened) | 0) > 0;
  }

  /** The thread is about to do something. False if a letter comes, which goes first. */
  rises(): boolean {
    if (this.#sleeper.answer() === MAIL) this.#isExpected = true;
    return !this.isExpected;
  }

  /** The thread looks for work, or soon will. `rises` before it takes some. */
  looks(): void {
    Atomics.store(this.#words, this.#door, LOOKING);
  }

  /** What was begun is over, though the thread slept, or is yet to look for more. */
  isFree(): void {
    const { isExpected } = this;
    if (Atomics.compareExchange(this.#words, this.#door, DOZING, ASLEEP) === AWAKE && !isExpected) this.looks();
  }

  /** Asks the owner of the desk for the letter of a slot, and blocks until it comes, for so many milliseconds at most. False if it does not. */
  ask(desk: Desk, slot: number, milliseconds: number): boolean {
    Atomics.store(this.#words, this.#door, ASKING);
    tellAsked(desk, slot);
    this.wait(milliseconds);
    return !this.rises();
  }

  /** Blocks until a letter is there, for so many milliseconds at most. */
  wait(milliseconds: number): void {
    Atomics.wait(this.#words, this.#letters, this.#opened, milliseconds);
  }

  /** A letter is opened. */
  opens(): void {
    Atomics.store(this.#words, this.#door, AWAKE);
    this.#isExpected = false;
    this.#opened = (this.#opened + 1) | 0;
  }
}

/** Tells the owner of a desk that a job that is SEALED has had its turn. */
export function tellAsked(desk: Desk, slot: number): void {
  desk.report(slot);
  ring(desk.words, desk.door);
}

const LEAST = 1 / 16;
const TRY_AGAIN = 64;

/**
 * How often to look for something before one sleeps: ever longer while it comes in that time, and ever shorter while it does not. Where another program has
 * the processor that the other thread would need, looking only keeps it waiting.
 */
export class Patience {
  readonly #usual: number;
  readonly #most: number;
  readonly #least: number;
  #looks: number;
  #skipped = 0;

  constructor(usual: number, most: number) {
    this.#usual = usual;
    this.#most = most;
    this.#least = usual * LEAST;
    this.#looks = usual;
  }

  /** How often to look now. */
  next(): number {
    if (this.#looks > this.#least) return this.#looks;
    if (++this.#skipped < TRY_AGAIN) return this.#least;
    // Whether it comes by now in the time that is usual shows only if one looks as long.
    this.#skipped = 0;
    return this.#usual;
  }

  /** Whether it came while one looked. */
  heard(came: boolean): void {
    if (came) this.#looks = Math.min(Math.max(2 * this.#looks, this.#usual), this.#most);
    else this.#looks = Math.max(this.#looks / 2, this.#least);
  }
}
