/**
 * Mutex: lets one at a time have something, in the order of asking.
 *
 *     lock() ──► Lock, WAITING ──► … released by the one before ──► GRANTED ──► HELD: the guard ──release()──► the next
 *
 * A pool of one permit. The lock is handed over: from the release on it is the next one's, who may not have been polled yet, and
 * nobody who comes in between gets it.
 */
import { keepShape } from "../base/shapes.js";
import type { Film } from "../future/diagnostics.js";
import type { Settled } from "../future/framed.js";
import type { Future } from "../future/poll.js";
import { holding } from "./holding.js";
import { type Guard, Hold, PermitPool } from "./permit-pool.js";

const film: Film = { photos: 64, perTurn: 4 };

/** What a task has while it has locked a {@link Mutex}. */
export interface MutexGuard<T> extends Guard {
  /** What the mutex protects. */
  value: T;
}

class Lock<T> extends Hold<MutexGuard<T>> implements MutexGuard<T> {
  declare readonly pool: Mutex<T>;

  get label(): string {
    return this.pool.labelOf("lock()");
  }

  get film(): Film {
    return film;
  }

  get value(): T {
    this.mustHold("read the value of a mutex");
    return this.pool.content;
  }

  set value(value: T) {
    this.mustHold("set the value of a mutex");
    this.pool.content = value;
  }
}

/**
 * A lock around a value, or around nothing: one task at a time has it. First come, first served, also against those who come while it is
 * being handed over. A task that holds it and locks it again waits for itself.
 *
 * @example
 * ```ts
 * import { async, joinAll, run, sleep } from "heddle";
 * import { Mutex } from "heddle/sync";
 *
 * const account = new Mutex(100);
 * const withdraw = async(function* (amount: number) {
 *   const guard = yield* account.lock(); // or: using guard = yield* account.lock();
 *   try {
 *     const before = guard.value;
 *     yield* sleep(1); // nobody else gets in meanwhile
 *     guard.value = before - amount;
 *   } finally {
 *     guard.release();
 *   }
 * });
 * await run(joinAll([withdraw(10), withdraw(20), withdraw(30)]));
 * console.log(await run(account.withLock((guard) => guard.value)));
 * // prints: 40
 * ```
 */
export class Mutex<T = void> extends PermitPool {
  /** @internal What it protects. Guards alone touch it. */
  content: T;

  /** @param value what it protects, if it is to protect a value */
  constructor(value?: T, options?: { readonly name?: string | undefined }) {
    super(1, options?.name);
    this.content = value as T;
  }

  get kind(): string {
    return "mutex";
  }

  /** Whether somebody has it, or is being handed it. */
  get isLocked(): boolean {
    this.touch(false);
    return this.idle === 0;
  }

  /**
   * Waits until it is this one's turn. Ready at once if nobody has the lock.
   *
   * **Cancel safety**: dropping the wait gives up the place in the queue; a lock that was handed over already goes to the next.
   *
   * @returns the guard: release it, best with `using`
   */
  lock(): Future<MutexGuard<T>> {
    return new Lock<T>(this, 1).noted();
  }

  /** The guard, if nobody has the lock and nobody waits for it; else undefined. */
  tryLock(): MutexGuard<T> | undefined {
    const lock = new Lock<T>(this, 1);
    return lock.tryTake() ? lock : undefined;
  }

  /**
   * Runs `fn` while it has the lock, and releases it whatever becomes of `fn`.
   *
   * **Cancel safety**: as for {@link lock} while it waits; then `fn` is dropped, its cleanups run, and the lock is released behind them. A
   * native promise cannot be stopped: the lock is released when it has settled.
   *
   * @param fn a function, a generator function, or an async one of either kind
   * @throws what `fn` throws; TypeError if it is not a function
   *
   * @example
   * ```ts
   * import { run, sleep } from "heddle";
   * import { Mutex } from "heddle/sync";
   *
   * const log = new Mutex<string[]>([]);
   * const length = log.withLock(function* ({ value: lines }) {
   *   yield* sleep(1);
   *   return lines.push("written");
   * });
   * console.log(await run(length));
   * // prints: 1
   * ```
   */
  withLock<R>(fn: (guard: MutexGuard<T>) => R): Future<Settled<R>> {
    return holding("run with a lock", () => this.lock(), fn);
  }
}

keepShape(new Lock(new Mutex(), 1));
