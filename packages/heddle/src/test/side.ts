/**
 * Side: one direction of a simulated stream, such as its reads, which serves one wait at a time.
 */
import { BusyError, HeddleError } from "../base/errors.js";
import type { Context, Waker } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";

/** One attempt at what is waited for. It takes or changes nothing unless it answers. */
export type Attempt<T> = (cx: Context) => Poll<T>;

/** Where one wait at a time may wait. */
export class Side implements Waker {
  /** As messages call what is done here: `read from mock stream "smtp"`. */
  readonly verb: string;
  readonly #onDrop: (() => void) | undefined;
  #pending: Wait<any> | null = null;

  /** @param onDrop called when a wait ends before it was over */
  constructor(verb: string, onDrop?: () => void) {
    this.verb = verb;
    this.#onDrop = onDrop;
  }

  /** A future that is ready when `attempt` answers. It is tried at each poll; {@link wake} asks for one. */
  wait<T>(attempt: Attempt<T>): Future<T> {
    return new Wait(this, attempt);
  }

  /** Something has changed: whoever waits tries again. */
  wake(): void {
    this.#pending?.wake();
  }

  /** @internal */
  enter(wait: Wait<any>): void {
    if (this.#pending !== null && this.#pending !== wait)
      throw new BusyError("io.busy", `Cannot ${this.verb} from two places at once: another one waits`, {
        help: "let one task do it and tell the others",
      });
    this.#pending = wait;
  }

  /** @internal */
  leave(wait: Wait<any>): void {
    if (this.#pending === wait) this.#pending = null;
  }

  /** @internal */
  dropped(wait: Wait<any>): void {
    if (this.#pending !== wait) return;
    this.#pending = null;
    this.#onDrop?.();
  }
}

class Wait<T> extends Leaf<T> {
  readonly #side: Side;
  readonly #attempt: Attempt<T>;
  #waker: Waker | null = null;
  #isOver = false;

  constructor(side: Side, attempt: Attempt<T>) {
    super();
    this.#side = side;
    this.#attempt = attempt;
  }

  get label(): string {
    return `a chance to ${this.#side.verb}`;
  }

  poll(cx: Context): Poll<T> {
    if (this.#isOver)
      throw new HeddleError("future.completed", `Cannot ${this.#side.verb} with this future again: it is over`, {
        help: "call the function again for a new future",
      });
    this.#side.enter(this);
    this.#isOver = true;
    // What the attempt changes may wake this side: it is being polled already.
    this.#waker = null;
    try {
      const value = this.#attempt(cx);
      this.#isOver = value !== PENDING;
      return value;
    } finally {
      this.#waker = this.#isOver ? null : cx.waker;
      if (this.#isOver) this.#side.leave(this);
    }
  }

  wake(): void {
    const waker = this.#waker;
    this.#waker = null;
    waker?.wake();
  }

  override drop(): void {
    this.#isOver = true;
    this.#waker = null;
    this.#side.dropped(this);
  }
}
