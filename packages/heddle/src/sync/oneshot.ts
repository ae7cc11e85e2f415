/**
 * oneshot: one value, once.
 *
 * Only `Exchange` changes the state:
 *
 * | state     | meaning                             | send    | await                   | isClosed | left by           |
 * | --------- | ----------------------------------- | ------- | ----------------------- | -------- | ----------------- |
 * | OPEN      | nothing has been sent               | SENT    | pending                 | no       | send, close, drop |
 * | SENT      | the value is there                  | refused | the value               | yes      | await, dispose    |
 * | TAKEN     | the value was taken or thrown away  | refused | error: already over     | yes      |                   |
 * | SHUT      | the receiver closed it before       | refused | error: you closed it    | yes      |                   |
 * | DESERTED  | the sender went without a value     | refused | error: the other did    | yes      |                   |
 */
import { Resource } from "../base/resource.js";
import { keepShape } from "../base/shapes.js";
import type { Context, Waker } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";
import { Closed, Closers } from "./closed.js";
import { EMPTY } from "./empty.js";
import { busy, closedHere, completed, disconnected, sentOnClosed, unsent } from "./refusals.js";

const OPEN = 0;
const SENT = 1;
const TAKEN = 2;
const SHUT = 3;
const DESERTED = 4;

// One is made for each answer to a question: its fields are declared, and assigned in the constructor (as in `Waiter`, which says why).
class Exchange<T> extends Resource {
  declare private state: number;
  declare private value: T | undefined;
  /** The receiver's, while it waits. */
  declare private waker: Waker | null;
  declare private waiting: Closers | null;

  constructor(name: string | undefined) {
    super(name);
    this.state = OPEN;
    this.value = undefined;
    this.waker = null;
    this.waiting = null;
  }

  get kind(): string {
    return "oneshot";
  }

  get closers(): Closers {
    return (this.waiting ??= new Closers());
  }

  get isClosed(): boolean {
    this.touch(false);
    return this.state !== OPEN;
  }

  get isEmpty(): boolean {
    this.touch(false);
    return this.state !== SENT;
  }

  get isTerminated(): boolean {
    this.touch(false);
    return this.state > SENT;
  }

  send(value: T): void {
    this.touch(true);
    if (this.state !== OPEN) {
      if (this.state === DESERTED) throw sentOnClosed(value);
      if (this.state === SHUT) throw unsent(value, "the receiver is closed");
      throw sentOnClosed(value, "this oneshot has sent its value");
    }
    this.value = value;
    this.leave(SENT);
  }

  /** One end goes, or wants no more. A value that was sent stays. */
  end(state: typeof SHUT | typeof DESERTED): void {
    this.touch(true);
    if (this.state === OPEN) this.leave(state);
  }

  discard(): void {
    this.end(SHUT);
    if (this.state !== SENT) return;
    this.state = TAKEN;
    this.value = undefined;
  }

  // From OPEN to another state, once: so both sides are told at most once.
  private leave(state: number): void {
    this.state = state;
    const waker = this.waker;
    this.waker = null;
    if (waker !== null) waker.wake();
    this.waiting?.wakeAll();
  }

  take(): T | typeof EMPTY {
    this.touch(true);
    const state = this.state;
    if (state === SENT) {
      this.state = TAKEN;
      const value = this.value as T;
      this.value = undefined;
      return value;
    }
    if (state === OPEN) return EMPTY;
    if (state === TAKEN) throw completed("the receiver of a oneshot");
    throw state === SHUT
      ? closedHere("receive from a oneshot", "its receiver was closed before a value was sent")
      : disconnected("receive from a oneshot", "its sender is gone and has sent nothing");
  }

  poll(waker: Waker): Poll<T> {
    const value = this.take();
    if (value !== EMPTY) return value;
    if (this.waker !== null && this.waker !== waker) throw busy("the receiver of a oneshot");
    this.waker = waker;
    return PENDING;
  }

  stop(waker: Waker): void {
    this.touch(true);
    if (this.waker === waker) this.waker = null;
  }
}

/** The end that sends. Close it, or dispose of it, if no value will come. */
export class Sender<T> {
  declare private readonly exchange: Exchange<T>;

  /** @internal */
  constructor(exchange: Exchange<T>) {
    this.exchange = exchange;
  }

  /**
   * Sends the value, at once.
   *
   * @throws SendError with the value in it: `channel.disconnected` if the receiver is closed, `channel.closed` if this sender has sent or is closed
   */
  send(value: T): void {
    this.exchange.send(value);
  }

  /** Whether it is too late to send: the receiver is closed, or this sender has sent or is closed. */
  get isClosed(): boolean {
    return this.exchange.isClosed;
  }

  /**
   * Waits until {@link isClosed}: nobody wants the value any more.
   *
   * **Cancel safety**: nothing to lose.
   */
  closed(): Future<void> {
    return new Closed(this.exchange, this);
  }

  /** Gives up: whoever awaits the receiver gets a DisconnectedError. A value that was sent stays. */
  close(): void {
    this.exchange.end(DESERTED);
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The end that receives. It is a future: await it for the value.
 *
 * **Cancel safety**: dropping the wait loses nothing, and the receiver may be awaited again.
 */
export class Receiver<T> extends Leaf<T> {
  declare private readonly exchange: Exchange<T>;

  /** @internal */
  constructor(exchange: Exchange<T>) {
    super();
    this.exchange = exchange;
  }

  /**
   * @internal
   * @throws DisconnectedError if the sender is gone and has sent nothing; ClosedError if this receiver was closed before; HeddleError
   * `future.completed` once the value was taken; BusyError if another task awaits it
   */
  poll(cx: Context): Poll<T> {
    return this.exchange.poll(cx.waker);
  }

  override drop(cx: Context): void {
    this.exchange.stop(cx.waker);
  }

  /** The value if it is there, else EMPTY. @throws as awaiting does */
  tryRecv(): T | typeof EMPTY {
    return this.exchange.take();
  }

  /** Whether there is no value to take: none has come, or it was taken. */
  get isEmpty(): boolean {
    return this.exchange.isEmpty;
  }

  /** Whether no value will come out of it any more. */
  get isTerminated(): boolean {
    return this.exchange.isTerminated;
  }

  /** Refuses a value from now on. One that was sent before can still be taken. */
  close(): void {
    this.exchange.end(SHUT);
  }

  /** As {@link close}, and throws a value away that was sent and not taken. */
  [Symbol.dispose](): void {
    this.exchange.discard();
  }

  /** @internal */
  get label(): string {
    return "the receiver of a oneshot";
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.exchange;
  }
}

/** Options of every channel. */
export interface ChannelOptions {
  /** What the channel is called in dumps. */
  name?: string | undefined;
}

/**
 * A channel for one value. A sender that is forgotten is not noticed: close it, or declare it with `using`.
 *
 * @example An answer to a question
 * ```ts
 * import { async, run, spawn } from "heddle";
 * import { oneshot } from "heddle/sync";
 *
 * const main = async(function* () {
 *   const [tx, rx] = oneshot.channel<number>();
 *   spawn(function* () { tx.send(42); }());
 *   console.log(yield* rx);
 * });
 * await run(main());
 * // prints: 42
 * ```
 */
export function channel<T>(options?: ChannelOptions): [Sender<T>, Receiver<T>] {
  const exchange = new Exchange<T>(options?.name);
  return [new Sender(exchange), new Receiver(exchange)];
}

for (const end of channel()) keepShape(end);
