/**
 * Holding the host: keeps the process alive for whoever waits for something that would not do so by itself, such as a signal.
 *
 * One timer of the host's serves all: it is held while at least one waits, and released when none does. Timers, sockets and files
 * need none of this: the host waits for them of its own accord.
 */
import { hostTimer, type HostTimer } from "./host.js";

/** Waits that keep the process alive. */
export class Hold {
  #timer: HostTimer | null = null;
  #waits = 0;

  /** One more waits. */
  add(): void {
    if (this.#waits++ > 0) return;
    if (this.#timer !== null) return this.#timer.hold();
    this.#timer = hostTimer(() => this.#arm());
    this.#arm();
  }

  /** One waits no longer. */
  remove(): void {
    if (--this.#waits === 0) this.#timer!.release();
  }

  // The host's longest delay is 25 days: then again.
  #arm(): void {
    this.#timer!.arm(Infinity);
    if (this.#waits === 0) this.#timer!.release();
  }
}
