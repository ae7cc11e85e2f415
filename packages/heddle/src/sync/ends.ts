/**
 * Ends: what the two sides of a channel know of each other: how many senders there are, and who waits for the last receiver to go.
 *
 * An end that is collected and was never closed is closed then: late, and perhaps never, as collectors are. It is a net for what was
 * forgotten, not a way to close: whoever counts on the moment says `close()` or `using`. Watching takes half a microsecond, once for
 * each end, so oneshots have no net.
 */
import { Resource } from "../base/resource.js";
import { Closers } from "./closed.js";
import { closedHere } from "./refusals.js";

/** What the ends of one channel share, whatever the channel does. */
export abstract class Ends extends Resource {
  readonly closers = new Closers();
  #senders = 0;
  #weak = 0;

  /** Whether nobody is there to receive. Call `closers.wakeAll()` whenever it becomes true. */
  abstract readonly isClosed: boolean;

  /** The last sender has gone. */
  protected abstract deserted(): void;

  get senders(): number {
    this.touch(false);
    return this.#senders;
  }

  get weakSenders(): number {
    this.touch(false);
    return this.#weak;
  }

  addSender(): void {
    this.touch(true);
    this.#senders++;
  }

  removeSender(): void {
    this.touch(true);
    if (--this.#senders === 0) this.deserted();
  }

  /** Counts a weak sender, or forgets one: by 1 or -1. */
  countWeak(by: number): void {
    this.touch(true);
    this.#weak += by;
  }
}

const collected = /* @__PURE__ */ new FinalizationRegistry<() => void>((gone) => gone());

/**
 * Watches an end until {@link unwatchEnd}.
 *
 * @param gone called with the channel when the end was collected. It must not keep the end alive
 */
export function watchEnd<C>(end: object, channel: C, gone: (channel: C) => void): void {
  collected.register(end, gone.bind(null, channel), end);
}

/** The end was closed. */
export function unwatchEnd(end: object): void {
  collected.unregister(end);
}

/** An end that sends, or could. One that is collected unclosed is closed by the collector, sometime. */
export abstract class CountedEnd<C extends Ends> {
  // Not `#`: `heddle/thread` sends ends to other threads.
  /** @internal */
  protected readonly channel: C;
  /** @internal */
  protected isOver = false;
  readonly #leave: (channel: C) => void;

  /** @internal @param leave takes it from the count */
  constructor(channel: C, leave: (channel: C) => void) {
    this.channel = channel;
    this.#leave = leave;
    watchEnd(this, channel, leave);
  }

  /** @internal */
  protected mustBeOpen(verb: string): void {
    if (this.isOver) throw closedHere(verb, "this sender was closed");
  }

  /** Ends this sender. Receivers get to the end when the last strong one is closed and they have what it sent. */
  close(): void {
    this[Symbol.dispose]();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    if (this.isOver) return;
    this.isOver = true;
    unwatchEnd(this);
    this.#leave(this.channel);
  }
}
