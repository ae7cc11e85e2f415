/**
 * Exchange: the memory through which threads that join offer each other work.
 *
 * Each that takes part has a **seat**, and each seat has some **cells**: what it offers, the oldest first. An offer is as large as it is old.
 *
 * | word          | meaning                                                     | writer                  | reader | ordering |
 * | ------------- | ----------------------------------------------------------- | ----------------------- | ------ | -------- |
 * | BELL          | counts: something has changed                               | all                     | all    | atomic   |
 * | STOP          | 1: join no more                                             | all                     | all    | atomic   |
 * | BEGUN, OVER   | how many of the calls at the root have begun, are over      | the seats of the two    | all    | atomic   |
 * | EXPECTED      | how many of them have threads, which will begin them        | root                    | all    | atomic   |
 * | HUNGRY        | how many seats look for work                                | all                     | all    | atomic   |
 * | THREAD + seat | the id of the thread that has it, plus 1; 0 if none has      | that thread             | all    | atomic   |
 * | cell: STATE   | see below; from bit 3 on the seat that has taken it         | owner, and who takes it | all    | atomic   |
 * | cell: LENGTH  | bytes of the offer, which follow in BYTES                    | owner, before OFFERED   | taker  | by STATE |
 *
 * | state   | meaning                          | then                                              |
 * | ------- | -------------------------------- | ------------------------------------------------- |
 * | FREE    |                                  | OFFERED (owner)                                   |
 * | OFFERED | anybody may take it              | TAKEN (another seat), FREE (owner: taken back)    |
 * | TAKEN   | a seat works on it               | DONE, REFUSED (that seat)                         |
 * | DONE    | its outcome is in the owner's port | FREE (owner)                                    |
 * | REFUSED | the seat does not know the function | FREE (owner, who does it itself)                |
 *
 * Whoever is hungry says so, then looks for offers, then sleeps. Who offers looks afterwards whether somebody is hungry. So none of the two is missed.
 */
const LINE = 16;
const BELL = 0;
const STOP = LINE;
const BEGUN = 2 * LINE;
const OVER = 2 * LINE + 1;
const EXPECTED = 2 * LINE + 2;
const HUNGRY = 3 * LINE;
const THREAD = 4 * LINE;
const CELL_0 = 8 * LINE;

const STATE = 0;
const LENGTH = 1;

export const MOST_SEATS = 4 * LINE;
/** Cells of a seat: so many offers of one thread can be open at once. */
export const CELLS = 8;
/** What an offer may take. */
export const CELL_BYTES = 4096;

export const FREE = 0;
export const OFFERED = 1;
export const TAKEN = 2;
export const DONE = 3;
export const REFUSED = 4;

const PHASE = 7;
const SEAT_SHIFT = 3;

export const phaseOf = (state: number): number => state & PHASE;
export const seatOf = (state: number): number => state >>> SEAT_SHIFT;

export class Exchange {
  readonly seats: number;
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(seats: number, memory?: SharedArrayBuffer) {
    const cells = seats * CELLS;
    const start = 4 * (CELL_0 + cells * LINE);
    this.seats = seats;
    this.memory = memory ?? new SharedArrayBuffer(start + cells * CELL_BYTES);
    this.#words = new Int32Array(this.memory, 0, start / 4);
    this.#bytes = new Uint8Array(this.memory, start);
    if (memory === undefined) this.#words[EXPECTED] = 2;
  }

  /** One of the calls at the root has no thread yet. Nobody must wait for it: that may be the thread that it needs. */
  expectsLess(): void {
    Atomics.sub(this.#words, EXPECTED, 1);
    this.ring();
  }

  /** Whether both calls at the root are over. */
  get isOver(): boolean {
    return Atomics.load(this.#words, OVER) === 2;
  }

  /** Whether nobody works on a call at the root, nor will soon. */
  get isIdle(): boolean {
    const over = Atomics.load(this.#words, OVER);
    const begun = Atomics.load(this.#words, BEGUN);
    return begun > 0 && begun === over && begun >= Atomics.load(this.#words, EXPECTED);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }

  get isHungry(): boolean {
    return Atomics.load(this.#words, HUNGRY) > 0;
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1);
    this.ring();
  }

  begins(): void {
    Atomics.add(this.#words, BEGUN, 1);
  }

  ends(): void {
    Atomics.add(this.#words, OVER, 1);
    this.ring();
  }

  /** Says which thread has a seat. @param id its id; -1 if none */
  seat(seat: number, id: number): void {
    Atomics.store(this.#words, THREAD + seat, id + 1);
  }

  /** The ids of the threads that have seats. */
  threads(): number[] {
    const ids = [];
    for (let seat = 0; seat < this.seats; seat++) ids.push(Atomics.load(this.#words, THREAD + seat) - 1);
    return ids.filter((id) => id >= 0);
  }

  /** Wakes all that sleep. */
  ring(): void {
    Atomics.add(this.#words, BELL, 1);
    if (this.isHungry) Atomics.notify(this.#words, BELL);
  }

  /** Sleeps until somebody rings, or for so many milliseconds, unless `look` finds something when others see already that this one is hungry. */
  sleep<T>(look: () => T | null, milliseconds: number): T | null {
    Atomics.add(this.#words, HUNGRY, 1);
    const bell = Atomics.load(this.#words, BELL);
    const found = look();
    if (found === null) Atomics.wait(this.#words, BELL, bell, milliseconds);
    Atomics.sub(this.#words, HUNGRY, 1);
    return found;
  }

  state(cell: number): number {
    return Atomics.load(this.#words, CELL_0 + cell * LINE + STATE);
  }

  /** Puts an offer into a cell of one's own, which is free. */
  offer(cell: number, bytes: Uint8Array): void {
    // SAFETY: nobody reads the cell before its state says OFFERED.
    this.#bytes.set(bytes, cell * CELL_BYTES);
    this.#words[CELL_0 + cell * LINE + LENGTH] = bytes.length;
    Atomics.store(this.#words, CELL_0 + cell * LINE + STATE, OFFERED);
    if (this.isHungry) this.ring();
  }

  /** Takes an offer: the owner to have it back, another seat to work on it. False if somebody else has it. */
  take(cell: number, seat: number | null): boolean {
    const to = seat === null ? FREE : TAKEN | (seat << SEAT_SHIFT);
    return Atomics.compareExchange(this.#words, CELL_0 + cell * LINE + STATE, OFFERED, to) === OFFERED;
  }

  /** What was offered in a cell. Whoever has taken it may ask. */
  bytes(cell: number): Uint8Array {
    const start = cell * CELL_BYTES;
    return this.#bytes.slice(start, start + this.#words[CELL_0 + cell * LINE + LENGTH]!);
  }

  /** Says what became of an offer that one has taken, or that one's own is over. */
  settle(cell: number, phase: number, seat: number): void {
    Atomics.store(this.#words, CELL_0 + cell * LINE + STATE, phase | (seat << SEAT_SHIFT));
    if (phase !== FREE) this.ring();
  }
}
