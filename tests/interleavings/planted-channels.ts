/**
 * Channels and queues with a planted fault.
 */
import assert from "node:assert/strict";
import { async, joinAll, spawn, yieldNow } from "heddle";
import { type Leaf, PENDING, type Waker } from "heddle/lowlevel";
import { tracked } from "heddle/test";
import { leaf, type Planted, Primitive, Wakers } from "./planted.js";

/** One value, once. */
class Oneshot extends Primitive {
  readonly #forgetsOnClose: boolean;
  #value: string | undefined = undefined;
  #isClosed = false;
  #waker: Waker | null = null;

  constructor(forgetsOnClose: boolean) {
    super();
    this.#forgetsOnClose = forgetsOnClose;
  }

  /** False if the receiver has closed. */
  send(value: string): boolean {
    this.used();
    if (this.#isClosed) return false;
    this.#value = value;
    this.#waker?.wake();
    return true;
  }

  /** Nothing more can be sent. What was sent is still there. */
  close(): void {
    this.used();
    this.#isClosed = true;
    if (this.#forgetsOnClose) this.#value = undefined;
  }

  receive(): Leaf<string | undefined> {
    return leaf((cx) => {
      this.used();
      if (this.#value !== undefined || this.#isClosed) return this.#value;
      this.#waker = cx.waker;
      return PENDING;
    });
  }
}

/** At most `capacity` items. */
class BoundedQueue extends Primitive {
  readonly #capacity: number;
  readonly #dropsWhenFull: boolean;
  readonly #items: number[] = [];
  readonly #senders = new Wakers();
  readonly #receivers = new Wakers();

  constructor(capacity: number, dropsWhenFull: boolean) {
    super();
    this.#capacity = capacity;
    this.#dropsWhenFull = dropsWhenFull;
  }

  send(item: number): Leaf<void> {
    let hasWaited = false;
    return leaf((cx) => {
      this.used();
      if (this.#items.length >= this.#capacity) {
        // Woken, it takes for granted that there is room now.
        if (hasWaited && this.#dropsWhenFull) return undefined;
        hasWaited = true;
        this.#senders.add(cx.waker);
        return PENDING;
      }
      this.#items.push(item);
      this.#receivers.wakeOne();
      return undefined;
    });
  }

  receive(): Leaf<number> {
    return leaf((cx) => {
      this.used();
      const item = this.#items.shift();
      if (item === undefined) {
        this.#receivers.add(cx.waker);
        return PENDING;
      }
      this.#senders.wakeAll();
      return item;
    });
  }
}

/** Items for several consumers; whoever waits is told that there may be some. */
class Stock extends Primitive {
  readonly #items: string[] = [];
  readonly #wakers = new Wakers();

  put(item: string): void {
    this.used();
    this.#items.push(item);
    this.#wakers.wakeAll();
  }

  take(): string | undefined {
    this.used();
    return this.#items.shift();
  }

  get isEmpty(): boolean {
    this.used();
    return this.#items.length === 0;
  }

  /** Until the next `put`. */
  changed(): Leaf<void> {
    let isWaiting = false;
    return leaf((cx) => {
      this.used();
      if (isWaiting) return undefined;
      isWaiting = true;
      this.#wakers.add(cx.waker);
      return PENDING;
    });
  }
}

/** A value that many watch, until it is closed. */
class Watch extends Primitive {
  readonly #wakesOne: boolean;
  #isClosed = false;
  readonly #wakers = new Wakers();

  constructor(wakesOne: boolean) {
    super();
    this.#wakesOne = wakesOne;
  }

  close(): void {
    this.used();
    this.#isClosed = true;
    if (this.#wakesOne) this.#wakers.wakeOne();
    else this.#wakers.wakeAll();
  }

  closed(): Leaf<void> {
    return leaf((cx) => {
      this.used();
      if (this.#isClosed) return undefined;
      this.#wakers.add(cx.waker);
      return PENDING;
    });
  }
}

export const channels: Planted[] = [
  {
    fault: "a oneshot that loses a value that was sent when it is closed",
    code: "explore.failed",
    program: async(function* (wrong) {
      const oneshot = new Oneshot(wrong);
      const sender = spawn(
        (function* () {
          return oneshot.send("parcel");
        })(),
        { name: "sender" },
      );
      yield* yieldNow();
      oneshot.close();
      const received = yield* oneshot.receive();
      assert.equal(received, (yield* sender) ? "parcel" : undefined);
    }),
  },
  {
    fault: "a bounded queue that drops an item when it is full again",
    code: "explore.deadlock",
    program: async(function* (wrong) {
      const queue = new BoundedQueue(1, wrong);
      const send = async(function* (item: number) {
        yield* queue.send(item);
      });
      const senders = [1, 2, 3].map((item) => spawn(send(item), { name: `sender ${item}` }));
      const received = [yield* queue.receive(), yield* queue.receive(), yield* queue.receive()];
      assert.deepEqual(
        received.toSorted((a, b) => a - b),
        [1, 2, 3],
      );
      yield* joinAll(senders);
    }),
  },
  {
    fault: "a condition that is checked with `if` instead of `while`",
    code: "explore.failed",
    program: async(function* (wrong) {
      const stock = new Stock();
      const consume = async(function* () {
        if (wrong) {
          if (stock.isEmpty) yield* stock.changed();
        } else while (stock.isEmpty) yield* stock.changed();
        assert.notEqual(stock.take(), undefined);
      });
      const consumers = ["one", "two"].map((name) => spawn(consume(), { name }));
      yield* yieldNow();
      stock.put("apple");
      yield* yieldNow();
      stock.put("pear");
      yield* joinAll(consumers);
    }),
  },
  {
    fault: "a close that wakes one of those who wait for it",
    code: "explore.lost-wake",
    program: async(function* (wrong) {
      const watch = new Watch(wrong);
      const observe = async(function* () {
        yield* watch.closed();
      });
      const observers = ["one", "two"].map((name) => spawn(observe(), { name }));
      yield* yieldNow();
      watch.close();
      yield* joinAll(observers);
    }),
  },
  {
    fault: "a count that is read, and written after a wait",
    code: "explore.failed",
    program: async(function* (wrong) {
      const stats = tracked({ sent: 0 });
      const send = async(function* () {
        const before = stats.sent;
        yield* yieldNow();
        stats.sent = (wrong ? before : stats.sent) + 1;
      });
      yield* joinAll([spawn(send(), { name: "one" }), spawn(send(), { name: "two" })]);
      assert.equal(stats.sent, 2);
    }),
  },
];
