/**
 * WeakSender: a way to a sender that does not keep the channel open.
 */
import { CountedEnd, type Ends } from "./ends.js";

const leave = (channel: Ends): void => channel.countWeak(-1);

/** A sender that does not keep its channel open: {@link upgrade} it to send. */
export class WeakSender<S> extends CountedEnd<Ends> {
  // Not `#`: `heddle/thread` sends it to other threads.
  private readonly Sender: new (channel: Ends) => S;

  /** @internal */
  constructor(channel: Ends, Sender: new (channel: Ends) => S) {
    super(channel, leave);
    this.Sender = Sender;
    channel.countWeak(1);
  }

  /** A strong sender; undefined if there is no other strong one left, or this one was closed. */
  upgrade(): S | undefined {
    return this.isOver || this.channel.senders === 0 ? undefined : new this.Sender(this.channel);
  }

  /** Another weak sender. @throws ClosedError if this one is closed */
  clone(): WeakSender<S> {
    this.mustBeOpen("clone a weak sender");
    return new WeakSender(this.channel, this.Sender);
  }
}
