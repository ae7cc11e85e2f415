/**
 * Semaphore: a number of permits, which are taken, one or several at once, in the order of asking.
 */
import { ClosedError, quote } from "../base/errors.js";
import type { Needs } from "../base/needs.js";
import { keepShape } from "../base/shapes.js";
import type { Film } from "../future/diagnostics.js";
import type { Settled } from "../future/framed.js";
import type { Future } from "../future/poll.js";
import { holding } from "./holding.js";
import { type Guard, Hold, PermitPool } from "./permit-pool.js";

const film: Film = { photos: 64, perTurn: 4 };

/** Permits of a {@link Semaphore} that were taken together. */
export interface Permit extends Guard {
  /** How many it holds. */
  readonly count: number;
  /** Takes the permits out of the semaphore for good. Of one that was released: does nothing. */
  forget(): void;
  /**
   * Takes `count` permits out of this one, as one of their own.
   *
   * @throws RangeError if it does not hold so many; HeddleError `lock.released` if it was released
   */
  split(count: number): Permit;
  /**
   * Takes over what `other` holds, which is released then and gives nothing back.
   *
   * @throws TypeError if it is of another semaphore, or this one itself; HeddleError `lock.released` if either was released
   */
  merge(other: Permit): void;
}

/** @internal Permits, and the wait for them. */
export class Acquire extends Hold<Permit> implements Permit {
  declare readonly pool: Semaphore;

  get label(): string {
    return this.pool.labelOf(this.count === 1 ? "acquire()" : `acquire(${this.count})`);
  }

  get film(): Film {
    return film;
  }

  forget(): void {
    this.end(0);
  }

  split(count: number): Permit {
    this.mustHold("split a permit");
    mustBeCount(count, "split a permit", 0, this.count);
    this.count -= count;
    return new Acquire(this.pool, count).inherit();
  }

  merge(other: Permit): void {
    if (!(other instanceof Acquire) || other === this || other.pool !== this.pool)
      throw new TypeError(
        `Cannot merge permits as 'other' must be another permit of the same semaphore: received ${
          other === this ? "the permit itself" : other instanceof Acquire ? "one of another semaphore" : quote(other)
        }`,
      );
    this.mustHold("merge permits");
    other.mustHold("merge permits");
    other.end(0);
    this.count += other.count;
    other.count = 0;
  }
}

/**
 * A number of permits. Whoever has been granted one may go on; who waits is served in the order of asking, and a request for many is
 * never overtaken by smaller ones: what is released is kept for it.
 *
 * @example At most two at a time
 * ```ts
 * import { async, joinAll, run, sleep } from "heddle";
 * import { Semaphore } from "heddle/sync";
 *
 * const seats = new Semaphore(2);
 * let sitting = 0;
 * let most = 0;
 * const guest = async(function* () {
 *   const permit = yield* seats.acquire(); // or: using permit = yield* seats.acquire();
 *   try {
 *     most = Math.max(most, ++sitting);
 *     yield* sleep(1);
 *     sitting--;
 *   } finally {
 *     permit.release();
 *   }
 * });
 * await run(joinAll([guest(), guest(), guest(), guest(), guest()]));
 * console.log(most, seats.availablePermits);
 * // prints: 2 2
 * ```
 */
export class Semaphore extends PermitPool {
  /** Whether permits came from others than those who had taken them. */
  #isFed = false;

  /** The most permits that one can have. */
  static readonly MAX_PERMITS: number = Number.MAX_SAFE_INTEGER;

  /**
   * @param permits how many there are at first, an integer from 0
   * @throws RangeError, TypeError if it is not
   */
  constructor(permits: number, options?: { readonly name?: string | undefined }) {
    mustBeCount(permits, "create a semaphore", 0, Number.MAX_SAFE_INTEGER, "permits");
    super(permits, options?.name);
  }

  get kind(): string {
    return "semaphore";
  }

  /** How many could be taken now without waiting. 0 while anyone waits: what is free then is on its way to the first. */
  get availablePermits(): number {
    this.touch(false);
    return this.free < 0 ? this.idle : this.free;
  }

  get isClosed(): boolean {
    this.touch(false);
    return this.free < 0;
  }

  /**
   * Waits for `count` permits, all at once. Ready at once if they are free and nobody waits; for 0 permits always.
   *
   * **Cancel safety**: dropping the wait gives up the place in the queue, and what was on its way goes to the next.
   *
   * @throws RangeError, TypeError if `count` is not an integer from 0; ClosedError `semaphore.closed` when polled, if it is closed
   */
  acquire(count = 1): Future<Permit> {
    mustBeCount(count, "acquire permits", 0, Number.MAX_SAFE_INTEGER);
    return new Acquire(this, count).noted();
  }

  /**
   * The permits, if they are free and nobody waits; else undefined.
   *
   * @throws RangeError, TypeError if `count` is not an integer from 0; ClosedError `semaphore.closed` if it is closed
   */
  tryAcquire(count = 1): Permit | undefined {
    mustBeCount(count, "acquire permits", 0, Number.MAX_SAFE_INTEGER);
    const acquire = new Acquire(this, count);
    return acquire.tryTake() ? acquire : undefined;
  }

  /**
   * Runs `fn` while it has one permit, and releases it whatever becomes of `fn`.
   *
   * **Cancel safety**: as for {@link acquire} while it waits; then `fn` is dropped, its cleanups run, and the permit is released behind them.
   * A native promise cannot be stopped: the permit is released when it has settled.
   *
   * @param fn a function, a generator function, or an async one of either kind
   * @throws what `fn` throws; TypeError if it is not a function; ClosedError `semaphore.closed`
   *
   * @example
   * ```ts
   * import { async, joinAll, run, sleep } from "heddle";
   * import { Semaphore } from "heddle/sync";
   *
   * const limit = new Semaphore(10);
   * const download = async(function* (page: number) {
   *   yield* sleep(1);
   *   return page;
   * });
   * const pages = [1, 2, 3].map((page) => limit.withPermit(() => download(page)));
   * console.log(await run(joinAll(pages)));
   * // prints: [ 1, 2, 3 ]
   * ```
   */
  withPermit<R>(fn: (permit: Permit) => R): Future<Settled<R>> {
    return holding("run with a permit", () => this.acquire(), fn);
  }

  /**
   * Adds permits, for those who wait first.
   *
   * @throws RangeError, TypeError if `count` is not an integer from 0, or there would be more than `MAX_PERMITS`
   */
  addPermits(count: number): void {
    mustBeCount(count, "add permits", 0, Number.MAX_SAFE_INTEGER - this.idle);
    this.touch(true);
    this.#isFed = true;
    this.give(count);
  }

  /** @internal Where permits are added, whoever waits may be waiting for that. */
  override needsOf(hold: Hold<any>): Needs | null {
    return this.#isFed ? null : super.needsOf(hold);
  }

  /**
   * Takes permits away that nobody has and nobody waits for.
   *
   * @returns how many: fewer than `count` if fewer are free
   * @throws RangeError, TypeError if `count` is not an integer from 0
   */
  forgetPermits(count: number): number {
    mustBeCount(count, "forget permits", 0, Number.MAX_SAFE_INTEGER);
    this.touch(true);
    const taken = Math.min(count, this.availablePermits);
    if (this.free < 0) this.give(-taken);
    else this.free -= taken;
    return taken;
  }

  /** Lets nobody in any more: who waits and who comes gets a ClosedError `semaphore.closed`. Who has permits keeps them. */
  close(): void {
    this.touch(true);
    this.shut();
  }

  /** @internal */
  override closedError(): Error {
    return new ClosedError("semaphore.closed", `Cannot acquire permits of ${this.label}: it is closed`);
  }
}

function mustBeCount(value: number, verb: string, least: number, most: number, name = "count"): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new (typeof value === "number" ? RangeError : TypeError)(
    `Cannot ${verb} as '${name}' must be an integer from ${least} to ${most}: received ${quote(value)}`,
  );
}

keepShape(new Acquire(new Semaphore(0), 1));
