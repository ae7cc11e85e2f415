/**
 * Send: the future of `sender.send(…)`: waits for a slot, then queues its message.
 *
 * INVARIANT: the message is queued by a poll of this future and by nothing else. So one that was dropped has sent nothing, even if a
 * slot was granted to it before.
 *
 * There is one for each message, also where the last one is over. To use that again would save a tenth of a message's time, and whoever
 * still had it could drop a message that is not his.
 */
import type { Resource } from "../base/resource.js";
import { keepShape } from "../base/shapes.js";
import type { Context, Waker } from "../future/context.js";
import { answerSlowly } from "../future/inspect.js";
import { answer, charge, context } from "../future/next.js";
import { type Pending, PENDING, type Poll } from "../future/poll.js";
import { completed, unsent } from "./refusals.js";
import { AGAIN, Claim, TAKEN, WAIT } from "./slots.js";

/** A channel with room for so many messages. */
export interface Room<T> extends Resource {
  /** One poll of a claim, as `Slots.take`. */
  claim(claim: Claim<any>, waker: Waker): number;
  /** A claim was dropped. */
  settle(claim: Claim<any>): void;
  /** Queues a message, for which the caller has a slot. */
  push(message: T): void;
}

/** One message on its way. */
export class Send<T> extends Claim<void, Room<T>> {
  /** @internal What was not sent yet. */
  declare message: T | undefined;

  constructor(channel: Room<T>, message: T) {
    super(channel);
    this.message = message;
  }

  get wanted(): number {
    return 1;
  }

  /** @internal */
  get label(): string {
    return "sender.send(…)";
  }

  poll(cx: Context): Poll<void> {
    const answer = this.channel.claim(this, cx.waker);
    if (answer === TAKEN) {
      this.channel.push(this.message as T);
      this.message = undefined;
      return undefined;
    }
    if (answer === WAIT) return PENDING;
    throw answer === AGAIN ? completed(this.label) : unsent(this.message);
  }

  override next(): IteratorResult<Pending, void> {
    return charge() ? answer(this.poll(context())) : (answerSlowly(this) as IteratorResult<Pending, void>);
  }

  override drop(): void {
    this.channel.settle(this);
  }
}

keepShape(new Send(null!, undefined));
