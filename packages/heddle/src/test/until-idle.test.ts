import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { async, fromPromise, join, Runtime, select, sleep, spawn, yieldNow } from "../index.js";
import { spawnMock, testWith, untilIdle } from "../test.js";
import { Instant } from "../time.js";

const test = testWith(nodeTest);

test("untilIdle() is ready when nothing else can run, and before time moves", function* (kit) {
  const log: string[] = [];
  const work = async(function* (name: string, rounds: number) {
    for (let i = 0; i < rounds; i++) yield* yieldNow();
    log.push(`${name} rested at ${kit.now()}`);
    yield* sleep(5);
    log.push(`${name} woke at ${kit.now()}`);
  });
  const handles = [spawn(work("a", 10_000)), spawn(work("b", 3))];
  yield* untilIdle();
  log.push(`idle at ${kit.now()}`);
  yield* untilIdle();
  log.push(`idle again at ${kit.now()}`);
  for (const handle of handles) yield* handle;
  assert.deepEqual(log, [
    "b rested at 0",
    "a rested at 0", // 10,000 rounds are several turns
    "idle at 0",
    "idle again at 0", // nothing has changed: at once
    "b woke at 5",
    "a woke at 5",
  ]);
});

test("untilIdle() wakes all who wait for it, and is idle only once they rest as well", function* (kit) {
  const waits = async(function* () {
    yield* untilIdle();
    return kit.now();
  });
  assert.deepEqual(yield* join(spawn(waits()), waits(), spawn(sleep(9))), [0, 0, undefined]);
});

test("untilIdle() waits for promises from outside, as the clock does", function* () {
  let came = false;
  const outside = spawn(
    (function* () {
      yield* fromPromise(new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve)))));
      came = true;
    })(),
  );
  yield* untilIdle();
  assert.equal(came, true);
  yield* outside;
});

test("untilIdle() that is dropped wakes nobody, and does not hold time back", function* (kit) {
  yield* select({ idle: untilIdle(), now: yieldNow() }, { biased: true });
  yield* sleep(5);
  assert.equal(kit.now(), 5);
});

nodeTest("untilIdle() works in any runtime, also where the clock runs", async () => {
  const runtime = new Runtime({ warnings: false });
  const main = async(function* () {
    const start = Instant.now();
    const far = spawn(sleep({ hours: 1 }));
    yield* untilIdle();
    far.abort();
    return start.elapsed() < 60_000;
  });
  assert.equal(await runtime.run(main()), true);
});

nodeTest("untilIdle() outside of a runtime says so", () => {
  const future = untilIdle() as unknown as { poll(cx: unknown): unknown };
  assert.throws(() => future.poll({ waker: { wake() {} } }), { code: "runtime.none" });
  spawnMock(untilIdle()).assertPending();
});
