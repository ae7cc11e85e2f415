/**
 * Receiver: one of those who each get every message.
 */
import type { Resource } from "../../base/resource.js";
import type { Context } from "../../future/context.js";
import { type END, type Future, PENDING, type Poll } from "../../future/poll.js";
import { Waiter } from "../../future/wait-list.js";
import { EMPTY } from "../empty.js";
import { unwatchEnd, watchEnd } from "../ends.js";
import { Iteration } from "../iteration.js";
import { busy, closedHere } from "../refusals.js";
import { type Channel, Cursor } from "./channel.js";

/** The one future that all calls of `recv()` of one receiver share: it serves one awaiter, and a dropped wait loses nothing. */
class Recv<T> extends Waiter<T | typeof END> {
  readonly #cursor: Cursor<T>;
  /** Not collected, and so not closed, while somebody awaits it. */
  readonly receiver: object;

  constructor(cursor: Cursor<T>, receiver: object) {
    super();
    this.#cursor = cursor;
    this.receiver = receiver;
  }

  get label(): string {
    return "receiver.recv()";
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.#cursor.channel;
  }

  poll(cx: Context): Poll<T | typeof END> {
    const message = this.#cursor.take();
    if (message !== EMPTY) return message;
    if (this.waker !== null && this.waker !== cx.waker) throw busy(this.label);
    this.#cursor.channel.wait(this);
    this.waker = cx.waker;
    return PENDING;
  }

  override drop(cx: Context): void {
    if (this.waker === cx.waker) this.stop();
  }

  stop(): void {
    this.waker = null;
    this.#cursor.channel.stop(this);
  }
}

/** Receives every message that is sent while it is subscribed. Until it is closed, messages are retained for it. */
export class Receiver<T> implements AsyncIterable<T> {
  /** @internal */
  protected readonly cursor: Cursor<T>;
  readonly #recv: Recv<T>;
  #isOver = false;

  /** @internal */
  constructor(channel: Channel<T>) {
    this.cursor = new Cursor(channel);
    this.#recv = new Recv(this.cursor, this);
    watchEnd(this, this.cursor, receiverGone);
  }

  /**
   * Waits for the next message; `END` when every sender is closed and all messages were read.
   *
   * **Cancel safety**: loses nothing.
   *
   * @throws LaggedError if messages were overwritten before they were read: once, with their number in `missed`. The receiver is still
   * subscribed, and goes on with the oldest that is there
   * @throws BusyError if another task awaits this receiver
   */
  recv(): Future<T | typeof END> {
    return this.#recv;
  }

  /** As {@link recv}: the receiver is a stream of its messages. */
  next(): Future<T | typeof END> {
    return this.#recv;
  }

  /** One poll of {@link recv}, for futures by hand. */
  pollRecv(cx: Context): Poll<T | typeof END> {
    return this.#recv.poll(cx);
  }

  /** The next message if it is there, else `EMPTY`; `END` where {@link recv} would give it. @throws LaggedError as {@link recv} */
  tryRecv(): T | typeof EMPTY | typeof END {
    return this.cursor.take();
  }

  /** @internal */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @internal Whether somebody awaits it. */
  get isAwaited(): boolean {
    return this.#recv.waker !== null;
  }

  /** Another receiver, for what is sent from now on. @throws ClosedError if this one is closed */
  resubscribe(): Receiver<T> {
    if (this.#isOver) throw closedHere("subscribe again", "this receiver was closed");
    return new Receiver(this.cursor.channel);
  }

  /** How many messages it has before it, overwritten ones too: more than the capacity if it has lagged. */
  get len(): number {
    return this.cursor.ahead;
  }

  /** Whether it has read everything there is. */
  get isEmpty(): boolean {
    return this.cursor.ahead === 0;
  }

  /** Whether every sender is closed. Messages may be left to read. */
  get isClosed(): boolean {
    return this.cursor.channel.senders === 0;
  }

  /** Whether `other` receives from the same channel. */
  sameChannel(other: Receiver<any>): boolean {
    return this.cursor.channel === other.cursor.channel;
  }

  /** Ends the subscription. Whoever awaits it gets `END`. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    unwatchEnd(this);
    this.cursor.end();
    const recv = this.#recv;
    this.cursor.channel.stop(recv);
    recv.wake();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Reads the channel to its end, outside of tasks too. A LaggedError ends the loop, and another loop goes on. To break out leaves the
   * receiver subscribed.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return new Iteration(() => this.#recv);
  }
}

const receiverGone = (cursor: Cursor<any>): void => cursor.end();
