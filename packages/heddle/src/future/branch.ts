/**
 * Branch: one of the futures that a combinator polls, with a waker of its own, so that the combinator polls only the branches
 * that were woken.
 *
 * | state   | meaning                                      | wake()            |
 * | ------- | -------------------------------------------- | ----------------- |
 * | IDLE    | polled, and nothing has happened since       | WOKEN, tell owner |
 * | WOKEN   | its owner knows (or has not polled it yet)   | nothing           |
 * | POLLED  | being polled                                 | AGAIN             |
 * | AGAIN   | woken while it is polled; its owner is told  | nothing           |
 * |         | when the poll ends, if it is still pending   |                   |
 * | OVER    | ended or dropped, with nothing left to do    | nothing           |
 *
 * INVARIANT: what is OVER is in no queue, so that a branch can be used again for another future.
 */
import { keepShape } from "../base/shapes.js";
import { current as $current, type BranchOwner, type Locals } from "./current.js";
import type { Context } from "./context.js";
import { claimed, closeFuture, Frame } from "./frame.js";
import { PENDING as $PENDING, type Future, type Poll } from "./poll.js";
import { Stack } from "./stack.js";

// Folded, where imports are loaded: see docs/design/0023-imports-are-loads.md.
const current = $current;
const PENDING: typeof $PENDING = $PENDING;

const IDLE = 0;
const WOKEN = 1;
const POLLED = 2;
const AGAIN = 3;
const OVER = 4;

/** What is polled directly: a leaf, a handle, a pinned future. */
export interface Pollable<T> {
  poll(cx: Context): Poll<T>;
  drop?(cx: Context): void;
  unwindFirst?(): Future<void> | null;
}

/** One future of a combinator. */
export class Branch extends Stack {
  /** @internal Who polls it: the combinator, or the root once it was dropped. */
  owner: BranchOwner;
  /** Its place among the combinator's futures. */
  index: number;
  /** @internal Links the queue of `WokenQueue`. */
  nextWoken: Branch | null = null;
  yielded = false;
  #state = WOKEN;
  #leaf: Pollable<unknown> | null = null;
  #locals: Locals | null;

  /** @param verb what the combinator does, for the message when `future` is none: `join a future` */
  constructor(owner: BranchOwner, index: number, future: Future<unknown>, verb: string) {
    super();
    this.owner = owner;
    this.index = index;
    this.#locals = current.stack === null ? null : current.stack.locals;
    this.#take(future, verb);
  }

  /** @internal Takes another future instead of the one that ended. A late wake for that one asks for a poll too many, no more. */
  restart(index: number, future: Future<unknown>, verb: string): void {
    this.index = index;
    this.#state = WOKEN;
    this.#leaf = null;
    this.mark = 0;
    this.#take(future, verb);
  }

  #take(future: Future<unknown>, verb: string): void {
    if (future instanceof Frame) {
      future.claim();
      this.top = future;
    } else if (typeof (future as Partial<Pollable<unknown>> | null)?.poll === "function")
      this.#leaf = future as unknown as Pollable<unknown>;
    else this.top = claimed(future, verb);
  }

  override get locals(): Locals | null {
    return this.#locals;
  }

  /** @internal For `taskLocal`: sets the values that the branch sees. */
  override set locals(locals: Locals | null) {
    this.#locals = locals;
  }

  override get leaf(): object | null {
    return this.#leaf;
  }

  get isWoken(): boolean {
    return this.#state === WOKEN;
  }

  get isOver(): boolean {
    return this.#state === OVER;
  }

  wake(): void {
    if (this.#state === IDLE) this.#tellOwner();
    else if (this.#state === POLLED) this.#state = AGAIN;
  }

  #tellOwner(): void {
    this.#state = WOKEN;
    this.owner.branchWoken(this);
  }

  /** A poll answered PENDING. */
  #wait(): void {
    if (this.#state === AGAIN) this.#tellOwner();
    else this.#state = IDLE;
  }

  /** One poll. Answers the value once, or throws once. */
  poll(): Poll<unknown> {
    if (--current.budget < 0) {
      this.#tellOwner();
      return PENDING;
    }
    this.#state = POLLED;
    let value;
    try {
      value = this.#leaf === null ? this.resume() : this.#pollLeaf(this.#leaf);
    } catch (error) {
      this.#state = OVER;
      current.diagnostics.traceNative(error, this, 0);
      throw error;
    }
    if (value === PENDING) this.#wait();
    else this.#state = OVER;
    return value;
  }

  #pollLeaf(leaf: Pollable<unknown>): Poll<unknown> {
    const outer = current.stack;
    current.stack = this;
    try {
      return leaf.poll(this);
    } finally {
      current.stack = outer;
    }
  }

  /** Drops the branch without waiting: if its cleanup awaits, the root drives it on. */
  drop(): void {
    this.owner = current.root!;
    if (!this.startUnwinding()) current.root!.adopt(this);
  }

  /** Drops the branch. False if its cleanup awaits: the owner polls {@link pollCleanup} whenever it is woken. */
  startUnwinding(): boolean {
    if (this.isOver) return true;
    const wasPolled = this.#state !== WOKEN || this.top !== null;
    this.#state = POLLED;
    const leaf = this.#leaf;
    // A combinator as a branch: its own branches unwind first, and this one is over when they are.
    const branches = leaf?.unwindFirst?.();
    if (branches != null) {
      this.#leaf = null;
      this.top = claimed(branches, "unwind");
      return this.pollCleanup();
    }
    if (leaf !== null) {
      this.#dropLeaf(leaf);
      if (!wasPolled) closeFuture(leaf);
    } else if (this.top !== null && this.unwind() === PENDING) {
      this.#wait();
      return false;
    }
    this.#state = OVER;
    return true;
  }

  #dropLeaf(leaf: Pollable<unknown>): void {
    try {
      leaf.drop?.(this);
    } catch (error) {
      current.root!.cleanupFailed(error);
    }
  }

  /** One poll of a dropped branch. True when its cleanup is over. */
  pollCleanup(): boolean {
    this.#state = POLLED;
    if (this.resume() === PENDING) {
      this.#wait();
      return false;
    }
    this.#state = OVER;
    return true;
  }

  /** Ends a dropped branch at the place where its cleanup awaits. */
  end(): void {
    if (this.isOver) return;
    this.#state = OVER;
    this.unwindByForce();
  }
}

const idle = { poll: () => PENDING, [Symbol.iterator]: () => idle } as unknown as Future<never>;
keepShape(new Branch({ branchWoken() {} }, 0, idle, "keep"));
