/**
 * WaitList: who waits for a lock, a permit, room in a channel; first come, first served.
 *
 * A waiter is the leaf that is awaited and its own node in the list, so that waiting allocates nothing but the future.
 *
 *     first ──after──► waiter ──after──► last          empty: first = last = null; one: first alone, last = null
 *     first ◄─before── waiter ◄─before── last
 *
 * INVARIANT: a waiter that is in no list has no neighbours. So it is in this list exactly if it has one before it, or is the first.
 */
import type { Waker } from "./context.js";
import { Leaf } from "./leaf.js";

/** A leaf that can stand in a {@link WaitList}. What was granted to it, and whether, is its own to remember. */
export abstract class Waiter<T> extends Leaf<T> {
  /** Of whoever awaits it: each poll that answers `PENDING` writes it anew, the end of the wait clears it. */
  declare waker: Waker | null;
  /** @internal `WaitList` alone writes the two. */
  declare before: Waiter<any> | null;
  /** @internal */
  declare after: Waiter<any> | null;

  // HOST: Node 20 runs what initializes fields, and `#private` fields and methods too, as a call of its own for each class in the chain. With
  // three such classes a free lock costs 57 ns, and 17 ns when constructors assign. Whoever extends this for a hot path does the same.
  constructor() {
    super();
    this.waker = null;
    this.before = null;
    this.after = null;
  }

  /** Takes the waker out and calls it. Waking may run other code: leave everything in order before. */
  wake(): void {
    const { waker } = this;
    this.waker = null;
    if (waker !== null) waker.wake();
  }
}

/**
 * A queue of waiters. Every operation takes the same time however many wait, but for {@link drain} and reading the list.
 *
 * @example A door that lets one in at a time
 * ```ts
 * import { async, run, spawn, yieldNow } from "heddle";
 * import { type Context, PENDING, type Poll, Waiter, WaitList } from "heddle/lowlevel";
 *
 * const queue = new WaitList<Entry>();
 * class Entry extends Waiter<string> {
 *   isLetIn = false;
 *   poll(cx: Context): Poll<string> {
 *     if (this.isLetIn) return "in";
 *     if (!queue.has(this)) queue.push(this);
 *     this.waker = cx.waker;
 *     return PENDING;
 *   }
 *   override drop(): void {
 *     this.waker = null;
 *     // Let in, but gone before it knew: the next one goes in.
 *     if (!queue.remove(this) && this.isLetIn) letOneIn();
 *   }
 * }
 * function letOneIn(): void {
 *   const first = queue.shift();
 *   if (first === null) return;
 *   first.isLetIn = true;
 *   first.wake();
 * }
 *
 * const main = async(function* () {
 *   const guest = spawn(new Entry());
 *   yield* yieldNow();
 *   letOneIn();
 *   return yield* guest;
 * });
 * console.log(await run(main()));
 * // prints: in
 * ```
 */
export class WaitList<W extends Waiter<any>> {
  #first: W | null = null;
  // Null where the first is the last: a waiter is younger than the list as a rule, and the collector has to be told of each such write (4 ns).
  #last: W | null = null;
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  get isEmpty(): boolean {
    return this.#first === null;
  }

  /** The one that came first; null if nobody waits. */
  get first(): W | null {
    return this.#first;
  }

  /** The one that came last; null if nobody waits. */
  get last(): W | null {
    return this.#last ?? this.#first;
  }

  /** Whether `waiter`, which is in no other list, is in this one. */
  has(waiter: W): boolean {
    return waiter.before !== null || this.#first === waiter;
  }

  /** Puts a waiter that is in no list behind all others. */
  push(waiter: W): void {
    const { last } = this;
    if (last === null) this.#first = waiter;
    else {
      last.after = waiter;
      waiter.before = last;
      this.#last = waiter;
    }
    this.#size++;
  }

  /** Takes out the one that came first; null if nobody waits. */
  shift(): W | null {
    return this.#unlink(this.#first);
  }

  /** Takes out the one that came last; null if nobody waits. */
  pop(): W | null {
    return this.#unlink(this.last);
  }

  /** Takes a waiter out. False if it was not in the list. */
  remove(waiter: W): boolean {
    return this.has(waiter) && this.#unlink(waiter) !== null;
  }

  /** Takes all out, oldest first. Tell each what it was granted before the first of them is woken: waking may run other code. */
  drain(): W[] {
    const all = [...this];
    for (const waiter of all) this.#unlink(waiter);
    return all;
  }

  /** Oldest first, without taking anything out. Do not change the list meanwhile. */
  *[Symbol.iterator](): Generator<W, void, undefined> {
    for (let at = this.#first; at !== null; at = at.after as W | null) yield at;
  }

  #unlink(waiter: W | null): W | null {
    if (waiter === null) return null;
    const before = waiter.before as W | null;
    const after = waiter.after as W | null;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    waiter.before = waiter.after = null;
    if (--this.#size <= 1) this.#last = null;
    return waiter;
  }
}
