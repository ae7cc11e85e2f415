/**
 * watch: one value that changes, and any number of those who want to know the newest. Its parts:
 *
 *     watch/channel.ts    the value and its version
 *     watch/receiver.ts   what has been seen of it, and waiting for more
 */
import type { ChannelOptions } from "./oneshot.js";
import { sentOnClosed, unsent } from "./refusals.js";
import { SenderEnd } from "./sender-end.js";
import { Channel } from "./watch/channel.js";
import { Receiver } from "./watch/receiver.js";

export type { Receiver };

/** What a change answers that changes nothing: see {@link Sender.sendIfModified}. */
export const UNCHANGED: unique symbol = Symbol("heddle.unchanged");

/** Changes the value. */
export class Sender<T> extends SenderEnd<Channel<T>> {
  /**
   * Replaces the value. Without receivers it does not: {@link sendReplace} does.
   *
   * @throws SendError with the value in it: `channel.disconnected` if there is no receiver; `channel.closed` if this sender is closed
   */
  send(value: T): void {
    if (this.isOver) throw sentOnClosed(value);
    if (this.channel.isClosed) throw unsent(value, "nobody is subscribed");
    this.channel.set(value);
  }

  /** Replaces the value, with or without receivers. @returns the one before @throws SendError if this sender is closed */
  sendReplace(value: T): T {
    if (this.isOver) throw sentOnClosed(value);
    const before = this.channel.value;
    this.channel.set(value);
    return before;
  }

  /**
   * Replaces the value by what `change` makes of it. It may change an object in place and return it. If it throws, nobody hears of a change,
   * though what was changed in place stays so.
   *
   * @throws what `change` throws; ClosedError if this sender is closed
   */
  sendModify(change: (value: T) => T): void {
    this.mustBeOpen("change a value");
    this.channel.set(change(this.channel.value));
  }

  /**
   * {@link sendModify} that may find nothing to do: `change` answers `watch.UNCHANGED` then, and nobody hears of it.
   *
   * @returns whether it was changed
   */
  sendIfModified(change: (value: T) => T | typeof UNCHANGED): boolean {
    this.mustBeOpen("change a value");
    const value = change(this.channel.value);
    if (value === UNCHANGED) return false;
    this.channel.set(value as T);
    return true;
  }

  /** The value. */
  borrow(): T {
    return this.channel.value;
  }

  /** A receiver that has seen the value that is there now. @throws ClosedError if this sender is closed */
  subscribe(): Receiver<T> {
    this.mustBeOpen("subscribe");
    return new Receiver(this.channel, this.channel.version);
  }

  /** How many receivers there are. */
  get receiverCount(): number {
    return this.channel.receivers;
  }
}

/**
 * A value that changes. Each receiver sees the newest; what was replaced before it looked is not for it. The first value counts as seen.
 *
 * @example Configuration that is read anew
 * ```ts
 * import { async, END, run, spawn, yieldNow } from "heddle";
 * import { watch } from "heddle/sync";
 *
 * const main = async(function* () {
 *   const [tx, rx] = watch.channel({ level: "info" });
 *   const logger = spawn(function* () {
 *     console.log(rx.borrow().level);
 *     for (let config; (config = yield* rx.next()) !== END; ) console.log(config.level);
 *   }());
 *   yield* yieldNow();
 *   tx.send({ level: "warn" });
 *   tx.send({ level: "debug" });
 *   yield* yieldNow();
 *   tx.close();
 *   yield* logger;
 * });
 * await run(main());
 * // prints: info
 * // prints: debug
 * ```
 */
export function channel<T>(value: T, options?: ChannelOptions): [Sender<T>, Receiver<T>] {
  const channel = new Channel(value, options?.name);
  const sender = new Sender(channel);
  return [sender, sender.subscribe()];
}
