/**
 * RoomSender: the sender of a channel that has room for so many messages: what mpsc and queue have in common.
 */
import type { Duration } from "../base/duration.js";
import type { Future } from "../future/poll.js";
import type { Ends } from "./ends.js";
import { full, sentOnClosed, unsent } from "./refusals.js";
import { type Room, Send } from "./send.js";
import { SendTimeout } from "./send-timeout.js";
import { SenderEnd } from "./sender-end.js";

/** @internal What such a sender asks of its channel. */
export interface RoomyChannel<T> extends Ends, Room<T> {
  /** Takes slots if they are free now. */
  tryClaim(count: number): boolean;
  readonly capacity: number;
  readonly maxCapacity: number;
}

/** Sends into a channel, when there is room. */
export abstract class RoomSender<T, C extends RoomyChannel<T>> extends SenderEnd<C> {
  /**
   * Sends a message, when there is room. Senders are served in the order in which they came.
   *
   * **Cancel safety**: one that was dropped has sent nothing; its message is gone with it, and its place in the queue. Where that matters
   * {@link reserve} first.
   *
   * @throws SendError with the message in it: `channel.disconnected` if the channel is closed; `channel.closed`, at once, if this sender is
   */
  send(message: T): Future<void> {
    if (this.isOver) throw sentOnClosed(message);
    return new Send(this.channel, message).noted();
  }

  /**
   * Sends a message, if there is room now and nobody waits for it.
   *
   * @throws SendError with the message in it: `channel.full`; `channel.disconnected` if the channel is closed; `channel.closed` if this
   * sender is
   */
  trySend(message: T): void {
    if (this.isOver) throw sentOnClosed(message);
    const { channel } = this;
    if (channel.isClosed) throw unsent(message);
    if (!channel.tryClaim(1)) throw full(message, `its room for ${channel.maxCapacity} is taken`);
    channel.push(message);
  }

  /**
   * {@link send} that gives up when there was no room for so long. Its message comes back.
   *
   * **Cancel safety**: as {@link send}.
   *
   * @param duration milliseconds, or `{ hours, minutes, seconds, milliseconds }`
   * @throws SendError as {@link send}; `channel.elapsed` when the time is over
   */
  sendTimeout(message: T, duration: Duration): Future<void> {
    if (this.isOver) throw sentOnClosed(message);
    return new SendTimeout(new Send(this.channel, message), duration);
  }

  /** How many messages there is room for now. */
  get capacity(): number {
    return this.channel.capacity;
  }

  /** How many messages there is room for when all is free: what the channel was made with. */
  get maxCapacity(): number {
    return this.channel.maxCapacity;
  }
}
