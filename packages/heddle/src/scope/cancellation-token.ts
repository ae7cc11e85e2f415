/**
 * CancellationToken: a request to stop that is passed along, as a tree.
 *
 *     parent ◄──────────── child        always: a child asks its parent whether it is cancelled
 *     parent ──#heard──►   child        only while somebody waits for the child, or its signal was read
 *
 * So a parent that lives long holds nothing of children that nobody waits for, and a listener stands on a foreign signal only while it is
 * needed.
 *
 * INVARIANT: a token that is not cancelled is in the `#heard` of its parent exactly while it has waiters, a signal, or children it hears of.
 */
import { AbortedError, quote } from "../base/errors.js";
import { Resource } from "../base/resource.js";
import { async } from "../future/async.js";
import type { Context } from "../future/context.js";
import { current } from "../future/current.js";
import { pin } from "../future/pin.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";
import { select } from "../future/select.js";
import { Waiter, WaitList } from "../future/wait-list.js";

/** Cancels its token at the end of the block that it is declared in. */
export interface DropGuard {
  /** Gives up the right to cancel. Returns the token. */
  disarm(): CancellationToken;
  [Symbol.dispose](): void;
}

/** @internal What is above a token and no token: it is cancelled from outside. */
export interface Source {
  readonly isCancelled: boolean;
  readonly reason: unknown;
  /** Has `token` told when that happens. */
  hear(token: CancellationToken): void;
  forget(): void;
}

class Cancelled extends Waiter<void> {
  readonly #token: CancellationToken;

  constructor(token: CancellationToken) {
    super();
    this.#token = token;
  }

  get label(): string {
    return "cancelled()";
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.#token;
  }

  poll(cx: Context): Poll<void> {
    if (this.#token.isCancelled) {
      this.drop();
      return undefined;
    }
    this.#token.enlist(this);
    this.waker = cx.waker;
    return PENDING;
  }

  override drop(): void {
    this.waker = null;
    this.#token.leave(this);
  }
}

/**
 * Says to whoever asks that they should stop. Nothing is dropped by it: what hears of it ends in its own way. Use it where an abort is too much, and
 * across the tasks of a program; to stop one task, abort it.
 *
 * Cancelling a token cancels its children, and theirs; when `cancel` returns, all of them are. A child's cancelling is its own.
 *
 * @example A server that finishes what it has begun
 * ```ts
 * import { async, CancellationToken, run, sleep, spawn } from "heddle";
 *
 * const serve = async(function* (closing: CancellationToken) {
 *   for (let n = 1; !closing.isCancelled; n++) {
 *     yield* closing.runUntilCancelled(sleep(60_000)); // the next request
 *     console.log(`request ${n} is answered`);
 *   }
 * });
 * const main = async(function* () {
 *   const closing = new CancellationToken();
 *   const server = spawn(serve(closing.childToken()));
 *   yield* sleep(5);
 *   closing.cancel("maintenance");
 *   yield* server;
 * });
 * await run(main());
 * // prints: request 1 is answered
 * ```
 */
export class CancellationToken extends Resource {
  #above: CancellationToken | Source | null;
  #isCancelled = false;
  #reason: unknown = undefined;
  readonly #waiting = new WaitList<Waiter<any>>();
  /** The children that want to be told. */
  readonly #heard = new Set<CancellationToken>();
  #controller: AbortController | null = null;

  constructor();
  /** @internal */
  constructor(above: CancellationToken | Source);
  constructor(above: CancellationToken | Source | null = null) {
    super();
    this.#above = above;
  }

  /**
   * A token that is cancelled when `signal` is aborted, with its reason. A listener is on the signal only while somebody waits.
   *
   * @throws TypeError if it is given no AbortSignal
   */
  static from(signal: AbortSignal): CancellationToken {
    if (typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== "function")
      throw new TypeError(
        `Cannot make a cancellation token as 'signal' must be an AbortSignal: received ${quote(signal)}`,
      );
    return new CancellationToken(new Signal(signal));
  }

  get kind(): string {
    return "cancellation token";
  }

  get isCancelled(): boolean {
    this.touch(false);
    return this.#isCancelled || this.#cancelledAbove() !== null;
  }

  /** What the first call of `cancel` was given, here or above. */
  get reason(): unknown {
    this.touch(false);
    return this.#isCancelled ? this.#reason : this.#cancelledAbove()?.reason;
  }

  /** The nearest of those above that is cancelled. A loop: trees may be deep. */
  #cancelledAbove(): CancellationToken | Source | null {
    let above = this.#above;
    for (; above instanceof CancellationToken; above = above.#above) if (above.#isCancelled) return above;
    return above?.isCancelled === true ? above : null;
  }

  /** A token that is cancelled with this one, and can be cancelled by itself. A child of a cancelled token is cancelled. */
  childToken(): CancellationToken {
    return new CancellationToken(this);
  }

  /** Cancels this token and all below it. The first call counts. */
  cancel(reason?: unknown): void {
    this.touch(true);
    if (!this.isCancelled) this.told(reason);
  }

  /** @internal It is cancelled, by itself or from above. */
  told(reason: unknown): void {
    const told: CancellationToken[] = [this];
    // Mark all before anyone is woken: whoever runs then finds every token below cancelled.
    for (const token of told) {
      if (token.#isCancelled) continue;
      token.#isCancelled = true;
      token.#reason = reason;
      for (const child of token.#heard) told.push(child);
      token.#heard.clear();
    }
    this.#leaveAbove();
    for (const token of told) {
      for (const waiter of token.#waiting.drain()) waiter.wake();
      token.#controller?.abort(token.#abortedError());
    }
  }

  #abortedError(): AbortedError {
    return new AbortedError(this.reason, "what this token stands for");
  }

  /** @throws AbortedError with `cause` = the reason, if the token is cancelled */
  throwIfCancelled(): void {
    if (this.isCancelled) throw this.#abortedError();
  }

  /**
   * Waits until the token is cancelled.
   *
   * **Cancel safety**: dropping the wait loses nothing.
   */
  cancelled(): Future<void> {
    return new Cancelled(this);
  }

  /**
   * Awaits `future`, and drops it when the token is cancelled. If the token is cancelled before, nothing of it runs; if both come at once, the
   * future's outcome counts.
   *
   * **Cancel safety**: as the future; dropping it drops the future.
   *
   * @returns the future's value; undefined if it was dropped
   */
  runUntilCancelled<T>(future: Future<T>): Future<T | undefined> {
    current.diagnostics.check("runUntilCancelled(…)", future, "future");
    return runUntilCancelled(this, future) as Future<T | undefined>;
  }

  /** Something to declare with `using`: the token is cancelled when the block is left. */
  dropGuard(): DropGuard {
    let isArmed = true;
    return {
      disarm: () => {
        isArmed = false;
        return this;
      },
      [Symbol.dispose]: () => {
        if (isArmed) this.cancel();
      },
    };
  }

  /**
   * A signal for native code, aborted with an AbortedError when the token is cancelled. Made at the first reading; from then on the parent holds this
   * token until one of the two is cancelled: cancel a child that is done with, as `dropGuard` does.
   */
  get signal(): AbortSignal {
    this.touch(false);
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.isCancelled) this.#controller.abort(this.#abortedError());
      else this.#joinAbove();
    }
    return this.#controller.signal;
  }

  get #isHearing(): boolean {
    return !this.#waiting.isEmpty || this.#controller !== null || this.#heard.size > 0;
  }

  /** Has itself told from above, and with it all those between. */
  #joinAbove(): void {
    let token: CancellationToken = this;
    for (let above = token.#above; above !== null; above = token.#above) {
      if (!(above instanceof CancellationToken)) return above.hear(token);
      const isHearing = above.#isHearing;
      above.#heard.add(token);
      if (isHearing) return;
      token = above;
    }
  }

  /** Nobody asks here any more: it need not be told, nor those above that were told on its behalf. */
  #leaveAbove(): void {
    let token: CancellationToken = this;
    for (let above = token.#above; above !== null; above = token.#above) {
      if (!(above instanceof CancellationToken)) return above.forget();
      if (!above.#heard.delete(token) || above.#isHearing) return;
      token = above;
    }
  }

  /** @internal Whether somebody waits for it, or for one below. */
  get isAwaited(): boolean {
    return !this.#waiting.isEmpty || [...this.#heard].some((child) => child.isAwaited);
  }

  /** @internal Puts a source between it and what was above it. */
  interpose(sourceOf: (above: CancellationToken | Source | null) => Source): void {
    const isHearing = this.#isHearing;
    if (isHearing) this.#leaveAbove();
    this.#above = sourceOf(this.#above);
    if (isHearing) this.#joinAbove();
  }

  /** @internal */
  enlist(waiter: Waiter<any>): void {
    if (this.#waiting.has(waiter)) return;
    this.#waiting.push(waiter);
    this.#joinAbove();
  }

  /** @internal */
  leave(waiter: Waiter<any>): void {
    if (this.#waiting.remove(waiter) && !this.#isHearing) this.#leaveAbove();
  }
}

/** A foreign signal as the source of one token. */
class Signal implements Source {
  readonly #signal: AbortSignal;
  #listener: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it was cancelled, or one above it. */
  get isCancelled(): boolean {
    return this.#signal.aborted;
  }

  get reason(): unknown {
    return this.#signal.reason;
  }

  hear(token: CancellationToken): void {
    if (this.#listener !== null) return;
    this.#listener = () => token.told(this.#signal.reason);
    this.#signal.addEventListener("abort", this.#listener, { once: true });
  }

  forget(): void {
    if (this.#listener !== null) this.#signal.removeEventListener("abort", this.#listener);
    this.#listener = null;
  }
}

const runUntilCancelled = async(function* untilCancelled(token: CancellationToken, future: Future<unknown>) {
  if (token.isCancelled) {
    // Closes it: that nobody polls it is no mistake.
    pin(future).drop();
    return undefined;
  }
  const won = yield* select({ future, cancelled: token.cancelled() }, { biased: true });
  return won.key === "future" ? won.value : undefined;
});
