import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { async, join, map, select, shared, sleep, spawn, yieldNow } from "../index.js";
import { testWith } from "../test.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

const test = testWith(nodeTest, { seed: 1 });

test("shared() runs its future once and gives all awaiters the same value, also those that come later", function* () {
  let runs = 0;
  const load = async(function* () {
    runs++;
    yield* sleep(10);
    return { loaded: runs };
  });
  const once = shared(load());
  const waiting = Array.from({ length: 3 }, () => spawn(once));
  const [a, b] = yield* join(once, once);
  const values = [a, b, yield* once];
  for (const handle of waiting) values.push(yield* handle);
  assert.equal(new Set(values).size, 1);
  assert.deepEqual(values[0], { loaded: 1 });
});

test("shared() gives all awaiters the same error", function* () {
  const failure = new Error("failed");
  const fail = async(function* () {
    yield* sleep(10);
    throw failure;
  });
  const main = async(function* () {
    const once = shared(fail());
    const outcomes = [];
    const handles = [spawn(once), spawn(once)];
    for (const handle of handles) outcomes.push(yield* handle.settled());
    outcomes.push(yield* spawn(once).settled());
    return outcomes;
  });
  const rejected = { status: "rejected", reason: failure };
  assert.deepEqual(yield* main(), [rejected, rejected, rejected]);
});

nodeTest("shared() begins with its first awaiter, not before", async () => {
  const trace: string[] = [];
  const begin = async(function* () {
    trace.push("begun");
  });
  const main = async(function* () {
    const once = shared(begin());
    yield* yieldNow();
    trace.push("awaited");
    yield* once;
  });
  await pausedQuietly().run(main());
  assert.deepEqual(trace, ["awaited", "begun"]);
});

test("shared() goes on for the others when the awaiter that polls it is dropped", function* () {
  const once = shared(map(sleep(10), () => "value"));
  const first = spawn(once);
  const second = spawn(once);
  yield* sleep(5);
  first.abort();
  assert.deepEqual([(yield* first.settled()).status, yield* second], ["rejected", "value"]);
});

test("shared() hands on a wake that reached an awaiter which was then dropped", function* () {
  // Both wake at the same tick: the first is woken on behalf of all, and loses its select in that very poll.
  const once = shared(map(sleep(10), () => "value"));
  const first = spawn(select({ tick: sleep(10), once }, { biased: true }));
  const second = spawn(once);
  assert.deepEqual([(yield* first).key, yield* second], ["tick", "value"]);
});

test("shared() keeps its future while a task that has awaited it lives, and drops it with the last", function* () {
  const trace: string[] = [];
  const work = async(function* () {
    try {
      yield* sleep(1000);
    } finally {
      trace.push("dropped");
    }
  });
  const glance = async(function* (once: ReturnType<typeof work>, name: string, stay: number) {
    yield* select({ once, tick: sleep(1) });
    yield* sleep(stay);
    trace.push(`${name} ends`);
  });
  const main = async(function* () {
    const once = shared(work());
    const handles = [spawn(glance(once, "a", 10)), spawn(glance(once, "b", 20))];
    for (const handle of handles) yield* handle;
    trace.push("both joined");
  });
  yield* main();
  assert.deepEqual(trace, ["a ends", "b ends", "dropped", "both joined"]);
});

test("shared() can be awaited again by a task that gave up once, although another one has ended meanwhile", function* () {
  const once = shared(map(sleep(100), () => "value"));
  const glance = async(function* () {
    yield* select({ once, tick: sleep(1) });
  });
  yield* select({ once, tick: sleep(2) });
  yield* spawn(glance());
  assert.equal(yield* once, "value");
});
