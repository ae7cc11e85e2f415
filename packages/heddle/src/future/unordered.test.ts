import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import {
  async,
  coop,
  END,
  type Future,
  FuturesOrdered,
  FuturesUnordered,
  map,
  ready,
  select,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { PENDING, pollFn } from "../lowlevel.js";
import { testWith } from "../test.js";

const test = testWith(nodeTest, { seed: 1 });

const after = <T>(milliseconds: number, value: T): Future<T> => map(sleep(milliseconds), () => value);

const failAfter = async(function* (milliseconds: number, message: string): Generator<any, string, any> {
  yield* sleep(milliseconds);
  throw new Error(message);
});

const drain = async(function* <T>(set: FuturesUnordered<T> | FuturesOrdered<T>) {
  const values: T[] = [];
  for (let value; (value = yield* set.next()) !== END;) values.push(value);
  return values;
});

test("FuturesUnordered gives values in the order they come, then END, and can be filled again", function* () {
  const set = new FuturesUnordered<string>();
  assert.equal(yield* set.next(), END);
  for (const [milliseconds, name] of [
    [30, "c"],
    [10, "a"],
    [20, "b"],
  ] as const)
    set.push(after(milliseconds, name));
  assert.equal(set.size, 3);
  const values = yield* drain(set);
  assert.equal(set.size, 0);
  set.push(ready("again"));
  assert.deepEqual([...values, ...(yield* drain(set))], ["a", "b", "c", "again"]);
});

test("FuturesUnordered.push() polls nothing: a future begins when the set is polled", function* () {
  const trace: string[] = [];
  const begins = async(function* () {
    trace.push("begun");
  });
  const main = async(function* () {
    const set = new FuturesUnordered<void>();
    set.push(begins());
    yield* yieldNow();
    trace.push("before next()");
    yield* set.next();
  });
  yield* main();
  assert.deepEqual(trace, ["before next()", "begun"]);
});

test("FuturesUnordered takes futures while one waits for the next value", function* () {
  const set = new FuturesUnordered<string>();
  set.push(after(100, "slow"));
  spawn(
    async(function* () {
      yield* sleep(10);
      set.push(after(5, "pushed meanwhile"));
    })(),
  );
  assert.deepEqual(yield* drain(set), ["pushed meanwhile", "slow"]);
});

test("FuturesUnordered polls each future once, and then only when it was woken", function* () {
  const polls = [0, 0, 0];
  const main = async(function* () {
    const set = new FuturesUnordered<number>();
    for (const index of [0, 1, 2]) {
      const inner = sleep(10 * (index + 1));
      set.push(
        pollFn((cx) => {
          polls[index]++;
          return inner.poll(cx) === PENDING ? PENDING : index;
        }),
      );
    }
    const ledger: number[][] = [];
    while ((yield* set.next()) !== END) ledger.push([...polls]);
    return ledger;
  });
  assert.deepEqual(yield* main(), [
    [2, 1, 1],
    [2, 2, 1],
    [2, 2, 2],
  ]);
});

test("FuturesUnordered.next() throws the error of a future that failed, and keeps the others", function* () {
  const set = new FuturesUnordered<string>();
  set.push(failAfter(10, "failed"));
  set.push(after(20, "kept"));
  const trace: unknown[] = [];
  try {
    yield* set.next();
  } catch (error) {
    trace.push((error as Error).message, set.size);
  }
  trace.push(yield* set.next(), yield* set.next());
  assert.deepEqual(trace, ["failed", 1, "kept", END]);
});

test("FuturesUnordered.next() loses nothing when the wait is dropped", function* () {
  const main = async(function* () {
    const set = new FuturesUnordered<string>();
    set.push(after(10, "a"));
    set.push(after(11, "b"));
    const trace: unknown[] = [];
    for (;;) {
      const won = yield* select({ tick: sleep(3), next: set.next() });
      if (won.key === "tick") continue;
      if (won.value === END) return trace;
      trace.push(won.value);
    }
  });
  assert.deepEqual(yield* main(), ["a", "b"]);
});

test("FuturesUnordered spends the budget: many ready futures let others run between", function* () {
  let given = 0;
  const seen: number[] = [];
  const consumer = async(function* () {
    const set = new FuturesUnordered<number>();
    for (let i = 0; i < 1000; i++) set.push(ready(i));
    while ((yield* set.next()) !== END) given++;
  });
  const main = async(function* () {
    const handle = spawn(consumer());
    while (given < 1000) {
      seen.push(given);
      yield* yieldNow();
    }
    yield* handle;
  });
  yield* main();
  const strides = seen.slice(1).map((count, i) => count - seen[i]!);
  assert.ok(
    strides.every((stride) => stride <= coop.budget),
    `strides: ${strides}`,
  );
  assert.ok(seen.length > 5);
});

test("FuturesUnordered lets its task yield although its futures wake themselves all the time", function* () {
  let stop = false;
  let turns = 0;
  const restless = (): Future<void> =>
    pollFn((cx) => {
      if (stop) return undefined;
      cx.waker.wake();
      return PENDING;
    });
  const set = new FuturesUnordered<void>();
  for (let i = 0; i < 3; i++) set.push(restless());
  const handle = spawn(drain(set));
  for (; turns < 50; turns++) yield* yieldNow();
  stop = true;
  assert.equal((yield* handle).length, 3);
});

test("FuturesUnordered.clear() drops what is left, and `using` does it at the end of a block", function* () {
  const trace: string[] = [];
  const victim = async(function* (name: string) {
    try {
      yield* sleep(1000);
    } finally {
      trace.push(`${name} dropped`);
    }
  });
  const main = async(function* () {
    {
      using set = new FuturesUnordered<void>();
      set.push(victim("a"));
      set.push(victim("b"));
      yield* select({ next: set.next(), tick: sleep(1) });
    }
    trace.push("behind the block");
  });
  yield* main();
  assert.deepEqual(trace, ["a dropped", "b dropped", "behind the block"]);
});

test("FuturesOrdered gives values in the order they were pushed, while all make progress", function* () {
  const ends: string[] = [];
  const named = async(function* (milliseconds: number, name: string) {
    yield* sleep(milliseconds);
    ends.push(name);
    return name;
  });
  const set = new FuturesOrdered<string>();
  set.push(named(30, "a"));
  set.push(named(10, "b"));
  set.push(named(20, "c"));
  assert.deepEqual(yield* drain(set), ["a", "b", "c"]);
  assert.deepEqual(ends, ["b", "c", "a"]);
});

test("FuturesOrdered.pushFront() puts a future before all others", function* () {
  const set = new FuturesOrdered<string>();
  set.push(after(10, "second"));
  set.pushFront(after(20, "first"));
  set.push(after(1, "third"));
  set.pushFront(after(30, "zeroth"));
  assert.equal(set.size, 4);
  assert.deepEqual(yield* drain(set), ["zeroth", "first", "second", "third"]);
});

test("FuturesOrdered.next() throws an error when its turn has come, not before", function* () {
  const set = new FuturesOrdered<string>();
  set.push(after(20, "first"));
  set.push(failAfter(1, "failed early"));
  set.push(after(5, "third"));
  const trace: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    try {
      trace.push(yield* set.next());
    } catch (error) {
      trace.push((error as Error).message);
    }
  }
  assert.deepEqual(trace, ["first", "failed early", "third", END]);
});

test("FuturesOrdered.clear() forgets values that were not taken, and can be filled again", function* () {
  const set = new FuturesOrdered<string>();
  set.push(after(20, "a"));
  set.push(ready("b"));
  yield* select({ next: set.next(), tick: sleep(1) });
  set.clear();
  assert.equal(set.size, 0);
  set.push(ready("c"));
  assert.deepEqual(yield* drain(set), ["c"]);
});

test("FuturesUnordered.from() and FuturesOrdered.from() have a set of some futures, each in its order", function* () {
  const naps = (): Future<string>[] => [after(20, "slow"), after(10, "quick")];
  assert.deepEqual(yield* drain(FuturesUnordered.from(naps())), ["quick", "slow"]);
  const ordered = FuturesOrdered.from(new Set(naps()));
  assert.equal(ordered.size, 2);
  assert.deepEqual(yield* drain(ordered), ["slow", "quick"]);
  for (const set of [FuturesUnordered, FuturesOrdered]) {
    const refused = {
      name: "TypeError",
      message: /^Cannot make a set of futures as 'futures' must be iterable: received 5/,
    };
    assert.throws(() => set.from(5 as never), refused);
    assert.throws(() => set.from([5 as never]), /^TypeError: Cannot push a value as it must be a future: received 5/);
  }
});
