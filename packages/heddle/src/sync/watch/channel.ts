/**
 * Channel: the one value of a watch channel, and its version. Each `send` is a new version, whether the value is another one or not; a
 * receiver remembers the version that it has seen.
 */
import { type Waiter, WaitList } from "../../future/wait-list.js";
import { Ends } from "../ends.js";

/** @internal */
export class Channel<T> extends Ends {
  #value: T;
  #version = 0;
  #receivers = 0;
  readonly #waiters = new WaitList<Waiter<any>>();

  constructor(value: T, name: string | undefined) {
    super(name);
    this.#value = value;
  }

  get kind(): string {
    return "watch";
  }

  get value(): T {
    this.touch(false);
    return this.#value;
  }

  get version(): number {
    this.touch(false);
    return this.#version;
  }

  set(value: T): void {
    this.touch(true);
    this.#value = value;
    this.#version++;
    this.#wakeAll();
  }

  protected deserted(): void {
    this.#wakeAll();
  }

  // Not more than there are now: whoever is woken may come back at once.
  #wakeAll(): void {
    for (let left = this.#waiters.size; left > 0; left--) this.#waiters.shift()?.wake();
  }

  /** How many receivers somebody awaits. */
  get waiting(): number {
    return this.#waiters.size;
  }

  wait(waiter: Waiter<any>): void {
    if (!this.#waiters.has(waiter)) this.#waiters.push(waiter);
  }

  stop(waiter: Waiter<any>): void {
    this.touch(true);
    this.#waiters.remove(waiter);
  }

  get isClosed(): boolean {
    return this.receivers === 0;
  }

  get receivers(): number {
    this.touch(false);
    return this.#receivers;
  }

  addReceiver(): void {
    this.touch(true);
    this.#receivers++;
  }

  removeReceiver(): void {
    this.touch(true);
    if (--this.#receivers === 0) this.closers.wakeAll();
  }
}
