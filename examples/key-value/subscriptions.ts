/**
 * Subscriptions: the channels of one client, and the next message from any of them.
 *
 * For each channel one future waits for its next message, in a set that gives them in the order in which they come. None is lost when the wait for the set is
 * dropped, which happens whenever the client sends a request first.
 */
import { async, END, FuturesUnordered } from "heddle";
import type { broadcast } from "heddle/sync";
import type { Channels } from "./channels.js";
import type { Bytes } from "./resp/bytes.js";
import { Push } from "./resp/reply.js";

interface Arrival {
  readonly name: Bytes;
  readonly receiver: broadcast.Receiver<Bytes>;
  readonly message: Bytes | typeof END;
}

const arrival = async(function* (name: Bytes, receiver: broadcast.Receiver<Bytes>): Generator<any, Arrival, any> {
  return { name, receiver, message: yield* receiver.recv() };
});

export class Subscriptions {
  readonly #channels: Channels;
  readonly #receivers = new Map<Bytes, broadcast.Receiver<Bytes>>();
  readonly #arrivals = new FuturesUnordered<Arrival>();

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  get size(): number {
    return this.#receivers.size;
  }

  get names(): Iterable<Bytes> {
    return this.#receivers.keys();
  }

  add(name: Bytes): void {
    if (this.#receivers.has(name)) return;
    const receiver = this.#channels.subscribe(name);
    this.#receivers.set(name, receiver);
    this.#arrivals.push(arrival(name, receiver));
  }

  remove(name: Bytes): void {
    const receiver = this.#receivers.get(name);
    if (receiver === undefined) return;
    this.#receivers.delete(name);
    this.#channels.unsubscribe(name, receiver); // its future ends with END
  }

  clear(): void {
    for (const name of this.#receivers.keys()) this.remove(name);
    this.#arrivals.clear();
  }

  /**
   * The next message, as the client is told of it. **Cancel safety**: none is lost.
   *
   * @throws LaggedError if this client is so slow that messages for it were overwritten
   */
  @async
  *next() {
    for (;;) {
      const next = yield* this.#arrivals.next();
      if (next === END) throw new Error("Cannot wait for a message without a subscription");
      const { name, receiver, message } = next;
      if (message === END) continue; // unsubscribed meanwhile
      this.#arrivals.push(arrival(name, receiver));
      return new Push(["message", name, message]);
    }
  }
}
