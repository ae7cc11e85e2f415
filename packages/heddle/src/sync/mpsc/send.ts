/**
 * Send: the future of `sender.send(…)`: waits for a slot, then queues its message.
 *
 * INVARIANT: the message is queued by a poll of this future and by nothing else. So one that was dropped has sent nothing, even if a
 * slot was granted to it before.
 *
 * A sender keeps the future that ended last and gives it out again: a loop of sends allocates none (88 ns a message against 140).
 */
import { keepShape } from "../../base/shapes.js";
import type { Context } from "../../future/context.js";
import { answerSlowly } from "../../future/inspect.js";
import { answer, charge, context } from "../../future/next.js";
import { type Pending, PENDING, type Poll } from "../../future/poll.js";
import { completed, unsent } from "../refusals.js";
import { AGAIN, Claim, TAKEN, WAIT } from "../slots.js";
import { Channel } from "./channel.js";

/** Keeps a future that may be used again. */
export interface Spares<T> {
  spare: Send<T> | null;
}

/** One message on its way. */
export class Send<T> extends Claim<void> {
  declare private readonly channel: Channel<T>;
  declare private readonly spares: Spares<T>;
  /** @internal What was not sent yet. */
  declare message: T | undefined;

  constructor(channel: Channel<T>, spares: Spares<T>, message: T) {
    super();
    this.channel = channel;
    this.spares = spares;
    this.message = message;
  }

  /** A spare one, for another message. */
  again(message: T): this {
    this.renew();
    this.message = message;
    return this;
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
      this.spares.spare = this;
      return undefined;
    }
    if (answer === WAIT) return PENDING;
    throw answer === AGAIN ? completed(this.label) : unsent(this.message, "the receiver is closed");
  }

  override next(): IteratorResult<Pending, void> {
    return charge() ? answer(this.poll(context())) : (answerSlowly(this) as IteratorResult<Pending, void>);
  }

  override drop(_cx?: Context): void {
    this.channel.settle(this);
  }
}

keepShape(new Send(new Channel(1, undefined), { spare: null }, undefined));
