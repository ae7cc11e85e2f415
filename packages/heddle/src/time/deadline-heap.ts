/**
 * DeadlineHeap: entries by deadline, the earliest first, and those of one deadline in the order they came.
 *
 * A binary heap in which each entry knows its place, so that any of them can be moved or taken out in O(log n).
 *
 *     index    0: earliest
 *             1   2           no entry is before its parent, (i - 1) >> 1
 *            3 4 5 6
 *
 * The wheel of the runtime is not used: it costs 385 slots, and cannot say which entry is next.
 */

/** @internal The heap alone writes `order` and `index`, and `when` while the entry is in it. */
export interface HeapEntry {
  /** The deadline. */
  when: number;
  order: number;
  /** Its place, if it is in the heap: see {@link DeadlineHeap.has}. */
  index: number;
}

export class DeadlineHeap<E extends HeapEntry> {
  readonly #entries: E[] = [];
  #orders = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** The entry that is next. */
  get first(): E | undefined {
    return this.#entries[0];
  }

  /** Whether the entry is in this heap. */
  has(entry: E): boolean {
    return this.#entries[entry.index] === entry;
  }

  insert(entry: E): void {
    entry.order = this.#orders++;
    this.#settle(entry, this.#entries.length);
  }

  /** Takes out an entry that is in the heap. */
  remove(entry: E): void {
    const last = this.#entries.pop()!;
    if (last !== entry) this.#settle(last, entry.index);
  }

  /** Moves an entry that is in the heap, behind those that have that deadline already. */
  move(entry: E, when: number): void {
    entry.when = when;
    entry.order = this.#orders++;
    this.#settle(entry, entry.index);
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** Finds the place of an entry, going up or down from a place that is free. */
  #settle(entry: E, free: number): void {
    const entries = this.#entries;
    while (free > 0) {
      const parent = (free - 1) >> 1;
      if (!isBefore(entry, entries[parent]!)) break;
      this.#put(entries[parent]!, free);
      free = parent;
    }
    for (;;) {
      let child = 2 * free + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBefore(entries[child + 1]!, entries[child]!)) child++;
      if (!isBefore(entries[child]!, entry)) break;
      this.#put(entries[child]!, free);
      free = child;
    }
    this.#put(entry, free);
  }

  #put(entry: E, index: number): void {
    this.#entries[index] = entry;
    entry.index = index;
  }
}

function isBefore(a: HeapEntry, b: HeapEntry): boolean {
  return a.when < b.when || (a.when === b.when && a.order < b.order);
}
