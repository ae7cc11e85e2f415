/**
 * Channel: what the ends of one mpsc channel share. Each message, and each permit to send one, has a slot.
 *
 *     sender ──claim──► slots ──permit──► push ──► ring ──► take ──► receiver
 *                         ▲                                  │
 *                         └─────────── giveBack ◄────────────┘
 *
 * It is *over*, and the receiver is told END, when no new message can begin (closed by the receiver, or no sender is left), and every
 * slot is free: no message is queued, no permit is out, nobody waits for one. An unbounded channel has more slots than memory.
 */
import type { Need } from "../../base/needs.js";
import { Ring } from "../../base/ring.js";
import type { Waker } from "../../future/context.js";
import { END, PENDING, type Poll } from "../../future/poll.js";
import { EMPTY } from "../empty.js";
import { Ends } from "../ends.js";
import { busy } from "../refusals.js";
import { type Claim, Slots } from "../slots.js";

/** As many as a small integer of the engine can count. */
const BOUNDLESS = 2 ** 30 - 1;

/** @internal */
export class Channel<T> extends Ends {
  readonly maxCapacity: number;
  /** How many slots there are. */
  readonly limit: number;
  readonly slots: Slots;
  readonly ring = new Ring<T>();
  /** The receiver's, while it waits. */
  waker: Waker | null = null;
  #isClosed = false;
  /** The receiver is gone: what still arrives is thrown away. */
  isDeserted = false;

  /** Who has permits. Development alone asks, and writes it: see `development.ts`. */
  owners: Set<Need> | null = null;

  /** @param capacity Infinity if there is no limit */
  constructor(capacity: number, name: string | undefined) {
    super(name);
    this.maxCapacity = capacity;
    this.limit = Math.min(capacity, BOUNDLESS);
    this.slots = new Slots(this.limit);
  }

  get kind(): string {
    return "mpsc";
  }

  // ---- slots ---------------------------------------------------------------------------------

  get capacity(): number {
    this.touch(false);
    return this.maxCapacity === Infinity ? Infinity : this.slots.free;
  }

  /** One poll of a claim, as {@link Slots.take}. */
  claim(claim: Claim<any>, waker: Waker): number {
    this.touch(true);
    return this.slots.take(claim, waker, this.#isClosed);
  }

  /** Takes slots if they are free now. */
  tryClaim(count: number): boolean {
    this.touch(true);
    return this.slots.tryTake(count);
  }

  /** A claim was dropped. */
  settle(claim: Claim<any>): void {
    this.touch(true);
    this.slots.settle(claim);
    this.#tellIfOver();
  }

  /** Gives slots back that were not used. */
  release(count: number): void {
    this.touch(true);
    this.slots.giveBackMany(count);
    this.#tellIfOver();
  }

  // ---- messages ------------------------------------------------------------------------------

  /** Queues a message, for which the caller has a slot. */
  push(message: T): void {
    if (this.isDeserted) {
      this.slots.giveBack();
      return;
    }
    this.ring.push(message);
    if (this.waker !== null) this.#wakeReceiver();
  }

  /** Queues a message of an unbounded channel. */
  pushAnyway(message: T): void {
    this.touch(true);
    this.slots.takeAnyway();
    this.push(message);
  }

  #wakeReceiver(): void {
    const waker = this.waker;
    this.waker = null;
    waker?.wake();
  }

  protected deserted(): void {
    this.#tellIfOver();
  }

  #tellIfOver(): void {
    if (this.waker !== null && this.#isOver) this.#wakeReceiver();
  }

  get #isOver(): boolean {
    if (this.isDeserted) return true;
    return (this.#isClosed || this.senders === 0) && this.slots.free === this.limit;
  }

  // ---- the receiver --------------------------------------------------------------------------

  /** The next message. */
  take(): T | typeof EMPTY | typeof END {
    this.touch(true);
    if (this.ring.length > 0) {
      const message = this.ring.shift() as T;
      this.slots.giveBack();
      return message;
    }
    if (!this.#isOver) return EMPTY;
    // A send that was made before its sender went must not be accepted after END was given.
    this.#isClosed = true;
    return END;
  }

  poll(waker: Waker, label: string): Poll<T | typeof END> {
    const message = this.take();
    if (message !== EMPTY) return message;
    this.wait(waker, label);
    return PENDING;
  }

  /** As {@link poll}, for up to `limit` messages. None: `limit` is 0, or the channel is over. */
  pollMany(waker: Waker, limit: number, label: string): Poll<T[]> {
    const messages: T[] = [];
    while (messages.length < limit) {
      const message = messages.length === 0 ? this.poll(waker, label) : this.take();
      if (message === PENDING) return PENDING;
      if (message === END || message === EMPTY) break;
      messages.push(message);
    }
    return messages;
  }

  /** Whoever receives is to be woken for what comes. */
  wait(waker: Waker, label: string): void {
    // Do not take over: the first awaiter would never be woken again. Whoever goes says so, with `stop`.
    if (this.waker !== null && this.waker !== waker) throw busy(label);
    this.waker = waker;
  }

  /** Whoever awaited it goes. */
  stop(waker: Waker): void {
    this.touch(true);
    if (this.waker === waker) this.waker = null;
  }

  get length(): number {
    this.touch(false);
    return this.ring.length;
  }

  /** Whether the receiver has closed it. */
  get isClosed(): boolean {
    this.touch(false);
    return this.#isClosed;
  }

  /** Whether no message can begin any more. */
  get isFinal(): boolean {
    this.touch(false);
    if (this.#isClosed) return true;
    return this.senders === 0 && this.slots.first === null && this.slots.free + this.ring.length === this.limit;
  }

  close(): void {
    this.touch(true);
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.slots.refuse();
    this.#tellIfOver();
    this.closers.wakeAll();
  }

  /** The receiver goes, and the messages with it. */
  desert(): void {
    this.close();
    this.isDeserted = true;
    while (this.ring.length > 0) {
      this.ring.shift();
      this.slots.giveBack();
    }
    this.#tellIfOver();
  }
}
