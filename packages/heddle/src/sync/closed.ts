/**
 * Closed: the future of `sender.closed()`, the same for every kind of channel.
 */
import type { Resource } from "../base/resource.js";
import type { Context } from "../future/context.js";
import { PENDING, type Poll } from "../future/poll.js";
import { Waiter, WaitList } from "../future/wait-list.js";

/** What can be closed. */
export interface Closing extends Resource {
  /** Whether nobody is there to receive. Counts as a look. */
  readonly isClosed: boolean;
  /** Who awaits that. Call `wakeAll()` whenever `isClosed` becomes true. */
  readonly closers: Closers;
}

/** The waiters for the end of one channel. The list is made for the first of them: most channels have none. */
export class Closers {
  #waiters: WaitList<Closed> | null = null;

  add(waiter: Closed): void {
    const waiters = (this.#waiters ??= new WaitList());
    if (!waiters.has(waiter)) waiters.push(waiter);
  }

  remove(waiter: Closed): void {
    this.#waiters?.remove(waiter);
  }

  wakeAll(): void {
    if (this.#waiters !== null) for (const waiter of this.#waiters.drain()) waiter.wake();
  }
}

/** Ready when nobody is there to receive. */
export class Closed extends Waiter<void> {
  readonly #channel: Closing;
  /** Not collected, and so not closed, while somebody awaits its channel. */
  readonly sender: object;

  constructor(channel: Closing, sender: object) {
    super();
    this.#channel = channel;
    this.sender = sender;
  }

  /** @internal */
  get label(): string {
    return "sender.closed()";
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.#channel;
  }

  poll(cx: Context): Poll<void> {
    if (this.#channel.isClosed) {
      this.drop();
      return undefined;
    }
    this.#channel.closers.add(this);
    this.waker = cx.waker;
    return PENDING;
  }

  override drop(): void {
    this.waker = null;
    this.#channel.closers.remove(this);
  }
}
