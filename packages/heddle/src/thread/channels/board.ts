/**
 * Board: what the threads of one mpsc channel share in memory. Nobody else touches these words.
 *
 * | word | meaning | written by |
 * | --- | --- | --- |
 * | FREE | slots that are free; below zero where they were taken by force | all, by atomic sums and exchanges |
 * | SENDERS | senders that are open, those on their way to a thread included | all, by sums |
 * | WEAK | weak senders | all, by sums |
 * | CLOSED | 0; 1, the receiver takes no new messages; 2, it is gone | the hub; any, once the hub is gone. It only grows |
 * | AWAITED | whether somebody stands in the hub's queue for slots | the hub |
 *
 * and, for each thread with senders, a row, so that what it had can be given back when it dies:
 *
 * | word | meaning | written by |
 * | --- | --- | --- |
 * | HELD | slots of its permits, and of its messages that have not arrived at the hub | its thread takes and gives back; the hub grants, and takes what has arrived |
 * | SENDERS, WEAK | its part of the sums | its thread; who hands a sender to it |
 *
 * All accesses are sequentially consistent, as those of Atomics are. So whoever waits announces it (AWAITED) and then looks (FREE), and whoever gives back
 * writes FREE and then looks at AWAITED: one of the two sees the other.
 *
 * SAFETY: a thread that is ended from outside stops at a call or at the end of a loop's round, never between two atomic operations that follow each other. So
 * a row and its sum agree whenever somebody else can look.
 */

const FREE = 0;
const SENDERS = 1;
const WEAK = 2;
const CLOSED = 3;
const AWAITED = 4;
const WORDS = 5;

const HELD = 0;
const ROW_SENDERS = 1;
const ROW_WEAK = 2;
const ROW_WORDS = 3;

/** What {@link Board.closed} says. */
export const OPEN = 0;
export const CLOSED_BY_RECEIVER = 1;
export const DESERTED = 2;

const memory = (words: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * words));

/** The part of one thread. */
export class Row {
  readonly words: Int32Array;

  constructor(words: Int32Array = memory(ROW_WORDS)) {
    this.words = words;
  }

  get senders(): number {
    return Atomics.load(this.words, ROW_SENDERS);
  }

  /** Whether its thread has no senders, weak ones included. */
  get hasNoSenders(): boolean {
    return this.senders === 0 && Atomics.load(this.words, ROW_WEAK) === 0;
  }

  hold(count: number): void {
    Atomics.add(this.words, HELD, count);
  }

  letGo(count: number): void {
    Atomics.sub(this.words, HELD, count);
  }
}

/** The words that all share. */
export class Board {
  readonly words: Int32Array;

  constructor(words: Int32Array = memory(WORDS)) {
    this.words = words;
  }

  // ---- slots -----------------------------------------------------------------------------------

  get free(): number {
    return Atomics.load(this.words, FREE);
  }

  /** Takes slots for `row`, if they are free and nobody waits for any. */
  tryTake(count: number, row: Row): boolean {
    const { words } = this;
    if (count === 0) return true;
    if (Atomics.load(words, AWAITED) !== 0) return false;
    for (let free = Atomics.load(words, FREE); free >= count;) {
      const found = Atomics.compareExchange(words, FREE, free, free - count);
      if (found === free) {
        Atomics.add(row.words, HELD, count);
        return true;
      }
      free = found;
    }
    return false;
  }

  /** Takes a slot for `row`, free or not. */
  takeAnyway(row: Row): void {
    Atomics.sub(this.words, FREE, 1);
    Atomics.add(row.words, HELD, 1);
  }

  /** Takes up to `most` slots, for who waits first. */
  takeUpTo(most: number): number {
    const { words } = this;
    for (let free = Atomics.load(words, FREE); free > 0;) {
      const count = Math.min(free, most);
      const found = Atomics.compareExchange(words, FREE, free, free - count);
      if (found === free) return count;
      free = found;
    }
    return 0;
  }

  giveBack(count: number): void {
    Atomics.add(this.words, FREE, count);
  }

  giveBackOf(row: Row, count: number): void {
    Atomics.sub(row.words, HELD, count);
    Atomics.add(this.words, FREE, count);
  }

  // ---- ends ------------------------------------------------------------------------------------

  get senders(): number {
    return Atomics.load(this.words, SENDERS);
  }

  get weak(): number {
    return Atomics.load(this.words, WEAK);
  }

  countSenders(row: Row, by: number): void {
    Atomics.add(row.words, ROW_SENDERS, by);
    Atomics.add(this.words, SENDERS, by);
  }

  countWeak(row: Row, by: number): void {
    Atomics.add(row.words, ROW_WEAK, by);
    Atomics.add(this.words, WEAK, by);
  }

  /** Gives back all that a thread had, which is gone. */
  strike(row: Row): void {
    Atomics.add(this.words, FREE, Atomics.exchange(row.words, HELD, 0));
    Atomics.sub(this.words, SENDERS, Atomics.exchange(row.words, ROW_SENDERS, 0));
    Atomics.sub(this.words, WEAK, Atomics.exchange(row.words, ROW_WEAK, 0));
  }

  get closed(): number {
    return Atomics.load(this.words, CLOSED);
  }

  close(how: number): void {
    for (let now = this.closed; now < how;) {
      const found = Atomics.compareExchange(this.words, CLOSED, now, how);
      if (found === now) return;
      now = found;
    }
  }

  // ---- who waits -------------------------------------------------------------------------------

  get isAwaited(): boolean {
    return Atomics.load(this.words, AWAITED) !== 0;
  }

  set isAwaited(is: boolean) {
    Atomics.store(this.words, AWAITED, is ? 1 : 0);
  }
}
