/**
 * A first-in first-out queue over a power-of-two array: the executor's queue of woken tasks, and
 * channel buffers.
 *
 * `push` and `shift` run once for every poll of every task, so there is one masked index each and
 * no allocation between growths. Capacity doubles when full and halves each time a large ring runs
 * empty, so a burst of a million tasks is paid back within the next few turns.
 */

const SMALL = 16;
const LARGE = 1024;

export class Ring<T> {
  #items: (T | undefined)[] = new Array(SMALL);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length++) & (this.#items.length - 1)] = item;
  }

  /** Takes the oldest item, or `undefined` when there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const items = this.#items;
    const head = this.#head;
    const item = items[head];
    // Clear the slot. A finished task must not stay reachable until the ring comes round to it.
    items[head] = undefined;
    this.#head = (head + 1) & (items.length - 1);
    if (--this.#length === 0 && items.length > LARGE) {
      this.#items = new Array(items.length >> 1);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = new Array(SMALL);
    this.#head = this.#length = 0;
  }

  /** Oldest first, without taking anything. For dumps: do not push or shift meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.#length; i++) yield this.#items[(this.#head + i) & (this.#items.length - 1)] as T;
  }

  #grow(): void {
    const old = this.#items;
    const items: (T | undefined)[] = new Array(old.length << 1);
    for (let i = 0; i < old.length; i++) items[i] = old[(this.#head + i) & (old.length - 1)];
    this.#items = items;
    this.#head = 0;
  }
}
