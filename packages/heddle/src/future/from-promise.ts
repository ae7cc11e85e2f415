/**
 * Bridges from the host: `fromPromise` and `fromCallback`.
 */
import { AbortedError, HeddleError, quote } from "../base/errors.js";
import type { Context, Waker } from "./context.js";
import { current, type Timers } from "./current.js";
import { Leaf } from "./leaf.js";
import { PENDING, type Future, type Poll } from "./poll.js";

const NEW = 0;
const WAITING = 1;
const RESOLVED = 2;
const REJECTED = 3;
const OVER = 4;

/** A future that something outside of heddle settles, once. */
abstract class Settled<T> extends Leaf<T> {
  #state = NEW;
  #outcome: unknown;
  #waker: Waker | null = null;
  /** Of the runtime that was told that it waits for something outside. */
  #timers: Timers | null = null;

  /** Begins the work outside. Called at the first poll. */
  protected abstract begin(): void;

  protected resolve(value: T): void {
    this.#settle(RESOLVED, value);
  }

  protected reject(error: unknown): void {
    this.#settle(REJECTED, error);
  }

  #settle(state: number, outcome: unknown): void {
    if (this.#state !== WAITING) return;
    this.#state = state;
    this.#outcome = outcome;
    const waker = this.#waker;
    this.#waker = null;
    waker?.wake();
    this.#letGo();
  }

  #letGo(): void {
    const timers = this.#timers;
    this.#timers = null;
    timers?.outsideEnds();
  }

  poll(cx: Context): Poll<T> {
    if (this.#state === NEW) {
      this.#state = WAITING;
      this.begin();
      // `resolve` may have been called already.
      if ((this.#state as number) === WAITING && current.services !== null) {
        this.#timers = current.services.timers;
        this.#timers.outsideBegins();
      }
    }
    if (this.#state === WAITING) {
      this.#waker = cx.waker;
      return PENDING;
    }
    const state = this.#state;
    const outcome = this.#outcome;
    this.#state = OVER;
    this.#outcome = undefined;
    if (state === RESOLVED) return outcome as T;
    if (state === REJECTED) {
      // It came from outside, where nobody who awaits it is on the stack.
      current.diagnostics.traceNative(outcome, current.stack, 0);
      throw outcome;
    }
    throw new HeddleError("future.completed", "Cannot await this future again: it is over", {
      help: "make a new one, or share one outcome with shared(…)",
    });
  }

  override drop(): void {
    this.#state = OVER;
    this.#waker = null;
    this.#letGo();
  }
}

class FromPromise<T> extends Settled<T> {
  readonly #source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>);
  #controller: AbortController | null = null;

  get label(): string {
    return "fromPromise(…)";
  }

  constructor(source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)) {
    super();
    this.#source = source;
  }

  protected begin(): void {
    let promise;
    if (typeof this.#source === "function") {
      this.#controller = new AbortController();
      promise = this.#source(this.#controller.signal);
      if (typeof promise?.then !== "function")
        throw new TypeError(
          `Cannot await what the function given to fromPromise() returned as it must be a promise: received ${quote(promise)}` +
            "\nhelp: return the promise, or make the function async",
        );
    } else promise = this.#source;
    promise.then(
      (value) => this.resolve(value),
      (error) => this.reject(error),
    );
  }

  override drop(): void {
    super.drop();
    this.#controller?.abort(new AbortedError());
  }
}

class FromCallback<T> extends Settled<T> {
  readonly #start: Start<T>;
  #cleanup: (() => void) | void = undefined;

  get label(): string {
    return "fromCallback(…)";
  }

  constructor(start: Start<T>) {
    super();
    this.#start = start;
  }

  protected begin(): void {
    this.#cleanup = this.#start(
      (value) => this.resolve(value),
      (error) => this.reject(error),
    );
  }

  override drop(): void {
    super.drop();
    this.#cleanup?.();
  }
}

/** Starts something that calls back once, and may return how to call it off. */
export type Start<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | void;

/**
 * A future of a native promise. Given a function, it is lazy: the function is called at the first poll, with an
 * `AbortSignal` that is aborted when the future is dropped.
 *
 * **Cancel safety**: given a promise, dropping only stops waiting for it. Given a function, its signal is aborted; what it then
 * still does is its own affair.
 *
 * @throws what the promise is rejected with
 * @throws TypeError if given neither a promise nor a function
 *
 * @example
 * ```ts
 * import { fromPromise, run } from "heddle";
 *
 * console.log(await run(fromPromise(async () => "from a promise")));
 * // prints: from a promise
 * ```
 */
export function fromPromise<T>(source: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)): Future<T> {
  if (typeof source !== "function" && typeof source?.then !== "function")
    throw new TypeError(
      `Cannot make a future as 'source' must be a promise or a function that returns one: received ${quote(source)}` +
        "\nhelp: fromPromise(promise) or fromPromise((signal) => fetch(url, { signal }))",
    );
  return new FromPromise(source);
}

/**
 * A future of something that calls back once. `start` is called at the first poll; what it returns is called if the future is
 * dropped before it was settled.
 *
 * **Cancel safety**: dropping calls what `start` returned; later calls back are ignored.
 *
 * @example
 * ```ts
 * import { fromCallback, run } from "heddle";
 *
 * const soon = fromCallback<string>((resolve) => {
 *   const timer = setTimeout(() => resolve("called back"), 1);
 *   return () => clearTimeout(timer);
 * });
 * console.log(await run(soon));
 * // prints: called back
 * ```
 */
export function fromCallback<T>(start: Start<T>): Future<T> {
  if (typeof start !== "function")
    throw new TypeError(
      `Cannot make a future as 'start' must be a function: received ${quote(start)}\nhelp: fromCallback((resolve, reject) => …)`,
    );
  return new FromCallback(start);
}
