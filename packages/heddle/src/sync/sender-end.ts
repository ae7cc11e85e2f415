/**
 * SenderEnd: what the senders of all channels share: they are counted, cloned, downgraded and closed.
 */
import type { Future } from "../future/poll.js";
import { Closed } from "./closed.js";
import { CountedEnd, type Ends } from "./ends.js";
import { WeakSender } from "./weak-sender.js";

const leave = (channel: Ends): void => channel.removeSender();

/** An end that sends. */
export abstract class SenderEnd<C extends Ends> extends CountedEnd<C> {
  /** @internal */
  constructor(channel: C) {
    super(channel, leave);
    channel.addSender();
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
}
