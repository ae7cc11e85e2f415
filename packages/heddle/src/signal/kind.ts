/**
 * The kinds of signals, and the one listener of this process for each that was asked for.
 *
 * A delivery is counted here, and whoever waits is woken; each `Signal` compares the count with what it has seen. So deliveries coalesce, every
 * `Signal` of every runtime sees each, and there is nothing to give back when one is forgotten.
 */
import { constants } from "node:os";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { HeddleError, quote } from "../base/errors.js";
import { type Waiter, WaitList } from "../future/wait-list.js";
import { Hold } from "../reactor/hold.js";
import { takeSignal } from "../runtime/process.js";

/** The signals of POSIX systems, by their names. Those that the system or the host keeps for itself are refused. */
export type SignalKind =
  | "SIGALRM"
  | "SIGBREAK"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGHUP"
  | "SIGINT"
  | "SIGIO"
  | "SIGPIPE"
  | "SIGPROF"
  | "SIGPWR"
  | "SIGQUIT"
  | "SIGSYS"
  | "SIGTERM"
  | "SIGTRAP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGURG"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGVTALRM"
  | "SIGWINCH"
  | "SIGXCPU"
  | "SIGXFSZ";

/** Why no program can listen for it. */
const FORBIDDEN: Record<string, string> = {
  SIGKILL: "the system ends the process without asking it",
  SIGSTOP: "the system stops the process without asking it",
  SIGBUS: "after it no code of the process can be run safely",
  SIGFPE: "after it no code of the process can be run safely",
  SIGILL: "after it no code of the process can be run safely",
  SIGSEGV: "after it no code of the process can be run safely",
};

/** Nothing in the host's loop waits for a signal, so we do. */
const hold = /* @__PURE__ */ new Hold();

/** One kind of signal, once somebody has listened for it. */
export class Deliveries {
  /** How many came since the first listener. */
  count = 0;
  readonly #waiters = new WaitList<Waiter<void>>();

  /** Has it woken at the next delivery, and keeps the process alive until then. */
  wait(waiter: Waiter<void>): void {
    if (this.#waiters.has(waiter)) return;
    this.#waiters.push(waiter);
    hold.add();
  }

  stop(waiter: Waiter<void>): void {
    if (this.#waiters.remove(waiter)) hold.remove();
  }

  delivered(): void {
    this.count++;
    for (const waiter of this.#waiters.drain()) {
      hold.remove();
      waiter.wake();
    }
  }
}

/** The listeners of this process. None is ever removed. */
const installed = /* @__PURE__ */ new Map<string, Deliveries>();

/**
 * The deliveries of a kind, which from now on are the program's to act on.
 *
 * @throws TypeError if there is no such signal on this system; HeddleError `signal.forbidden`, `signal.not-main-thread`, `signal.failed`
 */
export function deliveriesOf(kind: string): Deliveries {
  const known = installed.get(kind);
  if (known !== undefined) return known;
  const isKnown = typeof kind === "string" && Object.hasOwn(constants.signals, kind);
  const refusal = `Cannot listen for ${isKnown ? kind : "a signal"}`;
  if (!isKnown)
    throw new TypeError(
      `${refusal} as 'kind' must be the name of a signal of this system: received ${quote(kind)}\nhelp: for example "SIGHUP" or "SIGUSR2"`,
    );
  if (Object.hasOwn(FORBIDDEN, kind))
    throw new HeddleError("signal.forbidden", `${refusal}: ${FORBIDDEN[kind]}`, {
      help: 'listen for "SIGTERM", which asks the process to end',
    });
  if (!isMainThread)
    throw new HeddleError(
      "signal.not-main-thread",
      `${refusal}: this is not the main thread, and the host tells only that one`,
      {
        help: "listen on the main thread, and tell the others",
      },
    );
  const deliveries = new Deliveries();
  try {
    process.on(kind, () => deliveries.delivered());
  } catch (cause) {
    throw new HeddleError("signal.failed", `${refusal}: ${(cause as Error).message}`, { cause });
  }
  installed.set(kind, deliveries);
  takeSignal(kind);
  return deliveries;
}
