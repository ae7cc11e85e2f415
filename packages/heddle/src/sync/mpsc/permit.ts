/**
 * Permits: slots that were reserved before there is a message.
 */
import type { SendError } from "../../base/errors.js";
import type { Need } from "../../base/needs.js";
import { current } from "../../future/current.js";
import { currentOwner } from "../../task/current-task.js";
import type { Film, Holding, Unpolled } from "../../future/diagnostics.js";
import { closedHere, sentOnClosed } from "../refusals.js";
import type { Channel } from "./channel.js";

const film: Film = { photos: 64, perTurn: 4 };

/** Slots that are taken for messages to come. One that is collected with slots left is reported. */
abstract class Reserved<T> implements Unpolled {
  readonly #channel: Channel<T>;
  #left: number;
  #isSuspect = false;
  // The channel knows it, and not the permit: one that was forgotten must be collected.
  readonly #owner: Need | null;

  /** @internal */
  constructor(channel: Channel<T>, count: number) {
    this.#channel = channel;
    this.#left = count;
    this.#owner = count === 0 ? null : currentOwner();
    if (this.#owner === null) return;
    channel.owners.add(this.#owner);
    if (current.warnings !== null) current.diagnostics.born(this, film);
  }

  /** @internal */
  abstract readonly label: string;

  /** @internal */
  protected get left(): number {
    return this.#left;
  }

  /** @internal Hands so many of the slots over to the caller. */
  protected spend(count: number): Channel<T> {
    this.#left -= count;
    if (this.#left === 0) {
      this.#channel.owners.delete(this.#owner!);
      if (this.#isSuspect) current.diagnostics.unwatch(this);
      this.#isSuspect = false;
    }
    return this.#channel;
  }

  /** Gives back what was not used. */
  [Symbol.dispose](): void {
    const left = this.#left;
    if (left > 0) this.spend(left).release(left);
  }

  /** @internal */
  get film(): Film {
    return film;
  }

  /** @internal */
  get fault(): string {
    return "channel.permit-leaked";
  }

  /** @internal */
  holding(): Holding | undefined {
    return this.#left === 0 ? undefined : { resource: this.#channel, task: this.#owner!.task };
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.#left > 0 && !this.#isSuspect;
  }

  /** @internal */
  watched(): void {
    this.#isSuspect = true;
  }
}

/** The right to send one message, without waiting. Use it or dispose of it: until then its slot is taken. */
export class Permit<T> extends Reserved<T> {
  /** @internal */
  constructor(channel: Channel<T>) {
    super(channel, 1);
  }

  /** @internal */
  get label(): string {
    return "A permit of sender.reserve()";
  }

  /**
   * Sends the message. After the receiver has closed the channel too: it still takes what was reserved before.
   *
   * @throws SendError `channel.closed` if the permit was used or disposed of
   */
  send(message: T): void {
    if (this.left === 0) throw permitIsOver(message);
    const channel = this.spend(1);
    channel.touch(true);
    channel.push(message);
  }
}

function permitIsOver<T>(message: T): SendError<T> {
  return sentOnClosed(message, "this permit was used or given back");
}

/** Several permits. Take them one by one with `for … of` or {@link next}, and dispose of it in the end: that gives back what is left. */
export class Permits<T> extends Reserved<T> implements Iterable<Permit<T>> {
  /** @internal */
  get label(): string {
    return "What sender.reserveMany(…) gave";
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
export class OwnedPermit<T, S extends Disposable> {
  // Not `#`: `heddle/thread` sends it to other threads.
  private permit: Permit<T> | null;
  private readonly sender: S;

  /** @internal */
  constructor(channel: Channel<T>, sender: S) {
    this.permit = new Permit(channel);
    this.sender = sender;
  }

  /**
   * Sends the message.
   *
   * @returns the sender that the permit was reserved with
   * @throws SendError `channel.closed` if the permit was used, released or disposed of
   */
  send(message: T): S {
    if (this.permit === null) throw permitIsOver(message);
    this.permit.send(message);
    this.permit = null;
    return this.sender;
  }

  /**
   * Gives the slot back.
   *
   * @returns the sender
   * @throws ClosedError `channel.closed` if the permit was used, released or disposed of
   */
  release(): S {
    if (this.permit === null) throw closedHere("release a permit", "it was used or given back");
    this.permit[Symbol.dispose]();
    this.permit = null;
    return this.sender;
  }

  /** Gives the slot back if it was not used, and closes the sender then. */
  [Symbol.dispose](): void {
    if (this.permit !== null) this.release()[Symbol.dispose]();
  }
}
