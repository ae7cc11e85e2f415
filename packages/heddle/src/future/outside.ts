/**
 * Outside: for leaves that wait for something which is not heddle's, such as a file or a process. It has the waker, and tells the runtime, whose clock may
 * have to stand still meanwhile.
 */
import type { Waker } from "./context.js";
import { current, type Timers } from "./current.js";

/** One wait for something outside. */
export class Outside {
  #waker: Waker | null = null;
  /** Of the runtime that was told. */
  #timers: Timers | null = null;

  get isAwaited(): boolean {
    return this.#waker !== null;
  }

  /** It is awaited, from now on or still: `waker` is the last that a poll brought. */
  wait(waker: Waker): void {
    this.#waker = waker;
    if (this.#timers !== null || current.services === null) return;
    this.#timers = current.services.timers;
    this.#timers.outsideBegins();
  }

  /** It has come. */
  wake(): void {
    const waker = this.#waker;
    this.#waker = null;
    // First: with nobody woken, a clock that stood still would go on.
    waker?.wake();
    this.leave();
  }

  /** It is not awaited any more. */
  leave(): void {
    this.#waker = null;
    const timers = this.#timers;
    this.#timers = null;
    timers?.outsideEnds();
  }
}
