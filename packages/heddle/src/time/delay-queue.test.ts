import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Context, type Waker } from "../future/context.js";
import { PENDING } from "../future/poll.js";
import { async, coop, END, type Runtime, select, sleep, spawn, yieldNow } from "../index.js";
import { type Delayed, DelayQueue } from "./delay-queue.js";
import { Instant } from "./instant.js";
import { advance } from "./virtual.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

class Count implements Waker {
  wakes = 0;
  readonly cx = new Context(this);
  wake(): void {
    this.wakes++;
  }
}

/** A queue that is polled by hand, with a clock of its own. */
function byHand(play: (hand: Hand) => void): void {
  const runtime = pausedQuietly();
  runtime.enter(() => play(new Hand(runtime)));
}

class Hand {
  readonly queue = new DelayQueue<string>();
  readonly count = new Count();
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  move(milliseconds: number): void {
    this.#runtime.clock.advance(milliseconds);
    this.#runtime.timers.clockChanged();
  }

  poll(): string {
    const out = this.queue.pollExpired(this.count.cx);
    if (out === PENDING) return "pending";
    return out === END ? "end" : out.value;
  }

  /** All that is there. The last word says why there is no more. */
  drain(): string[] {
    const words = [];
    do words.push(this.poll());
    while (!["pending", "end"].includes(words.at(-1)!));
    return words;
  }

  get wakes(): number {
    return this.count.wakes;
  }

  get timers(): number {
    return this.#runtime.metrics().timers;
  }
}

// ---- order -----------------------------------------------------------------------------------

test("DelayQueue.next() gives the values by deadline, and those of one millisecond in the order they were put in", async () => {
  const main = async(function* () {
    const queue = new DelayQueue<string>();
    queue.insert("c", 30);
    queue.insert("a", 10);
    queue.insert("d", { seconds: 100 });
    queue.insert("b", 29.5);
    queue.insert("c, later", 30);
    queue.insertAt("a, too", Instant.now().add(10));
    const log: string[] = [];
    for (let out = yield* queue.next(); out !== END; out = yield* queue.next())
      log.push(`${out.value}: ${out.deadline.milliseconds} at ${Instant.now().milliseconds}`);
    return log;
  });
  assert.deepEqual(await pausedQuietly().run(main()), [
    "a: 10 at 10",
    "a, too: 10 at 10",
    "c: 30 at 30",
    "b: 30 at 30",
    "c, later: 30 at 30",
    "d: 100000 at 100000",
  ]);
});

test("DelayQueue.next() gives what was put in with its time over at once, before everything else", () => {
  byHand((hand) => {
    hand.move(100);
    hand.queue.insert("in 1", 1);
    hand.queue.insert("now", 0);
    hand.queue.insertAt("long ago", new Instant(20));
    hand.queue.insertAt("before the clock began", new Instant(-20));
    assert.deepEqual(hand.drain(), ["before the clock began", "long ago", "now", "pending"]);
    hand.move(1);
    hand.queue.insertAt("ago", new Instant(100));
    assert.deepEqual(hand.drain(), ["ago", "in 1", "end"]);
  });
});

test("DelayQueue.next() is never early: deadlines are rounded up to the millisecond", () => {
  byHand((hand) => {
    hand.move(0.25);
    const key = hand.queue.insert("a", 1);
    assert.equal(hand.queue.deadline(key).milliseconds, 2);
    hand.move(1);
    assert.equal(hand.poll(), "pending", "at 1.25");
    hand.move(0.5);
    assert.equal(hand.poll(), "pending", "at 1.75");
    hand.move(0.25);
    assert.equal(hand.poll(), "a");
  });
});

test("DelayQueue.next() ends when the queue is empty, and goes on when it is not any more", async () => {
  const main = async(function* () {
    const queue = new DelayQueue<number>();
    const log: unknown[] = [];
    log.push(yield* queue.next());
    queue.insert(1, 5);
    log.push(((yield* queue.next()) as Delayed<number>).value, yield* queue.next(), yield* queue.next());
    queue.insert(2, 5);
    log.push(((yield* queue.next()) as Delayed<number>).value);
    return { log, size: queue.size };
  });
  assert.deepEqual(await pausedQuietly().run(main()), { log: [END, 1, END, END, 2], size: 0 });
});

test("DelayQueue.insert() waits for 30 years at most", () => {
  byHand((hand) => {
    const key = hand.queue.insert("late", Infinity);
    assert.equal(hand.queue.deadline(key).milliseconds, 946_728_000_000);
    assert.equal(hand.poll(), "pending");
    hand.move(946_728_000_000);
    assert.equal(hand.poll(), "late");
  });
});

// ---- who waits -------------------------------------------------------------------------------

test("DelayQueue.insert() with an earlier deadline wakes who waits, a later one does not", () => {
  byHand((hand) => {
    hand.queue.insert("second", 200);
    assert.equal(hand.poll(), "pending");
    hand.queue.insert("third", 300);
    assert.equal(hand.wakes, 0);
    hand.queue.insert("first", 100);
    assert.equal(hand.wakes, 1);
    assert.equal(hand.poll(), "pending");
    assert.equal(hand.timers, 1, "one timer, for the first");
    hand.move(99);
    assert.equal(hand.wakes, 1);
    hand.move(1);
    assert.deepEqual([hand.wakes, hand.poll(), hand.poll()], [2, "first", "pending"]);
    hand.move(100);
    assert.deepEqual([hand.wakes, hand.drain()], [3, ["second", "pending"]]);
  });
});

test("DelayQueue.insert() with its time over wakes who waits", () => {
  byHand((hand) => {
    hand.queue.insert("late", 200);
    assert.equal(hand.poll(), "pending");
    hand.queue.insert("now", 0);
    assert.deepEqual([hand.wakes, hand.drain()], [1, ["now", "pending"]]);
  });
});

test("DelayQueue.reset() to an earlier deadline wakes who waits, and its entry comes first", () => {
  byHand((hand) => {
    hand.queue.insert("one", 100);
    const key = hand.queue.insert("two", 200);
    assert.equal(hand.poll(), "pending");
    hand.queue.reset(key, 50);
    assert.equal(hand.wakes, 1);
    assert.equal(hand.poll(), "pending");
    hand.move(50);
    assert.deepEqual([hand.wakes, hand.drain()], [2, ["two", "pending"]]);
    hand.move(50);
    assert.deepEqual(hand.drain(), ["one", "end"]);
  });
});

test("DelayQueue.reset() of the first entry to a later deadline lets who waits sleep on, until what is first now", () => {
  byHand((hand) => {
    const key = hand.queue.insert("one", 100);
    hand.queue.insert("two", 200);
    assert.equal(hand.poll(), "pending");
    hand.queue.reset(key, 300);
    hand.move(199);
    assert.deepEqual([hand.wakes, hand.timers], [0, 1]);
    hand.move(1);
    assert.deepEqual([hand.wakes, hand.drain()], [1, ["two", "pending"]]);
    hand.move(100);
    assert.deepEqual([hand.wakes, hand.drain()], [2, ["one", "end"]]);
  });
});

test("DelayQueue.reset() again and again keeps an entry in, also one whose time was over", () => {
  byHand((hand) => {
    const key = hand.queue.insert("kept alive", 10);
    const over = hand.queue.insertAt("over", new Instant(0));
    hand.queue.reset(over, 5);
    assert.equal(hand.poll(), "pending");
    for (let i = 0; i < 20; i++) {
      hand.move(4);
      hand.queue.reset(over, 5);
      hand.queue.resetAt(key, Instant.now().add(10));
      assert.equal(hand.poll(), "pending");
    }
    assert.equal(hand.wakes, 0);
    hand.move(10);
    assert.deepEqual(hand.drain(), ["over", "kept alive", "end"]);
  });
});

test("DelayQueue.reset() to a time that is over brings the entry out at once", () => {
  byHand((hand) => {
    hand.move(50);
    const key = hand.queue.insert("a", 100);
    assert.equal(hand.poll(), "pending");
    hand.queue.resetAt(key, new Instant(10));
    assert.deepEqual([hand.wakes, hand.drain()], [1, ["a", "end"]]);
  });
});

test("DelayQueue.remove() takes an entry out, and who waits sleeps on for the next", () => {
  byHand((hand) => {
    const first = hand.queue.insert("first", 10);
    hand.queue.insert("second", 20);
    assert.equal(hand.poll(), "pending");
    const out = hand.queue.remove(first);
    assert.deepEqual([out.value, out.key === first, hand.queue.size], ["first", true, 1]);
    hand.move(10);
    assert.equal(hand.wakes, 0);
    hand.move(10);
    assert.deepEqual([hand.wakes, hand.drain()], [1, ["second", "end"]]);
  });
});

test("DelayQueue.remove() and clear() wake who waits when nothing is left to wait for", () => {
  byHand((hand) => {
    const key = hand.queue.insert("only", 10);
    assert.equal(hand.poll(), "pending");
    hand.queue.remove(key);
    assert.deepEqual([hand.wakes, hand.poll(), hand.timers], [1, "end", 0]);
    const keys = [1, 2, 3].map((n) => hand.queue.insert(`${n}`, n));
    assert.equal(hand.poll(), "pending");
    hand.queue.clear();
    assert.deepEqual([hand.wakes, hand.poll(), hand.queue.size, hand.timers], [2, "end", 0, 0]);
    assert.equal(hand.queue.tryRemove(keys[1]!), undefined);
    hand.queue.clear();
    assert.equal(hand.wakes, 2);
  });
});

test("DelayQueue.remove() takes out what has expired and was not taken yet", () => {
  byHand((hand) => {
    const key = hand.queue.insert("gone", 10);
    hand.queue.insert("there", 10);
    hand.move(20);
    assert.equal(hand.queue.remove(key).value, "gone");
    assert.deepEqual(hand.drain(), ["there", "end"]);
  });
});

test("DelayQueue.pollExpired() wakes the last waker it was given, and that one only", () => {
  byHand((hand) => {
    const other = new Count();
    hand.queue.insert("a", 10);
    hand.queue.pollExpired(other.cx);
    assert.equal(hand.poll(), "pending");
    hand.move(10);
    assert.deepEqual([other.wakes, hand.wakes], [0, 1]);
  });
});

test("DelayQueue.next() is cancel safe: a wait that is dropped loses nothing and leaves no timer", async () => {
  const runtime = pausedQuietly();
  const main = async(function* () {
    const queue = new DelayQueue<string>();
    queue.insert("a", 25);
    const waiting = spawn(queue.next());
    yield* yieldNow();
    waiting.abort();
    yield* waiting.settled();
    const log: string[] = [`timers: ${runtime.metrics().timers}`];
    for (;;) {
      const won = yield* select({ out: queue.next(), other: sleep(10) }, { biased: true });
      log.push(won.key === "other" ? "other" : won.value === END ? "end" : won.value.value);
      if (won.key === "out") return [...log, `timers: ${runtime.metrics().timers}`];
    }
  });
  assert.deepEqual(await runtime.run(main()), ["timers: 0", "other", "other", "a", "timers: 0"]);
});

test("DelayQueue.next() by two tasks at once is refused to the second", async () => {
  const main = async(function* () {
    const queue = new DelayQueue<string>();
    queue.insert("a", 5);
    const first = spawn(queue.next());
    const second = yield* spawn(queue.next()).settled();
    return { second, first: ((yield* first) as Delayed<string>).value };
  });
  const { first, second } = await pausedQuietly().run(main());
  assert.equal(first, "a");
  assert.equal(second.status, "rejected");
  assert.equal((second as PromiseRejectedResult).reason.name, "BusyError");
});

test("DelayQueue.next() in one task is fed by another, while it waits", async () => {
  const main = async(function* () {
    const queue = new DelayQueue<string>();
    queue.insert("d", 1000);
    const log: string[] = [];
    const reader = spawn(
      async(function* () {
        for (let out = yield* queue.next(); out !== END; out = yield* queue.next())
          log.push(`${out.value} at ${Instant.now().milliseconds}`);
      })(),
    );
    yield* sleep(10);
    queue.insert("b", 20);
    yield* sleep(1);
    queue.insert("a", 5);
    const key = queue.insert("c", 500);
    yield* sleep(100);
    queue.reset(key, 7);
    yield* reader;
    return log;
  });
  assert.deepEqual(await pausedQuietly().run(main()), ["a at 16", "b at 30", "c at 118", "d at 1000"]);
});

test("DelayQueue.next() that always has something spends the budget, so that others run", async () => {
  const log: number[] = [];
  const main = async(function* () {
    const queue = new DelayQueue<number>();
    for (let i = 0; i < 1000; i++) queue.insert(i, 0);
    spawn(
      async(function* () {
        log.push(queue.size);
      })(),
    );
    while ((yield* queue.next()) !== END);
  });
  await pausedQuietly().run(main());
  assert.equal(log.length, 1);
  assert.ok(log[0]! >= 1000 - coop.budget, `${log[0]}`);
});

// ---- keys ------------------------------------------------------------------------------------

test("DelayQueue.peek() and deadline() look without taking", () => {
  byHand((hand) => {
    const { queue } = hand;
    assert.equal(queue.peek(), undefined);
    const late = queue.insert("late", 10);
    assert.equal(queue.peek(), late);
    const soon = queue.insert("soon", 5);
    assert.equal(queue.peek(), soon);
    assert.deepEqual(
      [late, soon].map((key) => queue.deadline(key).milliseconds),
      [10, 5],
    );
    hand.move(5);
    assert.deepEqual([queue.peek()!.value, queue.size], ["soon", 2], "its time over or not");
    queue.reset(soon, 6);
    assert.deepEqual([queue.peek()!.value, queue.deadline(soon).milliseconds], ["late", 11]);
    assert.deepEqual(hand.drain(), ["pending"]);
  });
});

test("DelayQueue refuses keys that are not in it, and says why; tryRemove() does not mind", () => {
  byHand((hand) => {
    const { queue } = hand;
    const other = new DelayQueue<string>();
    const foreign = other.insert("foreign", 5);
    const out = queue.insert("out", 0);
    assert.deepEqual(hand.drain(), ["out", "end"]);
    queue.insert("there", 5);
    const help = "\nhelp: where it may have come out, use tryRemove(key)";
    for (const key of [out, foreign]) {
      for (const [verb, call] of [
        ["remove an entry", () => queue.remove(key)],
        ["reset an entry", () => queue.reset(key, 1)],
        ["reset an entry", () => queue.resetAt(key, Instant.now())],
        ["find the deadline", () => queue.deadline(key)],
      ] as const)
        assert.throws(call, {
          name: "RangeError",
          message: `Cannot ${verb} of a delay queue as 'key' must be in the queue: it has come out, was removed, or is another queue's${help}`,
        });
      assert.equal(queue.tryRemove(key), undefined);
    }
    assert.throws(() => queue.remove("there" as never), /must be in the queue: it is no key/);
    assert.deepEqual([queue.size, other.size], [1, 1]);
    assert.equal(other.tryRemove(foreign), foreign);
  });
});

test("DelayQueue outside of any runtime can be made, and filled by instants; the rest says what is missing", () => {
  const queue = new DelayQueue<string>();
  queue.insertAt("a", new Instant(5));
  assert.throws(() => queue.insert("b", 5), { name: "NoRuntimeError" });
  assert.throws(() => queue.pollExpired(new Count().cx), { name: "NoRuntimeError" });
  assert.throws(() => queue.insert("c", -5), RangeError);
  assert.equal(queue.size, 1);
});

// ---- law -------------------------------------------------------------------------------------

type Command =
  | { do: "insert"; delay: number }
  | { do: "insert at"; when: number }
  | { do: "reset"; which: number; delay: number }
  | { do: "remove"; which: number }
  | { do: "advance"; by: number }
  | { do: "next" }
  | { do: "clear" };

// Quarters are exact in binary, so the model adds up to the very same numbers.
const quarters = (max: number) => fc.integer({ min: 0, max: 4 * max }).map((n) => n / 4);
const delay = fc.oneof({ weight: 3, arbitrary: quarters(8) }, quarters(200), quarters(10_000));
const which = fc.nat({ max: 30 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("insert" as const), delay }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("insert at" as const), when: quarters(300) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("reset" as const), which, delay }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("advance" as const), by: delay }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("next" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
);

test("DelayQueue gives what a sorted list does, and wakes who waits whenever there is something to hear", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 100 }), (commands) =>
      byHand((hand) => {
        const { queue } = hand;
        let model: { key: Delayed<string>; when: number; place: number }[] = [];
        let now = 0;
        let places = 0;
        let isWaiting = false;
        for (const step of commands) {
          const target = "which" in step ? model[step.which % model.length] : undefined;
          if (step.do === "insert" || step.do === "insert at") {
            const value = `${places}`;
            const at = step.do === "insert" ? now + step.delay : step.when;
            const key = step.do === "insert" ? queue.insert(value, step.delay) : queue.insertAt(value, new Instant(at));
            model.push({ key, when: Math.ceil(at), place: places++ });
          } else if (step.do === "advance") {
            now += step.by;
            hand.move(step.by);
          } else if (step.do === "clear") {
            model = [];
            queue.clear();
          } else if (step.do === "next") {
            const first = model[0];
            const expected = first === undefined ? "end" : first.when <= now ? first.key.value : "pending";
            const { wakes } = hand;
            assert.equal(hand.poll(), expected);
            assert.equal(hand.wakes, wakes, "a poll wakes nobody");
            if (expected === first?.key.value) model.shift();
            isWaiting = expected === "pending";
            hand.count.wakes = 0;
          } else if (target !== undefined) {
            model = model.filter((entry) => entry !== target);
            if (step.do === "remove") assert.equal(queue.remove(target.key), target.key);
            else {
              queue.reset(target.key, step.delay);
              model.push({ key: target.key, when: Math.ceil(now + step.delay), place: places++ });
            }
          }
          model.sort((a, b) => a.when - b.when || a.place - b.place);
          assert.equal(queue.size, model.length);
          assert.equal(queue.peek(), model[0]?.key);
          if (isWaiting && (model.length === 0 || model[0]!.when <= now)) assert.equal(hand.wakes > 0, true, "woken");
          assert.ok(hand.timers <= 1);
        }
        hand.queue.clear();
        hand.poll();
        assert.equal(hand.timers, 0);
      }),
    ),
    { numRuns: 200 },
  );
});

test("DelayQueue holds 20,000 entries, taken in order after one jump", async () => {
  const COUNT = 20_000;
  const main = async(function* () {
    const queue = new DelayQueue<number>();
    for (let i = 0; i < COUNT; i++) queue.insert((i * 7919) % COUNT, (i * 7919) % COUNT);
    yield* advance(COUNT);
    for (let i = 0; i < COUNT; i++) {
      const out = yield* queue.next();
      if (out === END || out.value !== i) return `wrong at ${i}`;
    }
    return yield* queue.next();
  });
  assert.equal(await pausedQuietly().run(main()), END);
});
