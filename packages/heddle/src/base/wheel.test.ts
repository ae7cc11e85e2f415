import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BugError } from "./errors.js";
import { Wheel, type TimerEntry } from "./wheel.js";

class Entry implements TimerEntry {
  after: TimerEntry | null = null;
  before: TimerEntry | null = null;
  constructor(
    public when: number,
    readonly onFire: (entry: Entry) => void = () => {},
  ) {}
  fire(): void {
    this.onFire(this);
  }
}

/** A wheel, and what it fired as `[now, when]`. */
function recorded(now = 0) {
  const wheel = new Wheel(now);
  const fired: [number, number][] = [];
  const insert = (when: number) => {
    const entry = new Entry(when, () => fired.push([wheel.now, when]));
    wheel.insert(entry);
    return entry;
  };
  return { wheel, fired, insert };
}

// ---- laws ------------------------------------------------------------------------------------

type Reaction =
  | { do: "nothing" }
  | { do: "remove"; victim: number }
  | { do: "insert"; after: number }
  | { do: "again" }
  | { do: "advance"; by: number };

type Command =
  | { do: "insert"; after: number; reaction: Reaction }
  | { do: "remove"; victim: number }
  | { do: "advance"; by: number }
  | { do: "advance to expiry" }
  | { do: "advance to deadline" };

/** Spans of every size the levels tell apart, and one off their borders. */
const span = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 200 }) },
  fc
    .tuple(fc.integer({ min: 0, max: 42 }), fc.integer({ min: -2, max: 2 }))
    .map(([bits, off]) => Math.max(1, 2 ** bits + off)),
  fc.integer({ min: 1, max: 2 ** 32 }),
  fc.integer({ min: 1, max: 2 ** 40 }),
);

/** Starts on and around the borders of the levels, and where ticks no longer fit 31, 32 and 36 bits. */
const start = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 2 ** 44 }),
  fc
    .tuple(
      fc.constantFrom(6, 12, 18, 24, 30, 31, 32, 36, 37, 42),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: -70, max: 2 }),
    )
    .map(([bits, times, off]) => Math.max(0, times * 2 ** bits + off)),
);

const reaction: fc.Arbitrary<Reaction> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("nothing" as const) }) },
  fc.record({ do: fc.constant("remove" as const), victim: fc.nat(1000) }),
  fc.record({ do: fc.constant("insert" as const), after: span }),
  fc.record({ do: fc.constant("again" as const) }),
  fc.record({ do: fc.constant("advance" as const), by: fc.integer({ min: 0, max: 100 }) }),
);

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("insert" as const), after: span, reaction }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), victim: fc.nat(1000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance" as const), by: span }) },
  fc.record({ do: fc.constant("advance" as const), by: fc.constant(0) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance to expiry" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("advance to deadline" as const) }) },
);

/** What both the wheel and the model can do, with entries known by number. */
interface Subject {
  now: number;
  insert(id: number, when: number): void;
  remove(id: number): boolean;
  advance(to: number): number;
}

/** The model: an array kept in the order of deadlines, then of insertion. */
class Model implements Subject {
  queue: { id: number; when: number }[] = [];
  constructor(
    public now: number,
    readonly onFire: (id: number) => void,
  ) {}
  insert(id: number, when: number): void {
    const at = this.queue.findIndex((other) => other.when > when);
    this.queue.splice(at < 0 ? this.queue.length : at, 0, { id, when });
  }
  remove(id: number): boolean {
    const at = this.queue.findIndex((other) => other.id === id);
    if (at >= 0) this.queue.splice(at, 1);
    return at >= 0;
  }
  advance(to: number): number {
    this.now = to;
    let fired = 0;
    for (; this.queue.length > 0 && this.queue[0].when <= this.now; fired++) {
      this.onFire(this.queue.shift()!.id);
    }
    return fired;
  }
  get deadline(): number {
    return this.queue[0]?.when ?? Infinity;
  }
}

class WheelSubject implements Subject {
  readonly wheel: Wheel;
  readonly entries = new Map<number, Entry>();
  constructor(
    now: number,
    readonly onFire: (id: number) => void,
  ) {
    this.wheel = new Wheel(now);
  }
  get now(): number {
    return this.wheel.now;
  }
  insert(id: number, when: number): void {
    let entry = this.entries.get(id);
    if (!entry) this.entries.set(id, (entry = new Entry(when, () => this.onFire(id))));
    entry.when = when;
    this.wheel.insert(entry);
  }
  remove(id: number): boolean {
    const entry = this.entries.get(id);
    return entry !== undefined && this.wheel.remove(entry);
  }
  advance(to: number): number {
    return this.wheel.advance(to);
  }
}

/** Runs reactions and writes down what happened, the same way for both. */
function play<S extends Subject>(make: (onFire: (id: number) => void) => S) {
  const log: unknown[] = [];
  const reactions: Reaction[] = [];
  let depth = 0;
  const subject: S = make((id) => {
    log.push(["fire", id, subject.now]);
    const reaction = reactions[id];
    if (reaction.do === "remove") {
      log.push(["remove", subject.remove(reaction.victim % reactions.length)]);
    } else if (reaction.do === "insert") {
      add(reaction.after, { do: "nothing" });
    } else if (reaction.do === "again") {
      reactions[id] = { do: "nothing" };
      subject.insert(id, subject.now + 1);
    } else if (reaction.do === "advance" && depth < 3) {
      depth++;
      log.push(["nested", subject.advance(subject.now + reaction.by)]);
      depth--;
    }
  });
  const add = (after: number, reaction: Reaction) => {
    reactions.push(reaction);
    subject.insert(reactions.length - 1, subject.now + after);
  };
  const remove = (victim: number) => {
    if (reactions.length) log.push(["remove", subject.remove(victim % reactions.length)]);
  };
  const advance = (to: number) => log.push(["advance", subject.advance(to), subject.now]);
  return { subject, log, add, remove, advance };
}

test("Wheel does what a sorted array does, over all horizons, jumps and re-entrant calls", () => {
  fc.assert(
    fc.property(start, fc.array(command, { maxLength: 60, size: "max" }), (now, commands) => {
      const model = play((onFire) => new Model(now, onFire));
      const real = play((onFire) => new WheelSubject(now, onFire));
      const { wheel } = real.subject;
      for (const command of commands) {
        const deadline = model.subject.deadline;
        for (const side of [model, real]) {
          if (command.do === "insert") side.add(command.after, command.reaction);
          else if (command.do === "remove") side.remove(command.victim);
          else if (command.do === "advance") side.advance(side.subject.now + command.by);
          else if (command.do === "advance to deadline") {
            if (deadline < Infinity) side.advance(deadline);
          }
        }
        if (command.do === "advance to expiry" && wheel.size > 0) {
          const expiry = wheel.nextExpiry();
          model.advance(expiry);
          real.advance(expiry);
        }

        assert.deepEqual(real.log, model.log);
        assert.equal(wheel.size, model.subject.queue.length);
        assert.equal(wheel.nextDeadline(), model.subject.deadline);
        const expiry = wheel.nextExpiry();
        assert.ok(expiry <= model.subject.deadline, "nextExpiry() is a lower bound");
        assert.ok(expiry > wheel.now, "nextExpiry() makes progress");
        const block = Math.floor(wheel.now / 64);
        if (Math.floor(model.subject.deadline / 64) === block) {
          assert.equal(expiry, model.subject.deadline, "nextExpiry() is exact on level 0");
        }
      }
    }),
    { numRuns: 250 },
  );
});

test("Wheel fires everything once, at its tick, when only nextExpiry() is followed", () => {
  fc.assert(
    fc.property(start, fc.array(span, { minLength: 1, maxLength: 30 }), (now, spans) => {
      const { wheel, fired, insert } = recorded(now);
      for (const after of spans) insert(now + after);
      let steps = 0;
      while (wheel.size > 0) {
        wheel.advance(wheel.nextExpiry());
        // 6 levels a timer, and one step each 2^36 ms for those beyond.
        assert.ok(++steps <= spans.length * 7 + 2 ** 43 / 2 ** 36);
      }
      const whens = spans.map((after) => now + after).sort((a, b) => a - b);
      assert.deepEqual(
        fired,
        whens.map((when) => [when, when]),
      );
    }),
  );
});

// ---- one behaviour each --------------------------------------------------------------------------

test("Wheel.insert() refuses what is due already, queued already or no tick", () => {
  const { wheel, insert } = recorded(100);
  for (const when of [100, 99, 0, -1, 100.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => insert(when), BugError, `when ${when}`);
  }
  const entry = insert(101);
  assert.throws(() => wheel.insert(entry), BugError);
  assert.equal(wheel.size, 1);
  assert.equal(wheel.advance(101), 1);
});

test("Wheel.insert() accepts an entry again after it fired or was removed", () => {
  const { wheel, fired, insert } = recorded();
  const entry = insert(5);
  assert.equal(wheel.remove(entry), true);
  assert.equal(entry.after, null);
  wheel.insert(entry);
  wheel.advance(5);
  assert.equal(entry.after, null);
  entry.when = 9;
  wheel.insert(entry);
  wheel.advance(9);
  assert.deepEqual(fired, [
    [5, 5],
    [9, 5],
  ]);
});

test("Wheel.remove() says whether the entry was queued and keeps size right", () => {
  const { wheel, insert } = recorded();
  const [a, b] = [insert(10), insert(10)];
  assert.deepEqual([wheel.remove(a), wheel.remove(a), wheel.size], [true, false, 1]);
  wheel.advance(10);
  assert.deepEqual([wheel.remove(b), wheel.size], [false, 0]);
  assert.equal(wheel.remove(new Entry(1)), false);
});

test("Wheel.remove() of the last entry of a slot leaves nothing to wait for", () => {
  const { wheel, insert } = recorded();
  for (const when of [5, 500, 50_000, 2 ** 29, 2 ** 35, 2 ** 40]) {
    wheel.remove(insert(when));
    assert.equal(wheel.nextExpiry(), Infinity);
    assert.equal(wheel.nextDeadline(), Infinity);
  }
});

test("Wheel.nextExpiry() and nextDeadline() are Infinity when empty", () => {
  const wheel = new Wheel();
  assert.equal(wheel.nextExpiry(), Infinity);
  assert.equal(wheel.nextDeadline(), Infinity);
  assert.equal(wheel.advance(1e12), 0);
  assert.equal(wheel.now, 1e12);
});

test("Wheel.nextDeadline() is exact on every level while nextExpiry() is the start of the slot", () => {
  const cases: [when: number, expiry: number][] = [
    [63, 63],
    [100, 64],
    [5000, 4096],
    [1_000_000, 786_432],
    [2 ** 31 + 7, 2 ** 31],
    [2 ** 36 - 1, 2 ** 36 - 2 ** 30],
    [2 ** 36 + 5, 2 ** 36],
    [2 ** 39 + 5, 2 ** 36],
  ];
  for (const [when, expiry] of cases) {
    const { wheel, insert } = recorded();
    insert(when);
    insert(when + 1);
    assert.deepEqual([wheel.nextDeadline(), wheel.nextExpiry()], [when, expiry]);
  }
});

test("Wheel.advance() fires one tick's entries in the order they came, over all levels they came by", () => {
  for (const when of [70, 5000, 2 ** 31 + 3, 2 ** 36 + 3, 2 ** 37 + 3]) {
    const wheel = new Wheel();
    const order: number[] = [];
    let inserted = 0;
    // Insert from farther and farther up to the tick before, so each entry enters on its own level.
    const nows = [0, 2 ** 36 - 1, 2 ** 36, when - 70, when - 2, when - 1];
    for (const now of nows.filter((now) => now < when && now >= 0).sort((a, b) => a - b)) {
      wheel.advance(now);
      const serial = inserted++;
      wheel.insert(new Entry(when, () => order.push(serial)));
    }
    wheel.advance(when - 1);
    assert.deepEqual(order, []);
    assert.equal(wheel.advance(when + 1000), inserted);
    assert.deepEqual(
      order,
      Array.from({ length: inserted }, (_, i) => i),
    );
  }
});

test("Wheel.advance() shows every fire() the new now", () => {
  const { wheel, fired, insert } = recorded();
  insert(3);
  insert(200);
  assert.equal(wheel.advance(1000), 2);
  assert.deepEqual(fired, [
    [1000, 3],
    [1000, 200],
  ]);
});

test("Wheel.advance() does not fire what an earlier fire() of the same call removed", () => {
  const wheel = new Wheel();
  const order: string[] = [];
  const second = new Entry(5, () => order.push("second"));
  const later = new Entry(90, () => order.push("later"));
  wheel.insert(
    new Entry(5, () => {
      order.push("first");
      assert.equal(wheel.remove(second), true);
      assert.equal(wheel.remove(later), true);
    }),
  );
  wheel.insert(second);
  wheel.insert(later);
  wheel.insert(new Entry(5, () => order.push("third")));
  assert.equal(wheel.advance(100), 2);
  assert.deepEqual(order, ["first", "third"]);
  assert.equal(wheel.size, 0);
});

test("Wheel.advance() leaves what fire() inserts for a later call", () => {
  const wheel = new Wheel();
  let rounds = 0;
  const again = new Entry(1, (entry) => {
    rounds++;
    entry.when = wheel.now + 1;
    wheel.insert(entry);
  });
  wheel.insert(again);
  for (let tick = 1; tick <= 200; tick++) assert.equal(wheel.advance(tick), 1);
  assert.equal(rounds, 200);
});

test("Wheel.advance() keeps the rest due when a fire() throws, and fires it on the next call", () => {
  const { wheel, fired, insert } = recorded();
  wheel.insert(
    new Entry(5, () => {
      throw new Error("boom");
    }),
  );
  insert(5);
  insert(300);
  assert.throws(() => wheel.advance(10), /boom/);
  assert.deepEqual([wheel.size, wheel.nextExpiry(), wheel.nextDeadline()], [2, 10, 5]);
  assert.equal(wheel.advance(10), 1);
  assert.deepEqual(fired, [[10, 5]]);
  assert.deepEqual([wheel.size, wheel.nextDeadline()], [1, 300]);
});

test("Wheel.advance() refuses to go back, and half ticks", () => {
  const wheel = new Wheel(10);
  for (const to of [9, 10.5, NaN, Infinity]) {
    assert.throws(() => wheel.advance(to), BugError);
  }
  assert.equal(wheel.now, 10);
  assert.equal(wheel.advance(10), 0);
});

test("Wheel.advance() reaches deadlines of 30 years in one call", () => {
  const { wheel, fired, insert } = recorded(2 ** 31 - 1);
  const years = 946_728_000_000;
  insert(years);
  insert(2 ** 31);
  assert.equal(wheel.advance(years - 1), 1);
  assert.equal(wheel.nextDeadline(), years);
  assert.equal(wheel.advance(years), 1);
  assert.deepEqual(fired, [
    [years - 1, 2 ** 31],
    [years, years],
  ]);
});
