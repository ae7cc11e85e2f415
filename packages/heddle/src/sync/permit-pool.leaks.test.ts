/**
 * What is said of guards that were forgotten. The garbage collector is asked to come, in this process.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, race, sleep, spawn } from "../index.js";
import { Mutex, RwLock, Semaphore } from "../sync.js";
import { warningsOf } from "../runtime/forgotten.kit.js";

const forget = async(function* forget(future: Future<unknown>) {
  yield* future;
});

/** Not collected with its guards. */
const lasting = [new Mutex(), new Mutex()] as const;

const forgetful: [string, () => Generator<any, unknown, any>][] = [
  [
    "one that was free",
    function* forgetful() {
      yield* new Mutex().lock();
      yield* sleep(1);
    },
  ],
  [
    "one of a lock that lives on, taken in a branch",
    function* forgetful() {
      yield* race([lasting[0].lock(), sleep(5000)]);
      yield* sleep(1);
    },
  ],
  [
    "one of a lock that lives on, handed over to a branch",
    function* forgetful() {
      const guard = yield* lasting[1].lock();
      const other = spawn(forget(race([lasting[1].lock(), sleep(5000)])));
      yield* sleep(1);
      guard.release();
      yield* other;
      yield* sleep(1);
    },
  ],
  [
    "one that was waited for",
    function* forgetful() {
      const mutex = new Mutex();
      const guard = yield* mutex.lock();
      const other = spawn(mutex.lock());
      yield* sleep(1); // it still waits when the turn ends
      guard.release();
      yield* other;
      yield* sleep(1);
    },
  ],
  [
    "one that was tried",
    function* forgetful() {
      new Semaphore(1).tryAcquire();
      yield* sleep(1);
    },
  ],
  [
    "a writer that was downgraded",
    function* forgetful() {
      (yield* new RwLock().write()).downgrade();
      yield* sleep(1);
    },
  ],
];

for (const [kind, body] of forgetful)
  test(`a guard that is collected unreleased is reported once, with the line that asked for it: ${kind}`, async () => {
    const warnings = await warningsOf(body);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ["lock.leaked"],
    );
    assert.match(
      warnings[0]!.message,
      /^What (mutex\.lock|semaphore\.acquire|rwlock\.read)\(\) gave was forgotten and never released/,
    );
    assert.match(warnings[0]!.message, /at .*forgetful \(.*permit-pool\.leaks\.test\.[jt]s:\d+/);
    assert.match(warnings[0]!.message, /\nhelp: take it with using/);
  });

test("a guard that is released, forgotten on purpose, or dropped before it was polled is not reported", async () => {
  const warnings = await warningsOf(function* () {
    const semaphore = new Semaphore(3);
    const permits = [yield* semaphore.acquire(), yield* semaphore.acquire(), yield* semaphore.acquire()];
    const waiting = spawn(semaphore.acquire());
    yield* sleep(1); // across the end of a turn
    waiting.abort();
    permits[0]!.release();
    permits[1]!.forget();
    permits[2]![Symbol.dispose]();
    yield* sleep(1);
  });
  assert.deepEqual(warnings, []);
});

test("a lock that is asked for and never awaited is reported as a future that was never polled", async () => {
  const warnings = await warningsOf(function* () {
    void new Mutex(0, { name: "accounts" }).lock();
    yield* sleep(1);
  });
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["future.never-polled"],
  );
  assert.match(warnings[0]!.message, /mutex "accounts" lock\(\)/);
});
