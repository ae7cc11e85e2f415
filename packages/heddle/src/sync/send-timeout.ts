/**
 * SendTimeout: a send that gives up when its time is over, and hands its message back.
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import type { Context } from "../future/context.js";
import { current } from "../future/current.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Poll } from "../future/poll.js";
import { Alarm } from "../future/alarm.js";
import { elapsed } from "./refusals.js";
import type { Send } from "./send.js";

/** One message on its way, for a while. */
export class SendTimeout<T> extends Leaf<void> {
  readonly #send: Send<T>;
  readonly #delay: number;
  readonly #alarm: Alarm;

  constructor(send: Send<T>, duration: Duration) {
    super();
    this.#send = send;
    this.#delay = clampMilliseconds(toMilliseconds(duration, "send a message in time"));
    this.#alarm = new Alarm(this.#delay);
  }

  /** @internal */
  get label(): string {
    return "sender.sendTimeout(…)";
  }

  poll(cx: Context): Poll<void> {
    this.#alarm.cancel();
    // The send first: where there is room it wins, even with no time at all.
    if (this.#send.poll(cx) !== PENDING) return undefined;
    if (this.#alarm.poll(cx) === PENDING) return PENDING;
    const { message } = this.#send;
    this.#send.drop();
    throw elapsed(message as T, current.diagnostics.duration(this.#delay));
  }

  override drop(): void {
    this.#alarm.cancel();
    this.#send.drop();
  }
}
