import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  async,
  forEachConcurrent,
  type Future,
  mapConcurrent,
  ready,
  Runtime,
  sleep,
  spawn,
  taskLocal,
  timeout,
  yieldNow,
} from "../index.js";
import { Instant } from "../time/instant.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

const now = (): number => Instant.now().milliseconds;

/** An array that says what is taken from it, and when it is closed. */
function* watched<T>(items: Iterable<T>, trace: string[]): Generator<T, void> {
  try {
    for (const item of items) {
      trace.push(`take ${item}`);
      yield item;
    }
    trace.push("exhausted");
  } finally {
    trace.push("closed");
  }
}

async function* promised<T>(items: Iterable<T>, trace: string[] = []): AsyncGenerator<T, void> {
  for (const item of watched(items, trace)) yield await Promise.resolve(item);
}

const catching = async(function* (future: Future<unknown>) {
  try {
    return `${yield* future} at ${now()}`;
  } catch (error) {
    const { message, suppressed = [] } = error as Error & { suppressed?: Error[] };
    return [`${message.split("\n")[0]} at ${now()}`, ...suppressed.map((later) => `+ ${later.message}`)].join(" ");
  }
});

test("forEachConcurrent() runs up to its limit at a time, and takes an item only when there is room for it", async () => {
  const trace: string[] = [];
  const work = async(function* (length: number, index: number) {
    yield* sleep(length);
    trace.push(`end ${index} at ${now()}`);
  });
  await pausedQuietly().run(forEachConcurrent(watched([20, 10, 30, 5], trace), 2, work));
  assert.deepEqual(trace, [
    "take 20",
    "take 10",
    "end 1 at 10",
    "take 30",
    "end 0 at 20",
    "take 5",
    "end 3 at 25",
    "exhausted",
    "closed",
    "end 2 at 40",
  ]);
});

test("forEachConcurrent() takes nothing before it is awaited", async () => {
  const trace: string[] = [];
  const main = async(function* () {
    const loop = forEachConcurrent(watched([1], trace), 1, () => ready(undefined));
    yield* yieldNow();
    assert.deepEqual(trace, []);
    yield* loop;
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, ["take 1", "exhausted", "closed"]);
});

test("forEachConcurrent() takes from async iterables, one at a time, as there is room", async () => {
  const trace: string[] = [];
  const runtime = new Runtime({ startPaused: true, waitForHost: true });
  const work = async(function* (item: number) {
    trace.push(`begin ${item}`);
    yield* yieldNow();
    yield* sleep(10);
    trace.push(`end ${item}`);
  });
  await runtime.run(forEachConcurrent(promised([1, 2, 3], trace), 1, work));
  const steps = [1, 2, 3].flatMap((n) => [`take ${n}`, `begin ${n}`, `end ${n}`]);
  assert.deepEqual(trace, [...steps, "exhausted", "closed"]);
});

test("forEachConcurrent() throws the first error at once, drops the rest, and closes the iterable", async () => {
  const trace: string[] = [];
  const work = async(function* (item: string) {
    try {
      yield* sleep(item === "bad" ? 10 : 100);
      if (item === "bad") throw new Error("bad item");
    } finally {
      if (item !== "bad") yield* sleep(5);
      trace.push(`${item} over at ${now()}`);
    }
  });
  const items = watched(["a", "bad", "never begun"], trace);
  assert.equal(await pausedQuietly().run(catching(forEachConcurrent(items, 2, work))), "bad item at 10");
  assert.deepEqual(trace, ["take a", "take bad", "bad over at 10", "closed", "a over at 15"]);
});

test("forEachConcurrent() that is dropped unwinds its items, then closes the iterable, then the calls around it", async () => {
  const trace: string[] = [];
  const work = async(function* (item: number) {
    try {
      yield* sleep(100);
    } finally {
      yield* sleep(5);
      trace.push(`${item} dropped at ${now()}`);
    }
  });
  const caller = async(function* () {
    try {
      yield* forEachConcurrent(watched([1, 2, 3], trace), 2, work);
    } finally {
      trace.push(`caller at ${now()}`);
    }
  });
  const main = async(function* () {
    const handle = spawn(timeout(caller(), 10));
    yield* handle.settled();
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, ["take 1", "take 2", "1 dropped at 15", "2 dropped at 15", "closed", "caller at 15"]);
});

test("forEachConcurrent() hands on what the iterable throws, and what it throws when it is closed", async () => {
  const throwing = function* (): Generator<number, void> {
    yield 1;
    throw new Error("the iterable failed");
  };
  const untidy = function* (): Generator<number, void> {
    try {
      yield 1;
      yield 2;
    } finally {
      refuse("closing failed");
    }
  };
  const rejecting = async function* (): AsyncGenerator<number, void> {
    yield 1;
    throw new Error("the async iterable failed");
  };
  const fail = async(function* () {
    throw new Error("item failed");
  });
  const pass = (): Future<void> => ready(undefined);
  const run = (loop: Future<unknown>): Promise<string> =>
    new Runtime({ startPaused: true, waitForHost: true }).run(catching(loop));
  assert.deepEqual(
    [
      await run(forEachConcurrent(throwing(), 3, pass)),
      await run(forEachConcurrent(rejecting(), 3, pass)),
      await run(forEachConcurrent(untidy(), 1, fail)),
      await run(forEachConcurrent([1], 1, () => refuse("fn itself failed"))),
    ],
    [
      "the iterable failed at 0",
      "the async iterable failed at 0",
      "item failed at 0 + closing failed",
      "fn itself failed at 0",
    ],
  );
});

function refuse(message: string): never {
  throw new Error(message);
}

test("forEachConcurrent() does not wait to close an async iterable that has not given what it was asked for", async () => {
  const trace: string[] = [];
  const items: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        trace.push("return");
        return new Promise(() => {});
      },
    }),
  };
  const runtime = new Runtime({ startPaused: true });
  const loop = timeout(
    forEachConcurrent(items, 1, () => ready(undefined)),
    10,
  );
  assert.equal(await runtime.run(catching(loop)), "Cannot finish in time: 10 ms passed at 10");
  await runtime.shutdown();
  assert.deepEqual(trace, ["return"]);
});

test("forEachConcurrent() runs in the task that awaits it, and takes plain generators", async () => {
  const user = taskLocal<string>();
  const seen: string[] = [];
  const loop = forEachConcurrent([1, 2], Infinity, function* (n) {
    yield* yieldNow();
    seen.push(`${user.get()} ${n}`);
  });
  await pausedQuietly().run(user.scope("ada", loop));
  assert.deepEqual(seen, ["ada 1", "ada 2"]);
});

test("forEachConcurrent() lets others run, though its items never end and are ready at once", async () => {
  const naturals = function* (): Generator<number, void> {
    for (let n = 0; ; n++) yield n;
  };
  const main = async(function* () {
    const handle = spawn(forEachConcurrent(naturals(), 4, () => ready(undefined)));
    yield* sleep(10);
    handle.abort();
    return (yield* handle.settled()).status;
  });
  assert.equal(await new Runtime().run(main()), "rejected");
});

test("mapConcurrent() gives the values in the order of the items", async () => {
  const work = async(function* (length: number) {
    yield* sleep(length);
    return `${length} at ${now()}`;
  });
  assert.deepEqual(await pausedQuietly().run(mapConcurrent([30, 10, 20], 2, work)), [
    "30 at 30",
    "10 at 10",
    "20 at 30",
  ]);
  assert.deepEqual(await pausedQuietly().run(mapConcurrent([], 2, work)), []);
});

test("mapConcurrent() gives what a plain loop gives, never more than its limit at once, and leaves nothing", async () => {
  const item = fc.record({ ms: fc.nat(5), yields: fc.nat(3) });
  const limits = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Infinity));
  const property = fc.asyncProperty(fc.array(item, { maxLength: 20 }), limits, async (items, limit) => {
    let running = 0;
    const work = async(function* ({ ms, yields }: { ms: number; yields: number }, index: number) {
      running++;
      assert.ok(running <= limit);
      for (let i = 0; i < yields; i++) yield* yieldNow();
      if (ms > 0) yield* sleep(ms);
      running--;
      return index;
    });
    const runtime = pausedQuietly();
    const values = await runtime.run(mapConcurrent(items, limit, work));
    assert.deepEqual(values, [...items.keys()]);
    assert.deepEqual([running, runtime.metrics().timers], [0, 0]);
  });
  await fc.assert(property, { numRuns: 30 });
});

test("forEachConcurrent() and mapConcurrent() refuse what is not iterable, no limit, and no function", async () => {
  const refused = (...args: unknown[]): string => {
    try {
      forEachConcurrent(...(args as Parameters<typeof forEachConcurrent>));
      return "accepted";
    } catch (error) {
      return String(error).split("\n")[0];
    }
  };
  const fn = (): Future<void> => ready(undefined);
  assert.deepEqual(
    [
      refused(5, 1, fn),
      refused(null, 1, fn),
      refused(ready(1), 1, fn),
      refused([], 0, fn),
      refused([], 1.5, fn),
      refused([], "2", fn),
      refused([], 1),
    ],
    [
      "TypeError: Cannot run forEachConcurrent() as 'items' must be iterable: received 5",
      "TypeError: Cannot run forEachConcurrent() as 'items' must be iterable: received null",
      "TypeError: Cannot run forEachConcurrent() as 'items' must be iterable: received an instance of Ready",
      "RangeError: Cannot run forEachConcurrent() as 'limit' must be an integer >= 1, or Infinity: received 0",
      "RangeError: Cannot run forEachConcurrent() as 'limit' must be an integer >= 1, or Infinity: received 1.5",
      `TypeError: Cannot run forEachConcurrent() as 'limit' must be an integer >= 1, or Infinity: received "2"`,
      "TypeError: Cannot run forEachConcurrent() as 'fn' must be a function: received undefined",
    ],
  );
  assert.throws(() => mapConcurrent([], 0, fn), /^RangeError: Cannot run mapConcurrent\(\) as 'limit'/);
  assert.match(
    await pausedQuietly().run(catching(forEachConcurrent([1], 1, (() => 5) as never))),
    /^Cannot let 'fn' of forEachConcurrent\(\) give a value as it must be a future: received 5/,
  );
});
