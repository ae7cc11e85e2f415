/**
 * WeakSender: a way to a sender that does not keep the channel open.
 */
import { unwatchEnd, watchEnd } from "../ends.js";
import { closedHere } from "../refusals.js";
import type { Channel } from "./channel.js";
import type { SenderEnd } from "./sender-end.js";

const weakGone = (channel: Channel<any>) => () => channel.countWeak(-1);

/** A sender that does not keep its channel open: {@link upgrade} it to send. */
export class WeakSender<S extends SenderEnd<any>> {
  readonly #channel: Channel<any>;
  readonly #make: (channel: Channel<any>) => S;
  #isOver = false;

  /** @internal */
  constructor(channel: Channel<any>, make: (channel: Channel<any>) => S) {
    this.#channel = channel;
    this.#make = make;
    channel.countWeak(1);
    watchEnd(this, weakGone(channel));
  }

  /** A strong sender; undefined if there is no other strong one left, or this one was closed. */
  upgrade(): S | undefined {
    return this.#isOver || this.#channel.senders === 0 ? undefined : this.#make(this.#channel);
  }

  /** Another weak sender. */
  clone(): WeakSender<S> {
    if (this.#isOver) throw closedHere("clone a weak sender", "it was closed");
    return new WeakSender(this.#channel, this.#make);
  }

  /** Takes it from the count. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    unwatchEnd(this);
    this.#channel.countWeak(-1);
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
