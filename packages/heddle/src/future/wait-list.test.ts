import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PENDING, type Poll } from "./poll.js";
import { Waiter, WaitList } from "./wait-list.js";

class Numbered extends Waiter<void> {
  readonly number: number;
  constructor(number: number) {
    super();
    this.number = number;
  }
  poll(): Poll<void> {
    return PENDING;
  }
}

/** The numbers from both ends; the two must agree. */
function numbers(list: WaitList<Numbered>): number[] {
  const forwards = [...list].map((waiter) => waiter.number);
  const backwards: number[] = [];
  for (let at = list.last; at !== null; at = at.before as Numbered | null) backwards.push(at.number);
  assert.deepEqual(backwards.reverse(), forwards);
  return forwards;
}

test("WaitList does what an array does, over random sequences of operations", () => {
  const operation = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("push" as const), at: fc.constant(0) }) },
    fc.record({ kind: fc.constant("shift" as const), at: fc.constant(0) }),
    fc.record({ kind: fc.constant("pop" as const), at: fc.constant(0) }),
    fc.record({ kind: fc.constant("remove" as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant("drain" as const), at: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const list = new WaitList<Numbered>();
      const all: Numbered[] = [];
      let model: Numbered[] = [];
      for (const { kind, at } of operations) {
        if (kind === "push") {
          const waiter = new Numbered(all.length);
          all.push(waiter);
          list.push(waiter);
          model.push(waiter);
        } else if (kind === "shift") assert.equal(list.shift(), model.shift() ?? null);
        else if (kind === "pop") assert.equal(list.pop(), model.pop() ?? null);
        else if (kind === "drain") {
          assert.deepEqual(list.drain(), model);
          model = [];
        } else if (at < all.length) {
          const waiter = all[at]!;
          assert.equal(list.remove(waiter), model.includes(waiter));
          model = model.filter((other) => other !== waiter);
        }
        assert.deepEqual(
          numbers(list),
          model.map((waiter) => waiter.number),
        );
        assert.equal(list.size, model.length);
        assert.equal(list.isEmpty, model.length === 0);
        assert.equal(list.first, model[0] ?? null);
        assert.equal(list.last, model.at(-1) ?? null);
        for (const waiter of all) {
          assert.equal(list.has(waiter), model.includes(waiter));
          if (!model.includes(waiter)) assert.deepEqual([waiter.before, waiter.after], [null, null]);
        }
      }
    }),
  );
});

test("WaitList takes a waiter back that it has let go", () => {
  const list = new WaitList<Numbered>();
  const [first, second] = [new Numbered(1), new Numbered(2)];
  list.push(first);
  list.push(second);
  list.shift();
  list.push(first);
  assert.deepEqual(numbers(list), [2, 1]);
  list.drain();
  list.push(second);
  assert.deepEqual(numbers(list), [2]);
});

test("Waiter.wake() takes the waker out before it calls it, and calls it once", () => {
  const waiter = new Numbered(1);
  const seen: unknown[] = [];
  waiter.waker = {
    wake() {
      seen.push(waiter.waker);
      waiter.wake();
    },
  };
  waiter.wake();
  waiter.wake();
  assert.deepEqual(seen, [null]);
});
