/**
 * Held: something of the host's, such as a socket, that keeps the process alive exactly while somebody waits for it.
 *
 * | now                         | `wait()`          | `stop()`                     | the turn ends            |
 * | --------------------------- | ----------------- | ---------------------------- | ------------------------ |
 * | nobody waits                | the host is told  | nothing                      |                          |
 * | somebody waits              | nothing           | asks to be told of the end   |                          |
 * | stopped in this turn        | nothing           | nothing                      | the host is told         |
 * | stopped, and waits again    | nothing           | nothing                      | nothing                  |
 *
 * So whoever reads in a loop costs the host nothing: a wait that is over is followed by the next one within the turn.
 */
import { current, type TurnEnd } from "../future/current.js";

/** What the host is told by: a socket, a server, a watcher, a child process. */
export interface Referable {
  ref(): unknown;
  unref(): unknown;
}

/** Waits for one thing of the host's. */
export class Held implements TurnEnd {
  readonly #thing: Referable;
  #isHeld = false;
  #isAwaited = false;
  /** Whether it is to be told when the turn ends. */
  #isDue = false;

  /** The process is not kept alive by `thing` from now on, until somebody waits for it. */
  constructor(thing: Referable) {
    this.#thing = thing;
    thing.unref();
  }

  /** Somebody waits for it, be it already known. */
  wait(): void {
    this.#isAwaited = true;
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#thing.ref();
  }

  /** Nobody waits any more. */
  stop(): void {
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    if (this.#isDue) return;
    this.#isDue = true;
    const { services } = current;
    if (services === null) this.turnEnds();
    else services.timers.atTurnEnd(this);
  }

  /** @internal */
  turnEnds(): void {
    this.#isDue = false;
    if (this.#isAwaited || !this.#isHeld) return;
    this.#isHeld = false;
    this.#thing.unref();
  }
}
