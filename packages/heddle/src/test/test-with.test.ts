import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { async, fromPromise, select, sleep, spawn } from "../index.js";
import { type TestBody, type TestRuntimeOptions, testWith } from "../test.js";

/** What a declared test came to: a runner that runs it at once, with the error stream caught. */
async function outcomeOf(body: TestBody, options?: TestRuntimeOptions): Promise<{ error: any; printed: string[] }> {
  const printed: string[] = [];
  const { error: print } = console;
  console.error = (text: string) => {
    // That depends on what else the machine does.
    if (!text.includes("[task.blocked]")) printed.push(text);
  };
  try {
    const test = testWith((_name: string, fn: () => Promise<void>) => fn());
    const error = await test("adds up", body, options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, printed };
  } finally {
    console.error = print;
  }
}

const heddleTest = testWith(nodeTest);

heddleTest("testWith() runs a generator function as a task of a runtime of its own", function* (kit) {
  yield* sleep({ hours: 1 });
  assert.equal(kit.now(), 3_600_000);
  assert.equal(kit.name, "testWith() runs a generator function as a task of a runtime of its own");
});

heddleTest(
  "testWith() takes options for one test, and async functions",
  async(function* (kit) {
    assert.equal(kit.seed, 42);
    yield* sleep(1);
  }),
  { seed: 42 },
);

nodeTest("testWith() gives what the runner returns, and hands its defaults on to each test", async () => {
  const seeds: unknown[] = [];
  const names: string[] = [];
  const test = testWith(
    (name: string, fn: () => Promise<void>) => {
      names.push(name);
      return fn();
    },
    { seed: 1, name: "common" },
  );
  // oxlint-disable-next-line eslint/require-yield
  const note: TestBody = function* (kit) {
    seeds.push(kit.seed, kit.name);
  };
  await test("one", note);
  await test("two", note, { seed: 2, name: "own" });
  assert.deepEqual(names, ["one", "two"]);
  assert.deepEqual(seeds, [1, "common", 2, "own"]);
});

nodeTest("testWith() prints the seed of a test that fails, and throws its error as it is", async () => {
  const boom = new Error("boom");
  const { error, printed } = await outcomeOf(
    function* () {
      yield* sleep(5);
      throw boom;
    },
    { seed: 99 },
  );
  assert.equal(error, boom);
  assert.deepEqual(printed, ['heddle: "adds up" failed with seed 99\nhelp: HEDDLE_SEED=99 repeats its random choices']);
  assert.equal((boom as { suppressed?: unknown }).suppressed, undefined);
});

nodeTest(
  "testWith() does not blame a test that failed for what it left, but keeps the errors that nobody joined",
  async () => {
    const boom = new Error("boom");
    const { error } = await outcomeOf(function* () {
      spawn(sleep(1000));
      spawn(
        (function* () {
          throw new Error("the cause, perhaps");
        })(),
        { name: "writer" },
      );
      yield* sleep(1);
      throw boom;
    });
    const { suppressed } = error;
    assert.equal(error, boom);
    assert.equal(suppressed.length, 1);
    assert.match(suppressed[0].message, /task "writer" \(#3\) failed[^]*the cause, perhaps/);
    assert.doesNotMatch(suppressed[0].message, /still alive/);
  },
);

nodeTest("testWith() fails a test for what it leaves behind", async () => {
  const { error, printed } = await outcomeOf(function* () {
    spawn(sleep(1000), { name: "forgotten" });
  });
  assert.equal(error.code, "test.unclean");
  assert.match(error.message, /^Cannot pass "adds up" as a test must leave nothing behind:\n {4}- task "forgotten"/);
  assert.equal(printed.length, 1);
});

nodeTest("a seed that was printed repeats the choices of a test", async () => {
  const choices = async(function* () {
    const keys: string[] = [];
    for (let i = 0; i < 20; i++) {
      const ready = () => fromPromise(Promise.resolve(i));
      keys.push((yield* select({ a: ready(), b: ready(), c: ready() })).key);
    }
    throw new Error(keys.join(""));
  });
  const first = await outcomeOf(() => choices());
  const seed = /HEDDLE_SEED=(\S+)/.exec(first.printed[0]!)![1]!;
  process.env["HEDDLE_SEED"] = seed;
  try {
    assert.equal((await outcomeOf(() => choices())).error.message, first.error.message);
  } finally {
    delete process.env["HEDDLE_SEED"];
  }
});

nodeTest("testWith() says what to write when a test is no generator function", async () => {
  for (const [body, received] of [
    [async () => {}, "an instance of Promise"],
    [() => {}, "undefined"],
  ] as const) {
    const { error } = await outcomeOf(body as never);
    assert.equal(
      error.message,
      `Cannot run a test as its function must return a future: it returned ${received}` +
        "\nhelp: write function* (kit) { … } with yield*, or give a test without futures to the runner itself",
    );
  }
  assert.throws(() => testWith("node" as never), /'runner' must be a function \(name, fn\): received "node"\nhelp: /);
});

nodeTest("testWith() hands `only` and `skip` on to the runner that has them", () => {
  const log: string[] = [];
  const runner = Object.assign((name: string) => log.push(name), {
    skip(name: string) {
      return log.push(`skip ${name} of ${this === runner}`);
    },
  });
  const test = testWith(runner as (name: string, fn: () => Promise<void>) => number);
  assert.equal(
    test("a", () => sleep(1)),
    1,
  );
  assert.equal(
    test.skip("b", () => sleep(1)),
    2,
  );
  assert.throws(() => test.only("c", () => sleep(1)), /Cannot declare a test with only as the runner must know that/);
  assert.deepEqual(log, ["a", "skip b of true"]);
});
