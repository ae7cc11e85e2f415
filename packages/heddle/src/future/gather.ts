/**
 * Gather: what all combinators share. They own branches, poll those that were woken, and drop those that are left.
 *
 * | phase  | meaning                                          |
 * | ------ | ------------------------------------------------ |
 * | NEW    | not polled yet: no branch has been started        |
 * | LIVE   | polled                                           |
 * | OVER   | it has given its outcome, or was dropped          |
 */
import { HeddleError, quote } from "../base/errors.js";
import { keepShape } from "../base/shapes.js";
import { Branch } from "./branch.js";
import type { Context, Waker } from "./context.js";
import { current, type BranchOwner } from "./current.js";
import { closeFuture, Frame } from "./frame.js";
import { Leaf } from "./leaf.js";
import { PENDING, SUSPENSION, type Future, type Poll } from "./poll.js";
import type { Film, Unpolled } from "./diagnostics.js";
import { WokenQueue } from "./woken-queue.js";

const film: Film = { photos: 64 };

const NEW = 0;
const WATCHED = 1;
const LIVE = 2;
const OVER = 3;

/** A future that owns branches. */
export abstract class Gather<T> extends Leaf<T> implements BranchOwner, Unpolled {
  declare readonly label: string;
  /** Made when it is needed: combinators of one or few futures look at all of them instead. */
  declare private queue: WokenQueue | null;
  declare private waker: Waker | null;
  declare private phase: number;

  // As `Stack` does, and so do those who extend it and are made often.
  /** @param label what it is called in messages: `join(…)` */
  constructor(label: string) {
    super();
    this.label = label;
    this.queue = null;
    this.waker = null;
    this.phase = NEW;
    if (current.warnings !== null) current.diagnostics.born(this, film);
  }

  /** The branches started so far, in order. */
  abstract branches(): readonly (Branch | null)[];

  /** @internal For those who look for deadlocks: whether it cannot end without each of its branches, or without one of them. */
  get needsEach(): boolean {
    return false;
  }

  /** @internal Whether something else than its branches can go on meanwhile. */
  get isOpen(): boolean {
    return false;
  }

  /** Closes what was never started. */
  protected abstract closeUnstarted(): void;

  /** One poll of an open combinator. Call {@link finish} before the value is given; an error finishes it by itself. */
  protected abstract advance(): Poll<T>;

  poll(cx: Context): Poll<T> {
    if (this.phase !== LIVE) this.open();
    this.waker = cx.waker;
    try {
      return this.advance();
    } catch (error) {
      this.finish();
      throw error;
    }
  }

  private open(): void {
    if (this.phase === OVER) throw new HeddleError("future.completed", `Cannot await ${this.label} again: it is over`);
    if (this.phase === WATCHED) current.diagnostics.unwatch(this);
    this.phase = LIVE;
  }

  branchWoken(branch: Branch): void {
    if (this.phase === OVER) this.woken.push(branch);
    this.waker?.wake();
  }

  /** The branches that were woken and not polled since, for those who queue them. */
  protected get woken(): WokenQueue {
    return (this.queue ??= new WokenQueue());
  }

  /** Asks the task that awaits it for another poll. */
  protected wakeOwner(): void {
    this.waker?.wake();
  }

  /** Whether the budget is spent. If so the combinator has to answer PENDING now; it will be polled again. */
  protected mustYield(): boolean {
    if (current.budget > 0) return false;
    this.waker!.wake();
    return true;
  }

  /** Ends it with nothing left to drop. */
  protected close(): void {
    this.phase = OVER;
  }

  /** Ends it: what is left is dropped, without waiting for cleanups. */
  protected finish(): void {
    if (this.phase === OVER) return;
    if (this.phase === WATCHED) current.diagnostics.unwatch(this);
    this.phase = OVER;
    this.queue?.clear();
    this.closeUnstarted();
    const branches = this.branches();
    for (let i = 0; i < branches.length; i++) {
      const branch = branches[i]!;
      if (branch !== null && !branch.isOver) branch.drop();
    }
  }

  override drop(): void {
    this.finish();
  }

  /** Ends it, with its branches as they are, if they have been started. */
  protected letGo(): boolean {
    if (this.phase !== LIVE) return false;
    this.phase = OVER;
    return true;
  }

  /** From now on its branches wake this. */
  protected wakeInstead(waker: Waker): void {
    this.waker = waker;
  }

  /** @internal For the driver: drops the branches, and answers what has to be awaited until their cleanups are over. */
  unwindFirst(): Future<void> | null {
    if (!this.letGo()) return null;
    this.queue?.clear();
    this.closeUnstarted();
    let live = 0;
    for (const branch of this.branches()) if (branch !== null && !branch.startUnwinding()) live++;
    return live === 0 ? null : new Unwinding(this, live);
  }

  /** @internal One poll of the dropped branches. Answers how many cleanups have come to their end. */
  pollCleanups(cx: Context): number {
    this.wakeInstead(cx.waker);
    let ended = 0;
    const { last } = this.woken;
    for (let branch = this.woken.take(); branch !== null; branch = this.woken.takeAfter(branch, last))
      if (branch.pollCleanup()) ended++;
    return ended;
  }

  /** @internal Ends the dropped branches where their cleanups await. */
  endCleanups(): void {
    for (const branch of this.branches()) branch?.end();
  }

  /** @internal */
  closeUnpolled(): void {
    this.finish();
  }

  /** @internal */
  get film(): Film {
    return film;
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.phase === NEW;
  }

  /** @internal */
  watched(): void {
    this.phase = WATCHED;
  }
}

/** Awaits the cleanups of a dropped combinator's branches. */
class Unwinding extends Leaf<void> {
  readonly #gather: Gather<unknown>;
  #live: number;

  constructor(gather: Gather<unknown>, live: number) {
    super();
    this.#gather = gather;
    this.#live = live;
  }

  poll(cx: Context): Poll<void> {
    this.#live -= this.#gather.pollCleanups(cx);
    return this.#live === 0 ? undefined : PENDING;
  }

  override drop(): void {
    this.#gather.endCleanups();
  }
}

/** Futures that are started in order, as far as the budget goes, and polled when woken: all combinators of a fixed list. */
export abstract class GatherList<T> extends Gather<T> {
  declare protected readonly futures: Future<unknown>[];
  /** Those that wait. */
  declare private readonly waiting: Branch[];
  declare private readonly verb: string;
  /** The first future that was not started. */
  declare private unstarted: number;

  constructor(label: string, verb: string, futures: Future<unknown>[]) {
    // Before it is made: what is refused need not be awaited.
    current.diagnostics.check(label, futures);
    super(label);
    this.verb = verb;
    this.futures = futures;
    this.waiting = [];
    this.unstarted = 0;
  }

  branches(): Branch[] {
    return this.waiting;
  }

  protected closeUnstarted(): void {
    for (let i = this.unstarted; i < this.futures.length; i++) closeFuture(this.futures[i]!);
  }

  override branchWoken(branch: Branch): void {
    this.woken.push(branch);
    this.wakeOwner();
  }

  /** Polls what has to be polled, and hands each outcome to `ended` or `failed` until one of them answers true. */
  protected pollBranches(): boolean {
    return this.unstarted < this.futures.length ? this.startBranches() : this.pollWoken(this.woken.last);
  }

  private startBranches(): boolean {
    const { last } = this.woken;
    const branches = this.waiting;
    // A future that is ready at once leaves its branch to the next: only those that wait need one of their own.
    let spare: Branch | null = null;
    while (this.unstarted < this.futures.length) {
      if (this.mustYield()) return false;
      const index = this.unstarted++;
      if (spare === null) spare = new Branch(this, index, this.futures[index]!, this.verb);
      else spare.restart(index, this.futures[index]!, this.verb);
      if (this.pollBranch(spare)) return true;
      if (spare.isOver) continue;
      branches.push(spare);
      spare = null;
    }
    return last !== null && this.pollWoken(last);
  }

  private pollWoken(last: Branch | null): boolean {
    if (last === null) return false;
    const { woken } = this;
    for (let branch = woken.take(); branch !== null; branch = woken.takeAfter(branch, last)) {
      if (this.mustYield()) {
        woken.push(branch);
        return false;
      }
      if (this.pollBranch(branch)) return true;
    }
    return false;
  }

  private pollBranch(branch: Branch): boolean {
    let value;
    try {
      value = branch.poll();
    } catch (error) {
      return this.failed(branch, error);
    }
    return value !== PENDING && this.ended(branch, value);
  }

  /** A branch gave its value. Answers whether that decides the combinator. */
  protected abstract ended(branch: Branch, value: unknown): boolean;

  /** A branch failed. Answers whether that decides the combinator. */
  protected abstract failed(branch: Branch, error: unknown): boolean;
}

/** The futures of an iterable, as an array of the caller's own. */
export function listOf<F>(futures: Iterable<F>, verb: string): F[] {
  if (typeof (futures as Partial<Iterable<F>> | null)?.[Symbol.iterator] !== "function" || typeof futures === "string")
    throw new TypeError(
      `Cannot ${verb} as 'futures' must be iterable: received ${quote(futures)}\nhelp: pass an array of futures`,
    );
  if (Array.isArray(futures)) return Array.from(futures);
  if (isFuture(futures)) throw notAList(verb, futures);
  const list: F[] = [];
  for (const future of futures) {
    // The answer of a plain generator that waits. Asked for more it would give this one again, until the memory is full.
    if ((future as unknown) === SUSPENSION) throw notAList(verb, futures);
    list.push(future);
  }
  return list;
}

function notAList(verb: string, future: object): TypeError {
  const { label } = future as { readonly label?: unknown };
  const received = typeof label === "string" ? `the future of ${label}` : "a future";
  return new TypeError(
    `Cannot ${verb} as 'futures' must be an array of futures: received ${received}\nhelp: write [a, b], also for one`,
  );
}

/** Whether `value` is a future, and not a plain generator: those look like other iterators. */
export function isFuture(value: object): boolean {
  return value instanceof Frame || typeof (value as { poll?: unknown }).poll === "function";
}

/** Keeps the shape of a combinator: see `keepShape`. */
export function keepGather(gather: Gather<unknown>): void {
  gather.closeUnpolled();
  keepShape(gather);
}
