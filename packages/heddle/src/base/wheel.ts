/**
 * The timer wheel: 6 levels of 64 slots over 1 ms ticks, after Varghese and Lauck (1987), filed by
 * the highest base-64 digit in which a deadline differs from `now`:
 *
 *     level   0     1      2        3         4        5         far
 *     slot    1 ms  64 ms  4.1 s    4.4 min   4.7 h    12.4 d    what is left: one list
 *
 * INVARIANT: an entry agrees with `now` in all digits above its level and is ahead of it in that
 * one. So whatever is on a lower level is due before everything on a higher one, slots never wrap,
 * the first set bit of the bitmaps is the next thing to happen, and entries for one tick always
 * meet in one slot, in the order they came. Beyond level 5, 2.2 years, is the far list, emptied
 * into the levels whenever `now` enters a new such block.
 */
import { BugError } from "./errors.js";

/**
 * Something with a deadline. The wheel owns `after` and `before`: `after` is null exactly while it
 * is not queued.
 */
export interface TimerEntry {
  /** The deadline as an absolute tick, an integer. Do not change it while the entry is queued. */
  when: number;
  after: TimerEntry | null;
  before: TimerEntry | null;
  /**
   * Called once, after the entry has left the wheel. It may insert and remove any entry, itself
   * included.
   */
  fire(): void;
}

/**
 * The sentinel of a circular list.
 *
 *     slot ⇄ oldest ⇄ … ⇄ newest ⇄ slot          empty: slot ⇄ slot
 */
class Slot implements TimerEntry {
  when = 0;
  after: TimerEntry | null = this;
  before: TimerEntry | null = this;
  fire(): void {}
}

const FAR = 6 * 64;
const TOP = 2 ** 30;
/** The ticks a slot of each level spans. */
const WIDTHS = [1, 64, 64 ** 2, 64 ** 3, 64 ** 4, TOP];

export class Wheel {
  /** The current tick. Only `advance` moves it. */
  now: number;
  /** How many entries are queued. */
  size = 0;

  /**
   * Slot `s` of level `l` is number `64 * l + s`; the far list is the last. Each is made when an entry is first filed there: a
   * runtime that uses few costs 5 µs then, instead of 18.
   */
  readonly #slots: (Slot | undefined)[] = new Array(FAR + 1).fill(undefined);
  /**
   * One bit a slot. Set when an entry is filed, cleared only when the slot is looked at and found
   * empty.
   */
  readonly #bits = new Int32Array(FAR / 32 + 1);
  /** Entries that `advance` found due and has not fired yet. */
  readonly #due = new Slot();

  constructor(now = 0) {
    this.now = now;
  }

  /** Queues an entry whose deadline is still ahead. */
  insert(entry: TimerEntry): void {
    // Do not file an entry that is already due. The slot for `now` was emptied when `now` was
    // reached and is not visited again for a whole turn of the level, so the sleeper would wake 64
    // ms late and no test of a single timer would notice.
    if (!Number.isSafeInteger(entry.when) || entry.when <= this.now || entry.after !== null) {
      throw refused("insert a timer as it must be idle and due later", this.now, entry.when);
    }
    this.#file(entry);
    this.size++;
  }

  /** Takes an entry out. False when it was not queued: it has fired, or never was. */
  remove(entry: TimerEntry): boolean {
    if (entry.after === null) return false;
    unlink(entry);
    this.size--;
    return true;
  }

  /**
   * The tick at which `advance` must be called next: never after the earliest deadline, and equal
   * to it when it is on level 0. `Infinity` when empty.
   */
  nextExpiry(): number {
    if (this.#due.after !== this.#due) return this.now;
    const index = this.#first();
    return index < 0 ? Infinity : this.#start(index);
  }

  /**
   * The earliest deadline, exactly. Reads one slot to its end, so it is for a clock that jumps.
   * `Infinity` when empty.
   */
  nextDeadline(): number {
    const index = this.#first();
    const slot = index < 0 || this.#due.after !== this.#due ? this.#due : this.#slots[index]!;
    let when = Infinity;
    for (let entry = slot.after!; entry !== slot; entry = entry.after!) {
      if (entry.when < when) when = entry.when;
    }
    return when;
  }

  /**
   * Moves `now` to `to` and fires what is due by then, in the order of the deadlines and, within a
   * tick, of insertion.
   *
   * `now` is `to` before anything fires, and an entry that a `fire` removes does not fire. When a
   * `fire` throws, the rest stay due and fire on the next call.
   *
   * @returns how many fired
   */
  advance(to: number): number {
    if (!Number.isSafeInteger(to) || to < this.now) {
      throw refused("advance the wheel", this.now, to);
    }
    for (let index = this.#first(); index >= 0; index = this.#first()) {
      const start = this.#start(index);
      if (start > to) break;
      this.now = start;
      this.#empty(index);
    }
    this.now = to;

    const due = this.#due;
    let fired = 0;
    for (let entry = due.after!; entry !== due; entry = due.after!) {
      unlink(entry);
      this.size--;
      fired++;
      entry.fire();
    }
    return fired;
  }

  /** Moves the entries of a slot that begins now down, to the levels below or to the due list. */
  #empty(index: number): void {
    const slot = this.#slots[index]!;
    let entry = slot.after!;
    // First: an entry that is still far goes back into the list that is being read.
    slot.after = slot.before = slot;
    while (entry !== slot) {
      const after = entry.after!;
      if (entry.when === this.now) append(this.#due, entry);
      else this.#file(entry);
      entry = after;
    }
  }

  #file(entry: TimerEntry): void {
    const index = this.#index(entry.when);
    this.#bits[index >> 5] |= 1 << index; // a shift counts modulo 32
    append((this.#slots[index] ??= new Slot()), entry);
  }

  /** The number of the slot for a deadline after `now`. */
  #index(when: number): number {
    // `^` sees 32 bits and ticks have up to 53, so the digits from level 5 up are compared apart.
    const now = this.now;
    const high = Math.floor(when / TOP);
    const differ = high ^ Math.floor(now / TOP);
    if (differ !== 0) return differ < 64 ? 5 * 64 + (high & 63) : FAR;
    const level = ((31 - Math.clz32(when ^ now)) / 6) | 0;
    return (level << 6) + ((when >>> (level * 6)) & 63);
  }

  /** The first tick of an occupied slot. */
  #start(index: number): number {
    const level = Math.min(index >> 6, 5); // the far list goes on where the slots of level 5 end
    const width = WIDTHS[level];
    return (Math.floor(this.now / width / 64) * 64 + index - level * 64) * width;
  }

  /**
   * The number of the earliest slot with an entry, or -1. Forgets the bits of slots it finds empty.
   */
  #first(): number {
    const bits = this.#bits;
    for (let word = 0; word < bits.length; word++) {
      for (let set = bits[word]; set !== 0; bits[word] = set &= set - 1) {
        const index = (word << 5) + 31 - Math.clz32(set & -set);
        const slot = this.#slots[index]!;
        if (slot.after !== slot) return index;
      }
    }
    return -1;
  }
}

function append(slot: Slot, entry: TimerEntry): void {
  const last = slot.before!;
  entry.before = last;
  entry.after = slot;
  last.after = slot.before = entry;
}

function unlink(entry: TimerEntry): void {
  entry.after!.before = entry.before;
  entry.before!.after = entry.after;
  entry.after = entry.before = null;
}

function refused(verb: string, now: number, tick: number): BugError {
  return new BugError(`Cannot ${verb}: it is tick ${now}, received ${tick}`);
}
