import assert from "node:assert/strict";
import { test } from "node:test";
import { async, Runtime, select, sleep } from "../index.js";
import { Context, type Leaf, noopWaker, PENDING, type Waker } from "../lowlevel.js";
import { SetOnce } from "../sync.js";

class Counter implements Waker {
  count = 0;
  wake(): void {
    this.count++;
  }
}

test("SetOnce.wait() waits for the value, any number of waiters, each woken once", () => {
  const cell = new SetOnce<number>();
  const waits = [1, 2, 3].map(() => ({ wait: cell.wait() as unknown as Leaf<number>, wakes: new Counter() }));
  const poll = () => waits.map(({ wait, wakes }) => wait.poll(new Context(wakes)));
  assert.deepEqual(poll(), [PENDING, PENDING, PENDING]);
  assert.deepEqual(poll(), [PENDING, PENDING, PENDING]);
  assert.deepEqual([cell.waiting, cell.isSet, cell.get()], [3, false, undefined]);
  cell.set(7);
  assert.deepEqual(
    waits.map(({ wakes }) => wakes.count),
    [1, 1, 1],
  );
  assert.deepEqual(poll(), [7, 7, 7]);
  assert.deepEqual([cell.waiting, cell.isSet, cell.get()], [0, true, 7]);
});

test("SetOnce.wait() is ready at once when the value is set, be it undefined", () => {
  const cell = new SetOnce<undefined>();
  cell.set(undefined);
  assert.equal((cell.wait() as unknown as Leaf<undefined>).poll(new Context(noopWaker)), undefined);
  assert.equal(cell.isSet, true);
});

test("SetOnce.set() refuses a second value", () => {
  const cell = new SetOnce<number>();
  cell.set(1);
  assert.throws(() => cell.set(2), {
    code: "once.set",
    message: /^Cannot set the value of a set-once again: it has one\nhelp: /,
  });
  assert.equal(cell.get(), 1);
});

test("SetOnce.wait() that is dropped leaves the queue and loses nothing", async () => {
  const cell = new SetOnce<number>();
  const value = await new Runtime({ startPaused: true, rngSeed: 1 }).run(
    async(function* () {
      const wait = cell.wait();
      const { key } = yield* select({ wait, tick: sleep(1) });
      assert.deepEqual([key, cell.waiting], ["tick", 0]);
      cell.set(1);
      return yield* wait;
    })(),
  );
  assert.equal(value, 1);
});

test("SetOnce wakes the waker of the last poll, and when all is in order", () => {
  const cell = new SetOnce<number>();
  const wait = cell.wait() as unknown as Leaf<number>;
  const old = new Counter();
  wait.poll(new Context(old));
  const seen: unknown[] = [];
  wait.poll(new Context({ wake: () => seen.push(cell.get(), cell.waiting) }));
  cell.set(1);
  assert.deepEqual([old.count, seen], [0, [1, 0]]);
});
