/**
 * OneAwaiter: the future of an object that serves one awaiter at a time, such as the next tick of an interval.
 *
 * All state is the object's, so one future serves all its waits, one after the other, and waiting again allocates nothing.
 */
import { BusyError } from "../base/errors.js";
import type { Context, Waker } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Poll } from "../future/poll.js";

/** Awaits one object, for one awaiter at a time. */
export class OneAwaiter<T> extends Leaf<T> {
  /** As messages and dumps call it: `interval.tick()`. */
  readonly label: string;
  readonly #poll: (cx: Context) => Poll<T>;
  readonly #stop: () => void;
  /** The awaiter's, from a pending poll until the wait ends. */
  #waker: Waker | null = null;

  /** @param stop called when the awaiter goes before the value came */
  constructor(label: string, poll: (cx: Context) => Poll<T>, stop: () => void) {
    super();
    this.label = label;
    this.#poll = poll;
    this.#stop = stop;
  }

  poll(cx: Context): Poll<T> {
    // Do not take over: the first awaiter would never be woken again. Whoever goes says so, with `drop`.
    if (this.#waker !== null && this.#waker !== cx.waker)
      throw new BusyError("time.busy", `Cannot await ${this.label} from two places: another one awaits it`, {
        help: "let one task await it and tell the others, or make one for each",
      });
    const value = this.#poll(cx);
    this.#waker = value === PENDING ? cx.waker : null;
    return value;
  }

  override drop(cx: Context): void {
    if (this.#waker !== cx.waker) return;
    this.#waker = null;
    this.#stop();
  }
}
