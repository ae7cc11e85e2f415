import assert from "node:assert/strict";
import { test } from "node:test";
import {
  async,
  coop,
  type Future,
  FuturesUnordered,
  join,
  joinAll,
  ready,
  Runtime,
  shared,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { PENDING, pollFn } from "../lowlevel.js";

/** A runtime that counts polls, and what the count is now. */
function counting(): { runtime: Runtime; polls: () => number } {
  let polls = 0;
  const runtime = new Runtime({ startPaused: true, rngSeed: 1, probe: { pollBegins: () => polls++ } });
  return { runtime, polls: () => polls };
}

/** How many times a task can do `operation` in one poll, in each of its first three whole polls. */
async function operationsInOnePoll(operation: () => Future<unknown>): Promise<number[]> {
  const { runtime, polls } = counting();
  const counts: number[] = [];
  const main = async(function* () {
    for (let i = 0; i < 1000; i++) {
      yield* operation();
      counts[polls()] = (counts[polls()] ?? 0) + 1;
    }
  });
  await runtime.run(main());
  return counts.filter((count) => count !== undefined).slice(0, 3);
}

test("a poll has a budget of 128 operations, whether they were ready or not", async () => {
  assert.equal(coop.budget, 128);
  const nothing = async(function* () {});
  const finished = await operationsInOnePoll(() => ready(0));
  assert.deepEqual(finished, [128, 128, 128]);
  assert.deepEqual(await operationsInOnePoll(() => coop.consumeBudget()), [128, 128, 128]);
  // A call that found the budget spent was charged then: the next poll begins it for nothing.
  assert.deepEqual(await operationsInOnePoll(() => nothing()), [128, 129, 129]);
});

test("every way to await is charged: no loop of what is always ready goes on for ever in one poll", async () => {
  const nothing = async(function* () {});
  const once = shared(ready(0));
  const OPERATIONS: Record<string, () => Future<unknown>> = {
    "a call": () => nothing(),
    "a join of calls": () => join(nothing(), nothing()),
    "a joinAll": () => joinAll([ready(1), ready(2), ready(3)]),
    "a timeout": () => timeout(ready(0), 1000),
    "a shared future": () => once,
    "a sleep that is over": () => sleep(0),
    "an empty set": () => new FuturesUnordered().next(),
    "a leaf of one's own": () => pollFn(() => 0),
  };
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const counts = await operationsInOnePoll(operation);
    assert.ok(counts[0]! > 0 && counts[0]! <= 128, `${name}: ${counts[0]} in one poll`);
  }
});

test("awaiting the handle of a finished task is charged", async () => {
  const { runtime, polls } = counting();
  const main = async(function* () {
    const handle = spawn(ready(0));
    yield* handle;
    const before = polls();
    for (let i = 0; i < 1000; i++) yield* handle;
    return polls() - before;
  });
  const count = await runtime.run(main());
  assert.ok(count >= 7 && count <= 9, `1000 joins took ${count} polls more`);
});

test("coop.hasBudgetRemaining() is false when the budget is spent, and true outside of tasks", async () => {
  assert.equal(coop.hasBudgetRemaining(), true);
  const { runtime, polls } = counting();
  const main = async(function* () {
    let spent = 0;
    for (; coop.hasBudgetRemaining(); spent++) yield* coop.consumeBudget();
    const before = polls();
    yield* coop.consumeBudget();
    return [spent, polls() - before, coop.hasBudgetRemaining()];
  });
  const [spent, polledAgain, hasAgain] = await runtime.run(main());
  assert.ok((spent as number) >= 126 && (spent as number) <= 128, `${spent}`);
  assert.deepEqual([polledAgain, hasAgain], [1, true]);
});

test("coop.unconstrained() has no budget, and gives back the one outside", async () => {
  const { runtime, polls } = counting();
  const greedy = async(function* () {
    for (let i = 0; i < 10_000; i++) yield* ready(0);
    return polls();
  });
  const main = async(function* () {
    const before = polls();
    const during = yield* coop.unconstrained(greedy());
    for (let i = 0; i < 1000; i++) yield* ready(0);
    return [during - before, polls() - before];
  });
  const [during, after] = await runtime.run(main());
  assert.equal(during, 0);
  assert.ok(after! >= 7, `${after} polls`);
});

test("a task whose budget is spent goes behind the tasks that are ready", async () => {
  const trace: string[] = [];
  const greedy = async(function* (name: string) {
    for (let i = 0; i < 300; i++) {
      if (trace.at(-1) !== name) trace.push(name);
      yield* ready(0);
    }
  });
  const main = async(function* () {
    for (const handle of [spawn(greedy("a")), spawn(greedy("b")), spawn(greedy("c"))]) yield* handle;
  });
  await counting().runtime.run(main());
  assert.deepEqual(trace, ["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
});

test("a timeout fires although its future spends the whole budget in every poll", async () => {
  const runtime = new Runtime();
  const busy = async(function* () {
    for (;;) yield* ready(0);
  });
  await assert.rejects(runtime.run(timeout(busy(), 5)), { name: "ElapsedError" });
});

test("a cleanup has a budget as well: others run while it is busy", async () => {
  let isOver = false;
  let looks = 0;
  const body = async(function* () {
    try {
      yield* sleep(1000);
    } finally {
      for (let i = 0; i < 1000; i++) yield* ready(0);
      isOver = true;
    }
  });
  const main = async(function* () {
    const handle = spawn(body());
    yield* sleep(1);
    handle.abort();
    for (; !isOver; looks++) yield* yieldNow();
    // The same in a branch that was dropped.
    isOver = false;
    try {
      yield* timeout(body(), 1);
    } catch {}
    for (; !isOver; looks++) yield* yieldNow();
  });
  await counting().runtime.run(main());
  assert.ok(looks >= 14, `${looks} looks in 2000 operations`);
});

test("a branch that spends the budget does not keep the others from being polled", async () => {
  let stop = false;
  const busy = async(function* () {
    while (!stop) yield* ready(0);
  });
  let polls = 0;
  const counted = pollFn<void>((cx) => {
    if (++polls === 20) {
      stop = true;
      return undefined;
    }
    cx.waker.wake();
    return PENDING;
  });
  await counting().runtime.run(join(busy(), counted));
  assert.equal(polls, 20);
});
