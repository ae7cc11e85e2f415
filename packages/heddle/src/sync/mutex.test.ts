import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type HeddleError, joinAll, select, sleep, spawn, timeout, yieldNow } from "../index.js";
import { Context, currentTask, type Leaf, PENDING, pin, type Waker } from "../lowlevel.js";
import { Mutex, type MutexGuard, OnceCell } from "../sync.js";
import { paused } from "../runtime/paused.kit.js";

class Counter implements Waker {
  count = 0;
  wake(): void {
    this.count++;
  }
}

test("Mutex.lock() is ready at once if nobody has the lock, and answers with the guard of the value", async () => {
  const mutex = new Mutex("first");
  const polled = pin(mutex.lock()).poll(new Context(new Counter())) as MutexGuard<string>;
  assert.equal(mutex.isLocked, true);
  assert.equal(polled.value, "first");
  polled.value = "second";
  assert.equal(polled.isReleased, false);
  polled.release();
  assert.equal(polled.isReleased, true);
  assert.equal(mutex.isLocked, false);
  assert.equal(mutex.tryLock()!.value, "second");
});

test("Mutex.lock() serves waiters in the order they came, each once it was released, each woken once", () => {
  const mutex = new Mutex();
  const first = mutex.tryLock()!;
  const waits = [1, 2, 3].map(() => ({ lock: pin(mutex.lock()), wakes: new Counter() }));
  for (const { lock, wakes } of waits) assert.equal(lock.poll(new Context(wakes)), PENDING);
  assert.equal(mutex.waiting, 3);
  const ledger: number[][] = [];
  let guard: MutexGuard<void> = first;
  for (const { lock, wakes } of waits) {
    guard.release();
    ledger.push([...waits.map((wait) => wait.wakes.count), mutex.waiting]);
    guard = lock.poll(new Context(wakes)) as MutexGuard<void>;
  }
  guard.release();
  assert.deepEqual(ledger, [
    [1, 0, 0, 2], // only the first is woken
    [1, 1, 0, 1],
    [1, 1, 1, 0],
  ]);
  assert.equal(mutex.isLocked, false);
});

test("Mutex hands a released lock over: nobody gets it in between", () => {
  const mutex = new Mutex();
  const guard = mutex.tryLock()!;
  const waiting = pin(mutex.lock());
  waiting.poll(new Context(new Counter()));
  guard.release();
  assert.equal(mutex.isLocked, true, "it is the waiter's, who has not been polled yet");
  assert.equal(mutex.tryLock(), undefined);
  const late = new Counter();
  assert.equal(pin(mutex.lock()).poll(new Context(late)), PENDING);
  (waiting.poll(new Context(new Counter())) as MutexGuard<void>).release();
  assert.equal(late.count, 1);
});

test("Mutex.tryLock() gives nothing while somebody has the lock", () => {
  const mutex = new Mutex();
  const guard = mutex.tryLock();
  assert.equal(mutex.tryLock(), undefined);
  guard!.release();
  assert.notEqual(mutex.tryLock(), undefined);
});

test("Mutex.lock() wakes the waker of the last poll, and not those before", () => {
  const mutex = new Mutex();
  const guard = mutex.tryLock()!;
  const lock = mutex.lock() as unknown as Leaf<MutexGuard<void>>;
  const [first, second] = [new Counter(), new Counter()];
  lock.poll(new Context(first));
  lock.poll(new Context(second));
  guard.release();
  assert.deepEqual([first.count, second.count], [0, 1]);
});

test("MutexGuard.release() again does nothing, also when another one has the lock by then", () => {
  const mutex = new Mutex();
  const first = mutex.tryLock()!;
  first.release();
  const second = mutex.tryLock()!;
  first.release();
  first[Symbol.dispose]();
  assert.equal(mutex.isLocked, true);
  second[Symbol.dispose]();
  assert.equal(mutex.isLocked, false);
});

test("MutexGuard.value cannot be reached once it was released", () => {
  const mutex = new Mutex(1, { name: "count" });
  const guard = mutex.tryLock()!;
  guard.release();
  const refusal = (error: HeddleError) => {
    assert.equal(error.code, "lock.released");
    assert.match(
      error.message,
      /^Cannot (read|set) the value of a mutex as the guard must be held: mutex "count" lock\(\) was released\nhelp: /,
    );
    return true;
  };
  assert.throws(() => guard.value, refusal);
  assert.throws(() => (guard.value = 2), refusal);
});

test("a wait for a mutex that is dropped leaves the queue: the one behind it is next", () => {
  const mutex = new Mutex();
  const guard = mutex.tryLock()!;
  const dropped = pin(mutex.lock());
  const [wakes, wakesBehind] = [new Counter(), new Counter()];
  dropped.poll(new Context(wakes));
  const behind = pin(mutex.lock());
  behind.poll(new Context(wakesBehind));
  dropped.drop();
  assert.equal(mutex.waiting, 1);
  const told = wakes.count;
  guard.release();
  assert.deepEqual([wakes.count - told, wakesBehind.count], [0, 1]);
});

test("a wait for a mutex that is dropped after the lock was handed to it hands it on", () => {
  const mutex = new Mutex();
  const guard = mutex.tryLock()!;
  const dropped = pin(mutex.lock());
  dropped.poll(new Context(new Counter()));
  const wakes = new Counter();
  const behind = pin(mutex.lock());
  behind.poll(new Context(wakes));
  guard.release();
  assert.equal(wakes.count, 0);
  dropped.drop();
  assert.equal(wakes.count, 1);
  (behind.poll(new Context(wakes)) as MutexGuard<void>).release();
  assert.equal(mutex.isLocked, false);
});

test("a mutex is free again after a select, a timeout and an abort gave up on it, in every state", async () => {
  for (const polledAfterRelease of [false, true]) {
    const mutex = new Mutex();
    const ended = await paused().run(
      async(function* () {
        const guard = yield* mutex.lock();
        const lost = spawn(select({ lock: mutex.lock(), tick: sleep(5) }));
        const late = spawn(timeout(mutex.lock(), 5));
        const aborted = spawn(mutex.lock());
        yield* sleep(polledAfterRelease ? 10 : 1);
        if (polledAfterRelease) guard.release();
        aborted.abort();
        if (!polledAfterRelease) {
          // Handed to the first of them, which is aborted before it is polled.
          lost.abort();
          guard.release();
          late.abort();
        }
        yield* joinAll([lost.settled(), late.settled(), aborted.settled()]);
        return mutex.isLocked;
      })(),
    );
    assert.equal(ended, false);
    assert.equal(mutex.waiting, 0);
    assert.deepEqual(mutex.holders, []);
  }
});

test("Mutex.lock() cannot be awaited again once it gave its guard", async () => {
  const mutex = new Mutex();
  const lock = mutex.lock();
  await paused().run(
    async(function* () {
      const guard = yield* lock;
      let code: unknown;
      try {
        yield* lock;
      } catch (error) {
        ({ code } = error as HeddleError);
      }
      assert.equal(code, "future.completed");
      guard.release();
    })(),
  );
  assert.equal(mutex.isLocked, false);
});

test("Mutex.holders says which task has the lock, from when it is handed over until it is released", async () => {
  const mutex = new Mutex();
  const names = () => mutex.holders.map((holder) => holder.name);
  await paused().run(
    async(function* () {
      const guard = yield* mutex.lock();
      const other = spawn(
        async(function* () {
          const own = yield* mutex.lock();
          assert.equal(mutex.holders[0], currentTask());
          own.release();
        })(),
        { name: "other" },
      );
      yield* yieldNow();
      assert.deepEqual(names(), ["main"]);
      guard.release();
      assert.deepEqual(names(), ["other"], "before it was polled");
      yield* other;
      assert.deepEqual(names(), []);
    })(),
    { name: "main" },
  );
});

test("Runtime.dump() says who has the lock that a task waits for, also when that task is over", async () => {
  const mutex = new Mutex(0, { name: "accounts" });
  const runtime = paused();
  const waitsFor = () => runtime.dump().tasks.find(({ name }) => name === "waiting")!.waitsFor;
  await runtime.run(
    async(function* () {
      const holder = spawn(mutex.lock(), { name: "holding" });
      const waiting = spawn(mutex.lock(), { name: "waiting" });
      yield* yieldNow();
      assert.match(
        waitsFor(),
        new RegExp(
          `^mutex "accounts" lock\\(\\), held by task "holding" \\(#${holder.id}\\) since .*mutex.test.ts:.*, which is over$`,
        ),
      );
      const guard = yield* holder;
      guard.release();
      (yield* waiting).release();
    })(),
  );
  const cell = new OnceCell<number>();
  await runtime.run(
    async(function* () {
      const maker = spawn(
        cell.getOrInit(
          async(function* () {
            yield* sleep(5);
            return 1;
          }),
        ),
        { name: "making" },
      );
      spawn(
        cell.getOrInit(() => 2),
        { name: "waiting" },
      );
      yield* yieldNow();
      assert.equal(waitsFor(), `onceCell.getOrInit(…), held by task "making" (#${maker.id})`);
    })(),
  );
});

type Critical = (guard: MutexGuard<number>) => unknown;

const functions: Record<string, Critical> = {
  "a plain function": (guard) => ++guard.value,
  "a generator function": function* (guard) {
    yield* sleep(1);
    return ++guard.value;
  },
  "an async function of heddle": async(function* (guard: MutexGuard<number>) {
    yield* sleep(1);
    return ++guard.value;
  }),
  "a native async function": async (guard) => {
    await Promise.resolve();
    return ++guard.value;
  },
};

for (const [kind, fn] of Object.entries(functions))
  test(`Mutex.withLock() runs ${kind} with the lock, gives what it gives, and releases it`, async () => {
    const mutex = new Mutex(1);
    assert.equal(await paused().run(mutex.withLock(fn)), 2);
    assert.equal(mutex.isLocked, false);
  });

test("Mutex.withLock() gives a collection as it is", async () => {
  assert.deepEqual(await paused().run(new Mutex().withLock(() => [1, 2])), [1, 2]);
});

test("Mutex.withLock() releases the lock when the function throws, and throws the same", async () => {
  const mutex = new Mutex(0);
  const error = new Error("thrown");
  const fails: Critical[] = [
    () => {
      throw error;
    },
    function* () {
      yield* sleep(1);
      throw error;
    },
    () => Promise.reject(error),
  ];
  for (const fn of fails) {
    await assert.rejects(paused().run(mutex.withLock(fn)), error);
    assert.equal(mutex.isLocked, false);
  }
});

test("Mutex.withLock() that is dropped runs the cleanups of the function, which may await, and then releases the lock", async () => {
  const mutex = new Mutex();
  const events: string[] = [];
  await paused().run(
    async(function* () {
      const held = spawn(
        mutex.withLock(function* () {
          try {
            yield* sleep(1000);
            events.push("never");
          } finally {
            yield* sleep(1);
            events.push("cleanup");
          }
        }),
      );
      yield* sleep(1);
      held.abort();
      const guard = yield* mutex.lock();
      events.push("locked");
      guard.release();
      yield* held.settled();
    })(),
  );
  assert.deepEqual(events, ["cleanup", "locked"]);
});

test("Mutex.withLock() that is dropped while a native promise runs keeps the lock until that has settled", async () => {
  const mutex = new Mutex();
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  await paused().run(
    async(function* () {
      const held = spawn(mutex.withLock(() => promise));
      yield* yieldNow();
      held.abort();
      yield* sleep(1);
      assert.equal(mutex.isLocked, true);
      assert.equal(held.isFinished, false);
      resolve();
      yield* held.settled();
      assert.equal(mutex.isLocked, false);
    })(),
  );
});

test("Mutex.withLock() refuses what is no function", () => {
  assert.throws(() => new Mutex().withLock(1 as never), {
    name: "TypeError",
    message: "Cannot run with a lock as 'fn' must be a function: received 1\nhelp: pass a function, async or not",
  });
});

test("the value of a lock that was not awaited is refused: yield* is missing", async () => {
  const mutex = new Mutex("value", { name: "config" });
  const unawaited = {
    code: "lock.released",
    message:
      /^Cannot read the value .* must be held: mutex "config" lock\(\) was not awaited\nhelp: take it with yield\*/,
  };
  const main = async(function* () {
    const lock = mutex.lock();
    assert.throws(() => (lock as unknown as { value: string }).value, unawaited);
    const guard = yield* lock;
    const next = mutex.lock();
    const waiting = spawn(next);
    yield* yieldNow();
    assert.throws(() => (next as unknown as { value: string }).value, unawaited);
    waiting.abort();
    const { value } = guard;
    guard.release();
    return value;
  });
  assert.equal(await paused().run(main()), "value");
});
