/**
 * WeakSender: a way to a sender that does not keep the channel open.
 */
import { type Ends, unwatchEnd, watchEnd } from "./ends.js";
import { closedHere } from "./refusals.js";

const weakGone = (channel: Ends) => () => channel.countWeak(-1);

/** A sender that does not keep its channel open: {@link upgrade} it to send. */
export class WeakSender<S> {
  // Not `#`: `heddle/thread` sends it to other threads.
  private readonly channel: Ends;
  private readonly Sender: new (channel: Ends) => S;
  private isOver = false;

  /** @internal */
  constructor(channel: Ends, Sender: new (channel: Ends) => S) {
    this.channel = channel;
    this.Sender = Sender;
    channel.countWeak(1);
    watchEnd(this, weakGone(channel));
  }

  /** A strong sender; undefined if there is no other strong one left, or this one was closed. */
  upgrade(): S | undefined {
    return this.isOver || this.channel.senders === 0 ? undefined : new this.Sender(this.channel);
  }

  /** Another weak sender. @throws ClosedError if this one is closed */
  clone(): WeakSender<S> {
    if (this.isOver) throw closedHere("clone a weak sender", "it was closed");
    return new WeakSender(this.channel, this.Sender);
  }

  /** Takes it from the count. */
  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    unwatchEnd(this);
    this.channel.countWeak(-1);
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
