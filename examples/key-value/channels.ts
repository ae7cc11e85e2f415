/**
 * Channels: who has subscribed to what. Each channel is a broadcast channel of heddle: publishing never waits, and a subscriber that is too slow finds
 * out that it has missed something.
 */
import { broadcast } from "heddle/sync";
import type { Bytes } from "./resp/bytes.js";

/** How many messages a channel keeps for its slowest subscriber. */
const KEPT = 1024;

export class Channels {
  /** INVARIANT: a channel is here as long as it has subscribers, and no longer. */
  readonly #senders = new Map<Bytes, broadcast.Sender<Bytes>>();

  /** A subscription to what is published from now on. End it with {@link unsubscribe}. */
  subscribe(name: Bytes): broadcast.Receiver<Bytes> {
    const sender = this.#senders.get(name);
    if (sender !== undefined) return sender.subscribe();
    const [first, receiver] = broadcast.channel<Bytes>(KEPT);
    this.#senders.set(name, first);
    return receiver;
  }

  unsubscribe(name: Bytes, receiver: broadcast.Receiver<Bytes>): void {
    receiver.close();
    if (this.#senders.get(name)?.receiverCount === 0) this.#senders.delete(name);
  }

  /** @returns how many subscribers it will reach */
  publish(name: Bytes, message: Bytes): number {
    return this.#senders.get(name)?.send(message) ?? 0;
  }

  /** How many channels have subscribers. */
  get size(): number {
    return this.#senders.size;
  }
}
