/**
 * `race` and `any`: wait for the first.
 */
import type { Branch } from "./branch.js";
import { GatherList, keepGather, listOf } from "./gather.js";
import { PENDING, type Future, type Output, type Poll } from "./poll.js";

class Race<T> extends GatherList<T> {
  #value: T | undefined;
  #threw = false;
  #error: unknown;

  protected advance(): Poll<T> {
    if (!this.pollBranches()) return PENDING;
    this.finish();
    if (this.#threw) throw this.#error;
    return this.#value as T;
  }

  protected ended(_branch: Branch, value: T): boolean {
    this.#value = value;
    return true;
  }

  protected failed(_branch: Branch, error: unknown): boolean {
    this.#threw = true;
    this.#error = error;
    return true;
  }
}

class Any<T> extends GatherList<T> {
  #value: T | undefined;
  #errors: unknown[] = [];

  protected advance(): Poll<T> {
    const decided = this.pollBranches();
    const allFailed = this.futures.length > 0 && this.#failures === this.futures.length;
    if (!decided && !allFailed) return PENDING;
    this.finish();
    if (allFailed)
      throw new AggregateError(
        this.#errors,
        `Cannot give the first success: all ${this.futures.length} futures failed`,
      );
    return this.#value as T;
  }

  #failures = 0;

  protected ended(_branch: Branch, value: T): boolean {
    this.#value = value;
    return true;
  }

  protected failed(branch: Branch, error: unknown): boolean {
    this.#errors[branch.index] = error;
    return ++this.#failures === this.futures.length;
  }
}

/**
 * Gives the outcome of whichever future ends first, value or error, and drops the others. If several are ready at once the
 * first of them in the list wins. A race of none never ends.
 *
 * **Cancel safety**: dropping it drops all of the futures.
 *
 * @example
 * ```ts
 * import { map, race, run, sleep } from "heddle";
 *
 * const slow = map(sleep(5_000), () => "slow");
 * const quick = map(sleep(1), () => "quick");
 * console.log(await run(race([slow, quick])));
 * // prints: quick
 * ```
 */
export function race<F extends Future<any>>(futures: Iterable<F>): Future<Output<F>> {
  return raceOf(listOf(futures, "race"));
}

/** @internal As {@link race}, of an array that is nobody else's. */
export function raceOf<F extends Future<any>>(futures: F[]): Future<Output<F>> {
  return new Race<Output<F>>("race(…)", "race", futures);
}

/**
 * Gives the value of the first future that succeeds, and drops the others. Fails if all fail.
 *
 * **Cancel safety**: dropping it drops all of the futures.
 *
 * @throws AggregateError with the errors in the order of the futures, if all failed
 * @throws TypeError if there are none
 *
 * @example
 * ```ts
 * import { any, async, ready, run } from "heddle";
 *
 * const fail = async(function* () {
 *   throw new Error("no luck");
 * });
 * console.log(await run(any([fail(), ready("made it")])));
 * // prints: made it
 * ```
 */
export function any<F extends Future<any>>(futures: Iterable<F>): Future<Output<F>> {
  const list = listOf(futures, "wait for any");
  if (list.length === 0)
    throw new TypeError("Cannot wait for any of no futures: none can succeed\nhelp: pass at least one");
  return new Any<Output<F>>("any(…)", "wait for any", list);
}

keepGather(new Race("race(…)", "race", []));
