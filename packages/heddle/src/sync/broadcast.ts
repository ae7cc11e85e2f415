/**
 * broadcast: many senders, many receivers, each of which gets every message. Its parts:
 *
 *     broadcast/channel.ts    the ring they share, and a receiver's place in it
 *     broadcast/receiver.ts   the end that receives
 */
import { Channel } from "./broadcast/channel.js";
import { Receiver } from "./broadcast/receiver.js";
import type { ChannelOptions } from "./oneshot.js";
import { checkCapacity, sentOnClosed, unsent } from "./refusals.js";
import { SenderEnd } from "./sender-end.js";

export type { Receiver };

/** Sends to all who are subscribed. It never waits: who is too slow misses messages, and is told how many. */
export class Sender<T> extends SenderEnd<Channel<T>> {
  /**
   * Sends a message, at once.
   *
   * @returns how many receivers it has
   * @throws SendError with the message in it: `channel.disconnected` if nobody is subscribed now; `channel.closed` if this sender is
   */
  send(message: T): number {
    if (this.isOver) throw sentOnClosed(message);
    this.channel.touch(true);
    if (this.channel.isClosed) throw unsent(message, "nobody is subscribed");
    return this.channel.send(message);
  }

  /** A receiver for what is sent from now on. @throws ClosedError if this sender is closed */
  subscribe(): Receiver<T> {
    this.mustBeOpen("subscribe");
    return new Receiver(this.channel);
  }

  /** How many receivers are subscribed. */
  get receiverCount(): number {
    return this.channel.receivers;
  }

  /** How many messages are retained for somebody. */
  get len(): number {
    return this.channel.length;
  }

  /** Whether everybody has read everything. */
  get isEmpty(): boolean {
    return this.channel.length === 0;
  }
}

/**
 * A channel in which every receiver gets every message. It retains the last `capacity` messages, rounded up to a power of two, for those
 * who have not read them.
 *
 * @throws RangeError if `capacity` is no integer >= 1
 *
 * @example
 * ```ts
 * import { async, LaggedError, run } from "heddle";
 * import { broadcast } from "heddle/sync";
 *
 * const main = async(function* () {
 *   const [tx, quick] = broadcast.channel<string>(2);
 *   const slow = tx.subscribe();
 *   for (const word of ["one", "two", "three"]) {
 *     tx.send(word);
 *     console.log("quick", yield* quick.recv());
 *   }
 *   try {
 *     yield* slow.recv();
 *   } catch (error) {
 *     if (error instanceof LaggedError) console.log("slow missed", error.missed);
 *   }
 *   console.log("slow", yield* slow.recv());
 * });
 * await run(main());
 * // prints: quick one
 * // prints: quick two
 * // prints: quick three
 * // prints: slow missed 1
 * // prints: slow two
 * ```
 */
export function channel<T>(capacity: number, options?: ChannelOptions): [Sender<T>, Receiver<T>] {
  checkCapacity(capacity, 2 ** 30);
  const channel = new Channel<T>(2 ** Math.ceil(Math.log2(capacity)), options?.name);
  return [new Sender(channel), new Receiver(channel)];
}
