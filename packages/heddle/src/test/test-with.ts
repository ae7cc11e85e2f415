/**
 * `testWith`: tests that are generator functions, for any runner.
 */
import { quote, suppress } from "../base/errors.js";
import type { Future } from "../future/poll.js";
import { replayHelp } from "./seed.js";
import { type TestRuntime, type TestRuntimeOptions, testRuntime } from "./test-runtime.js";

/** A test: gets its runtime, and is run in it. */
export type TestBody = (kit: TestRuntime) => Future<unknown>;

/** Declares a test. */
export type Test<R> = (name: string, body: TestBody, options?: TestRuntimeOptions) => R;

/** Declares a test, also one that is the only one to run, or is not run, where the runner knows that. */
export type TestFunction<R> = Test<R> & { readonly only: Test<R>; readonly skip: Test<R> };

/**
 * Makes a `test` function of your runner's. A test is a generator function that runs as a task of a runtime of its own, made with
 * {@link testRuntime}, which it gets as its argument, and which fails it for what it leaves behind. When a test fails, its seed is printed;
 * the variable HEDDLE_SEED of the environment repeats it.
 *
 * @param runner `test` of node:test or vitest, `it` of mocha or jest, or any function `(name, fn)` whose `fn` returns a promise
 * @param defaults options for all tests; those of one test go before
 * @throws TypeError if `runner` is no function
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { test as nodeTest } from "node:test";
 * import { sleep, timeout } from "heddle";
 * import { testWith } from "heddle/test";
 *
 * const test = testWith(nodeTest);
 *
 * test("a nap is over in time", function* (kit) {
 *   yield* timeout(sleep({ minutes: 20 }), { hours: 1 });
 *   assert.equal(kit.now(), 20 * 60_000);
 * });
 * ```
 */
export function testWith<R>(
  runner: (name: string, fn: () => Promise<void>) => R,
  defaults: TestRuntimeOptions = {},
): TestFunction<R> {
  if (typeof runner !== "function")
    throw new TypeError(
      `Cannot make tests as 'runner' must be a function (name, fn): received ${quote(runner)}\nhelp: testWith(test), with test from node:test or vitest`,
    );
  const declare =
    (run: typeof runner): Test<R> =>
    (name, body, options) =>
      run(name, () => runTest(name, body, { name, ...defaults, ...options }));
  const variant = (key: "only" | "skip"): Test<R> => {
    const run = (runner as unknown as Partial<Record<string, typeof runner>>)[key];
    if (typeof run === "function") return declare(run.bind(runner) as typeof runner);
    return () => {
      throw new TypeError(`Cannot declare a test with ${key} as the runner must know that: it has no ${quote(key)}`);
    };
  };
  return Object.assign(declare(runner), { only: variant("only"), skip: variant("skip") });
}

async function runTest(name: string, body: TestBody, options: TestRuntimeOptions): Promise<void> {
  const kit = testRuntime(options);
  try {
    await runBody(kit, body);
  } catch (error) {
    console.error(`heddle: ${JSON.stringify(name)} failed with seed ${kit.seed}\nhelp: ${replayHelp(kit.seed)}`);
    throw error;
  }
}

async function runBody(kit: TestRuntime, body: TestBody): Promise<void> {
  try {
    // Called inside: what it makes before its first await belongs to the test as well.
    const future = kit.enter(() => futureOf(body, kit));
    await kit.run(future, { name: kit.name });
  } catch (error) {
    const more = await kit.finishFailed().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    throw more === undefined ? error : suppress(error, more);
  }
  await kit.finish();
}

function futureOf(body: TestBody, kit: TestRuntime): Future<unknown> {
  const future: unknown = body(kit);
  if (typeof (future as Partial<Future<unknown>> | null | undefined)?.[Symbol.iterator] === "function")
    return future as Future<unknown>;
  throw new TypeError(
    `Cannot run a test as its function must return a future: it returned ${quote(future)}` +
      "\nhelp: write function* (kit) { … } with yield*, or give a test without futures to the runner itself",
  );
}
