/**
 * Where everything lies in the memory that threads share to hand each other jobs. Nobody else knows an offset.
 *
 * There are two kinds of memory. A **desk** belongs to a thread that hands out jobs: the jobs' slots, and what says which are done. A **board**
 * belongs to a pool: the queue of the jobs that any of its threads may take, and what each of those threads is doing.
 *
 * | desk: word     | meaning                                        | writer                          | reader        | ordering |
 * | -------------- | ---------------------------------------------- | ------------------------------- | ------------- | -------- |
 * | DOOR           | whether the owner sleeps (see `door.ts`)        | owner; AWAKE: whoever rings      | all           | atomic   |
 * | SUMMARY + i    | bit b: word 32 i + b of DONE has a bit set      | threads set, owner takes        | owner         | atomic   |
 * | DONE + i       | bit b: the job in slot 32 i + b is over         | threads set, owner takes        | owner         | atomic   |
 * | slot: STATE    | ticket, member, phase (see `slot.ts`)           | owner and the member that has it | all           | atomic   |
 * | slot: FUNCTION | number of the function                         | owner, before QUEUED            | its member    | by STATE |
 * | slot: SHAPE    | how many values there are, and of what types   | owner before QUEUED; member before DONE | the other | by STATE |
 * | slot: VALUES   | the arguments, then the outcome                | as SHAPE                        | the other     | by STATE |
 * | slot: text     | the characters of those that are texts         | as SHAPE                        | the other     | by STATE |
 *
 * | board: word    | meaning                                        | writer                          | reader        | ordering |
 * | -------------- | ---------------------------------------------- | ------------------------------- | ------------- | -------- |
 * | HEAD           | how many entries have been taken               | whoever takes one               | all           | atomic   |
 * | TAIL           | how many entries have been put there            | owner                           | all           | atomic   |
 * | VAIN           | how often a member was rung for nothing         | members                         | owner         | atomic   |
 * | member: DOOR   | whether it sleeps, or is not there (`door.ts`) | member, owner; AWAKE: who rings | all          | atomic   |
 * | member: LIVE   | how many jobs it has                           | member; owner when it is over    | all           | atomic   |
 * | member: SPINS  | whether it looks for work without pause        | member; owner when it is over    | members       | atomic   |
 * | member: LOADS  | how many modules it is loading                 | member; owner when it is over    | owner         | atomic   |
 * | member: LETTERS | how many letters it has been sent              | owner                           | member        | atomic   |
 * | RING + i       | an entry: ticket and slot                      | owner, before TAIL              | members       | by TAIL  |
 */
import { Buffer } from "node:buffer";

// Words that different threads write stand on different lines of the cache, which are 64 bytes.
const LINE = 16;

/** How many jobs of one thread can be out at the same time. More wait in a list of the owner's. */
export const SLOTS = 2048;
const DONE_WORDS = SLOTS / 32;
export const SUMMARY_WORDS = DONE_WORDS / 32;

/** How many values a slot holds: arguments, or an outcome. */
export const SLOT_VALUES = 12;
/** How many characters of text a slot holds, in 16 bits each: an object of 1 KB, and most names and paths. Pages that nobody writes are never there. */
export const SLOT_TEXT = 2048;
const SLOT_WORDS = 32;

const DESK_DOOR = 0;
const SUMMARY = LINE;
const DONE = 2 * LINE;
const SLOT_0 = DONE + DONE_WORDS + 2 * LINE;

const STATE = 0;
const FUNCTION = 1;
const SHAPE = 2;
const VALUES = 8;

/** The most threads that a pool can have. A member has 9 bits in a slot's state. */
export const MOST_MEMBERS = 512;

const HEAD = 0;
const TAIL = LINE;
const VAIN = 2 * LINE;
const MEMBER_0 = 3 * LINE;
const MEMBER_DOOR = 0;
const LIVE = 1;
const SPINS = 2;
const LOADS = 3;
const LETTERS = 4;

/** How many entries the ring of a board has: twice the slots, for entries of jobs that were called off lie there until somebody comes to them. */
export const RING = 2 * SLOTS;

/** The memory of a thread that hands out jobs. */
export class Desk {
  readonly memory: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly values: Float64Array;
  readonly #bytes: Buffer;
  /** Where the text of the first slot begins. */
  readonly #text: number;

  /** @param slots fewer only for tests that look at every step */
  constructor(memory?: SharedArrayBuffer, slots = SLOTS) {
    const text = (SLOT_0 + slots * SLOT_WORDS) * 4;
    memory ??= new SharedArrayBuffer(text + slots * 2 * SLOT_TEXT);
    this.memory = memory;
    this.words = new Int32Array(memory, 0, text >> 2);
    this.values = new Float64Array(memory, 0, text >> 3);
    this.#bytes = Buffer.from(memory);
    this.#text = text;
  }

  get door(): number {
    return DESK_DOOR;
  }

  state(slot: number): number {
    return SLOT_0 + slot * SLOT_WORDS + STATE;
  }

  function(slot: number): number {
    return SLOT_0 + slot * SLOT_WORDS + FUNCTION;
  }

  shape(slot: number): number {
    return SLOT_0 + slot * SLOT_WORDS + SHAPE;
  }

  /** The index into `values` of the first value of a slot. */
  value(slot: number): number {
    return (SLOT_0 + slot * SLOT_WORDS + VALUES) >> 1;
  }

  /** Writes text into a slot's, from character `at` on. */
  putText(slot: number, at: number, text: string): void {
    this.#bytes.write(text, this.#text + 2 * (slot * SLOT_TEXT + at), "utf16le");
  }

  textOf(slot: number, at: number, length: number): string {
    const start = this.#text + 2 * (slot * SLOT_TEXT + at);
    return this.#bytes.toString("utf16le", start, start + 2 * length);
  }

  /** Says that the job in a slot is over. */
  report(slot: number): void {
    const word = slot >>> 5;
    // INVARIANT: the bit first, then the summary. The owner takes the summary first: it may find the bit early, but never misses it.
    Atomics.or(this.words, DONE + word, 1 << (slot & 31));
    Atomics.or(this.words, SUMMARY + (word >>> 5), 1 << (word & 31));
  }

  /** Whether something was reported. */
  get hasNews(): boolean {
    const { words } = this;
    for (let at = SUMMARY; at < SUMMARY + SUMMARY_WORDS; at++) if (Atomics.load(words, at) !== 0) return true;
    return false;
  }

  /** Takes what was reported, and answers how much it was. */
  take(each: (slot: number) => void): number {
    const { words } = this;
    let count = 0;
    for (let i = 0; i < SUMMARY_WORDS; i++) {
      if (Atomics.load(words, SUMMARY + i) === 0) continue;
      for (let summary = Atomics.exchange(words, SUMMARY + i, 0); summary !== 0; summary &= summary - 1) {
        const word = (i << 5) + lowest(summary);
        for (let done = Atomics.exchange(words, DONE + word, 0); done !== 0; done &= done - 1) {
          count++;
          each((word << 5) + lowest(done));
        }
      }
    }
    return count;
  }
}

/** The memory of a pool. */
export class Board {
  readonly memory: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly members: number;
  readonly ring: number;
  readonly head = HEAD;
  readonly tail = TAIL;
  readonly vain = VAIN;

  /** @param ring how many entries there is place for, a power of two; fewer only for tests that look at every step */
  constructor(members: number, memory?: SharedArrayBuffer, ring = RING) {
    memory ??= new SharedArrayBuffer((MEMBER_0 + members * LINE + ring) * 4);
    this.ring = ring;
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.members = members;
  }

  door(member: number): number {
    return MEMBER_0 + member * LINE + MEMBER_DOOR;
  }

  live(member: number): number {
    return MEMBER_0 + member * LINE + LIVE;
  }

  spins(member: number): number {
    return MEMBER_0 + member * LINE + SPINS;
  }

  loads(member: number): number {
    return MEMBER_0 + member * LINE + LOADS;
  }

  letters(member: number): number {
    return MEMBER_0 + member * LINE + LETTERS;
  }

  entry(count: number): number {
    return MEMBER_0 + this.members * LINE + (count & (this.ring - 1));
  }
}

/** The number of the lowest bit that is set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
