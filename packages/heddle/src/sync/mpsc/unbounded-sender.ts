/**
 * UnboundedSender: the sending end of an mpsc channel without a limit. It never waits.
 */
import { sentOnClosed, unsent } from "../refusals.js";
import { SenderEnd } from "../sender-end.js";
import type { Channel } from "./channel.js";

/** Sends into a channel without a limit. */
export class UnboundedSender<T> extends SenderEnd<Channel<T>> {
  /**
   * Sends a message, at once. Nothing slows a sender down that is faster than the receiver: memory is the limit.
   *
   * @throws SendError with the message in it: `channel.disconnected` if the channel is closed, `channel.closed` if this sender is
   */
  send(message: T): void {
    if (this.isOver) throw sentOnClosed(message);
    const { channel } = this;
    if (channel.isClosed) throw unsent(message);
    channel.pushAnyway(message);
  }
}
