import assert from "node:assert/strict";
import { test } from "node:test";
import { AbortedError, async, type HeddleError, map, ready, select, sleep, spawn, yieldNow } from "../index.js";
import { Context, enter, Leaf, noopWaker, PENDING, pin, type Poll, type Waker } from "../lowlevel.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

/** A waker that counts. */
class Counter implements Waker {
  wakes = 0;
  wake(): void {
    this.wakes++;
  }
}

/** Ready when it is told to be. */
class Gate extends Leaf<string> {
  value: string | undefined;
  wakers: Waker[] = [];
  drops = 0;
  poll(cx: Context): Poll<string> {
    if (this.value !== undefined) return this.value;
    this.wakers.push(cx.waker);
    return PENDING;
  }
  override drop(): void {
    this.drops++;
  }
  open(value: string): void {
    this.value = value;
    this.wakers.at(-1)!.wake();
  }
}

test("Pinned.poll() drives a future by hand, outside of any runtime", () => {
  const gate = new Gate();
  const greet = async(function* () {
    return `hello ${yield* gate}`;
  });
  const waker = new Counter();
  const cx = new Context(waker);
  const pinned = pin(greet());
  assert.equal(pinned.poll(cx), PENDING);
  assert.deepEqual([waker.wakes, pinned.isFinished], [0, false]);
  gate.open("world");
  assert.equal(waker.wakes, 1);
  assert.equal(pinned.poll(cx), "hello world");
  assert.equal(pinned.isFinished, true);
});

test("Pinned.poll() polls the future only if it was woken", () => {
  const gate = new Gate();
  const pinned = pin(gate);
  const cx = new Context(noopWaker);
  for (let i = 0; i < 5; i++) assert.equal(pinned.poll(cx), PENDING);
  assert.equal(gate.wakers.length, 1);
});

test("Pinned.poll() throws what the future throws", () => {
  const failure = new Error("failed");
  const fail = async(function* (): Generator<any, void, any> {
    yield* ready(1);
    throw failure;
  });
  assert.throws(
    () => pin(fail()).poll(new Context(noopWaker)),
    (error) => error === failure,
  );
});

test("Pinned.poll() refuses a future that is over", () => {
  const pinned = pin(ready(1));
  const cx = new Context(noopWaker);
  pinned.poll(cx);
  assert.throws(
    () => pinned.poll(cx),
    (error: HeddleError) => error.code === "future.completed",
  );
});

test("Pinned.poll() wakes the waker of the last poll, not that of an earlier one", () => {
  const gate = new Gate();
  const pinned = pin(gate);
  const [first, second] = [new Counter(), new Counter()];
  pinned.poll(new Context(first));
  pinned.poll(new Context(second));
  gate.open("now");
  assert.deepEqual([first.wakes, second.wakes], [0, 1]);
});

test("Pinned.drop() unwinds at once, and polls go on to the end of cleanups that await", () => {
  const trace: string[] = [];
  const gate = new Gate();
  const farewell = new Gate();
  const guarded = async(function* () {
    try {
      yield* gate;
    } finally {
      trace.push("cleanup begins");
      yield* farewell;
      trace.push("cleanup ends");
    }
  });
  const waker = new Counter();
  const cx = new Context(waker);
  const pinned = pin(guarded());
  pinned.poll(cx);
  pinned.drop();
  assert.deepEqual([trace, gate.drops], [["cleanup begins"], 1]);
  assert.equal(pinned.poll(cx), PENDING, "the cleanup still awaits");
  const before = waker.wakes;
  farewell.open("bye");
  assert.equal(waker.wakes, before + 1);
  assert.throws(() => pinned.poll(cx), AbortedError);
  assert.deepEqual(trace, ["cleanup begins", "cleanup ends"]);
});

test("Pinned.drop() twice, and after the end, does nothing", () => {
  const gate = new Gate();
  const dropped = pin(gate);
  dropped.poll(new Context(noopWaker));
  dropped.drop();
  dropped.drop();
  assert.equal(gate.drops, 1);
  const over = pin(ready(1));
  over.poll(new Context(noopWaker));
  over.drop();
});

test("Pinned is dropped at the end of a `using` block", () => {
  const gate = new Gate();
  {
    using pinned = pin(gate);
    pinned.poll(new Context(noopWaker));
  }
  assert.equal(gate.drops, 1);
});

test("Pinned.poll() finds the timers of the runtime that was entered", async () => {
  const runtime = pausedQuietly();
  const waker = new Counter();
  const pinned = pin(map(sleep(10), () => "slept"));
  assert.equal(
    enter(() => pinned.poll(new Context(waker)), runtime),
    PENDING,
  );
  await runtime.run(sleep(20));
  assert.equal(waker.wakes, 1);
  assert.equal(
    enter(() => pinned.poll(new Context(waker)), runtime),
    "slept",
  );
});

test("pin() of a pinned future is that future", () => {
  const pinned = pin(ready(1));
  assert.equal(pin(pinned), pinned);
});

test("a pinned future can be awaited when it has survived, and is over with that", async () => {
  const main = async(function* () {
    const slow = pin(map(sleep(10), () => "slow"));
    yield* select({ slow, tick: sleep(1) });
    yield* yieldNow();
    return [slow.isFinished, yield* slow, slow.isFinished];
  });
  assert.deepEqual(await pausedQuietly().run(main()), [false, "slow", true]);
});

test("a pinned future makes no progress while nobody polls it", async () => {
  const steps: number[] = [];
  const main = async(function* () {
    const slow = pin(
      async(function* () {
        for (let i = 0; i < 3; i++) {
          steps.push(i);
          yield* sleep(10);
        }
      })(),
    );
    yield* select({ slow, tick: sleep(1) });
    yield* sleep(100);
    steps.push(-1);
    yield* slow;
  });
  await pausedQuietly().run(main());
  assert.deepEqual(steps, [0, -1, 1, 2]);
});

test("a pinned future can be handed from one task to another while both live", async () => {
  const main = async(function* () {
    const slow = pin(map(sleep(30), () => "slow"));
    yield* select({ slow, tick: sleep(1) });
    return yield* spawn(map(slow, (value) => `${value}, in another task`));
  });
  assert.equal(await pausedQuietly().run(main()), "slow, in another task");
});
