/**
 * What the bounded and the unbounded sender of an mpsc channel share: being counted, cloned, closed.
 */
import type { Future } from "../../future/poll.js";
import { Closed } from "../closed.js";
import { unwatchEnd, watchEnd } from "../ends.js";
import { closedHere } from "../refusals.js";
import type { Channel } from "./channel.js";

const senderGone = (channel: Channel<any>) => () => channel.removeSender();

/** What bounded and unbounded senders share. */
export abstract class SenderEnd<T> {
  /** @internal */
  protected readonly channel: Channel<T>;
  #isOver = false;

  /** @internal */
  constructor(channel: Channel<T>) {
    this.channel = channel;
    channel.addSender();
    watchEnd(this, senderGone(channel));
  }

  /** @internal */
  protected get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the receiver is closed or gone, so that nothing can be sent any more. */
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

  /** @internal */
  protected mustBeOpen(verb: string): void {
    if (this.#isOver) throw closedHere(verb, "this sender was closed");
  }

  /**
   * Ends this sender. When the last one is closed, and no send or permit is on its way, the receiver gets `END` behind the last message.
   * What this sender has on its way goes on.
   */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    unwatchEnd(this);
    this.channel.removeSender();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
