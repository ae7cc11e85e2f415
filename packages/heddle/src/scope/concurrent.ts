/**
 * `forEachConcurrent` and `mapConcurrent`: a loop that is at several items at once, and at no more than a limit.
 *
 * The items' futures are branches of one combinator, in the task that awaits it: they see its task-locals, are dropped with it, and cost no task.
 * A branch that is over takes the next item.
 */
import { quote, suppress } from "../base/errors.js";
import { async } from "../future/async.js";
import { Branch } from "../future/branch.js";
import { Gather } from "../future/gather.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";
import { checkItems, type Items, Source } from "./source.js";

type Work<T, R> = (item: T, index: number) => Future<R>;

/** What both loops are given. */
interface Plan<T, R> {
  /** `forEachConcurrent`. */
  readonly name: string;
  readonly items: Items<T>;
  readonly limit: number;
  readonly work: Work<T, R>;
  /** Takes what an item gave. */
  readonly keep: (index: number, value: R) => void;
}

class Concurrent<T, R> extends Gather<void> {
  readonly source: Source<T>;
  readonly #plan: Plan<T, R>;
  /** Those at work, and those that are free. */
  readonly #branches: Branch[] = [];
  readonly #free: Branch[] = [];
  /** How many items were taken. */
  #taken = 0;

  constructor(plan: Plan<T, R>) {
    super(`${plan.name}(…)`);
    this.#plan = plan;
    this.source = new Source(plan.items, () => this.wakeOwner());
  }

  branches(): Branch[] {
    return this.#branches;
  }

  override get needsEach(): boolean {
    return true;
  }

  override get isOpen(): boolean {
    return !this.source.isOver && this.#running < this.#plan.limit;
  }

  protected closeUnstarted(): void {}

  override branchWoken(branch: Branch): void {
    this.woken.push(branch);
    this.wakeOwner();
  }

  protected advance(): Poll<void> {
    if (!this.#pollWoken() || !this.#start()) return PENDING;
    if (!this.source.isOver || this.#running > 0) return PENDING;
    this.finish();
    return undefined;
  }

  get #running(): number {
    return this.#branches.length - this.#free.length;
  }

  /** False if the budget is spent. */
  #pollWoken(): boolean {
    const { woken } = this;
    const { last } = woken;
    for (let branch = woken.take(); branch !== null; branch = woken.takeAfter(branch, last)) {
      if (this.mustYield()) {
        woken.push(branch);
        return false;
      }
      if (!branch.isOver) this.#poll(branch);
    }
    return true;
  }

  /** Takes items while there is room. False if the budget is spent. */
  #start(): boolean {
    const { limit, work, name } = this.#plan;
    while (this.#running < limit && !this.source.isOver) {
      if (this.mustYield()) return false;
      const next = this.source.poll();
      if (next === PENDING || next === null) break;
      const index = this.#taken++;
      this.#poll(this.#branchFor(index, work(next.item, index), `let 'fn' of ${name}() give`));
    }
    return true;
  }

  #branchFor(index: number, future: Future<R>, verb: string): Branch {
    const free = this.#free.at(-1);
    if (free !== undefined) {
      free.restart(index, future, verb);
      this.#free.pop();
      return free;
    }
    const branch = new Branch(this, index, future, verb);
    this.#branches.push(branch);
    return branch;
  }

  #poll(branch: Branch): void {
    const value = branch.poll();
    if (value === PENDING) return;
    this.#free.push(branch);
    this.#plan.keep(branch.index, value as R);
  }
}

const loop = async(function* concurrentLoop<T, R>(plan: Plan<T, R>) {
  const concurrent = new Concurrent(plan);
  const { source } = concurrent;
  try {
    yield* concurrent;
  } catch (error) {
    try {
      const closing = source.close();
      if (closing !== null) yield* closing;
    } catch (later) {
      throw suppress(error, later);
    }
    throw error;
  } finally {
    const closing = source.close();
    if (closing !== null) yield* closing;
  }
});

function check(name: string, items: Items<unknown>, limit: number, work: unknown): void {
  checkItems(items, `run ${name}()`);
  if (limit !== Infinity && !(Number.isInteger(limit) && limit >= 1))
    throw new (typeof limit === "number" ? RangeError : TypeError)(
      `Cannot run ${name}() as 'limit' must be an integer >= 1, or Infinity: received ${quote(limit)}`,
    );
  if (typeof work !== "function")
    throw new TypeError(
      `Cannot run ${name}() as 'fn' must be a function: received ${quote(work)}\nhelp: pass an async function`,
    );
}

/**
 * Runs `fn` for each item, for up to `limit` of them at a time. An item is taken only when there is room for it, in order. The first error drops the
 * rest, and is thrown at once.
 *
 * Async iterables are asked for one item at a time. When the loop ends early they are closed, as `for await` would; if an item
 * was asked for and has not come, without waiting for that.
 *
 * **Cancel safety**: dropping it drops what is running, and takes no more items.
 *
 * @param limit an integer of at least 1, or Infinity
 * @throws the first error, of an item or of the iterable
 * @throws TypeError or RangeError for what is not iterable, no limit, or no function
 *
 * @example Two at a time
 * ```ts
 * import { async, forEachConcurrent, run, sleep } from "heddle";
 *
 * const resize = async(function* (picture: string, index: number) {
 *   console.log(`begin ${picture}`);
 *   yield* sleep(index * 5 + 5);
 *   console.log(`end ${picture}`);
 * });
 * await run(forEachConcurrent(["a", "b", "c"], 2, resize));
 * // prints: begin a
 * // prints: begin b
 * // prints: end a
 * // prints: begin c
 * // prints: end b
 * // prints: end c
 * ```
 */
export function forEachConcurrent<T>(
  items: Items<T>,
  limit: number,
  fn: (item: T, index: number) => Future<unknown>,
): Future<void> {
  check("forEachConcurrent", items, limit, fn);
  return loop({ name: "forEachConcurrent", items, limit, work: fn, keep() {} }) as Future<void>;
}

const collect = async(function* concurrentMap<T, R>(items: Items<T>, limit: number, work: Work<T, R>) {
  const values: R[] = [];
  const keep = (index: number, value: R): void => void (values[index] = value);
  yield* loop({ name: "mapConcurrent", items, limit, work, keep } as Plan<unknown, unknown>);
  return values;
});

/**
 * As {@link forEachConcurrent}, and gives the values, in the order of the items.
 *
 * **Cancel safety**: dropping it drops what is running; the values so far are lost.
 *
 * @example
 * ```ts
 * import { async, mapConcurrent, run, sleep } from "heddle";
 *
 * const square = async(function* (n: number) {
 *   yield* sleep(10 - n);
 *   return n * n;
 * });
 * console.log(await run(mapConcurrent([1, 2, 3], 2, square)));
 * // prints: [ 1, 4, 9 ]
 * ```
 */
export function mapConcurrent<T, R>(
  items: Items<T>,
  limit: number,
  fn: (item: T, index: number) => Future<R>,
): Future<R[]> {
  check("mapConcurrent", items, limit, fn);
  return collect(items, limit, fn as Work<unknown, unknown>) as Future<R[]>;
}
