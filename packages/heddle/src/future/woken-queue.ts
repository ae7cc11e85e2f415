/**
 * The woken branches of one owner, linked through themselves.
 *
 *     first ──nextWoken──► … ──nextWoken──► last
 */
import { keepShape } from "../base/shapes.js";
import type { Branch } from "./branch.js";

/** The woken branches of one owner, in the order they were woken. */
export class WokenQueue {
  declare private first: Branch | null;
  /** The last one queued. Loops stop after it ({@link takeAfter}): a branch that wakes itself must not keep its owner from yielding. */
  declare last: Branch | null;

  // As `Stack` does.
  constructor() {
    this.first = this.last = null;
  }

  push(branch: Branch): void {
    branch.nextWoken = null;
    if (this.last === null) this.first = branch;
    else this.last.nextWoken = branch;
    this.last = branch;
  }

  take(): Branch | null {
    const branch = this.first;
    if (branch === null) return null;
    this.first = branch.nextWoken;
    if (this.first === null) this.last = null;
    branch.nextWoken = null;
    return branch;
  }

  /** Goes on behind `branch`, unless that was `last`: the next, for a loop that stops where it stood when it began. */
  takeAfter(branch: Branch, last: Branch | null): Branch | null {
    return branch === last ? null : this.take();
  }

  clear(): void {
    this.first = this.last = null;
  }
}

keepShape(new WokenQueue());
