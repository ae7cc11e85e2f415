/**
 * queue: many senders, many receivers, each message for one of them. The rules are those of async-channel. Its parts:
 *
 *     queue/channel.ts    what the ends share
 *     queue/receiver.ts   the end that receives, and its weak form
 *     room-sender.ts      what its sender has in common with that of mpsc
 */
import type { EMPTY } from "./empty.js";
import type { ChannelOptions } from "./oneshot.js";
import { Channel } from "./queue/channel.js";
import { Receiver, type WeakReceiver } from "./queue/receiver.js";
import { checkCapacity, sentOnClosed, unsent } from "./refusals.js";
import { RoomSender } from "./room-sender.js";

export type { Receiver, WeakReceiver };

/** Puts messages into a queue. */
export class Sender<T> extends RoomSender<T, Channel<T>> {
  /**
   * Puts a message in, at once: in place of the oldest if there is no room.
   *
   * @returns the message that was thrown out, or `EMPTY`
   * @throws SendError with the message in it: `channel.disconnected` if the queue is closed; `channel.closed` if this sender was disposed of
   */
  forceSend(message: T): T | typeof EMPTY {
    if (this.isOver) throw sentOnClosed(message);
    if (this.channel.isClosed) throw unsent(message);
    return this.channel.force(message);
  }

  /** Closes the queue for all, senders and receivers. What is in it can still be received. */
  override close(): void {
    this.channel.close();
  }

  /** Ends this sender. With the last one the queue is closed, and who still waits for room is refused. */
  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
  }

  /** How many messages are in the queue. */
  get len(): number {
    return this.channel.length;
  }

  /** Whether no message is in the queue. */
  get isEmpty(): boolean {
    return this.channel.length === 0;
  }

  /** Whether there is no room now. */
  get isFull(): boolean {
    return this.channel.capacity === 0;
  }

  /** How many receivers there are that were not disposed of. */
  get receiverCount(): number {
    return this.channel.receivers;
  }
}

/**
 * A queue with room for `capacity` messages. Each message goes to one receiver; who waits to send or to receive is served in the order of
 * coming.
 *
 * @throws RangeError if `capacity` is no integer >= 1
 *
 * @example Two workers share the work
 * ```ts
 * import { async, END, join, run, sleep } from "heddle";
 * import { queue } from "heddle/sync";
 *
 * const [tx, rx] = queue.bounded<number>(2);
 * const worker = async(function* (name: string) {
 *   for (let job; (job = yield* rx.recv()) !== END; ) {
 *     console.log(name, job);
 *     yield* sleep(5);
 *   }
 * });
 * const producer = async(function* () {
 *   for (let job = 1; job <= 4; job++) yield* tx.send(job);
 *   tx.close();
 * });
 * await run(join(worker("a"), worker("b"), producer()));
 * // prints: a 1
 * // prints: b 2
 * // prints: a 3
 * // prints: b 4
 * ```
 */
export function bounded<T>(capacity: number, options?: ChannelOptions): [Sender<T>, Receiver<T>] {
  checkCapacity(capacity, undefined, "create a queue");
  return made(capacity, options);
}

/** A queue without a limit: to send never waits. */
export function unbounded<T>(options?: ChannelOptions): [Sender<T>, Receiver<T>] {
  return made(Infinity, options);
}

function made<T>(capacity: number, options: ChannelOptions | undefined): [Sender<T>, Receiver<T>] {
  const channel = new Channel<T>(capacity, options?.name);
  return [new Sender(channel), new Receiver(channel)];
}
