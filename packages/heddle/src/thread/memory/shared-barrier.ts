/**
 * SharedBarrier: lets no thread on before a number of them have come, again and again.
 *
 * One word has the round and how many have come. The last one to come writes the next round, and rings.
 */
import type { Future } from "../../future/poll.js";
import { Bell } from "./bell.js";
import { checkBuffer } from "./buffers.js";
import { Deadline } from "./deadline.js";
import {
  BARRIER_BELL,
  BARRIER_COUNT_MASK,
  BARRIER_ROUND_SHIFT,
  BARRIER_SIZE,
  BARRIER_STATE,
  BARRIER_WORDS,
} from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import { type BlockingOptions, checkCount } from "./refusals.js";
import { arrives, SharedThing } from "./shared-thing.js";

/** What waiting at a {@link SharedBarrier} gives. */
export interface SharedBarrierResult {
  /** Of exactly one of those who go on together: the one that came last. */
  readonly isLeader: boolean;
}

const LEADER: SharedBarrierResult = /* @__PURE__ */ Object.freeze({ isLeader: true });
const FOLLOWER: SharedBarrierResult = /* @__PURE__ */ Object.freeze({ isLeader: false });
/** Of who came last, in place of the round that it need not wait for. */
const LAST = -1;

class Arrival extends SharedWait<SharedBarrierResult> {
  declare private readonly barrier: SharedBarrier;
  declare private round: number;

  constructor(barrier: SharedBarrier) {
    super(barrier.pump);
    this.barrier = barrier;
    this.round = LAST;
  }

  get label(): string {
    return "sharedBarrier.wait()";
  }

  protected override begin(): void {
    this.round = this.barrier.arrive();
  }

  protected override get isReady(): boolean {
    return this.round === LAST;
  }

  protected attempt(): boolean {
    return this.barrier.isPast(this.round);
  }

  protected outcome(): SharedBarrierResult {
    return this.round === LAST ? LEADER : FOLLOWER;
  }

  // It has come, and counts: who goes away keeps nobody waiting.
  protected undo(): void {}
}

/**
 * Holds up threads, or tasks of several, until `size` of them have come; then all go on, and the next ones are held up.
 *
 * **Fairness**: all go on together, in no order. **Death**: who has come counts, also when its thread has died since. One that dies before it comes
 * is missed for ever: nobody knows that it was to come. Where that may happen, give {@link waitBlocking} a `timeout`.
 *
 * @example
 * ```ts
 * import { async, joinAll, run } from "heddle";
 * import { SharedBarrier } from "heddle/thread";
 *
 * const start = new SharedBarrier(3);
 * const runner = async(function* (name: string) {
 *   const { isLeader } = yield* start.wait();
 *   return isLeader ? `${name}, who came last` : name;
 * });
 * console.log((await run(joinAll(["ada", "alan", "grace"].map(runner)))).join(" · "));
 * // prints: ada · alan · grace, who came last
 * ```
 */
export class SharedBarrier extends SharedThing {
  /** How many go on together. */
  readonly size: number;
  /** @internal */
  readonly pump: Pump;
  readonly #bell: Bell;

  /**
   * @param size how many are to come, an integer from 1 to 65,535
   * @throws RangeError, TypeError if it is not
   */
  constructor(size: number, buffer?: SharedArrayBuffer) {
    if (buffer === undefined) checkCount(size, 1, BARRIER_COUNT_MASK, "create a shared barrier", "size");
    super("barrier", buffer, BARRIER_WORDS * 4, undefined);
    // SAFETY: nobody else has the buffer yet; the size never changes.
    if (buffer === undefined) this.words[BARRIER_SIZE] = size;
    this.size = this.words[BARRIER_SIZE]!;
    this.#bell = new Bell(this.words, BARRIER_BELL);
    this.pump = Pump.of(this.#bell);
  }

  /** The barrier whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): SharedBarrier {
    return new SharedBarrier(1, checkBuffer("barrier", buffer));
  }

  /** How many have come in this round. */
  get arrived(): number {
    return Atomics.load(this.words, BARRIER_STATE) & BARRIER_COUNT_MASK;
  }

  /**
   * Comes, and waits until `size` have, as a task. The one that comes last does not wait.
   *
   * **Cancel safety**: none. Who has come counts, and who is dropped while it waits goes on counting: the others go on without it.
   */
  wait(): Future<SharedBarrierResult> {
    return new Arrival(this);
  }

  /**
   * As {@link wait}, blocking the thread. Who gives up when the timeout has passed goes on counting.
   *
   * @throws HeddleError `thread.cannot-block`, ElapsedError `shared.elapsed`
   */
  waitBlocking(options?: BlockingOptions): SharedBarrierResult {
    const deadline = new Deadline(options, "wait at a shared barrier");
    const round = this.arrive();
    if (round === LAST) return LEADER;
    if (!this.#bell.block(() => this.isPast(round), deadline)) throw deadline.error;
    return FOLLOWER;
  }

  /** @internal Counts one more. Answers the round that it waits for to be over; -1 for the last, who has ended it. */
  arrive(): number {
    const words = this.words;
    for (;;) {
      const state = Atomics.load(words, BARRIER_STATE);
      const round = state >>> BARRIER_ROUND_SHIFT;
      const isLast = (state & BARRIER_COUNT_MASK) + 1 === this.size;
      // SAFETY: one word has both, so of those who come at once exactly one is the last.
      const next = isLast ? ((round + 1) << BARRIER_ROUND_SHIFT) | 0 : state + 1;
      if (Atomics.compareExchange(words, BARRIER_STATE, state, next) !== state) continue;
      if (!isLast) return round;
      this.#bell.ringAll();
      return LAST;
    }
  }

  /** @internal */
  isPast(round: number): boolean {
    return Atomics.load(this.words, BARRIER_STATE) >>> BARRIER_ROUND_SHIFT !== round;
  }

  /** @internal */
  threadEnded(): void {
    this.#bell.ringAll();
  }
}

arrives("barrier", (buffer) => SharedBarrier.from(buffer));
