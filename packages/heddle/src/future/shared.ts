/**
 * `shared`: one future, any number of awaiters.
 */
import { AbortedError, HeddleError } from "../base/errors.js";
import { Branch } from "./branch.js";
import type { Context, Waker } from "./context.js";
import { currentRoot, type BranchOwner, type Droppable } from "./current.js";
import { Leaf } from "./leaf.js";
import { PENDING, type Future, type Poll } from "./poll.js";

class Shared<T> extends Leaf<T> implements BranchOwner, Droppable {
  readonly #branch: Branch;
  readonly #wakers = new Set<Waker>();
  #outcome: { value: T } | { error: unknown } | null = null;
  #isDropped = false;
  #isPolling = false;
  /** The tasks that have awaited it and are not over. */
  readonly #roots = new Set<object>();

  constructor(future: Future<T>) {
    super();
    this.#branch = new Branch(this, 0, future, "share");
  }

  /** @internal */
  get label(): string {
    return "shared(…)";
  }

  /** @internal For dumps. */
  branches(): readonly Branch[] {
    return [this.#branch];
  }

  branchWoken(): void {
    // One of them polls on behalf of all; if it is dropped instead, it hands on.
    for (const waker of this.#wakers) {
      waker.wake();
      return;
    }
  }

  poll(cx: Context): Poll<T> {
    if (this.#outcome === null && this.#isDropped)
      this.#outcome = { error: new AbortedError(undefined, "the shared future") };
    if (this.#outcome === null) {
      if (this.#isPolling)
        throw new HeddleError(
          "future.awaits-itself",
          "Cannot await a shared future inside itself: it would wait for ever",
          {
            help: "await it from outside",
          },
        );
      this.#keep();
      this.#wakers.add(cx.waker);
      if (this.#branch.isWoken) this.#pollBranch(cx);
    }
    const outcome = this.#outcome;
    if (outcome === null) return PENDING;
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  #keep(): void {
    const root = currentRoot();
    if (root === null || this.#roots.has(root)) return;
    this.#roots.add(root);
    root.keep(this);
  }

  #pollBranch(cx: Context): void {
    this.#isPolling = true;
    try {
      const value = this.#branch.poll();
      if (value === PENDING) return;
      this.#outcome = { value: value as T };
    } catch (error) {
      this.#outcome = { error };
    } finally {
      this.#isPolling = false;
    }
    this.#wakers.delete(cx.waker);
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const waker of wakers) waker.wake();
  }

  /** With a context: one awaiter goes. Without: a task that has polled it ends. The future is dropped with the last. */
  override drop(cx?: Context): void {
    if (cx !== undefined) {
      this.#wakers.delete(cx.waker);
      if (this.#branch.isWoken) this.branchWoken();
      return;
    }
    this.#roots.delete(currentRoot()!);
    if (this.#outcome !== null || this.#isDropped || this.#roots.size > 0) return;
    this.#isDropped = true;
    this.#branch.drop();
  }
}

/**
 * Makes a future that can be awaited any number of times, by several tasks at once. It runs once; all get the same value or the same
 * error.
 *
 * **Cancel safety**: dropping a wait leaves the others. The future itself is dropped when the last task that awaited it ends.
 *
 * @example
 * ```ts
 * import { async, join, run, shared } from "heddle";
 *
 * const load = async(function* () {
 *   console.log("loading");
 *   return 7;
 * });
 * const once = shared(load());
 * console.log(await run(join(once, once)));
 * // prints: loading
 * // prints: [ 7, 7 ]
 * ```
 */
export function shared<T>(future: Future<T>): Future<T> {
  return new Shared(future);
}
