/**
 * Receiver: one of those who see the value and wait for it to change.
 */
import { quote } from "../../base/errors.js";
import type { Resource } from "../../base/resource.js";
import type { Context } from "../../future/context.js";
import { END, type Future, PENDING, type Poll } from "../../future/poll.js";
import { Waiter } from "../../future/wait-list.js";
import { unwatchEnd, watchEnd } from "../ends.js";
import { Iteration } from "../iteration.js";
import { busy, closedHere, disconnected } from "../refusals.js";
import type { Channel } from "./channel.js";

/** Waits until the receiver has something to say. */
abstract class Watching<T, R> extends Waiter<R> {
  protected readonly receiver: Receiver<T>;
  readonly label: string;

  constructor(label: string, receiver: Receiver<T>) {
    super();
    this.label = label;
    this.receiver = receiver;
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.receiver.channel;
  }

  /** What is the case now. May throw. */
  protected abstract look(): Poll<R>;

  poll(cx: Context): Poll<R> {
    const { receiver } = this;
    receiver.channel.touch(true);
    const { awaiting } = receiver;
    // Do not take over: the first awaiter would take the second's change for its own. Whoever goes says so, with `drop`.
    if (awaiting !== null && (awaiting !== this || (this.waker !== null && this.waker !== cx.waker)))
      throw busy(this.label);
    receiver.awaiting = null;
    const answer = this.look();
    if (answer !== PENDING) return answer;
    receiver.awaiting = this;
    receiver.channel.wait(this);
    this.waker = cx.waker;
    return PENDING;
  }

  override drop(cx: Context): void {
    // Woken and not polled since: its waker was taken out then.
    if (this.waker !== null && this.waker !== cx.waker) return;
    this.waker = null;
    this.receiver.channel.stop(this);
    if (this.receiver.awaiting === this) this.receiver.awaiting = null;
  }
}

class Changed<T> extends Watching<T, void> {
  protected look(): Poll<void> {
    if (this.receiver.see()) return undefined;
    if (this.receiver.isFinal) throw this.receiver.end();
    return PENDING;
  }
}

class Next<T> extends Watching<T, T | typeof END> {
  protected look(): Poll<T | typeof END> {
    if (this.receiver.see()) return this.receiver.channel.value;
    return this.receiver.isFinal ? END : PENDING;
  }
}

class WaitFor<T> extends Watching<T, T> {
  readonly #isWanted: (value: T) => boolean;
  #hasLooked = false;

  constructor(receiver: Receiver<T>, isWanted: (value: T) => boolean) {
    super("receiver.waitFor(…)", receiver);
    this.#isWanted = isWanted;
  }

  protected look(): Poll<T> {
    const isNew = this.receiver.see();
    if (isNew || !this.#hasLooked) {
      this.#hasLooked = true;
      const { value } = this.receiver.channel;
      if (this.#isWanted(value)) return value;
    }
    if (this.receiver.isFinal) throw this.receiver.end();
    return PENDING;
  }
}

/** Sees the newest value. Values that came and went while it was not looking are not for it. */
export class Receiver<T> implements AsyncIterable<T> {
  /** @internal */
  readonly channel: Channel<T>;
  /** @internal Who awaits it. The futures write it. */
  awaiting: Waiter<any> | null = null;
  #seen: number;
  #isOver = false;
  readonly #changed: Changed<T>;
  readonly #next: Next<T>;

  /** @internal @param seen the version it has seen */
  constructor(channel: Channel<T>, seen: number) {
    this.channel = channel;
    this.#seen = seen;
    this.#changed = new Changed("receiver.changed()", this);
    this.#next = new Next("receiver.next()", this);
    channel.addReceiver();
    watchEnd(this, channel, receiverGone);
  }

  /** The newest value. Whether it counts as seen stays as it is. */
  borrow(): T {
    return this.channel.value;
  }

  /** The newest value, which counts as seen now. */
  borrowAndUpdate(): T {
    this.see();
    return this.channel.value;
  }

  /** @internal Takes the newest value for seen. Answers whether it was not. */
  see(): boolean {
    this.channel.touch(true);
    const { version } = this.channel;
    const isNew = this.#seen !== version;
    this.#seen = version;
    return isNew;
  }

  /** @internal Whether it was closed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @internal Whether no change can come. */
  get isFinal(): boolean {
    return this.#isOver || this.channel.senders === 0;
  }

  /** @internal Why there will be no change. */
  end(): Error {
    const verb = "wait for a change";
    return this.#isOver ? closedHere(verb, "this receiver was closed") : disconnected(verb, "every sender is closed");
  }

  /**
   * Whether there is a value that was not seen.
   *
   * @throws DisconnectedError once every sender is closed, seen or not
   */
  hasChanged(): boolean {
    if (this.isFinal) throw this.end();
    return this.#seen !== this.channel.version;
  }

  /**
   * Waits for a value that was not seen, and takes it for seen. An equal value counts as well.
   *
   * **Cancel safety**: loses nothing: what was not given stays unseen.
   *
   * @throws DisconnectedError if every sender is closed and the last value was seen; BusyError if another task awaits this receiver
   */
  changed(): Future<void> {
    return this.#changed;
  }

  /**
   * Waits for a value that was not seen and gives it; `END` if every sender is closed and the last value was seen. The receiver is a stream
   * of changes; of changes that come faster than it is read, of the newest.
   *
   * **Cancel safety**: loses nothing.
   *
   * @throws BusyError if another task awaits this receiver
   */
  next(): Future<T | typeof END> {
    return this.#next;
  }

  /**
   * Waits until the value is one for which `isWanted` answers true. Looks at the value that is there first. Every value it has looked at counts
   * as seen.
   *
   * **Cancel safety**: loses nothing.
   *
   * @returns that value
   * @throws DisconnectedError if every sender is closed and the last value is not wanted; what `isWanted` throws; BusyError as {@link next}
   */
  waitFor(isWanted: (value: T) => boolean): Future<T> {
    if (typeof isWanted !== "function")
      throw new TypeError(`Cannot wait for a value as 'isWanted' must be a function: received ${quote(isWanted)}`);
    return new WaitFor(this, isWanted);
  }

  /** Makes the newest value count as not seen. */
  markChanged(): void {
    this.channel.touch(true);
    this.#seen = -1;
    this.awaiting?.wake();
  }

  /** Makes the newest value count as seen. */
  markUnchanged(): void {
    this.see();
  }

  /** Another receiver, which has seen what this one has. @throws ClosedError if this one is closed */
  clone(): Receiver<T> {
    if (this.#isOver) throw closedHere("clone a receiver", "it was closed");
    return new Receiver(this.channel, this.#seen);
  }

  /** Whether `other` looks at the same value. */
  sameChannel(other: Receiver<any>): boolean {
    return this.channel === other.channel;
  }

  /** Ends it. Whoever awaits it learns that no change will come. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    unwatchEnd(this);
    this.channel.removeReceiver();
    this.awaiting?.wake();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads the changes to the end, outside of tasks too. To break out of the loop leaves the receiver open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return new Iteration(() => this.#next);
  }
}

const receiverGone = (channel: Channel<any>): void => channel.removeReceiver();
