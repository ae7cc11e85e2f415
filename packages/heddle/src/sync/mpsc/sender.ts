/**
 * Sender: the sending end of a bounded mpsc channel.
 */
import type { Future } from "../../future/poll.js";
import { checkCount, disconnected } from "../refusals.js";
import { RoomSender } from "../room-sender.js";
import type { Channel } from "./channel.js";
import { OwnedPermit, Permit, Permits } from "./permit.js";
import { type Grant, Reserve } from "./reserve.js";

const RESERVE = "reserve room for a message";

const one = <T>(channel: Channel<T>) => new Permit(channel);
const many = <T>(channel: Channel<T>, count: number) => new Permits(channel, count);
const owning = <T>(channel: Channel<T>, _count: number, sender: Sender<T>) => new OwnedPermit(channel, sender);

/** Sends into a bounded channel. What it has on its way when it is closed goes on. */
export class Sender<T> extends RoomSender<T, Channel<T>> {
  /**
   * Waits for room, and keeps it for one message.
   *
   * **Cancel safety**: loses only the place in the queue.
   *
   * @throws DisconnectedError if the channel is closed; ClosedError, at once, if this sender is
   */
  reserve(): Future<Permit<T>> {
    return this.#reserve(1, "sender.reserve()", one);
  }

  /**
   * Waits for room for `count` messages at once. Nobody overtakes it, however much it asks for.
   *
   * **Cancel safety**: loses only the place in the queue.
   *
   * @throws RangeError, at once, if `count` is more than the channel's capacity; as {@link reserve}
   */
  reserveMany(count: number): Future<Permits<T>> {
    this.#checkMany(count);
    return this.#reserve(count, `sender.reserveMany(${count})`, many);
  }

  #checkMany(count: number): void {
    const { maxCapacity } = this.channel;
    checkCount(count, 0, maxCapacity, "reserve room for messages", "count");
  }

  /**
   * Waits for room, and takes this sender with it: the permit gives it back when it is used. Meanwhile this one counts as closed.
   *
   * **Cancel safety**: the sender is closed.
   *
   * @throws as {@link reserve}
   */
  reserveOwned(): Future<OwnedPermit<T, Sender<T>>> {
    this.mustBeOpen(RESERVE);
    const moved: Sender<T> = this.clone();
    this.close();
    return moved.#reserve(1, "sender.reserveOwned()", owning, moved);
  }

  #reserve<P>(count: number, label: string, grant: Grant<T, P>, sender: Sender<T> | null = null): Future<P> {
    this.mustBeOpen(RESERVE);
    return new Reserve(this.channel, count, label, grant, sender).noted();
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
    this.mustBeOpen(RESERVE);
    if (this.channel.isClosed) throw disconnected(RESERVE);
    return this.channel.tryClaim(count);
  }
}
