import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import {
  async,
  coop,
  type Future,
  type HeddleError,
  join,
  joinAll,
  joinSettled,
  ready,
  sleep,
  spawn,
} from "../index.js";
import { PENDING, pollFn } from "../lowlevel.js";
import { testWith } from "../test.js";
import { Instant } from "../time.js";
import { paused } from "../runtime/paused.kit.js";

const test = testWith(nodeTest, { seed: 1 });

const after = async(function* <T>(milliseconds: number, value: T) {
  yield* sleep(milliseconds);
  return value;
});

const failAfter = async(function* (milliseconds: number, error: Error): Generator<any, never, any> {
  yield* sleep(milliseconds);
  throw error;
});

test("join() gives the values in the order given, with their types, in the time of the longest", function* () {
  const [number, text, nothing] = yield* join(after(30, 1), after(10, "two"), sleep(20));
  const sum: number = number + text.length;
  assert.deepEqual([sum, nothing, Instant.now().milliseconds], [4, undefined, 30]);
});

test("join() of nothing, and joinAll() of an empty list, are ready at once with nothing", function* () {
  assert.deepEqual(yield* join(), []);
  assert.deepEqual(yield* joinAll([]), []);
  assert.deepEqual(yield* joinSettled([]), []);
});

test("joinAll() takes any iterable once", function* () {
  function* futures() {
    yield after(2, "a");
    yield after(1, "b");
  }
  assert.deepEqual(yield* joinAll(futures()), ["a", "b"]);
  assert.deepEqual(yield* joinAll(new Set([ready(1), ready(2)])), [1, 2]);
});

test("joinAll() polls every future once, and then only those that were woken", function* () {
  const polls = [0, 0, 0, 0];
  const counted = (index: number, milliseconds: number): Future<number> => {
    const inner = sleep(milliseconds);
    return pollFn((cx) => {
      polls[index]++;
      return inner.poll(cx) === PENDING ? PENDING : index;
    });
  };
  const ledger: number[][] = [];
  const handle = spawn(joinAll([counted(0, 10), counted(1, 30), counted(2, 20), counted(3, 30)]));
  for (const milliseconds of [5, 10, 10, 10]) {
    yield* sleep(milliseconds);
    ledger.push([...polls]);
  }
  assert.deepEqual(yield* handle, [0, 1, 2, 3]);
  assert.deepEqual(ledger, [
    [1, 1, 1, 1], // at 5 ms: started
    [2, 1, 1, 1], // at 15 ms: the first has come
    [2, 1, 2, 1], // at 25 ms: the third
    [2, 2, 2, 2], // at 35 ms: the others
  ]);
});

test("join() fails with the first error, as itself, and drops the rest", function* () {
  const trace: string[] = [];
  const failure = new Error("first");
  const rest = async(function* () {
    try {
      yield* sleep(1000);
    } finally {
      trace.push("dropped");
    }
  });
  const main = async(function* () {
    try {
      yield* join(rest(), failAfter(10, failure), failAfter(20, new Error("second")));
    } catch (error) {
      trace.push("caught");
      return [error, Instant.now().milliseconds];
    }
    throw new Error("unreachable");
  });
  assert.deepEqual(yield* main(), [failure, 10]);
  assert.deepEqual(trace, ["dropped", "caught"]);
});

nodeTest("join() starts its futures in order, and none behind one that fails at once", async () => {
  const trace: string[] = [];
  const named = async(function* (name: string) {
    trace.push(name);
    if (name === "bad") throw new Error(name);
    yield* sleep(1);
  });
  await assert.rejects(paused().run(join(named("a"), named("bad"), named("c"))), { message: "bad" });
  assert.deepEqual(trace, ["a", "bad"]);
});

test("join() leaves the task of a handle alone when another future fails", function* () {
  const main = async(function* () {
    const handle = spawn(after(50, "survived"));
    try {
      yield* join(handle, failAfter(10, new Error("failed")));
    } catch {
      return yield* handle;
    }
    throw new Error("unreachable");
  });
  assert.equal(yield* main(), "survived");
});

test("joinSettled() waits for all and says what became of each, in order", function* () {
  const failure = new Error("failed");
  const results = yield* joinSettled([after(30, "a"), failAfter(10, failure), ready("c")]);
  assert.deepEqual(
    [results, Instant.now().milliseconds],
    [
      [
        { status: "fulfilled", value: "a" },
        { status: "rejected", reason: failure },
        { status: "fulfilled", value: "c" },
      ],
      30,
    ],
  );
});

test("joinAll() gives each outcome once, whatever wakes a branch while it is being polled", function* () {
  const failing = async(function* () {
    throw new Error("failed");
  });
  const wakesItself = (): Future<void> =>
    pollFn<void>((cx) => {
      cx.waker.wake();
      return PENDING;
    });
  // Woken while it is polled, and over in that very poll.
  const quick = async(function* (name: string) {
    try {
      yield* join(wakesItself(), failing());
    } catch {
      return name;
    }
    return "unreachable";
  });
  const cases: [Future<string>[], string[]][] = [
    [
      [quick("q"), after(5, "s")],
      ["q", "s"],
    ],
    [
      [after(5, "s"), quick("q")],
      ["s", "q"],
    ],
    [
      [after(5, "s"), quick("q"), after(3, "t"), quick("r"), after(1, "u")],
      ["s", "q", "t", "r", "u"],
    ],
  ];
  for (const [futures, values] of cases) assert.deepEqual(yield* joinAll(futures), values);
});

test("joinAll() spends the budget: a long list of ready futures lets others run between", function* () {
  let started = 0;
  const seen: number[] = [];
  const count = async(function* () {
    started++;
  });
  const observer = async(function* () {
    while (started < 1000) {
      seen.push(started);
      yield* sleep(0);
    }
  });
  const main = async(function* () {
    const all = spawn(joinAll(Array.from({ length: 1000 }, () => count())));
    yield* spawn(observer());
    yield* all;
  });
  yield* main();
  assert.ok(seen.length >= 1000 / coop.budget - 1, `looked ${seen.length} times while 1000 were started`);
});

nodeTest("join() cannot be awaited again when it is over", async () => {
  const main = async(function* () {
    const both = join(ready(1), ready(2));
    yield* both;
    yield* both;
  });
  await assert.rejects(paused().run(main()), (error: HeddleError) => error.code === "future.completed");
});
