/**
 * UnboundedSender: the sending end of an mpsc channel without a limit. It never waits.
 */
import { sentOnClosed, unsent } from "../refusals.js";
import type { Channel } from "./channel.js";
import { SenderEnd } from "./sender-end.js";
import { WeakSender } from "./weak-sender.js";

/** Sends into a channel without a limit. One that is collected unclosed is closed by the collector, sometime. */
export class UnboundedSender<T> extends SenderEnd<T> {
  /**
   * Sends a message, at once. Nothing slows a sender down that is faster than the receiver: memory is the limit.
   *
   * @throws SendError with the message in it: `channel.disconnected` if the receiver is closed, `channel.closed` if this sender is
   */
  send(message: T): void {
    if (this.isOver) throw sentOnClosed(message);
    const { channel } = this;
    if (channel.isClosed) throw unsent(message, "the receiver is closed");
    channel.pushAnyway(message);
  }

  /** Another sender into the same channel. @throws ClosedError if this one is closed */
  clone(): UnboundedSender<T> {
    this.mustBeOpen("clone a sender");
    return new UnboundedSender(this.channel);
  }

  /** A sender that does not keep the channel open. @throws ClosedError if this one is closed */
  downgrade(): WeakSender<UnboundedSender<T>> {
    this.mustBeOpen("downgrade a sender");
    return new WeakSender(this.channel, unbounded);
  }
}

const unbounded = <T>(channel: Channel<T>): UnboundedSender<T> => new UnboundedSender(channel);
