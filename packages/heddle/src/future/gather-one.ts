/**
 * GatherOne: what wraps one future. `map` and `abortable` stand here; `timeout`, task-locals and `coop` build on it too.
 */
import { AbortedError, quote } from "../base/errors.js";
import { Branch } from "./branch.js";
import { current } from "./current.js";
import { closeFuture } from "./frame.js";
import { Gather } from "./gather.js";
import { PENDING, type Future, type Poll } from "./poll.js";

/** A combinator of one future. */
export abstract class GatherOne<T, In = T> extends Gather<T> {
  declare protected readonly inner: Future<In>;
  /** Null before the first poll. */
  declare protected only: Branch | null;

  constructor(label: string, future: Future<In>) {
    current.diagnostics.check(label, future, "future");
    super(label);
    this.inner = future;
    this.only = null;
  }

  branches(): (Branch | null)[] {
    return [this.only];
  }

  protected closeUnstarted(): void {
    if (this.only === null) closeFuture(this.inner);
  }

  /** The branch, made at the first poll. */
  protected branch(): Branch {
    return (this.only ??= new Branch(this, 0, this.inner, "wrap"));
  }

  /** Polls the future if it was woken. */
  protected pollInner(): Poll<In> {
    const branch = this.branch();
    return branch.isWoken ? (branch.poll() as Poll<In>) : PENDING;
  }
}

class Mapped<T, In> extends GatherOne<T, In> {
  declare private readonly fn: (value: In) => T;

  constructor(future: Future<In>, fn: (value: In) => T) {
    super("map(…)", future);
    this.fn = fn;
  }

  protected advance(): Poll<T> {
    const value = this.pollInner();
    if (value === PENDING) return PENDING;
    this.finish();
    return this.fn(value);
  }
}

class Abortable<T> extends GatherOne<T> {
  readonly #handle: AbortSwitch;

  constructor(future: Future<T>, handle: AbortSwitch) {
    super("abortable(…)", future);
    this.#handle = handle;
  }

  protected advance(): Poll<T> {
    if (this.#handle.isAborted) throw new AbortedError(this.#handle.reason);
    this.#handle.onAbort = () => this.wakeOwner();
    const value = this.pollInner();
    if (value !== PENDING) this.finish();
    return value;
  }
}

/** Stops the future it was made with. Dropping it stops nothing. */
export class AbortSwitch {
  /** @internal */
  onAbort: (() => void) | null = null;
  #isAborted = false;
  #reason: unknown;

  /** Whether it was aborted. Stays true even if the future had ended before. */
  get isAborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Drops the future at its next poll, which this asks for. The first call counts. */
  abort(reason?: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    this.onAbort?.();
  }
}

/**
 * Applies `fn` to the value. For a future that goes into a combinator; in an async function `fn(yield* future)` says it better.
 *
 * **Cancel safety**: dropping it drops the future.
 *
 * @throws TypeError at the call, if `fn` is not a function
 *
 * @example
 * ```ts
 * import { map, ready, run } from "heddle";
 *
 * console.log(await run(map(ready(20), (n) => n + 1)));
 * // prints: 21
 * ```
 */
export function map<T, U>(future: Future<T>, fn: (value: T) => U): Future<U> {
  if (typeof fn !== "function")
    throw new TypeError(
      `Cannot map a future as 'fn' must be a function: received ${quote(fn)}\nhelp: map(future, (value) => …)`,
    );
  return new Mapped<U, T>(future, fn);
}

/**
 * A future with a switch that ends it: awaiting it throws {@link AbortedError} then, and its cleanups run.
 *
 * @example
 * ```ts
 * import { abortable, pending, run } from "heddle";
 *
 * const { future, handle } = abortable(pending());
 * handle.abort("enough");
 * await run(future).catch((error) => console.log(error.name, error.cause));
 * // prints: AbortError enough
 * ```
 */
export function abortable<T>(future: Future<T>): { future: Future<T>; handle: AbortSwitch } {
  const handle = new AbortSwitch();
  return { future: new Abortable(future, handle), handle };
}
