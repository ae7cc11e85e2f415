/**
 * Receiver: the end of an mpsc channel that receives, one message or many at a time.
 */
import type { Resource } from "../../base/resource.js";
import { keepShape } from "../../base/shapes.js";
import type { Context } from "../../future/context.js";
import { Leaf } from "../../future/leaf.js";
import { answerSlowly } from "../../future/inspect.js";
import { answer, charge, context } from "../../future/next.js";
import { type END, type Future, type Poll, type Pending } from "../../future/poll.js";
import type { EMPTY } from "../empty.js";
import { unwatchEnd, watchEnd } from "../ends.js";
import { Iteration } from "../iteration.js";
import { checkCount } from "../refusals.js";
import { Channel } from "./channel.js";

/** @internal The one future that all calls of `recv()` share: a receiver serves one awaiter, and a dropped wait loses nothing. */
export class Recv<T> extends Leaf<T | typeof END> {
  /** @internal */
  readonly channel: Channel<T>;
  /** Not collected, and so not closed, while somebody awaits it. */
  readonly receiver: Receiver<T> | null;

  constructor(channel: Channel<T>, receiver: Receiver<T> | null) {
    super();
    this.channel = channel;
    this.receiver = receiver;
  }

  get label(): string {
    return "receiver.recv()";
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.channel;
  }

  poll(cx: Context): Poll<T | typeof END> {
    return this.channel.poll(cx.waker, this.label);
  }

  override next(): IteratorResult<Pending, T | typeof END> {
    return charge() ? answer(this.poll(context())) : (answerSlowly(this) as IteratorResult<Pending, T | typeof END>);
  }

  override drop(cx: Context): void {
    this.channel.stop(cx.waker);
  }
}

/** Waits for one message, and takes those along that are there with it. */
class RecvMany<T> extends Leaf<T[]> {
  readonly #channel: Channel<T>;
  readonly #limit: number;
  readonly receiver: Receiver<T>;

  constructor(channel: Channel<T>, limit: number, receiver: Receiver<T>) {
    super();
    this.#channel = channel;
    this.#limit = limit;
    this.receiver = receiver;
  }

  get label(): string {
    return `receiver.recvMany(${this.#limit})`;
  }

  poll(cx: Context): Poll<T[]> {
    return this.#channel.pollMany(cx.waker, this.#limit, this.label);
  }

  override drop(cx: Context): void {
    this.#channel.stop(cx.waker);
  }
}

/** Receives from an mpsc channel. One that is collected unclosed is closed by the collector, sometime. */
export class Receiver<T> implements AsyncIterable<T> {
  /** @internal */
  protected readonly channel: Channel<T>;
  readonly #recv: Recv<T>;

  /** @internal */
  constructor(channel: Channel<T>) {
    this.channel = channel;
    this.#recv = new Recv(channel, this);
    watchEnd(this, channel, receiverGone);
  }

  /**
   * Waits for the next message; `END` when the channel is closed, by this end or because no sender is left, and nothing is left in it nor on
   * its way.
   *
   * **Cancel safety**: loses nothing.
   *
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

  /**
   * Waits for a message and takes along what is there, in order.
   *
   * **Cancel safety**: loses nothing.
   *
   * @param limit the most it takes; 0 gives none, at once
   * @returns between one and `limit` messages; none at the end of the channel
   * @throws as {@link recv}
   */
  recvMany(limit: number): Future<T[]> {
    checkCount(limit, 0, Number.MAX_SAFE_INTEGER, "receive messages", "limit");
    return new RecvMany(this.channel, limit, this);
  }

  /** The next message if it is there, else `EMPTY`; `END` where {@link recv} would give it. */
  tryRecv(): T | typeof EMPTY | typeof END {
    return this.channel.take();
  }

  /** Lets no new message begin. What is in the channel, and what permits were given for, can still be received. */
  close(): void {
    this.channel.close();
  }

  /** As {@link close}, and throws the messages away. */
  [Symbol.dispose](): void {
    unwatchEnd(this);
    this.channel.desert();
  }

  /** How many messages are in the channel. */
  get len(): number {
    return this.channel.length;
  }

  /** Whether no message is in the channel. More may come. */
  get isEmpty(): boolean {
    return this.channel.length === 0;
  }

  /** Whether no new message can begin: it was closed, or no sender and no permit is left. */
  get isClosed(): boolean {
    return this.channel.isFinal;
  }

  /** How many messages there is room for now; Infinity without a limit. */
  get capacity(): number {
    return this.channel.capacity;
  }

  /** How many messages there is room for when all is free; Infinity without a limit. */
  get maxCapacity(): number {
    return this.channel.maxCapacity;
  }

  /** How many senders there are that were not closed. */
  get senderStrongCount(): number {
    return this.channel.senders;
  }

  /** How many weak senders there are that were not closed. */
  get senderWeakCount(): number {
    return this.channel.weakSenders;
  }

  /** Reads the channel to its end, outside of tasks too. To break out of the loop leaves the channel open: another loop goes on. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return new Iteration(() => this.#recv);
  }
}

const receiverGone = (channel: Channel<any>): void => channel.desert();

keepShape(new Recv(new Channel(1, undefined), null));
