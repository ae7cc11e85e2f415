/**
 * Permits: slots that were reserved before there is a message.
 */
import type { SendError } from "../../base/errors.js";
import { closedHere, sentOnClosed } from "../refusals.js";
import type { Channel } from "./channel.js";

/** The right to send one message, without waiting. Use it or dispose of it: until then its slot is taken. */
export class Permit<T> {
  #channel: Channel<T> | null;

  /** @internal */
  constructor(channel: Channel<T>) {
    this.#channel = channel;
  }

  /**
   * Sends the message. After the receiver has closed the channel too: it still takes what was reserved before.
   *
   * @throws SendError `channel.closed` if the permit was used or disposed of
   */
  send(message: T): void {
    const channel = this.#channel;
    if (channel === null) throw permitIsOver(message);
    this.#channel = null;
    channel.touch(true);
    channel.push(message);
  }

  /** Gives the slot back if it was not used. */
  [Symbol.dispose](): void {
    const channel = this.#channel;
    this.#channel = null;
    channel?.release(1);
  }
}

function permitIsOver<T>(message: T): SendError<T> {
  return sentOnClosed(message, "this permit was used or given back");
}

/** Several permits. Take them one by one with `for … of` or {@link next}, and dispose of it in the end: that gives back what is left. */
export class Permits<T> implements Iterable<Permit<T>> {
  readonly #channel: Channel<T>;
  #left: number;

  /** @internal */
  constructor(channel: Channel<T>, count: number) {
    this.#channel = channel;
    this.#left = count;
  }

  /** How many are left. */
  get len(): number {
    return this.#left;
  }

  /** Takes a permit out. From then on it is the caller's to use or dispose of. */
  next(): IteratorResult<Permit<T>, undefined> {
    if (this.#left === 0) return { done: true, value: undefined };
    this.#left--;
    return { done: false, value: new Permit(this.#channel) };
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Gives back the slots of the permits that were not taken out. */
  [Symbol.dispose](): void {
    const left = this.#left;
    this.#left = 0;
    if (left > 0) this.#channel.release(left);
  }
}

/** A permit that keeps its sender, which comes back when it is used. */
export class OwnedPermit<T, S extends Disposable> {
  #permit: Permit<T> | null;
  readonly #sender: S;

  /** @internal */
  constructor(channel: Channel<T>, sender: S) {
    this.#permit = new Permit(channel);
    this.#sender = sender;
  }

  /**
   * Sends the message.
   *
   * @returns the sender that the permit was reserved with
   * @throws SendError `channel.closed` if the permit was used, released or disposed of
   */
  send(message: T): S {
    if (this.#permit === null) throw permitIsOver(message);
    this.#permit.send(message);
    this.#permit = null;
    return this.#sender;
  }

  /**
   * Gives the slot back.
   *
   * @returns the sender
   * @throws ClosedError `channel.closed` if the permit was used, released or disposed of
   */
  release(): S {
    if (this.#permit === null) throw closedHere("release a permit", "it was used or given back");
    this.#permit[Symbol.dispose]();
    this.#permit = null;
    return this.#sender;
  }

  /** Gives the slot back if it was not used, and closes the sender then. */
  [Symbol.dispose](): void {
    if (this.#permit !== null) this.release()[Symbol.dispose]();
  }
}
