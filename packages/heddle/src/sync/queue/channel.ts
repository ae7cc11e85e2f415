/**
 * Channel: what the ends of one queue share. Room and messages are both handed out first come, first served:
 *
 *     sender ──claims room──► ring ──► items ──claimed by──► receiver
 *
 * `#room` counts free places, `#items` messages that belong to no receiver yet. A receiver that was granted a message takes the oldest when it
 * is polled; dropped instead, it hands the grant on.
 */
import { Ring } from "../../base/ring.js";
import type { Waker } from "../../future/context.js";
import { END, type Poll, PENDING } from "../../future/poll.js";
import { EMPTY } from "../empty.js";
import { Ends } from "../ends.js";
import { completed } from "../refusals.js";
import { AGAIN, type Claim, SHUT, Slots, TAKEN, WAIT } from "../slots.js";

/** As many as a small integer of the engine can count. */
const BOUNDLESS = 2 ** 30 - 1;

/** @internal */
export class Channel<T> extends Ends {
  readonly maxCapacity: number;
  readonly #room: Slots;
  readonly #items = new Slots(0);
  readonly #ring = new Ring<T>();
  #receivers = 0;
  #weakReceivers = 0;
  /** How many answers from elsewhere are due that may bring a message: there is no end before. */
  #due = 0;
  #isClosed = false;

  /** @param capacity Infinity if there is no limit */
  constructor(capacity: number, name: string | undefined) {
    super(name);
    this.maxCapacity = capacity;
    this.#room = new Slots(Math.min(capacity, BOUNDLESS));
  }

  get kind(): string {
    return "queue";
  }

  override get fullness(): string {
    const queued = this.#ring.length;
    return this.maxCapacity === Infinity ? `${queued} queued` : `${queued} of ${this.maxCapacity} slots taken`;
  }

  // ---- sending ---------------------------------------------------------------------------------

  get capacity(): number {
    this.touch(false);
    return this.maxCapacity === Infinity ? Infinity : Math.max(0, this.#room.free);
  }

  claim(claim: Claim<any>, waker: Waker): number {
    this.touch(true);
    const answer = this.#room.take(claim, waker, this.#isClosed);
    if (answer !== TAKEN || !this.#isClosed) return answer;
    // Granted before the queue was closed: nothing is put in any more.
    this.#room.giveBack();
    return SHUT;
  }

  tryClaim(count: number): boolean {
    this.touch(true);
    return this.#room.tryTake(count);
  }

  settle(claim: Claim<any>): void {
    this.touch(true);
    this.#room.settle(claim);
  }

  push(message: T): void {
    this.#ring.push(message);
    this.#items.giveBack();
  }

  /** Gives room back that was not used. */
  release(count: number): void {
    this.touch(true);
    this.#room.giveBackMany(count);
  }

  /** A message that was taken is the next again: for whoever waits first. */
  putBack(message: T): void {
    this.touch(true);
    const behind = [...this.#ring];
    while (this.#ring.length > 0) this.#ring.shift();
    for (const each of [message, ...behind]) this.#ring.push(each);
    this.#room.takeAnyway();
    this.#items.giveBack();
  }

  /** What is in it, oldest first. */
  get queued(): Iterable<T> {
    return this.#ring;
  }

  /** Puts a message in, in place of the oldest if there is no room. Answers that one. */
  force(message: T): T | typeof EMPTY {
    this.touch(true);
    let evicted: T | typeof EMPTY = EMPTY;
    if (!this.#room.tryTake(1)) {
      // Each message in the ring is counted or granted already, and the new one takes the place of the old in that.
      if (this.#ring.length > 0) {
        evicted = this.#ring.shift() as T;
        this.#ring.push(message);
        return evicted;
      }
      // All room is granted to senders that have not been polled since: for the moment there is one message too many.
      this.#room.takeAnyway();
    }
    this.push(message);
    return evicted;
  }

  // ---- receiving -------------------------------------------------------------------------------

  tryTake(): T | typeof EMPTY | typeof END {
    this.touch(true);
    if (this.#items.tryTake(1)) return this.#shift();
    return this.#isOver ? END : EMPTY;
  }

  /** @param isLent whether a message may come back: it is due */
  poll(claim: Claim<any>, waker: Waker, label: string, isLent = false): Poll<T | typeof END> {
    this.touch(true);
    const answer = this.#items.take(claim, waker, this.#isOver);
    if (answer === TAKEN) {
      if (isLent) this.#due++;
      return this.#shift();
    }
    if (answer === WAIT) return PENDING;
    if (answer === AGAIN) throw completed(label);
    return END;
  }

  stop(claim: Claim<any>): void {
    this.touch(true);
    this.#items.settle(claim);
  }

  /** Counts answers that are due, or have come if it is negative. */
  countDue(by: number): void {
    this.touch(true);
    this.#due += by;
    if (this.#isOver) this.#items.refuse();
  }

  #shift(): T {
    const message = this.#ring.shift() as T;
    this.#room.giveBack();
    if (this.#isOver) this.#items.refuse();
    return message;
  }

  // Not before the last message was taken: the receiver that it was granted to may be dropped, and another one gets it.
  get #isOver(): boolean {
    return this.#isClosed && this.#ring.length === 0 && this.#due === 0;
  }

  get length(): number {
    this.touch(false);
    return this.#ring.length;
  }

  // ---- closing ---------------------------------------------------------------------------------

  get isClosed(): boolean {
    this.touch(false);
    return this.#isClosed;
  }

  /** Answers whether it was open. */
  close(): boolean {
    this.touch(true);
    if (this.#isClosed) return false;
    this.#isClosed = true;
    this.#room.refuse();
    if (this.#isOver) this.#items.refuse();
    this.closers.wakeAll();
    return true;
  }

  protected deserted(): void {
    this.close();
  }

  get receivers(): number {
    this.touch(false);
    return this.#receivers;
  }

  get weakReceivers(): number {
    this.touch(false);
    return this.#weakReceivers;
  }

  addReceiver(): void {
    this.touch(true);
    this.#receivers++;
  }

  removeReceiver(): void {
    this.touch(true);
    if (--this.#receivers > 0) return;
    this.close();
    // Nobody will take them.
    while (this.#items.tryTake(1)) this.#shift();
  }

  /** Counts a weak receiver, or forgets one: by 1 or -1. */
  countWeakReceiver(by: number): void {
    this.touch(true);
    this.#weakReceivers += by;
  }
}
