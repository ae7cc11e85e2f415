/**
 * Holders: which tasks hold parts of something, for dumps and for those who look for leaks.
 *
 * Who comes in is given a slot and gives it back when it goes. The slots are used again, so that in the long run nothing is
 * allocated, and a lock refers to the tasks that hold it but never to their guards: a guard that was forgotten must be collected.
 */
import type { Holder } from "../base/resource.js";
import type { ActiveRoot } from "../future/current.js";
import { Task } from "../task/task.js";

const ALONE = -1;
const NOBODY = -2;

/** The tasks that hold parts of one thing. */
export class Holders {
  /** Who came in when nobody else was there: all that a mutex needs, and most of what others do. */
  #alone: ActiveRoot | null = null;
  #aloneSince = 0;
  readonly #roots: (ActiveRoot | null)[] = [];
  /** When each came in: how many had come into a slot before. */
  readonly #since: number[] = [];
  readonly #vacant: number[] = [];
  #count = 0;

  /** @returns the slot, for {@link leave} */
  enter(root: ActiveRoot | null): number {
    if (root === null) return NOBODY;
    if (this.#alone === null) {
      this.#alone = root;
      this.#aloneSince = this.#count;
      return ALONE;
    }
    return this.#enterBeside(root);
  }

  #enterBeside(root: ActiveRoot): number {
    const slot = this.#vacant.pop() ?? this.#roots.length;
    this.#roots[slot] = root;
    this.#since[slot] = this.#count++;
    return slot;
  }

  leave(slot: number): void {
    if (slot === ALONE) this.#alone = null;
    else if (slot !== NOBODY) {
      this.#roots[slot] = null;
      this.#vacant.push(slot);
    }
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
