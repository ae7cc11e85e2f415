/**
 * Leaves, and the contract of their wakers.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, join, Runtime, select, sleep, spawn, timeout, yieldNow } from "../index.js";
import { type Context, Leaf, noopWaker, PENDING, type Poll, type Waker } from "../lowlevel.js";
import { paused } from "../runtime/paused.kit.js";

/** Counts everything, and is ready when it is told to be. */
class Probe extends Leaf<string> {
  polls = 0;
  drops = 0;
  value: string | undefined;
  readonly wakers: Waker[] = [];
  poll(cx: Context): Poll<string> {
    this.polls++;
    this.wakers.push(cx.waker);
    return this.value ?? PENDING;
  }
  override drop(): void {
    this.drops++;
  }
  get ledger(): [polls: number, drops: number] {
    return [this.polls, this.drops];
  }
}

test("Leaf is polled once for each wake, and dropped only if it never became ready", async () => {
  const leaf = new Probe();
  const main = async(function* () {
    const handle = spawn(leaf);
    const ledger: unknown[] = [];
    yield* yieldNow();
    ledger.push(leaf.ledger);
    leaf.wakers[0]!.wake();
    yield* sleep(1);
    ledger.push(leaf.ledger);
    leaf.value = "ready";
    leaf.wakers.at(-1)!.wake();
    ledger.push(yield* handle, leaf.ledger);
    return ledger;
  });
  assert.deepEqual(await paused().run(main()), [[1, 0], [2, 0], "ready", [3, 0]]);
});

test("Leaf.drop() is called once, at whichever depth and in whichever combinator the wait ends", async () => {
  const call = async(function* (leaf: Probe) {
    yield* leaf;
  });
  const ways: ((leaf: Probe) => Future<unknown>)[] = [
    (leaf: Probe) => timeout(leaf, 1),
    (leaf: Probe) => timeout(call(leaf), 1),
    (leaf: Probe) => select({ leaf, tick: sleep(1) }),
    (leaf: Probe) => timeout(join(call(leaf), sleep(5)), 1),
    (leaf: Probe) => timeout(timeout(select({ leaf }), 10), 1),
  ];
  for (const way of ways) {
    const leaf = new Probe();
    await paused()
      .run(way(leaf))
      .catch(() => {});
    assert.deepEqual(leaf.ledger, [1, 1]);
  }
});

test("Leaf without `drop` can be dropped", async () => {
  class Plain extends Leaf<void> {
    poll(): typeof PENDING {
      return PENDING;
    }
  }
  await assert.rejects(paused().run(timeout(new Plain(), 1)), { name: "ElapsedError" });
});

test("Waker.wake() is idempotent: any number of wakes before a poll ask for one poll", async () => {
  const leaf = new Probe();
  const main = async(function* () {
    const handle = spawn(leaf);
    yield* yieldNow();
    for (let i = 0; i < 10; i++) leaf.wakers[0]!.wake();
    yield* sleep(1);
    handle.abort();
    yield* handle.settled();
    return leaf.ledger;
  });
  assert.deepEqual(await paused().run(main()), [2, 1]);
});

test("Waker.wake() may be called long after the end, and by then does nothing", async () => {
  const leaves = [new Probe(), new Probe(), new Probe()];
  const runtime = paused();
  const main = async(function* () {
    const won = spawn(leaves[0]!);
    const lost = select({ leaf: leaves[1]!, tick: sleep(1) });
    const aborted = spawn(leaves[2]!);
    yield* lost;
    aborted.abort();
    yield* aborted.settled();
    leaves[0]!.value = "won";
    leaves[0]!.wakers[0]!.wake();
    yield* won;
    for (const { wakers } of leaves) for (const waker of wakers) waker.wake();
    yield* sleep(10);
    return leaves.map((leaf) => leaf.ledger);
  });
  assert.deepEqual(await runtime.run(main()), [
    [2, 0],
    [1, 1],
    [1, 1],
  ]);
  for (const { wakers } of leaves) for (const waker of wakers) waker.wake();
  await runtime.shutdown();
  for (const { wakers } of leaves) for (const waker of wakers) waker.wake();
});

test("Waker.wake() during the poll asks for another poll, behind the tasks that are ready", async () => {
  const trace: string[] = [];
  class Restless extends Leaf<void> {
    polls = 0;
    poll(cx: Context): Poll<void> {
      trace.push(`poll ${++this.polls}`);
      if (this.polls === 3) return undefined;
      cx.waker.wake();
      return PENDING;
    }
  }
  const other = async(function* () {
    for (let i = 0; i < 2; i++) {
      trace.push("other");
      yield* yieldNow();
    }
  });
  const main = async(function* () {
    const handles = [spawn(new Restless()), spawn(other())];
    for (const handle of handles) yield* handle;
  });
  await paused().run(main());
  assert.deepEqual(trace, ["poll 1", "other", "poll 2", "other", "poll 3"]);
});

test("Leaf gets a new waker when it is moved: the last one counts", async () => {
  const leaf = new Probe();
  const main = async(function* () {
    yield* select({ leaf, tick: sleep(1) });
    const handle = spawn(leaf);
    yield* yieldNow();
    assert.notEqual(leaf.wakers[0], leaf.wakers[1]);
    leaf.value = "moved";
    leaf.wakers[1]!.wake();
    return yield* handle;
  });
  assert.equal(await paused().run(main()), "moved");
});

test("Waker.wake() works from outside of the runtime: from a timer, a promise, another runtime", async () => {
  for (const soon of [queueMicrotask, setImmediate, (fn: () => void) => void paused().run(sleep(1)).then(fn)]) {
    const leaf = new Probe();
    const waiting = new Runtime().run(leaf);
    await new Promise((resolve) => setImmediate(resolve));
    soon(() => {
      leaf.value = "from outside";
      leaf.wakers[0]!.wake();
    });
    assert.equal(await waiting, "from outside");
  }
});

test("noopWaker does nothing, any number of times", () => {
  noopWaker.wake();
  noopWaker.wake();
});
