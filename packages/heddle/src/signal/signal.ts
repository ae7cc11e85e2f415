/**
 * `signal` and `ctrlC`: waiting for the system's signals.
 */
import { BusyError } from "../base/errors.js";
import type { Context } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { Waiter } from "../future/wait-list.js";
import { type Deliveries, deliveriesOf, type SignalKind } from "./kind.js";

/** Listens for one kind of signal. Made with {@link signal}. There is nothing to close. */
export class Signal {
  /** Its name: `"SIGHUP"`. */
  readonly kind: SignalKind;
  /** @internal */
  readonly deliveries: Deliveries;
  /** @internal How many deliveries there were when it last gave one. `Recv` alone writes it. */
  seen: number;
  /** @internal Whoever waits; null if nobody does. `Recv` alone writes it. */
  awaiter: Recv | null = null;

  /** @internal */
  constructor(kind: SignalKind) {
    this.kind = kind;
    this.deliveries = deliveriesOf(kind);
    this.seen = this.deliveries.count;
  }

  /**
   * Waits for the next delivery since the last one that it gave. Several that came meanwhile are one.
   *
   * While somebody waits, the process stays alive.
   *
   * **Cancel safety**: nothing is lost; a delivery that nobody took is there for the next wait.
   *
   * @throws BusyError if another task waits for this `Signal`
   */
  recv(): Future<void> {
    return new Recv(this);
  }
}

class Recv extends Waiter<void> {
  readonly #signal: Signal;

  constructor(signal: Signal) {
    super();
    this.#signal = signal;
  }

  get label(): string {
    return `signal.recv() of ${this.#signal.kind}`;
  }

  poll(cx: Context): Poll<void> {
    const signal = this.#signal;
    if (signal.awaiter !== null && signal.awaiter !== this)
      throw new BusyError(
        "signal.busy",
        `Cannot wait for ${signal.kind} from two places: another one awaits this Signal`,
        {
          help: `make one for each with signal("${signal.kind}"): every one sees each delivery`,
        },
      );
    const { count } = signal.deliveries;
    if (count !== signal.seen) {
      signal.seen = count;
      signal.awaiter = null;
      return undefined;
    }
    signal.awaiter = this;
    this.waker = cx.waker;
    signal.deliveries.wait(this);
    return PENDING;
  }

  override drop(): void {
    this.waker = null;
    this.#signal.deliveries.stop(this);
    if (this.#signal.awaiter === this) this.#signal.awaiter = null;
  }
}

class CtrlC extends Leaf<void> {
  #recv: Recv | null = null;

  get label(): string {
    return "ctrlC()";
  }

  poll(cx: Context): Poll<void> {
    return (this.#recv ??= new Recv(new Signal("SIGINT"))).poll(cx);
  }

  override drop(): void {
    this.#recv?.drop();
  }
}

/**
 * Listens for a kind of signal from now on.
 *
 * - The signal's default action is replaced for the rest of the process, also when the `Signal` is forgotten: a program that once listened for
 *   SIGINT is not ended by it any more, neither by the system nor by `main`, which otherwise aborts at SIGINT and SIGTERM.
 * - Every `Signal` in every runtime sees each delivery. Deliveries coalesce: several between two waits are one.
 * - The process is kept alive while somebody waits, and not by listening alone.
 *
 * HOST: signals come to the main thread only. Node starts its inspector at SIGUSR1 if nobody listens.
 *
 * @param kind its name: `"SIGHUP"`
 * @throws TypeError if this system has no such signal
 * @throws HeddleError `signal.forbidden` for what no program can handle (SIGKILL, SIGSTOP, and the signals of a broken process),
 * `signal.not-main-thread` on other threads, `signal.failed` if the system refuses for another reason
 *
 * @example Settings are read again at SIGHUP
 * ```ts
 * import { async, run } from "heddle";
 * import { signal } from "heddle/signal";
 *
 * const program = async(function* () {
 *   const hangups = signal("SIGHUP");
 *   process.kill(process.pid, "SIGHUP");
 *   yield* hangups.recv();
 *   console.log("reading the settings again");
 * });
 * await run(program());
 * // prints: reading the settings again
 * ```
 */
export function signal(kind: SignalKind): Signal {
  return new Signal(kind);
}

/**
 * Waits for Ctrl-C: the next SIGINT since it was first polled. From then on SIGINT does nothing else, as {@link signal} says.
 *
 * Each call listens anew, so a loop that waits again and again may miss one in between: there, take `signal("SIGINT")` and wait for `recv()`.
 *
 * **Cancel safety**: a delivery that came and was not taken is lost with the future.
 *
 * @throws HeddleError `signal.not-main-thread`
 *
 * @example A program that ends in its own way
 * ```ts
 * import { async, main, select, sleep } from "heddle";
 * import { ctrlC } from "heddle/signal";
 *
 * main(async(function* () {
 *   setTimeout(() => process.kill(process.pid, "SIGINT"), 5);
 *   const { key } = yield* select({ work: sleep({ minutes: 5 }), stopped: ctrlC() });
 *   console.log(key);
 * })());
 * // prints: stopped
 * ```
 */
export function ctrlC(): Future<void> {
  return new CtrlC();
}
