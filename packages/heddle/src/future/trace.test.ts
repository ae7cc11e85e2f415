/**
 * Whole stack traces: an error that leaves a call has the line of every call that awaits it, suspended or not.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  async,
  fromCallback,
  fromPromise,
  type Future,
  join,
  map,
  pending,
  race,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { paused } from "../runtime/paused.kit.js";

/** The functions of this file in an error's stack, innermost first. */
function names(error: unknown): string[] {
  return (error as Error)
    .stack!.split("\n")
    .filter((line) => /trace\.test\.[jt]s:\d/.test(line))
    .map((line) => /at (?:async )?(?:new )?([\w.]+) \(/.exec(line)?.[1] ?? "(anonymous)");
}

const failed = async (future: Future<unknown>): Promise<Error> =>
  paused()
    .run(future)
    .then(
      () => assert.fail("it did not fail"),
      (error) => error,
    );

const bottom = async(function* bottom(suspends: boolean): Generator<any, void, any> {
  if (suspends) yield* yieldNow();
  throw new Error("deep down");
});
const middle = async(function* middle(suspends: boolean): Generator<any, void, any> {
  yield* bottom(suspends);
});
const around = async(function* top(future: Future<unknown>) {
  yield* future;
});

test("an error has the line of every awaiting call, when none was suspended", async () => {
  const error = await failed(around(middle(false)));
  assert.deepEqual(names(error), ["bottom", "middle", "top"]);
});

test("an error has the line of every awaiting call, when all were suspended", async () => {
  const error = await failed(around(middle(true)));
  assert.deepEqual(names(error), ["bottom", "middle", "top"]);
});

test("an error has the line of every awaiting call, when some were suspended and some were not", async () => {
  const later = async(function* later() {
    yield* sleep(1);
    yield* middle(false);
  });
  assert.deepEqual(names(await failed(around(later()))), ["bottom", "middle", "later", "top"]);
});

test("an error says where each call stands: the line of its own yield*, not of its beginning", async () => {
  const lines: number[] = [];
  const here = () => {
    const text = new Error().stack!.split("\n").filter((line) => line.includes("trace.test."))[1]!;
    lines.push(Number(/trace\.test\.[jt]s:(\d+)/.exec(text)![1]));
  };
  const inner = async(function* inner() {
    yield* sleep(1);
    yield* ((here(), sleep(1)));
    throw (here(), new Error("here"));
  });
  const outer = async(function* outer() {
    yield* sleep(1);
    yield* ((here(), inner()));
  });
  const error = await failed(outer());
  const [outerLine, , throwLine] = lines;
  const found = error
    .stack!.split("\n")
    .map((line) => /trace\.test\.[jt]s:(\d+)/.exec(line)?.[1])
    .filter((line) => line !== undefined)
    .map(Number);
  assert.deepEqual(found, [throwLine, outerLine]);
});

test("an error keeps its message and identity, and no line of the engine is in it", async () => {
  const error = await failed(around(middle(true)));
  assert.match(error.stack!, /^Error: deep down\n/);
  assert.doesNotMatch(error.stack!, /future\/(frame|stack|leaf|branch)\.[jt]s/);
  assert.doesNotMatch(error.stack!, /node:internal/);
});

test("an error that crosses combinators has the lines on both sides", async () => {
  const combinators: Record<string, (future: Future<void>) => Future<unknown>> = {
    join: (future) => join(future, sleep(10)),
    race: (future) => race([future]),
    select: (future) => select({ future, tick: sleep(10) }),
    timeout: (future) => timeout(future, 10),
    map: (future) => map(future, String),
    "join in timeout": (future) => timeout(join(future), 10),
  };
  for (const [name, combine] of Object.entries(combinators)) {
    for (const suspends of [false, true]) {
      const error = await failed(around(combine(middle(suspends))));
      assert.deepEqual(names(error), ["bottom", "middle", "top"], `${name}, ${suspends ? "" : "not "}suspended`);
    }
  }
});

test("an error that comes from outside of every call has the lines of those that await it", async () => {
  const later = (fail: (error: unknown) => void) => void setImmediate(() => fail(new Error("from outside")));
  const callback = async(function* callback() {
    yield* fromCallback((_resolve, reject) => later(reject));
  });
  const promise = async(function* promise() {
    yield* fromPromise(new Promise((_resolve, reject) => later(reject)));
  });
  for (const [call, name] of [
    [callback, "callback"],
    [promise, "promise"],
  ] as const) {
    assert.deepEqual(names(await failed(around(call()))).slice(-2), [name, "top"]);
    assert.deepEqual(names(await failed(around(join(call(), pending())))).slice(-2), [name, "top"]);
    assert.deepEqual(names(await failed(around(timeout(call(), 1000)))).slice(-2), [name, "top"]);
  }
});

test("an error that crosses a handle has the lines of the task and of the joiner", async () => {
  const joiner = async(function* joiner() {
    yield* spawn(around(middle(true)));
  });
  assert.deepEqual(names(await failed(around(joiner()))), ["bottom", "middle", "top", "joiner", "top"]);
});

test("an error has the lines of plain generators that are awaited inline", async () => {
  function* inner(future: Future<unknown>): Generator<any, void, any> {
    yield* future;
  }
  function* outer(future: Future<unknown>): Generator<any, void, any> {
    yield* inner(future);
  }
  for (const suspends of [false, true]) {
    const error = await failed(around(outer(middle(suspends))));
    assert.deepEqual(names(error), ["bottom", "middle", "inner", "outer", "top"]);
  }
});

test("an error has a line for every level of a recursion", async () => {
  const down = async(function* down(depth: number, suspends: boolean): Generator<any, void, any> {
    if (depth > 0) yield* down(depth - 1, suspends);
    yield* middle(suspends);
  });
  for (const suspends of [false, true]) {
    const expected = ["bottom", "middle", "down", "down", "down", "top"];
    assert.deepEqual(names(await failed(around(down(2, suspends)))), expected);
  }
});

test("an error that is caught and thrown again gains nothing twice", async () => {
  const again = async(function* again(): Generator<any, void, any> {
    try {
      yield* middle(true);
    } catch (error) {
      yield* yieldNow();
      throw error;
    }
  });
  const error = await failed(around(again()));
  const found = names(error);
  assert.deepEqual(found.slice(0, 3), ["bottom", "middle", "again"]);
  assert.equal(found.filter((name) => name === "bottom").length, 1);
  assert.equal(found.filter((name) => name === "again").length, 1);
});

test("a wrapping error keeps its cause, each with its own lines", async () => {
  const wrapping = async(function* wrapping(): Generator<any, void, any> {
    try {
      yield* middle(true);
    } catch (cause) {
      throw new Error("wrapped", { cause });
    }
  });
  const error = await failed(around(wrapping()));
  assert.deepEqual(names(error), ["wrapping", "top"]);
  assert.deepEqual(names(error.cause).slice(0, 2), ["bottom", "middle"]);
});

test("what is thrown comes out as it is, also if it is no error, or frozen", async () => {
  const throwing = async(function* throwing(value: unknown): Generator<any, void, any> {
    yield* yieldNow();
    throw value;
  });
  for (const value of ["text", 42, null, undefined, { code: 1 }, Object.freeze(new Error("frozen"))]) {
    const outcome = await paused()
      .run(around(throwing(value)))
      .then(
        () => assert.fail("it did not fail"),
        (reason: unknown) => ({ reason }),
      );
    assert.equal(outcome.reason, value);
  }
});
