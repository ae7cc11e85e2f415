/**
 * SharedRing: records of bytes, from many threads to many, first in, first out.
 *
 * Each cell has a state that says in one word what it is, of which lap, and whose. So nothing that a thread does takes two steps of which it could die
 * in between: whoever finds a cell claimed by one that is over goes on from there.
 *
 *     FREE(lap) ──claim──► CLAIMED(lap, name) ──written──► FULL(lap) ──take──► TAKEN(lap, name) ──read──► FREE(lap + 1)
 *         │                     └─ name is over: a reader skips it ──────────────────────────────────────────▲ ▲
 *         │                                                     a writer takes it over ◄── name is over ──┘
 *         └─ closed, and a reader has come: TAKEN(lap, nobody), the end
 *
 * Tail and head only say where to look. Whoever finds that a cell is past them moves them on. After Vyukov's bounded queue, with the claim in the cell
 * instead of in the counters.
 */
import { async } from "../../future/async.js";
import { ClosedError } from "../../base/errors.js";
import type { Future } from "../../future/poll.js";
import { Bell } from "./bell.js";
import { checkBuffer } from "./buffers.js";
import { checkBytes } from "./byte-ring.js";
import { Deadline } from "./deadline.js";
import { here } from "./here.js";
import {
  CELL_LENGTH,
  CELL_RECORD,
  CELL_STATE,
  RING_CELL,
  RING_CELLS,
  RING_CLOSED,
  RING_DRAINED,
  RING_FILLED,
  RING_HEAD,
  RING_RECORD_BYTES,
  RING_TAIL,
} from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import { type BlockingOptions, checkCount } from "./refusals.js";
import { arrives, SharedThing } from "./shared-thing.js";

const LAP_SHIFT = 23;
const LAPS = 0x1ff;
const PHASE = 3 << 21;
const NAME = (1 << 21) - 1;

const FREE = 0;
const CLAIMED = 1 << 21;
const FULL = 2 << 21;
const TAKEN = 3 << 21;

const MOST_CELLS = 2 ** 20;
const MOST_BYTES = 2 ** 24;

const verbPush = "push to a shared ring";
const verbPop = "pop from a shared ring";

/** The state of a cell. */
const stateOf = (lap: number, phase: number, name: number): number => ((lap & LAPS) << LAP_SHIFT) | phase | name;

/** What a pop found. */
const NOTHING = 0;
const RECORD = 1;
const END = 2;

/** A wait until a push, or a pop, may succeed. One at a time is let on in each thread: see `Gate`. */
class Ready extends SharedWait<void> {
  declare private readonly gate: Gate;
  declare readonly label: string;

  constructor(gate: Gate) {
    super(gate.pump);
    this.label = gate.label;
    this.gate = gate;
  }

  protected attempt(): boolean {
    const { gate } = this;
    if (gate.isLettingOn || !gate.isThere()) return false;
    gate.isLettingOn = true;
    return true;
  }

  protected outcome(): void {
    this.gate.isLettingOn = false;
  }

  protected undo(isGranted: boolean): void {
    if (!isGranted) return;
    this.gate.isLettingOn = false;
    this.gate.pump.lookAgain();
  }
}

/**
 * Lets the tasks of this thread on one by one. What a task waits for is there for others as well, so one that was let on tries, and the next
 * is let on behind it. Dropped in between, it has taken nothing that would be lost.
 */
class Gate {
  isLettingOn = false;

  constructor(
    readonly pump: Pump,
    readonly label: string,
    readonly isThere: () => boolean,
  ) {}
}

const push = /* @__PURE__ */ async(function* (ring: SharedRing, gate: Gate, record: Uint8Array) {
  try {
    while (!gate.pump.isEmpty || !ring.tryPush(record)) {
      yield* new Ready(gate);
      if (ring.tryPush(record)) break;
    }
  } finally {
    gate.pump.lookAgain();
  }
});

const pop = /* @__PURE__ */ async(function* (ring: SharedRing, gate: Gate) {
  try {
    let record = gate.pump.isEmpty ? ring.popNow() : NOTHING;
    while (record === NOTHING) {
      yield* new Ready(gate);
      record = ring.popNow();
    }
    return record === END ? undefined : record;
  } finally {
    gate.pump.lookAgain();
  }
});

/**
 * A bounded queue of records that threads share: any may push, any may pop. A record is bytes, at most `recordBytes` of them.
 *
 * **Fairness**: records come out in the order in which their pushes claimed a place. Among those who wait there is no order across threads.
 *
 * **Death**: a thread that dies while it pushes leaves a gap that is skipped; one that dies while it pops has had the record. Nobody is held up.
 *
 * @example
 * ```ts
 * import { async, joinAll, run } from "heddle";
 * import { SharedRing } from "heddle/thread";
 *
 * const ring = new SharedRing({ capacity: 2, recordBytes: 8 });
 * const source = async(function* () {
 *   for (let n = 1; n <= 5; n++) yield* ring.push(Uint8Array.of(n, n * n));
 *   ring.close();
 * });
 * const destination = async(function* () {
 *   let sum = 0;
 *   for (let record; (record = yield* ring.pop()) !== undefined; ) sum += record[1]!;
 *   return sum;
 * });
 * console.log((await run(joinAll([source(), destination()])))[1]);
 * // prints: 55
 * ```
 */
export class SharedRing extends SharedThing {
  /** How many records it has room for. */
  readonly capacity: number;
  /** How many bytes a record may have. */
  readonly recordBytes: number;
  readonly #bytes: Uint8Array;
  readonly #filled: Bell;
  readonly #drained: Bell;
  readonly #canPush: Gate;
  readonly #canPop: Gate;
  readonly #me: number;
  /** A position shifted by this is its lap. */
  readonly #lapShift: number;
  readonly #cellWords: number;

  /**
   * @param options `capacity`: how many records, an integer from 1 to 2 ** 20, rounded up to a power of two (1024); `recordBytes`: how many bytes a
   * record may have, an integer from 1 to 2 ** 24 (64)
   * @throws RangeError, TypeError if they are not
   */
  constructor(options?: {
    readonly capacity?: number | undefined;
    readonly recordBytes?: number | undefined;
    readonly buffer?: SharedArrayBuffer;
  }) {
    const { capacity = 1024, recordBytes = 64, buffer } = options ?? {};
    if (buffer === undefined) {
      checkCount(capacity, 1, MOST_CELLS, "create a shared ring", "capacity");
      checkCount(recordBytes, 1, MOST_BYTES, "create a shared ring", "recordBytes");
    }
    const cells = 2 ** Math.ceil(Math.log2(capacity));
    super("recordRing", buffer, (RING_CELL + cells * wordsOf(recordBytes)) * 4, undefined);
    if (buffer === undefined) {
      // SAFETY: nobody else has the buffer yet; the two never change.
      this.words[RING_CELLS] = cells;
      this.words[RING_RECORD_BYTES] = recordBytes;
    }
    this.#bytes = new Uint8Array(this.buffer);
    this.capacity = this.words[RING_CELLS]!;
    this.recordBytes = this.words[RING_RECORD_BYTES]!;
    this.#lapShift = Math.log2(this.capacity);
    this.#cellWords = wordsOf(this.recordBytes);
    this.#filled = new Bell(this.words, RING_FILLED);
    this.#drained = new Bell(this.words, RING_DRAINED);
    this.#canPush = new Gate(Pump.of(this.#drained), "sharedRing.push()", () => this.#isPushable());
    this.#canPop = new Gate(Pump.of(this.#filled), "sharedRing.pop()", () => this.#isPoppable());
    this.#me = here.id + 1;
  }

  /** The ring whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): SharedRing {
    return new SharedRing({ buffer: checkBuffer("recordRing", buffer) });
  }

  /** How many records are in it, those that are being pushed or popped included. */
  get length(): number {
    const length = (Atomics.load(this.words, RING_TAIL) - Atomics.load(this.words, RING_HEAD)) | 0;
    return Math.min(Math.max(length, 0), this.capacity);
  }

  /** Whether it was closed. There may still be records in it. */
  get isClosed(): boolean {
    return Atomics.load(this.words, RING_CLOSED) !== 0;
  }

  /**
   * Pushes a record, if there is room.
   *
   * @throws TypeError, RangeError for what is no such record; ClosedError `channel.closed`
   */
  tryPush(record: Uint8Array): boolean {
    checkBytes(record, verbPush, "record");
    if (record.length > this.recordBytes)
      throw new RangeError(
        `Cannot ${verbPush} as 'record' must have at most ${this.recordBytes} bytes: received ${record.length}`,
      );
    const words = this.words;
    for (;;) {
      if (this.isClosed) throw closed();
      const tail = Atomics.load(words, RING_TAIL);
      const lap = (tail >>> this.#lapShift) & LAPS;
      const at = this.#cellAt(tail);
      const state = Atomics.load(words, at + CELL_STATE);
      const ahead = ((state >>> LAP_SHIFT) - lap) & LAPS;
      if (ahead === LAPS) {
        // Of the lap before: not free yet, unless who took it is over.
        if (this.#isAbandoned(state, TAKEN)) this.#move(at, state, stateOf(lap, FREE, 0));
        else if (Atomics.load(words, RING_TAIL) === tail) return false;
      } else if (ahead !== 0 || (state & PHASE) !== FREE) {
        // Nobody comes behind the end: a reader has been told that there is none.
        if (ahead === 0 && (state & (PHASE | NAME)) === TAKEN) throw closed();
        this.#advance(RING_TAIL, tail);
      } else if (this.#move(at, state, stateOf(lap, CLAIMED, this.#me))) {
        this.#advance(RING_TAIL, tail);
        // SAFETY: the cell is ours from the claim until FULL; who takes it behind that sees the record whole.
        Atomics.store(words, at + CELL_LENGTH, record.length);
        this.#bytes.set(record, (at + CELL_RECORD) * 4);
        Atomics.store(words, at + CELL_STATE, stateOf(lap, FULL, 0));
        this.#filled.ringOne();
        // Who was woken for this room found others before it, perhaps: whoever gets on wakes the next.
        if (this.#drained.isHeard && this.#isPushable()) this.#drained.ringOne();
        return true;
      }
    }
  }

  /** Pops the oldest record, if there is one; else undefined, also at the end. Throws nothing. */
  tryPop(): Uint8Array | undefined {
    const record = this.popNow();
    return typeof record === "number" ? undefined : record;
  }

  /** @internal The oldest record, or what is the case if there is none. */
  popNow(): Uint8Array | typeof NOTHING | typeof END {
    const words = this.words;
    for (;;) {
      const head = Atomics.load(words, RING_HEAD);
      const lap = (head >>> this.#lapShift) & LAPS;
      const at = this.#cellAt(head);
      const state = Atomics.load(words, at + CELL_STATE);
      const found = this.#look(state, lap);
      if (found === RECORD) {
        if (!this.#move(at, state, stateOf(lap, TAKEN, this.#me))) continue;
        this.#advance(RING_HEAD, head);
        // SAFETY: the cell is ours from FULL until FREE, and its record was written before FULL.
        const length = Atomics.load(words, at + CELL_LENGTH);
        const record = new Uint8Array(length);
        const from = (at + CELL_RECORD) * 4;
        record.set(this.#bytes.subarray(from, from + length));
        Atomics.store(words, at + CELL_STATE, stateOf(lap + 1, FREE, 0));
        this.#drained.ringOne();
        // As in `tryPush`: who was woken for this record may have come to one that was not written yet, and sleeps again.
        if (this.#filled.isHeard && this.#isPoppable()) this.#filled.ringOne();
        return record;
      }
      if (found === END) return END;
      const phase = state & PHASE;
      const ahead = ((state >>> LAP_SHIFT) - lap) & LAPS;
      if (ahead === LAPS && this.isClosed && this.#isAbandoned(state, TAKEN)) {
        this.#move(at, state, stateOf(lap, FREE, 0));
      } else if (ahead === 0 && phase === FREE && this.isClosed) {
        // Those who came before it could be said that this is the end sleep again.
        if (this.#move(at, state, stateOf(lap, TAKEN, 0))) this.#filled.ringAll();
      } else if (ahead === 0 && phase === CLAIMED && this.#isAbandoned(state, CLAIMED)) {
        if (this.#move(at, state, stateOf(lap + 1, FREE, 0))) this.#drained.ringOne();
      } else if (ahead === LAPS || (ahead === 0 && phase !== TAKEN)) {
        // Not written yet; or not even free yet, because who took the record of the lap before still reads it.
        if (Atomics.load(words, RING_HEAD) === head) return NOTHING;
      } else this.#advance(RING_HEAD, head);
    }
  }

  /** What a cell in that state is to a reader whose turn it is. */
  #look(state: number, lap: number): typeof NOTHING | typeof RECORD | typeof END {
    if (state === stateOf(lap, FULL, 0)) return RECORD;
    return state === stateOf(lap, TAKEN, 0) ? END : NOTHING;
  }

  /**
   * Pushes a record, as a task, when there is room.
   *
   * **Cancel safety**: nothing was pushed if it is dropped.
   *
   * @throws as {@link tryPush} does
   */
  push(record: Uint8Array): Future<void> {
    return push(this, this.#canPush, record);
  }

  /**
   * Pops the oldest record, as a task, when there is one; undefined once it is closed and empty.
   *
   * **Cancel safety**: nothing was popped if it is dropped.
   */
  pop(): Future<Uint8Array | undefined> {
    return pop(this, this.#canPop);
  }

  /** As {@link push}, blocking the thread. Throws ElapsedError `shared.elapsed`, HeddleError `thread.cannot-block`, too. */
  pushBlocking(record: Uint8Array, options?: BlockingOptions): void {
    let deadline: Deadline | undefined;
    while (!this.tryPush(record)) {
      deadline ??= new Deadline(options, verbPush);
      if (!this.#drained.block(this.#canPush.isThere, deadline)) throw deadline.error;
    }
  }

  /** As {@link pop}, blocking the thread. Throws ElapsedError `shared.elapsed`, HeddleError `thread.cannot-block`. */
  popBlocking(options?: BlockingOptions): Uint8Array | undefined {
    let deadline: Deadline | undefined;
    for (;;) {
      const record = this.popNow();
      if (record === END) return undefined;
      if (record !== NOTHING) return record;
      deadline ??= new Deadline(options, verbPop);
      if (!this.#filled.block(this.#canPop.isThere, deadline)) throw deadline.error;
    }
  }

  /** Nothing more is pushed; what is there is popped, then all come to the end. */
  close(): void {
    Atomics.store(this.words, RING_CLOSED, 1);
    this.#filled.ringAll();
    this.#drained.ringAll();
  }

  /** Whether a push would not have to wait. */
  #isPushable(): boolean {
    const tail = Atomics.load(this.words, RING_TAIL);
    const state = Atomics.load(this.words, this.#cellAt(tail) + CELL_STATE);
    const ahead = ((state >>> LAP_SHIFT) - (tail >>> this.#lapShift)) & LAPS;
    return ahead !== LAPS || this.#isAbandoned(state, TAKEN) || this.isClosed;
  }

  /** Whether a pop would not have to wait. */
  #isPoppable(): boolean {
    const head = Atomics.load(this.words, RING_HEAD);
    const state = Atomics.load(this.words, this.#cellAt(head) + CELL_STATE);
    const ahead = ((state >>> LAP_SHIFT) - (head >>> this.#lapShift)) & LAPS;
    if (ahead === LAPS) return this.isClosed && this.#isAbandoned(state, TAKEN);
    if (ahead !== 0) return true;
    const phase = state & PHASE;
    if (phase === FREE) return this.isClosed;
    return phase !== CLAIMED || this.#isAbandoned(state, CLAIMED);
  }

  #cellAt(position: number): number {
    return RING_CELL + (position & (this.capacity - 1)) * this.#cellWords;
  }

  #move(at: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.words, at + CELL_STATE, from, to) === from;
  }

  #advance(counter: number, from: number): void {
    Atomics.compareExchange(this.words, counter, from, (from + 1) | 0);
  }

  #isAbandoned(state: number, phase: number): boolean {
    return (state & PHASE) === phase && (state & NAME) !== 0 && here.isOver((state & NAME) - 1);
  }

  /** @internal */
  threadEnded(): void {
    this.#filled.ringAll();
    this.#drained.ringAll();
  }
}

arrives("recordRing", (buffer) => SharedRing.from(buffer));

function wordsOf(recordBytes: number): number {
  return CELL_RECORD + ((recordBytes + 3) >> 2);
}

function closed(): ClosedError {
  return new ClosedError("channel.closed", `Cannot ${verbPush}: it was closed`, {
    help: "close it after the last push",
  });
}
