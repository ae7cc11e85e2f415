/**
 * Permits: slots that were reserved before there is a message.
 */
import { closedHere, sentOnClosed } from "../refusals.js";
import type { Channel } from "./channel.js";

/** What somebody remembers of the permits that were given at once. It must not refer to them: those that are forgotten are collected. */
export interface Reservation {
  /** All of them were used or given back. */
  end(): void;
}

/** Is told of permits that are given out. In development `development.ts` is, for dumps to say who has them; else nobody. */
export const witness: { reserved(channel: Channel<any>, isMany: boolean): Reservation | null } = {
  reserved: () => null,
};

const OVER = "this permit was used or given back";

/** Slots that are taken for messages to come. */
abstract class Reserved<T> {
  readonly #channel: Channel<T>;
  #left: number;
  readonly #reservation: Reservation | null;

  /** @internal */
  constructor(channel: Channel<T>, count: number, isMany: boolean) {
    this.#channel = channel;
    this.#left = count;
    this.#reservation = count === 0 ? null : witness.reserved(channel, isMany);
  }

  /** @internal */
  protected get left(): number {
    return this.#left;
  }

  /** @internal Hands so many of the slots over to the caller. */
  protected spend(count: number): Channel<T> {
    this.#left -= count;
    if (this.#left === 0) this.#reservation?.end();
    return this.#channel;
  }

  /** @internal Sends a message with one of the slots. */
  protected use(message: T): void {
    if (this.#left === 0) throw sentOnClosed(message, OVER);
    const channel = this.spend(1);
    channel.touch(true);
    channel.push(message);
  }

  /** Gives back what was not used. */
  [Symbol.dispose](): void {
    const left = this.#left;
    if (left > 0) this.spend(left).release(left);
  }
}

/** The right to send one message, without waiting. Use it or dispose of it: until then its slot is taken. */
export class Permit<T> extends Reserved<T> {
  /** @internal */
  constructor(channel: Channel<T>) {
    super(channel, 1, false);
  }

  /**
   * Sends the message. After the receiver has closed the channel too: it still takes what was reserved before.
   *
   * @throws SendError `channel.closed` if the permit was used or disposed of
   */
  send(message: T): void {
    this.use(message);
  }
}

/** Several permits. Take them one by one with `for … of` or {@link next}, and dispose of it in the end: that gives back what is left. */
export class Permits<T> extends Reserved<T> implements Iterable<Permit<T>> {
  /** @internal */
  constructor(channel: Channel<T>, count: number) {
    super(channel, count, true);
  }

  /** How many are left. */
  get len(): number {
    return this.left;
  }

  /** Takes a permit out. From then on it is the caller's to use or dispose of. */
  next(): IteratorResult<Permit<T>, undefined> {
    if (this.left === 0) return { done: true, value: undefined };
    return { done: false, value: new Permit(this.spend(1)) };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** A permit that keeps its sender, which comes back when it is used. */
export class OwnedPermit<T, S extends Disposable> extends Reserved<T> {
  // Not `#`: `heddle/thread` sends it to other threads.
  private readonly sender: S;

  /** @internal */
  constructor(channel: Channel<T>, sender: S) {
    super(channel, 1, false);
    this.sender = sender;
  }

  /**
   * Sends the message.
   *
   * @returns the sender that the permit was reserved with
   * @throws SendError `channel.closed` if the permit was used, released or disposed of
   */
  send(message: T): S {
    this.use(message);
    return this.sender;
  }

  /**
   * Gives the slot back.
   *
   * @returns the sender
   * @throws ClosedError `channel.closed` if the permit was used, released or disposed of
   */
  release(): S {
    if (this.left === 0) throw closedHere("release a permit", OVER);
    super[Symbol.dispose]();
    return this.sender;
  }

  /** Gives the slot back if it was not used, and closes the sender then. */
  override [Symbol.dispose](): void {
    if (this.left > 0) this.release()[Symbol.dispose]();
  }
}
