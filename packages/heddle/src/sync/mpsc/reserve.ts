/**
 * Reserve: the future of `reserve()`, `reserveMany(n)` and `reserveOwned()`: it waits for slots and gives permits.
 */
import type { Context } from "../../future/context.js";
import { PENDING, type Poll } from "../../future/poll.js";
import { completed, disconnected } from "../refusals.js";
import { AGAIN, Claim, OVER, TAKEN, WAIT } from "../slots.js";
import type { Channel } from "./channel.js";

/** Makes what is given when the slots are there. */
export type Grant<T, P> = (channel: Channel<T>, wanted: number, sender: any) => P;

/** Waits for slots, all of them at once. */
export class Reserve<T, P> extends Claim<P, Channel<T>> {
  declare readonly wanted: number;
  /** @internal */
  declare readonly label: string;
  declare private readonly grant: Grant<T, P>;
  declare private readonly sender: Disposable | null;

  /** @param sender is kept meanwhile, and disposed of if it does not come to that */
  constructor(channel: Channel<T>, wanted: number, label: string, grant: Grant<T, P>, sender: Disposable | null) {
    // As `Waiter` does, whose constructor says why.
    super(channel);
    this.wanted = wanted;
    this.label = label;
    this.grant = grant;
    this.sender = sender;
  }

  poll(cx: Context): Poll<P> {
    const answer = this.channel.claim(this, cx.waker);
    if (answer === TAKEN) return this.grant(this.channel, this.wanted, this.sender);
    if (answer === WAIT) return PENDING;
    if (answer === AGAIN) throw completed(this.label);
    this.sender?.[Symbol.dispose]();
    throw disconnected("reserve room for a message");
  }

  override drop(): void {
    // What it has given is not its own any more.
    if (this.stage === OVER) return;
    this.channel.settle(this);
    this.sender?.[Symbol.dispose]();
  }
}
