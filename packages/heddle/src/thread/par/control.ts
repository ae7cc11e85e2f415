/**
 * How the threads of one parallel run share it out: the words of shared memory that all of them have, and the claims that each makes.
 *
 * | word   | meaning                                                              | writer         | reader | ordering |
 * | ------ | -------------------------------------------------------------------- | -------------- | ------ | -------- |
 * | CURSOR | how many units have been claimed; past the end when all have           | all, by adding | all    | atomic   |
 * | STOP   | 1: claim no more                                                     | all            | all    | atomic   |
 * | FOUND  | the first unit of the earliest claim in which the item sought was found | all, downwards | all    | atomic   |
 *
 * A unit is one item, or several where there are more than a word can count, or where they lie in pieces.
 *
 * Claims are guided: a fourth of what would be left for each, so that they are large at first and small in the end, when they have to balance. They are
 * not so small that claiming shows, nor so large that a stop has to wait for them: both limits follow from what items were measured to cost.
 */
import { hostNow } from "../../base/clock.js";

// Words that different threads write stand on different lines of the cache.
const LINE = 16;
const CURSOR = 0;
const STOP = LINE;
const FOUND = 2 * LINE;
const WORDS = 3 * LINE;

const NOT_FOUND = 0x7fffffff;
/** So that the cursor never overflows: claims that come too late add to it as well. */
const MOST_UNITS = 2 ** 30;

/** A claim should take at least and at most so many milliseconds. */
const LEAST = 0.05;
const MOST = 5;
/** The first claim, before anything is known of what an item costs. */
const FIRST = 16;
const SHARE = 4;

/** What the claims of one run have in common. Can be cloned. */
export interface Sharing {
  readonly words: Int32Array;
  readonly length: number;
  /** Items in a unit. */
  readonly unit: number;
  /** How many threads take part. */
  readonly threads: number;
  /** Items in a claim, if the program says it; else 0. */
  readonly chunk: number;
  /** What an item costs, in milliseconds; 0 if nobody knows. */
  readonly cost: number;
}

/** @param step how many items should be claimed together */
export function sharing(length: number, step: number, rest: Pick<Sharing, "threads" | "chunk" | "cost">): Sharing {
  const words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  words[FOUND] = NOT_FOUND;
  return { words, length, unit: step * Math.ceil(length / step / MOST_UNITS) || 1, ...rest };
}

/** Lets nobody claim any more. */
export function stop({ words }: Sharing): void {
  Atomics.store(words, STOP, 1);
}

/** Whether there is nothing left to claim. */
export function isExhausted({ words, length, unit }: Sharing): boolean {
  return (
    Atomics.load(words, STOP) !== 0 ||
    Atomics.load(words, FOUND) !== NOT_FOUND ||
    Atomics.load(words, CURSOR) * unit >= length
  );
}

/** The claims of one thread. */
export class Claims {
  /** The items that were claimed last: from `from` on, before `to`. */
  from = 0;
  to = 0;
  /** How many items this thread has done, and how long it took, in milliseconds. */
  items = 0;
  time = 0;
  readonly #words: Int32Array;
  readonly #units: number;
  readonly #sharing: Sharing;
  #startedAt = 0;
  /** Of a unit, in milliseconds; 0 while unknown. */
  #cost: number;

  constructor(sharing: Sharing) {
    this.#sharing = sharing;
    this.#words = sharing.words;
    this.#units = Math.ceil(sharing.length / sharing.unit);
    this.#cost = sharing.cost * sharing.unit;
  }

  /** Claims what comes next. False if nothing is left. @param most how many milliseconds it should take at most */
  next(most = MOST): boolean {
    const words = this.#words;
    if (Atomics.load(words, STOP) !== 0) return false;
    const left = this.#units - Atomics.load(words, CURSOR);
    if (left <= 0) return false;
    const size = this.#size(left, most);
    const start = Atomics.add(words, CURSOR, size);
    // Claims grow in order: whoever is behind what was found has nothing more to find.
    if (start >= this.#units || start > Atomics.load(words, FOUND)) return false;
    const { unit, length } = this.#sharing;
    this.from = start * unit;
    this.to = Math.min(length, (start + size) * unit);
    this.#startedAt = hostNow();
    return true;
  }

  #size(left: number, most: number): number {
    const { chunk, unit, threads } = this.#sharing;
    if (chunk > 0) return Math.min(left, Math.ceil(chunk / unit));
    const share = Math.ceil(left / (SHARE * threads));
    if (this.#cost === 0) return Math.min(share, FIRST);
    const size = Math.max(share, Math.ceil(LEAST / this.#cost));
    return Math.max(1, Math.min(size, Math.floor(most / this.#cost), left));
  }

  /** The claim was worked off. */
  done(): void {
    const items = this.to - this.from;
    const time = hostNow() - this.#startedAt;
    this.items += items;
    this.time += time;
    // The clock may stand still meanwhile.
    this.#cost = Math.max(1e-6, (time / items) * this.#sharing.unit);
  }

  /** What was sought is in the last claim. */
  found(): void {
    const words = this.#words;
    const start = this.from / this.#sharing.unit;
    for (let now = Atomics.load(words, FOUND); start < now;) {
      const seen = Atomics.compareExchange(words, FOUND, now, start);
      if (seen === now) return;
      now = seen;
    }
  }
}
