/**
 * A first-in first-out queue over a power-of-two array: the executor's queue of woken tasks, and
 * channel buffers.
 *
 * `push` and `shift` run once for every poll of every task, so there is one masked index each and
 * no allocation between growths. Capacity doubles when full. A large ring halves after running empty
 * 16 times without growing, so the memory of one burst comes back, while a load that fills it every
 * turn does not pay for it every turn (bursts of 10,000: 17 ns an item when halved at once, 6 ns so).
 */

const SMALL = 16;
const LARGE = 1024;
const CALM = 16;

export class Ring<T> {
  #items: (T | undefined)[] = new Array(SMALL);
  #head = 0;
  #length = 0;
  /** How often a large ring has run empty since it last changed its size. */
  #calm = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#resize(this.#length << 1);
    this.#items[(this.#head + this.#length++) & (this.#items.length - 1)] = item;
  }

  /** The oldest item, which stays; `undefined` when there is none. */
  get first(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
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
    if (--this.#length === 0 && items.length > LARGE && ++this.#calm === CALM) {
      this.#resize(items.length >> 1);
    }
    return item;
  }

  /** Oldest first, without taking anything. For dumps: do not push or shift meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.#length; i++) yield this.#items[(this.#head + i) & (this.#items.length - 1)] as T;
  }

  #resize(capacity: number): void {
    const old = this.#items;
    const items: (T | undefined)[] = new Array(capacity);
    for (let i = 0; i < this.#length; i++) items[i] = old[(this.#head + i) & (old.length - 1)];
    this.#items = items;
    this.#head = this.#calm = 0;
  }
}
