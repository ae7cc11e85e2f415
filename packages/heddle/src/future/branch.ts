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
import { type ActiveRoot, current as $current, currentRoot, type BranchOwner, type Locals } from "./current.js";
import type { Context } from "./context.js";
import { unwindByForce } from "./force.js";
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
  declare owner: BranchOwner;
  /** Its place among the combinator's futures. */
  declare index: number;
  /** @internal Links the queue of `WokenQueue`. */
  declare nextWoken: Branch | null;
  declare yielded: boolean;
  // These three: only this file.
  /** @internal */
  declare state: number;
  /** @internal */
  declare polled: Pollable<unknown> | null;
  /** @internal */
  declare values: Locals | null;

  // As `Stack` does.
  /** @param verb what the combinator does, for the message when `future` is none: `join a future` */
  constructor(owner: BranchOwner, index: number, future: Future<unknown>, verb: string) {
    super();
    this.owner = owner;
    this.index = index;
    this.nextWoken = null;
    this.yielded = false;
    this.state = WOKEN;
    this.polled = null;
    this.values = current.stack === null ? null : current.stack.locals;
    take(this, future, verb);
  }

  /** @internal Takes another future instead of the one that ended. A late wake for that one asks for a poll too many, no more. */
  restart(index: number, future: Future<unknown>, verb: string): void {
    this.index = index;
    this.state = WOKEN;
    this.polled = null;
    this.mark = 0;
    take(this, future, verb);
  }

  override get locals(): Locals | null {
    return this.values;
  }

  /** @internal For `taskLocal`: sets the values that the branch sees. */
  override set locals(locals: Locals | null) {
    this.values = locals;
  }

  override get leaf(): object | null {
    return this.polled;
  }

  get isWoken(): boolean {
    return this.state === WOKEN;
  }

  get isOver(): boolean {
    return this.state === OVER;
  }

  wake(): void {
    if (this.state === IDLE) tellOwner(this);
    else if (this.state === POLLED) this.state = AGAIN;
  }

  /** One poll. Answers the value once, or throws once. */
  poll(): Poll<unknown> {
    if (--current.budget < 0) {
      tellOwner(this);
      return PENDING;
    }
    this.state = POLLED;
    const root = nameRoot();
    let value;
    try {
      value = this.polled === null ? this.resume() : pollLeaf(this, this.polled);
    } catch (error) {
      this.state = OVER;
      current.diagnostics.traceNative(error, this, 0);
      throw error;
    } finally {
      current.root = root;
    }
    if (value === PENDING) wait(this);
    else this.state = OVER;
    return value;
  }

  /** Drops the branch without waiting: if its cleanup awaits, the root drives it on. */
  drop(): void {
    const root = currentRoot()!;
    this.owner = root;
    if (!this.startUnwinding()) root.adopt(this);
  }

  /** Drops the branch. False if its cleanup awaits: the owner polls {@link pollCleanup} whenever it is woken. */
  startUnwinding(): boolean {
    if (this.isOver) return true;
    const root = nameRoot();
    try {
      return startUnwinding(this);
    } finally {
      current.root = root;
    }
  }

  /** One poll of a dropped branch. True when its cleanup is over. */
  pollCleanup(): boolean {
    this.state = POLLED;
    const root = nameRoot();
    try {
      if (this.resume() === PENDING) {
        wait(this);
        return false;
      }
    } finally {
      current.root = root;
    }
    this.state = OVER;
    return true;
  }

  /** Ends a dropped branch at the place where its cleanup awaits. */
  end(): void {
    if (this.isOver) return;
    this.state = OVER;
    unwindByForce(this);
  }
}

function take(branch: Branch, future: Future<unknown>, verb: string): void {
  if (future instanceof Frame) {
    future.claim();
    branch.top = future;
  } else if (typeof (future as Partial<Pollable<unknown>> | null)?.poll === "function")
    branch.polled = future as unknown as Pollable<unknown>;
  else branch.top = claimed(future, verb);
}

/** Names the root: a branch does not tell it, as a task does. Answers what to put back. */
function nameRoot(): ActiveRoot | null {
  const { root } = current;
  if (root === null) current.root = current.stack as unknown as ActiveRoot | null;
  return root;
}

function tellOwner(branch: Branch): void {
  branch.state = WOKEN;
  branch.owner.branchWoken(branch);
}

/** A poll answered PENDING. */
function wait(branch: Branch): void {
  if (branch.state === AGAIN) tellOwner(branch);
  else branch.state = IDLE;
}

function startUnwinding(branch: Branch): boolean {
  const wasPolled = branch.state !== WOKEN || branch.top !== null;
  branch.state = POLLED;
  const leaf = branch.polled;
  // A combinator as a branch: its own branches unwind first, and this one is over when they are.
  const branches = leaf?.unwindFirst?.();
  if (branches != null) {
    branch.polled = null;
    branch.top = claimed(branches, "unwind");
    return branch.pollCleanup();
  }
  if (leaf !== null) {
    dropLeaf(branch, leaf);
    if (!wasPolled) closeFuture(leaf);
  } else if (branch.top !== null && branch.unwind() === PENDING) {
    wait(branch);
    return false;
  }
  branch.state = OVER;
  return true;
}

function pollLeaf(branch: Branch, leaf: Pollable<unknown>): Poll<unknown> {
  const outer = current.stack;
  current.stack = branch;
  try {
    return leaf.poll(branch);
  } finally {
    current.stack = outer;
  }
}

function dropLeaf(branch: Branch, leaf: Pollable<unknown>): void {
  try {
    leaf.drop?.(branch);
  } catch (error) {
    currentRoot()!.cleanupFailed(error);
  }
}

const idle = { poll: () => PENDING, [Symbol.iterator]: () => idle } as unknown as Future<never>;
keepShape(new Branch({ branchWoken() {} }, 0, idle, "keep"));
