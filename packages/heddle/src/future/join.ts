/**
 * `join`, `joinAll`, `joinSettled`: wait for all.
 */
import type { Branch } from "./branch.js";
import { GatherList, keepGather, listOf } from "./gather.js";
import { PENDING, type Future, type Output, type Poll } from "./poll.js";

class Join<T> extends GatherList<T[]> {
  declare private readonly values: T[];
  declare private left: number;
  declare private error: unknown;

  constructor(label: string, futures: Future<T>[]) {
    super(label, "join", futures);
    this.values = new Array<T>(futures.length);
    this.left = futures.length;
    this.error = undefined;
  }

  override get needsEach(): boolean {
    return true;
  }

  protected advance(): Poll<T[]> {
    const decided = this.pollBranches();
    if (this.left === 0) {
      this.close();
      return this.values;
    }
    if (!decided) return PENDING;
    this.finish();
    throw this.error;
  }

  protected ended(branch: Branch, value: T): boolean {
    this.values[branch.index] = value;
    return --this.left === 0;
  }

  protected failed(_branch: Branch, error: unknown): boolean {
    this.error = error;
    return true;
  }
}

class JoinSettled<T> extends GatherList<PromiseSettledResult<T>[]> {
  declare private readonly results: PromiseSettledResult<T>[];
  declare private left: number;

  constructor(futures: Future<T>[]) {
    super("joinSettled(…)", "join", futures);
    this.results = new Array<PromiseSettledResult<T>>(futures.length);
    this.left = futures.length;
  }

  override get needsEach(): boolean {
    return true;
  }

  protected advance(): Poll<PromiseSettledResult<T>[]> {
    if (!this.pollBranches() && this.left > 0) return PENDING;
    this.close();
    return this.results;
  }

  protected ended(branch: Branch, value: T): boolean {
    this.results[branch.index] = { status: "fulfilled", value };
    return --this.left === 0;
  }

  protected failed(branch: Branch, reason: unknown): boolean {
    this.results[branch.index] = { status: "rejected", reason };
    return --this.left === 0;
  }
}

/**
 * Waits for all of the given futures at once, on one task, and gives their values in the order they were given.
 *
 * The first to fail fails the join, and the rest are dropped. Only futures that were woken are polled again.
 *
 * **Cancel safety**: dropping it drops all of the futures.
 *
 * @example Two waits, one after the other in the time of the longer
 * ```ts
 * import { join, ready, run, sleep } from "heddle";
 *
 * const [, two] = await run(join(sleep(5), ready(2)));
 * console.log(two);
 * // prints: 2
 * ```
 */
export function join<F extends Future<any>[]>(...futures: F): Future<{ -readonly [K in keyof F]: Output<F[K]> }> {
  return new Join("join(…)", futures) as Future<any>;
}

/**
 * {@link join} of any number of futures.
 *
 * @example Ten sleeps in the time of one
 * ```ts
 * import { async, joinAll, run, sleep } from "heddle";
 *
 * const double = async(function* (n: number) {
 *   yield* sleep(5);
 *   return n * 2;
 * });
 * console.log(await run(joinAll([1, 2, 3].map((n) => double(n)))));
 * // prints: [ 2, 4, 6 ]
 * ```
 */
export function joinAll<F extends Future<any>>(futures: Iterable<F>): Future<Output<F>[]> {
  return new Join<Output<F>>("joinAll(…)", listOf(futures, "join"));
}

/**
 * Waits for all of the futures, whether they fail or not, and gives what became of each, in order.
 *
 * **Cancel safety**: dropping it drops all of the futures.
 *
 * @example
 * ```ts
 * import { async, joinSettled, ready, run } from "heddle";
 *
 * const fail = async(function* () {
 *   throw new Error("no luck");
 * });
 * const results = await run(joinSettled([ready(1), fail()]));
 * console.log(results.map((result) => result.status));
 * // prints: [ 'fulfilled', 'rejected' ]
 * ```
 */
export function joinSettled<F extends Future<any>>(futures: Iterable<F>): Future<PromiseSettledResult<Output<F>>[]> {
  return new JoinSettled<Output<F>>(listOf(futures, "join"));
}

keepGather(new Join("join(…)", []));
keepGather(new JoinSettled([]));
