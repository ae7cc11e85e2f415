import assert from "node:assert/strict";
import { test } from "node:test";
import { async, joinAll, sleep, spawn, yieldNow } from "../index.js";
import { Context, type Leaf, noopWaker, PENDING, pin, type Waker } from "../lowlevel.js";
import { Barrier } from "../sync.js";
import { paused } from "../runtime/paused.kit.js";

const cx = new Context(noopWaker);

class Counter implements Waker {
  count = 0;
  wake(): void {
    this.count++;
  }
}

test("Barrier.wait() holds up until as many have come; the last is the leader and does not wait", () => {
  const barrier = new Barrier(3);
  const waits = [1, 2, 3].map(() => ({ wait: pin(barrier.wait()), wakes: new Counter() }));
  const poll = (n: number) => waits[n]!.wait.poll(new Context(waits[n]!.wakes));
  assert.deepEqual([poll(0), poll(0), poll(1)], [PENDING, PENDING, PENDING]);
  assert.equal(barrier.arrived, 2);
  assert.deepEqual(poll(2), { isLeader: true });
  assert.deepEqual(
    waits.map(({ wakes }) => wakes.count),
    [1, 1, 0],
  );
  assert.deepEqual([poll(0), poll(1)], [{ isLeader: false }, { isLeader: false }]);
  assert.equal(barrier.arrived, 0);
});

test("Barrier is used again and again, with one leader each time", async () => {
  const barrier = new Barrier(4);
  const rounds: number[] = [0, 0, 0];
  await paused().run(
    async(function* () {
      const runner = async(function* (n: number) {
        for (let round = 0; round < 3; round++) {
          yield* sleep((n * 7 + round * 3) % 5);
          if ((yield* barrier.wait()).isLeader) rounds[round]!++;
        }
      });
      yield* joinAll([0, 1, 2, 3].map(runner));
    })(),
  );
  assert.deepEqual(rounds, [1, 1, 1]);
});

for (const size of [0, 1])
  test(`Barrier of ${size} holds nobody up`, () => {
    const barrier = new Barrier(size);
    assert.equal(barrier.size, 1);
    for (let i = 0; i < 3; i++) assert.deepEqual(pin(barrier.wait()).poll(cx), { isLeader: true });
  });

test("Barrier.wait() that is dropped goes on counting, so that the others go on without it", async () => {
  const barrier = new Barrier(2);
  await paused().run(
    async(function* () {
      const dropped = spawn(barrier.wait());
      yield* yieldNow();
      dropped.abort();
      yield* dropped.settled();
      assert.equal(barrier.arrived, 1);
      assert.deepEqual(yield* barrier.wait(), { isLeader: true });
    })(),
  );
});

test("Barrier.wait() cannot be awaited again", async () => {
  const wait = new Barrier(1).wait();
  await paused().run(
    async(function* () {
      yield* wait;
      let message = "";
      try {
        yield* wait;
      } catch (error) {
        ({ message } = error as Error);
      }
      assert.equal(
        message,
        "Cannot await barrier.wait() again: it is over\nhelp: make a new future for each await, or share one outcome with shared(…)",
      );
    })(),
  );
});

test("Barrier lets all on before it wakes the first of them", () => {
  const barrier = new Barrier(3);
  const [first, second] = [barrier.wait(), barrier.wait()] as unknown as Leaf<unknown>[];
  const events: unknown[] = [];
  first!.poll(
    new Context({
      wake() {
        events.push(second!.poll(cx));
        pin(barrier.wait()).poll(cx);
        events.push(barrier.arrived);
      },
    }),
  );
  second!.poll(cx);
  pin(barrier.wait()).poll(cx);
  assert.deepEqual(events, [{ isLeader: false }, 1]);
});

test("Barrier refuses a size that is none", () => {
  const message = (received: string) =>
    `Cannot create a barrier as 'size' must be an integer >= 0: received ${received}`;
  assert.throws(() => new Barrier(-1), { name: "RangeError", message: message("-1") });
  assert.throws(() => new Barrier(1.5), { name: "RangeError", message: message("1.5") });
  assert.throws(() => new Barrier(null as never), { name: "TypeError", message: message("null") });
});
