/**
 * Receiver: one of those who share the messages of a queue, strong or weak.
 */
import { keepShape } from "../../base/shapes.js";
import type { Context } from "../../future/context.js";
import { answerSlowly } from "../../future/inspect.js";
import { answer, charge, context } from "../../future/next.js";
import type { END, Future, Pending, Poll } from "../../future/poll.js";
import type { EMPTY } from "../empty.js";
import { unwatchEnd, watchEnd } from "../ends.js";
import { Iteration } from "../iteration.js";
import { closedHere } from "../refusals.js";
import { Claim } from "../slots.js";
import { Channel } from "./channel.js";

/** Waits for a message of its own. */
class Recv<T> extends Claim<T | typeof END, Channel<T>> {
  /** Not collected, and so not closed, while somebody awaits it. */
  declare readonly receiver: Receiver<T> | null;

  constructor(channel: Channel<T>, receiver: Receiver<T> | null) {
    super(channel);
    this.receiver = receiver;
  }

  get wanted(): number {
    return 1;
  }

  get label(): string {
    return "receiver.recv()";
  }

  poll(cx: Context): Poll<T | typeof END> {
    return this.channel.poll(this, cx.waker, this.label);
  }

  override next(): IteratorResult<Pending, T | typeof END> {
    return charge() ? answer(this.poll(context())) : (answerSlowly(this) as IteratorResult<Pending, T | typeof END>);
  }

  override drop(): void {
    this.channel.stop(this);
  }
}

/** Receives messages that no other receiver gets. Any number of tasks may wait, with one receiver or with clones of it. */
export class Receiver<T> implements AsyncIterable<T> {
  // Not `#`: `heddle/thread` sends it to other threads.
  private readonly channel: Channel<T>;
  private isOver = false;

  /** @internal */
  constructor(channel: Channel<T>) {
    this.channel = channel;
    channel.addReceiver();
    watchEnd(this, channel, receiverGone);
  }

  /**
   * Waits for the next message; `END` when the queue is closed and empty. Those who wait are served in the order in which they came.
   *
   * **Cancel safety**: loses only the place among those who wait: a message that was meant for it goes to the next.
   *
   * @throws ClosedError, at once, if this receiver was disposed of
   */
  recv(): Future<T | typeof END> {
    this.#mustBeOpen("receive");
    return new Recv(this.channel, this);
  }

  /** As {@link recv}: the receiver is a stream of messages. */
  next(): Future<T | typeof END> {
    return this.recv();
  }

  /** The next message if one is there that belongs to nobody else, else `EMPTY`; `END` where {@link recv} would give it. */
  tryRecv(): T | typeof EMPTY | typeof END {
    this.#mustBeOpen("receive");
    return this.channel.tryTake();
  }

  #mustBeOpen(verb: string): void {
    if (this.isOver) throw closedHere(verb, "this receiver was disposed of");
  }

  /** Closes the queue for all, senders and receivers. What is in it can still be received. @returns whether it was open */
  close(): boolean {
    return this.channel.close();
  }

  /** Ends this receiver. With the last one the queue is closed, and what is in it thrown away. */
  [Symbol.dispose](): void {
    if (this.isOver) return;
    this.isOver = true;
    unwatchEnd(this);
    this.channel.removeReceiver();
  }

  /** Another receiver of the same queue. @throws ClosedError if this one was disposed of */
  clone(): Receiver<T> {
    this.#mustBeOpen("clone a receiver");
    return new Receiver(this.channel);
  }

  /** A receiver that does not keep the queue open. @throws ClosedError if this one was disposed of */
  downgrade(): WeakReceiver<T> {
    this.#mustBeOpen("downgrade a receiver");
    return new WeakReceiver(this.channel);
  }

  /** Whether `other` receives from the same queue. */
  sameChannel(other: Receiver<any>): boolean {
    return this.channel === other.channel;
  }

  /** Whether nothing can be put in any more. Messages may be left. */
  get isClosed(): boolean {
    return this.channel.isClosed;
  }

  /** How many messages are in the queue. */
  get len(): number {
    return this.channel.length;
  }

  /** Whether no message is in the queue. */
  get isEmpty(): boolean {
    return this.channel.length === 0;
  }

  /** How many messages there is room for now; Infinity without a limit. */
  get capacity(): number {
    return this.channel.capacity;
  }

  /** How many messages there is room for when it is empty; Infinity without a limit. */
  get maxCapacity(): number {
    return this.channel.maxCapacity;
  }

  /** How many receivers there are that were not disposed of. */
  get strongCount(): number {
    return this.channel.receivers;
  }

  /** How many weak receivers there are that were not disposed of. */
  get weakCount(): number {
    return this.channel.weakReceivers;
  }

  /** How many senders there are that were not disposed of. */
  get senderCount(): number {
    return this.channel.senders;
  }

  /** Reads messages to the end, outside of tasks too. To break out of the loop leaves the receiver open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return new Iteration(() => new Recv(this.channel, this));
  }
}

/** A receiver that does not keep its queue open: {@link upgrade} it to receive. */
export class WeakReceiver<T> {
  readonly #channel: Channel<T>;
  #isOver = false;

  /** @internal */
  constructor(channel: Channel<T>) {
    this.#channel = channel;
    channel.countWeakReceiver(1);
    watchEnd(this, channel, weakGone);
  }

  /** A strong receiver; undefined if there is no other strong one left, or this one was disposed of. */
  upgrade(): Receiver<T> | undefined {
    return this.#isOver || this.#channel.receivers === 0 ? undefined : new Receiver(this.#channel);
  }

  /** Takes it from the count. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    unwatchEnd(this);
    this.#channel.countWeakReceiver(-1);
  }
}

const receiverGone = (channel: Channel<any>): void => channel.removeReceiver();
const weakGone = (channel: Channel<any>): void => channel.countWeakReceiver(-1);

keepShape(new Recv(new Channel(1, undefined), null));
