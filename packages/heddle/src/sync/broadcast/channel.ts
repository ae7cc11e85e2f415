/**
 * Channel: the ring that all receivers of one broadcast channel read, each at its own pace.
 *
 *     tail - size            next of a slow receiver      next of another          tail
 *        │ overwritten before │                             │                       │ next message
 *     ───┴────────────────────┴─────────────────────────────┴───────────────────────┴──►
 *
 * Positions count all messages ever sent. A receiver whose `next` has fallen behind `tail - size` has lagged.
 *
 * INVARIANT: `#unread` of a message that is retained is how many receivers still have it before them. At 0 the message is let go. As
 * each reads in order, the messages that somebody has before them are the newest ones.
 */
import { LaggedError } from "../../base/errors.js";
import { END } from "../../future/poll.js";
import { type Waiter, WaitList } from "../../future/wait-list.js";
import { EMPTY } from "../empty.js";
import { Ends } from "../ends.js";

/** @internal */
export class Channel<T> extends Ends {
  readonly #mask: number;
  readonly #messages: (T | undefined)[] = [];
  readonly #unread: number[] = [];
  readonly #waiters = new WaitList<Waiter<any>>();
  #tail = 0;
  #receivers = 0;

  /** @param size a power of two */
  constructor(size: number, name: string | undefined) {
    super(name);
    this.#mask = size - 1;
  }

  get kind(): string {
    return "broadcast";
  }

  override get fullness(): string {
    return `${this.#retained} of ${this.#mask + 1} slots taken`;
  }

  /** Whether nobody is subscribed now. */
  get isClosed(): boolean {
    return this.receivers === 0;
  }

  get receivers(): number {
    this.touch(false);
    return this.#receivers;
  }

  /** How many messages somebody has before him. */
  get length(): number {
    this.touch(false);
    return this.#retained;
  }

  get #retained(): number {
    let from = this.#tail;
    while (from > this.#oldest && this.#unread[(from - 1) & this.#mask]! > 0) from--;
    return this.#tail - from;
  }

  /** The position of the oldest message that is retained. */
  get #oldest(): number {
    return Math.max(0, this.#tail - this.#mask - 1);
  }

  /** Answers how many will read it. */
  send(message: T): number {
    const at = this.#tail & this.#mask;
    this.#messages[at] = message;
    this.#unread[at] = this.#receivers;
    this.#tail++;
    this.#wakeAll();
    return this.#receivers;
  }

  protected deserted(): void {
    this.#wakeAll();
  }

  /** Has all who wait look again. */
  wakeReceivers(): void {
    this.#wakeAll();
  }

  // Not more than there are now: whoever is woken may come back at once.
  #wakeAll(): void {
    for (let left = this.#waiters.size; left > 0; left--) this.#waiters.shift()?.wake();
  }

  // ---- receivers, by their position ------------------------------------------------------------

  /** A new receiver. Answers its position: it reads what is sent from now on. */
  subscribe(): number {
    this.touch(true);
    this.#receivers++;
    return this.#tail;
  }

  /** A receiver goes, and what it had before it. */
  unsubscribe(position: number): void {
    this.touch(true);
    for (let at = Math.max(position, this.#oldest); at < this.#tail; at++) this.#markRead(at & this.#mask);
    if (--this.#receivers === 0) this.closers.wakeAll();
  }

  #markRead(at: number): void {
    if (--this.#unread[at]! === 0) this.#messages[at] = undefined;
  }

  /** How many messages are before a position, those overwritten too. */
  ahead(position: number): number {
    this.touch(false);
    return this.#tail - position;
  }

  /** Where a receiver goes on that has lagged; `position` itself if it has not. */
  catchUp(position: number): number {
    this.touch(true);
    return this.oldestFrom(position);
  }

  /** The oldest position from `position` on whose message is retained. */
  oldestFrom(position: number): number {
    return Math.max(position, this.#oldest);
  }

  /** How many messages are retained at most. */
  get size(): number {
    return this.#mask + 1;
  }

  /** The message at a position that is retained, as it is: it does not count as read. */
  peek(position: number): T {
    return this.#messages[position & this.#mask] as T;
  }

  /** The message at a position that {@link catchUp} has answered. */
  read(position: number): T | typeof EMPTY | typeof END {
    if (position === this.#tail) return this.senders === 0 ? END : EMPTY;
    const at = position & this.#mask;
    const message = this.#messages[at] as T;
    this.#markRead(at);
    return message;
  }

  wait(waiter: Waiter<any>): void {
    if (!this.#waiters.has(waiter)) this.#waiters.push(waiter);
  }

  stop(waiter: Waiter<any>): void {
    this.touch(true);
    this.#waiters.remove(waiter);
  }
}

/** What one receiver has before it. It does not know the receiver, which may be collected. */
export class Cursor<T> {
  readonly channel: Channel<T>;
  #next: number;
  #isOver = false;

  constructor(channel: Channel<T>) {
    this.channel = channel;
    this.#next = channel.subscribe();
  }

  get ahead(): number {
    return this.#isOver ? 0 : this.channel.ahead(this.#next);
  }

  take(): T | typeof EMPTY | typeof END {
    if (this.#isOver) return END;
    const next = this.channel.catchUp(this.#next);
    const missed = next - this.#next;
    this.#next = next;
    if (missed > 0) throw new LaggedError(missed);
    const message = this.channel.read(next);
    if (message !== EMPTY && message !== END) this.#next++;
    return message;
  }

  /** Those it has before it and are retained, oldest first. They do not count as read. */
  get unread(): T[] {
    const { channel } = this;
    const messages: T[] = [];
    const from = this.#isOver ? Infinity : channel.oldestFrom(this.#next);
    for (let at = from, left = channel.ahead(from); left > 0; left--) messages.push(channel.peek(at++));
    return messages;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.channel.unsubscribe(this.#next);
  }
}
