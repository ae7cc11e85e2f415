/**
 * Holders: which tasks hold parts of something, for dumps and for those who look for leaks and deadlocks.
 *
 * Who comes in is given a slot and gives it back when it goes. The slots are used again, so that in the long run nothing is
 * allocated, and a lock refers to the tasks that hold it but never to their guards, nor to the calls that may have them: a guard that was
 * forgotten must be collected.
 */
import type { Need } from "../base/needs.js";
import type { Holder } from "../base/resource.js";
import type { ActiveRoot } from "../future/current.js";
import { Task } from "../task/task.js";

const ALONE = -1;
const STRANGER = -2;

/** The tasks that hold parts of one thing. */
export class Holders implements Iterable<Need> {
  /** Who came in when nobody else was there: all that a mutex needs, and most of what others do. */
  #alone: ActiveRoot | null = null;
  /** The mark of its calls that took the part. */
  #aloneBy = 0;
  #aloneSince = 0;
  readonly #roots: (ActiveRoot | null)[] = [];
  readonly #bys: number[] = [];
  /** When each came in: how many had come into a slot before. */
  readonly #since: number[] = [];
  readonly #vacant: number[] = [];
  #count = 0;
  /** How many came in from outside of tasks. */
  #strangers = 0;

  /**
   * @param by the mark of the calls of `root` that take the part
   * @returns the slot, for {@link leave}
   */
  enter(root: ActiveRoot | null, by: number): number {
    if (root === null) {
      this.#strangers++;
      return STRANGER;
    }
    if (this.#alone === null) {
      this.#alone = root;
      this.#aloneBy = by;
      this.#aloneSince = this.#count;
      return ALONE;
    }
    return this.#enterBeside(root, by);
  }

  #enterBeside(root: ActiveRoot, by: number): number {
    const slot = this.#vacant.pop() ?? this.#roots.length;
    this.#roots[slot] = root;
    this.#bys[slot] = by;
    this.#since[slot] = this.#count++;
    return slot;
  }

  leave(slot: number): void {
    if (slot === ALONE) this.#alone = null;
    else if (slot === STRANGER) this.#strangers--;
    else {
      this.#roots[slot] = null;
      this.#vacant.push(slot);
    }
  }

  /** Who came into a slot; null for who is no task. */
  at(slot: number): object | null {
    return slot === ALONE ? this.#alone : (this.#roots[slot] ?? null);
  }

  /** Whether nobody has a part, inside of tasks or outside. */
  get isEmpty(): boolean {
    return this.#alone === null && this.#strangers === 0 && this.#vacant.length === this.#roots.length;
  }

  /** What a wait for a part needs: that one of those gives his back. */
  *[Symbol.iterator](): Generator<Need, void, undefined> {
    if (this.#strangers > 0) yield needOf(null, 0);
    if (this.#alone !== null) yield needOf(this.#alone, this.#aloneBy);
    for (const [slot, root] of this.#roots.entries()) if (root !== null) yield needOf(root, this.#bys[slot]!);
  }

  /** The tasks, once each, those that came first before the others. */
  list(): Holder[] {
    const entries = [{ root: this.#alone, since: this.#aloneSince }];
    for (const [slot, root] of this.#roots.entries()) entries.push({ root, since: this.#since[slot]! });
    entries.sort((a, b) => a.since - b.since);
    const tasks = new Set<Holder>();
    for (const { root } of entries) if (root instanceof Task) tasks.add(root);
    return [...tasks];
  }
}

/** That a root goes on and gives back what it has. */
export function needOf(root: ActiveRoot | null, by: number): Need {
  return { task: root instanceof Task ? root : null, until: "release", by };
}
