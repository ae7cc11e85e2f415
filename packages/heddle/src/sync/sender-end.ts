/**
 * SenderEnd: what the senders of all channels share: they are counted, cloned, downgraded and closed.
 */
import type { Future } from "../future/poll.js";
import { Closed } from "./closed.js";
import { type Ends, unwatchEnd, watchEnd } from "./ends.js";
import { closedHere } from "./refusals.js";
import { WeakSender } from "./weak-sender.js";

const senderGone = (channel: Ends) => () => channel.removeSender();

/** An end that sends. One that is collected unclosed is closed by the collector, sometime. */
export abstract class SenderEnd<C extends Ends> {
  /** @internal */
  protected readonly channel: C;
  #isOver = false;

  /** @internal */
  constructor(channel: C) {
    this.channel = channel;
    channel.addSender();
    watchEnd(this, senderGone(channel));
  }

  /** @internal */
  protected get isOver(): boolean {
    return this.#isOver;
  }

  /** @internal */
  protected mustBeOpen(verb: string): void {
    if (this.#isOver) throw closedHere(verb, "this sender was closed");
  }

  /** Whether nobody is there to receive. */
  get isClosed(): boolean {
    return this.channel.isClosed;
  }

  /**
   * Waits until {@link isClosed}.
   *
   * **Cancel safety**: nothing to lose.
   */
  closed(): Future<void> {
    return new Closed(this.channel, this);
  }

  /** Whether `other` sends into the same channel. */
  sameChannel(other: SenderEnd<any>): boolean {
    return this.channel === other.channel;
  }

  /** How many senders there are that were not closed. */
  get strongCount(): number {
    return this.channel.senders;
  }

  /** How many weak senders there are that were not closed. */
  get weakCount(): number {
    return this.channel.weakSenders;
  }

  /** Another sender into the same channel. @throws ClosedError if this one is closed */
  clone(): this {
    this.mustBeOpen("clone a sender");
    return new (this.constructor as new (channel: C) => this)(this.channel);
  }

  /** A sender that does not keep the channel open. @throws ClosedError if this one is closed */
  downgrade(): WeakSender<this> {
    this.mustBeOpen("downgrade a sender");
    return new WeakSender(this.channel, this.constructor as new (channel: Ends) => this);
  }

  /** Ends this sender. Receivers get to the end when the last one is closed and they have what it sent. */
  close(): void {
    this[Symbol.dispose]();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    unwatchEnd(this);
    this.channel.removeSender();
  }
}
