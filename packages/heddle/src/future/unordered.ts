/**
 * FuturesUnordered and FuturesOrdered: sets of futures that grow, and give values one at a time.
 */
import { Branch } from "./branch.js";
import type { Context, Waker } from "./context.js";
import { current, currentRoot, type BranchOwner, type Droppable } from "./current.js";
import { listOf } from "./gather.js";
import { Leaf } from "./leaf.js";
import { END, PENDING, type Future, type Poll } from "./poll.js";
import { WokenQueue } from "./woken-queue.js";

/** A set, as its one future sees it. */
interface Polled<T> {
  pollNext(cx: Context): Poll<T | typeof END>;
  forget(cx: Context): void;
  branches(): readonly Branch[];
}

/** The one future that all calls of `next()` share: a set has one consumer, and dropping the wait loses nothing. */
class Next<T> extends Leaf<T | typeof END> {
  readonly #set: Polled<T>;
  constructor(set: Polled<T>) {
    super();
    this.#set = set;
  }

  get label(): string {
    return "futures.next()";
  }

  /** For dumps. */
  branches(): readonly Branch[] {
    return this.#set.branches();
  }

  poll(cx: Context): Poll<T | typeof END> {
    return this.#set.pollNext(cx);
  }
  override drop(cx: Context): void {
    this.#set.forget(cx);
  }
}

abstract class FutureSet<T> implements BranchOwner, Droppable {
  protected readonly live = new Set<Branch>();
  readonly #woken = new WokenQueue();
  readonly #next: Next<T>;
  #waker: Waker | null = null;
  #keptBy: ReturnType<typeof currentRoot> = null;

  constructor() {
    this.#next = new Next<T>(this);
  }

  protected start(future: Future<T>, index: number): void {
    const branch = new Branch(this, index, future, "push");
    this.live.add(branch);
    this.branchWoken(branch);
  }

  /** @internal */
  branches(): readonly Branch[] {
    return [...this.live];
  }

  /** @internal */
  branchWoken(branch: Branch): void {
    this.#woken.push(branch);
    this.#waker?.wake();
  }

  /**
   * Waits for the next value; {@link END} while the set is empty.
   *
   * **Cancel safety**: dropping the wait loses nothing.
   *
   * @throws what the future throws that came to its end; the others stay in the set
   */
  next(): Future<T | typeof END> {
    return this.#next;
  }

  /** One poll of {@link next}. */
  pollNext(cx: Context): Poll<T | typeof END> {
    this.#waker = cx.waker;
    const root = currentRoot();
    if (this.#keptBy === null && root !== null && this.live.size > 0) {
      this.#keptBy = root;
      this.#keptBy.keep(this);
    }
    const settled = this.settled();
    if (settled !== PENDING) return settled;
    const { last } = this.#woken;
    for (let branch = this.#woken.take(); branch !== null; branch = this.#woken.takeAfter(branch, last)) {
      if (current.budget <= 0) {
        this.#woken.push(branch);
        cx.waker.wake();
        return PENDING;
      }
      let value;
      try {
        value = branch.poll();
      } catch (error) {
        this.#remove(branch);
        this.failed(branch, error);
        const now = this.settled();
        if (now !== PENDING) return now;
        continue;
      }
      if (value === PENDING) continue;
      this.#remove(branch);
      this.ended(branch, value as T);
      const now = this.settled();
      if (now !== PENDING) return now;
    }
    return this.live.size === 0 ? END : PENDING;
  }

  /** @internal */
  forget(cx: Context): void {
    if (this.#waker === cx.waker) this.#waker = null;
  }

  #remove(branch: Branch): void {
    this.live.delete(branch);
    if (this.live.size === 0) this.#release();
  }

  #release(): void {
    this.#keptBy?.release(this);
    this.#keptBy = null;
  }

  /** Drops every future that has not ended. Their cleanups run; the task is not over before they are. */
  clear(): void {
    this.#woken.clear();
    for (const branch of this.live) branch.drop();
    this.live.clear();
    this.#release();
  }

  /** @internal */
  drop(): void {
    this.clear();
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  /** A value that can be given now, or PENDING. */
  protected abstract settled(): Poll<T>;
  protected abstract ended(branch: Branch, value: T): void;
  protected abstract failed(branch: Branch, error: unknown): void;
}

/**
 * A set of futures that gives values in the order in which they come. Only futures that were woken are polled. A future is first polled
 * when the set is.
 *
 * @example
 * ```ts
 * import { async, END, FuturesUnordered, map, Runtime, sleep } from "heddle";
 *
 * const main = async(function* () {
 *   const set = new FuturesUnordered<string>();
 *   set.push(map(sleep(15), () => "slow"));
 *   set.push(map(sleep(1), () => "quick"));
 *   for (let value; (value = yield* set.next()) !== END; ) console.log(value);
 * });
 * await new Runtime({ startPaused: true }).run(main());
 * // prints: quick
 * // prints: slow
 * ```
 */
export class FuturesUnordered<T> extends FutureSet<T> {
  /** A set of some futures. */
  static from<T>(futures: Iterable<Future<T>>): FuturesUnordered<T> {
    const set = new FuturesUnordered<T>();
    for (const future of listOf(futures, "make a set of futures")) set.push(future);
    return set;
  }

  #outcome: { value: T } | { error: unknown } | null = null;

  /** How many futures have not given their value. */
  get size(): number {
    return this.live.size;
  }

  push(future: Future<T>): void {
    this.start(future, 0);
  }

  protected settled(): Poll<T> {
    const outcome = this.#outcome;
    if (outcome === null) return PENDING;
    this.#outcome = null;
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  protected ended(_branch: Branch, value: T): void {
    this.#outcome = { value };
  }

  protected failed(_branch: Branch, error: unknown): void {
    this.#outcome = { error };
  }
}

/** A set of futures that gives values in the order in which the futures were pushed. They all make progress meanwhile. */
export class FuturesOrdered<T> extends FutureSet<T> {
  /** A set of some futures, in their order. */
  static from<T>(futures: Iterable<Future<T>>): FuturesOrdered<T> {
    const set = new FuturesOrdered<T>();
    for (const future of listOf(futures, "make a set of futures")) set.push(future);
    return set;
  }

  readonly #outcomes = new Map<number, { value: T } | { error: unknown }>();
  #head = 0;
  #tail = 0;

  /** How many futures have not given their value. */
  get size(): number {
    return this.#tail - this.#head;
  }

  /** Queues a future behind all others. */
  push(future: Future<T>): void {
    this.start(future, this.#tail);
    this.#tail++;
  }

  /** Queues a future before all others. */
  pushFront(future: Future<T>): void {
    this.start(future, this.#head - 1);
    this.#head--;
  }

  override clear(): void {
    super.clear();
    this.#outcomes.clear();
    this.#head = this.#tail;
  }

  protected settled(): Poll<T> {
    const outcome = this.#outcomes.get(this.#head);
    if (outcome === undefined) return PENDING;
    this.#outcomes.delete(this.#head++);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  protected ended(branch: Branch, value: T): void {
    this.#outcomes.set(branch.index, { value });
  }

  protected failed(branch: Branch, error: unknown): void {
    this.#outcomes.set(branch.index, { error });
  }
}
