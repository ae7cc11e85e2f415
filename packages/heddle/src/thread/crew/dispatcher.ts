/**
 * Dispatcher: this thread's desk, the jobs on it, and how their outcomes come back.
 *
 *     spawn ──► open a slot ──► … a thread has it … ──► reported ──► round: take ──► the job is settled ──► its joiners are woken
 *
 * While jobs are out, the host is asked for a round again and again: an outcome that comes within microseconds is met without anybody being woken.
 * After some rounds in vain this thread closes its door, and is rung.
 *
 * There is one for each thread that hands out jobs, for all its pools.
 */
import { Hold } from "../../reactor/hold.js";
import { later } from "../../reactor/host.js";
import { postAll } from "../outbox.js";
import { Patience, Sleeper } from "./door.js";
import { Desk, SLOTS } from "./layout.js";
import { DONE, FREE, nextTicket, phaseOf, POSTED, QUEUED, SEALED, stateOf, ticketOf } from "./slot.js";

/** Rounds in vain before the door is closed: some 50 µs. */
const ROUNDS = 64;

/** How long it waits for a thread that it has rung, in milliseconds: to wake takes 50 µs. */
const COME = 0.25;

/** What can have a slot of the desk. */
export interface Occupant {
  /** Its slot; -1 if it has none. The dispatcher writes the two. */
  slot: number;
  ticket: number;
  /** Its outcome is in the slot. */
  reported(): void;
  /** Its outcome came through a port. */
  mailed(isError: boolean, outcome: unknown): void;
  failed(error: unknown): void;
  /** A thread has asked for its letter. */
  asked(): void;
}

export class Dispatcher {
  readonly desk: Desk;
  readonly #jobs: (Occupant | null)[] = new Array(SLOTS).fill(null);
  /** The slots that are free, the last one first. */
  readonly #free = new Int32Array(SLOTS);
  #freeCount = SLOTS;
  /** Jobs that are not over, those included that have no slot yet. */
  #out = 0;
  #vain = 0;
  readonly #patience = new Patience(ROUNDS, ROUNDS);
  #rounds = ROUNDS;
  #isRound = false;
  #isAsleep = false;
  #isAskDue = false;
  /** The pools that have threads. */
  readonly places = new Set<{ look(): void }>();
  readonly #toLook = new Set<{ lookAgain(): void }>();
  readonly #hold = new Hold();
  readonly #sleeper: Sleeper;

  constructor(desk = new Desk()) {
    this.desk = desk;
    this.#sleeper = new Sleeper(desk.words, desk.door, () => this.#wake());
    for (let i = 0; i < SLOTS; i++) this.#free[i] = SLOTS - 1 - i;
  }

  /** A job was begun: its outcome is looked for from now on. */
  expect(): void {
    this.#out++;
    this.#vain = 0;
    if (this.#isAsleep) this.#wake();
    else if (!this.#isRound) this.#ask();
  }

  /** Has a pool looked at in the next round. */
  lookIn(pool: { lookAgain(): void }): void {
    this.#toLook.add(pool);
  }

  /** A job is over. */
  forget(): void {
    // Called off, or failed with its thread: nobody rings for that, and the last one must not keep the process alive.
    if (--this.#out === 0) this.#wake();
  }

  /** Whether more than `left` slots are free. */
  hasRoom(left: number): boolean {
    return this.#freeCount > left;
  }

  /** A free slot for a job; -1 if there is none. @param left how many are left free for those who need one more urgently */
  open(job: Occupant, left = 0): number {
    if (this.#freeCount <= left) return -1;
    const slot = this.#free[--this.#freeCount]!;
    this.#jobs[slot] = job;
    const { words } = this.desk;
    const at = this.desk.state(slot);
    job.slot = slot;
    job.ticket = nextTicket(ticketOf(Atomics.load(words, at)));
    return slot;
  }

  /** Publishes a slot that was opened, as QUEUED, SEALED or POSTED; one that was SEALED as POSTED. */
  publish(job: Occupant, phase: number, member: number): void {
    Atomics.store(this.desk.words, this.desk.state(job.slot), stateOf(job.ticket, member, phase));
  }

  /** Takes back what nobody has begun. False if it is too late. */
  recall(job: Occupant): boolean {
    const at = this.desk.state(job.slot);
    const state = Atomics.load(this.desk.words, at);
    const phase = phaseOf(state);
    if (phase !== QUEUED && phase !== SEALED && phase !== POSTED) return false;
    if (Atomics.compareExchange(this.desk.words, at, state, stateOf(job.ticket, 0, FREE)) !== state) return false;
    this.#give(job);
    return true;
  }

  /** A slot is free again. */
  close(job: Occupant): void {
    Atomics.store(this.desk.words, this.desk.state(job.slot), stateOf(job.ticket, 0, FREE));
    this.#give(job);
  }

  #give(job: Occupant): void {
    this.#jobs[job.slot] = null;
    this.#free[this.#freeCount++] = job.slot;
    job.slot = -1;
  }

  /** The job with that ticket; null if it is over. */
  jobOf(slot: number, ticket: number): Occupant | null {
    const job = this.#jobs[slot]!;
    return job !== null && job.ticket === ticket ? job : null;
  }

  /** The jobs that have slots, in no order. */
  jobs(): Occupant[] {
    return this.#jobs.filter((job) => job !== null);
  }

  /** Settles what was reported, and answers how much it was. */
  drain(): number {
    return this.desk.hasNews ? this.desk.take(this.#settle) : 0;
  }

  // Do not trust the bit alone. When a thread dies, its owner looks at the slots itself, and may settle a job whose bit is set already: that
  // bit is still there when the slot has its next job, which would be given the outcome of the one before.
  readonly #settle = (slot: number): void => {
    const phase = phaseOf(Atomics.load(this.desk.words, this.desk.state(slot)));
    if (phase === DONE) this.#jobs[slot]?.reported();
    else if (phase === SEALED) this.#jobs[slot]?.asked();
  };

  #ask(): void {
    this.#isRound = true;
    later(this.#round);
  }

  readonly #round = (): void => {
    this.#isRound = false;
    if (this.#toLook.size > 0) this.#look();
    if (this.drain() > 0) this.#heard(true);
    else this.#vain++;
    if (this.#isAskDue) this.#awaitAsk();
    if (this.#out === 0) return;
    if (this.#vain < this.#rounds) return this.#ask();
    this.#heard(false);
    this.#sleeper.close();
    if (this.desk.hasNews) {
      this.#sleeper.answer();
      return this.#ask();
    }
    this.#isAsleep = true;
    this.#hold.add();
    this.#sleeper.wait();
  };

  /**
   * A thread was rung that shall ask for something, after others had asked in vain. Has the next round wait for it: this thread may compute between any
   * two rounds, and never be there when one of the others is.
   */
  expectAsk(): void {
    this.#isAskDue = true;
  }

  #awaitAsk(): void {
    this.#isAskDue = false;
    this.block(COME);
    this.drain();
  }

  #heard(came: boolean): void {
    this.#patience.heard(came);
    this.#rounds = this.#patience.next();
    this.#vain = 0;
  }

  #look(): void {
    const pools = [...this.#toLook];
    this.#toLook.clear();
    for (const pool of pools) pool.lookAgain();
  }

  /**
   * A thread has ended. It may have opened the door of this one and died before it rang: then nobody else rings, for they see it open.
   * The model of this found it (`crew.model.slow.test.ts`).
   */
  lookAgain(): void {
    this.#wake();
  }

  /** Rung, or about to hand out more. */
  #wake(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    this.#hold.remove();
    this.#sleeper.answer();
    this.#vain = 0;
    this.drain();
    if (this.#out > 0) this.#ask();
  }

  /** Blocks this thread until there is news, or for so many milliseconds. False if there was none. */
  block(milliseconds: number): boolean {
    postAll();
    this.#sleeper.close();
    const isRung = this.desk.hasNews || this.#sleeper.block(milliseconds);
    this.#sleeper.answer();
    // INVARIANT: it is not asleep behind a door that is open. Nobody would ring there.
    this.#wake();
    return isRung;
  }

  /** Has all pools looked at, for a thread that blocks: what it waits for may wait for them. */
  lookAround(): void {
    for (const place of this.places) place.look();
  }
}

// Made at the first use, so that importing heddle/thread allocates nothing.
let own: Dispatcher | null = null;

/** The jobs of this thread that have slots, in no order. Makes no desk where there is none. */
export function jobsOnDesk(): Occupant[] {
  return own?.jobs() ?? [];
}

/** The dispatcher of this thread. */
export function dispatcher(): Dispatcher {
  return (own ??= new Dispatcher());
}
