/**
 * Sender: the sending end of a bounded mpsc channel.
 */
import type { Duration } from "../../base/duration.js";
import type { Future } from "../../future/poll.js";
import { checkCount, disconnected, full, sentOnClosed, unsent } from "../refusals.js";
import type { Channel } from "./channel.js";
import { type OwnedPermit, Permit, Permits } from "./permit.js";
import { Reserve, ReserveMany, ReserveOwned } from "./reserve.js";
import { Send } from "./send.js";
import { SendTimeout } from "./send-timeout.js";
import { SenderEnd } from "./sender-end.js";
import { WeakSender } from "./weak-sender.js";

/** Sends into a bounded channel. One that is collected unclosed is closed by the collector, sometime. */
export class Sender<T> extends SenderEnd<T> {
  /** @internal `Send` puts it there. */
  spare: Send<T> | null = null;

  /**
   * Sends a message, when there is room. Senders are served in the order in which they came.
   *
   * **Cancel safety**: one that was dropped has sent nothing; its message is gone with it, and its place in the queue. Where that matters
   * {@link reserve} first.
   *
   * @throws SendError with the message in it: `channel.disconnected` if the receiver is closed; `channel.closed`, at once, if this sender is
   */
  send(message: T): Future<void> {
    if (this.isOver) throw sentOnClosed(message);
    const { spare } = this;
    if (spare === null) return new Send(this.channel, this, message);
    this.spare = null;
    return spare.again(message);
  }

  /**
   * Sends a message, if there is room now and nobody waits for it.
   *
   * @throws SendError with the message in it: `channel.full`; `channel.disconnected` if the receiver is closed; `channel.closed` if this
   * sender is
   */
  trySend(message: T): void {
    if (this.isOver) throw sentOnClosed(message);
    const { channel } = this;
    if (channel.isClosed) throw unsent(message, "the receiver is closed");
    if (!channel.tryClaim(1)) throw full(message, `all of its ${channel.maxCapacity} slots are taken`);
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
    return new SendTimeout(new Send(this.channel, this, message), duration);
  }

  /**
   * Waits for room, and keeps it for one message.
   *
   * **Cancel safety**: loses only the place in the queue.
   *
   * @throws DisconnectedError if the receiver is closed; ClosedError, at once, if this sender is
   */
  reserve(): Future<Permit<T>> {
    this.mustBeOpen("reserve room for a message");
    return new Reserve(this.channel);
  }

  /**
   * Waits for room for `count` messages at once. Nobody overtakes it, however much it asks for.
   *
   * **Cancel safety**: loses only the place in the queue.
   *
   * @throws RangeError, at once, if `count` is more than the channel's capacity; as {@link reserve}
   */
  reserveMany(count: number): Future<Permits<T>> {
    this.mustBeOpen("reserve room for messages");
    this.#checkMany(count);
    return new ReserveMany(this.channel, count);
  }

  #checkMany(count: number): void {
    checkCount(count, 0, "reserve room for messages", "count");
    const { maxCapacity } = this.channel;
    if (count > maxCapacity)
      throw new RangeError(
        `Cannot reserve room for messages as 'count' must be at most the channel's capacity of ${maxCapacity}: received ${count}` +
          "\nhelp: reserve less, or make the channel larger",
      );
  }

  /**
   * Waits for room, and takes this sender with it: the permit gives it back when it is used. Meanwhile this one counts as closed.
   *
   * **Cancel safety**: the sender is closed.
   *
   * @throws as {@link reserve}
   */
  reserveOwned(): Future<OwnedPermit<T, Sender<T>>> {
    return new ReserveOwned(this.channel, this.#move());
  }

  #move(): Sender<T> {
    const moved = this.clone();
    this.close();
    return moved;
  }

  /** A permit if there is room now and nobody waits for it, else undefined. @throws as {@link reserve} */
  tryReserve(): Permit<T> | undefined {
    return this.#tryClaim(1) ? new Permit(this.channel) : undefined;
  }

  /** Several permits if there is room for all now and nobody waits for it, else undefined. @throws as {@link reserveMany} */
  tryReserveMany(count: number): Permits<T> | undefined {
    this.#checkMany(count);
    return this.#tryClaim(count) ? new Permits(this.channel, count) : undefined;
  }

  #tryClaim(count: number): boolean {
    this.mustBeOpen("reserve room for a message");
    if (this.channel.isClosed) throw disconnected("reserve room for a message", "the receiver is closed");
    return this.channel.tryClaim(count);
  }

  /** How many messages there is room for now. */
  get capacity(): number {
    return this.channel.capacity;
  }

  /** How many messages there is room for when all is free: what the channel was made with. */
  get maxCapacity(): number {
    return this.channel.maxCapacity;
  }

  /** Another sender into the same channel. @throws ClosedError if this one is closed */
  clone(): Sender<T> {
    this.mustBeOpen("clone a sender");
    return new Sender(this.channel);
  }

  /** A sender that does not keep the channel open. @throws ClosedError if this one is closed */
  downgrade(): WeakSender<Sender<T>> {
    this.mustBeOpen("downgrade a sender");
    return new WeakSender(this.channel, bounded);
  }
}

const bounded = <T>(channel: Channel<T>): Sender<T> => new Sender(channel);
