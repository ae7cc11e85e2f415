/**
 * What one thread sees of the shared locks: guards, futures, refusals, and how they are sent. What several see is in `threads.slow.test.ts`, and what every
 * interleaving brings in `*.model.test.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, joinAll, Runtime, run, sleep, spawn, timeout, yieldNow } from "../../index.js";
import { Context, type Leaf, PENDING, type Waker } from "../../lowlevel.js";
import {
  Condvar,
  SharedBarrier,
  SharedMutex,
  sharedArray,
  SharedOnce,
  SharedRwLock,
  SharedSemaphore,
  sharedStruct,
} from "../../thread.js";
import { pack } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import { LOCK_OWNER, nameOf } from "./layout.js";
import "../kinds.js";

class Counter implements Waker {
  count = 0;
  wake(): void {
    this.count++;
  }
}

/** As another thread would have it. */
function sent<T>(value: T): T {
  const { data, extras, transfer } = pack(value, "it");
  const copy = structuredClone({ data, extras }, { transfer });
  return unpack(copy.data, copy.extras) as T;
}

const codeOf = (code: string) => (error: { code?: string; message: string }) => {
  assert.equal(error.code, code);
  assert.match(error.message, /^Cannot .*: .*/);
  return true;
};

const Pair = sharedStruct({ x: "f64", y: "f64" });

test("SharedMutex gives a guard to one at a time, blocking, trying and awaiting alike", async () => {
  const mutex = new SharedMutex(new Pair());
  const guard = mutex.lockBlocking();
  assert.deepEqual([mutex.isLocked, mutex.tryLock(), guard.isReleased], [true, undefined, false]);
  guard.value.x = 4;
  guard.release();
  guard.release();
  guard[Symbol.dispose]();
  assert.deepEqual([mutex.isLocked, guard.isReleased], [false, true]);
  const next = await run(mutex.lock());
  guard.release();
  assert.equal(mutex.isLocked, true, "a guard that was released gives nothing back");
  assert.equal(next.value.x, 4);
  next.release();
  assert.throws(() => next.value, codeOf("lock.released"));
});

test("SharedMutex.lock() serves the tasks of a thread in the order of asking, each woken once", async () => {
  const mutex = new SharedMutex();
  const order: number[] = [];
  const guard = mutex.lockBlocking();
  const worker = async(function* (n: number) {
    const held = yield* mutex.lock();
    order.push(n);
    yield* yieldNow();
    assert.equal(mutex.isLocked, true);
    held.release();
  });
  const main = async(function* () {
    const workers = [1, 2, 3].map((n) => spawn(worker(n)));
    yield* yieldNow();
    guard.release();
    for (const each of workers) yield* each;
  });
  await run(main());
  assert.deepEqual([order, mutex.isLocked], [[1, 2, 3], false]);
});

test("SharedMutex.lock() that is dropped gives up its place, or the lock that it was given", async () => {
  const mutex = new SharedMutex();
  const guard = mutex.lockBlocking();
  const [first, second] = [mutex.lock(), mutex.lock()] as unknown as Leaf<unknown>[];
  const wakes = new Counter();
  const cx = new Context(wakes);
  assert.equal(first!.poll(cx), PENDING);
  assert.equal(second!.poll(cx), PENDING);
  first!.drop(cx);
  guard.release();
  while (wakes.count === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(mutex.isLocked, true, "it is the second's, who was not polled yet");
  second!.drop(cx);
  assert.deepEqual([mutex.isLocked, wakes.count], [false, 1]);
  assert.throws(() => first!.poll(cx), codeOf("future.completed"));
});

test("SharedMutex.withLock() and withLockBlocking() release it whatever becomes of the function", async () => {
  const mutex = new SharedMutex(sharedArray("i32", [1, 2]));
  assert.equal(await run(mutex.withLock((values) => values[1])), 2);
  assert.equal(
    mutex.withLockBlocking((values) => (values[0] = 7)),
    7,
  );
  const failing = () => {
    throw new Error("no");
  };
  await assert.rejects(run(mutex.withLock(failing)), /^Error: no$/);
  assert.throws(() => mutex.withLockBlocking(failing), /^Error: no$/);
  assert.equal(mutex.isLocked, false);
  assert.throws(() => mutex.withLock(3 as never), TypeError);
  assert.throws(() => mutex.withLockBlocking(3 as never), TypeError);
});

test("SharedMutex.lockBlocking() refuses to wait for this thread itself, and gives up in time", async () => {
  const mutex = new SharedMutex();
  const guard = mutex.lockBlocking();
  assert.throws(() => mutex.lockBlocking(), codeOf("lock.deadlock"));
  guard.release();
  // As if a thread that goes on for ever had it.
  new Int32Array(mutex.buffer)[LOCK_OWNER] = nameOf(999_999);
  assert.throws(() => mutex.lockBlocking({ timeout: 2 }), codeOf("shared.elapsed"));
  await assert.rejects(run(timeout(mutex.lock(), 2)), codeOf("time.elapsed"));
  assert.throws(() => mutex.lockBlocking({ timeout: -1 }), RangeError);
});

test("a shared lock refuses what is not shared memory, and buffers of something else", () => {
  for (const value of [{ x: 1 }, new Uint8Array(2), 3, "text", null]) {
    assert.throws(
      () => new SharedMutex(value as never),
      /^TypeError: Cannot create a shared mutex as 'value' must be shared memory: received /,
    );
    assert.throws(() => new SharedRwLock(value as never), TypeError);
    assert.throws(() => new SharedOnce(value as never), TypeError);
  }
  for (const buffer of [new SharedArrayBuffer(64), new ArrayBuffer(64), new Condvar().buffer, undefined])
    assert.throws(
      () => SharedMutex.from(buffer as never),
      /^TypeError: Cannot take a buffer for a shared mutex as it must be the buffer of one: received /,
    );
  assert.throws(() => new SharedSemaphore(0), RangeError);
  assert.throws(() => new SharedSemaphore("2" as never), TypeError);
  assert.throws(() => new SharedSemaphore(2).acquire(3), RangeError);
  assert.throws(() => new SharedBarrier(1.5), RangeError);
  assert.throws(() => new SharedRwLock(undefined, { threads: 0 }), RangeError);
  assert.throws(() => new Condvar().wait({} as never), TypeError);
});

test("a shared lock that is sent is the same lock, with what it protects", () => {
  const mutex = new SharedMutex(new Pair({ y: 3 }));
  const guard = mutex.lockBlocking();
  const other = sent({ deep: [mutex] }).deep[0]!;
  assert.notEqual(other, mutex);
  assert.equal(other.tryLock(), undefined);
  guard.release();
  assert.equal(
    other.withLockBlocking((pair) => pair.y),
    3,
  );
  assert.equal(SharedMutex.from(mutex.buffer, new Uint8Array(new SharedArrayBuffer(2))).isLocked, false);

  const lock = new SharedRwLock(sharedArray("f64", [1]));
  const reading = lock.readBlocking();
  assert.equal(sent(lock).tryWrite(), undefined);
  reading.release();
  assert.equal(
    sent(lock).withReadBlocking((values) => values[0]),
    1,
  );

  const semaphore = new SharedSemaphore(2);
  const permit = semaphore.acquireBlocking(2);
  assert.equal(sent(semaphore).availablePermits, 0);
  permit.release();
  assert.equal(sent(semaphore).availablePermits, 2);

  const once = new SharedOnce(sharedArray("u8", 1));
  once.callBlocking((values) => void values.fill(9));
  assert.equal(sent(once).get()![0], 9);

  const barrier = new SharedBarrier(2);
  assert.equal(sent(barrier).size, 2);
  assert.ok(sent(new Condvar()) instanceof Condvar);
});

test("SharedRwLock lets readers in together and a writer alone, and keeps readers out that come after a writer", async () => {
  const lock = new SharedRwLock(new Pair());
  const [one, two] = [lock.readBlocking(), lock.tryRead()!];
  assert.deepEqual([lock.tryWrite(), one.value === two.value], [undefined, true]);
  const order: string[] = [];
  const main = async(function* () {
    const writer = spawn(
      lock.withWrite((pair) => {
        order.push("writes");
        pair.x = 1;
      }),
    );
    yield* yieldNow();
    assert.equal(lock.tryRead(), undefined, "a writer waits");
    const reader = spawn(lock.withRead((pair) => void order.push(`reads ${pair.x}`)));
    yield* yieldNow();
    one.release();
    two.release();
    yield* writer;
    yield* reader;
  });
  await run(main());
  assert.deepEqual(order, ["writes", "reads 1"]);
});

test("SharedRwLock.write() that is dropped while it waits lets readers in again", async () => {
  const lock = new SharedRwLock();
  const reading = lock.readBlocking();
  const write = lock.write() as unknown as Leaf<unknown>;
  const cx = new Context(new Counter());
  assert.equal(write.poll(cx), PENDING);
  assert.equal(lock.tryRead(), undefined);
  write.drop(cx);
  lock.tryRead()!.release();
  reading.release();
  const writing = lock.tryWrite()!;
  const read = writing.downgrade();
  assert.deepEqual([writing.isReleased, lock.tryWrite(), lock.tryRead() !== undefined], [true, undefined, true]);
  assert.throws(() => writing.downgrade(), codeOf("lock.released"));
  read.release();
});

test("SharedRwLock refuses to block for this thread itself, and more threads and guards than it has room for", () => {
  const lock = new SharedRwLock(undefined, { threads: 1 });
  const writing = lock.writeBlocking();
  assert.throws(() => lock.readBlocking(), codeOf("lock.deadlock"));
  assert.throws(() => lock.writeBlocking(), codeOf("lock.deadlock"));
  writing.release();
  const guards = Array.from({ length: 2047 }, () => lock.readBlocking());
  assert.throws(() => lock.tryRead(), codeOf("lock.crowded"));
  assert.throws(() => lock.writeBlocking(), codeOf("lock.deadlock"));
  for (const guard of guards) guard.release();
  lock.writeBlocking().release();
});

test("SharedSemaphore keeps what comes for the one that wants several, and gives back what a dropped wait had gathered", async () => {
  const semaphore = new SharedSemaphore(3);
  const one = semaphore.acquireBlocking();
  const all = semaphore.acquire(3) as unknown as Leaf<unknown>;
  const cx = new Context(new Counter());
  assert.equal(all.poll(cx), PENDING);
  assert.deepEqual([semaphore.availablePermits, semaphore.tryAcquire()], [0, undefined]);
  all.drop(cx);
  assert.equal(semaphore.availablePermits, 2);
  const two = semaphore.tryAcquire(2)!;
  assert.deepEqual([two.count, semaphore.tryAcquire(1)], [2, undefined]);
  assert.throws(() => semaphore.acquireBlocking(1, { timeout: 1 }), codeOf("shared.elapsed"));
  assert.throws(() => semaphore.acquireBlocking(2, { timeout: 1 }), codeOf("shared.elapsed"));
  one.release();
  two.release();
  two.release();
  assert.equal(await run(semaphore.withPermit(() => semaphore.availablePermits)), 2);
  assert.equal(semaphore.availablePermits, 3);
});

test("SharedSemaphore lets at most so many tasks in at once", async () => {
  const semaphore = new SharedSemaphore(2);
  let inside = 0;
  let most = 0;
  const guest = async(function* () {
    const permit = yield* semaphore.acquire();
    most = Math.max(most, ++inside);
    yield* yieldNow();
    inside--;
    permit.release();
  });
  await run(joinAll(Array.from({ length: 10 }, guest)));
  assert.deepEqual([most, semaphore.availablePermits], [2, 2]);
});

test("SharedBarrier lets all on when the last one comes, and counts who went away", async () => {
  const barrier = new SharedBarrier(3);
  const dropped = barrier.wait() as unknown as Leaf<unknown>;
  const cx = new Context(new Counter());
  assert.equal(dropped.poll(cx), PENDING);
  dropped.drop(cx);
  assert.equal(barrier.arrived, 1);
  const results = await run(joinAll([barrier.wait(), barrier.wait()]));
  assert.deepEqual([results.map(({ isLeader }) => isLeader), barrier.arrived], [[false, true], 0]);
  assert.equal(new SharedBarrier(1).waitBlocking().isLeader, true);
  assert.throws(() => barrier.waitBlocking({ timeout: 1 }), codeOf("shared.elapsed"));
});

test("SharedOnce does it once; one that fails, or is dropped, leaves it to the next", async () => {
  const once = new SharedOnce(sharedArray("i32", 1));
  assert.equal(once.get(), undefined);
  await assert.rejects(run(once.call(() => Promise.reject(new Error("no")))), /^Error: no$/);
  await assert.rejects(
    run(
      timeout(
        once.call(() => sleep(10_000)),
        1,
      ),
    ),
    codeOf("time.elapsed"),
  );
  let calls = 0;
  const fill = (values: Int32Array): void => {
    calls++;
    assert.throws(() => once.callBlocking(() => {}), codeOf("lock.deadlock"));
    values[0] = 5;
  };
  const values = await run(joinAll([once.call(fill), once.call(fill)]));
  assert.deepEqual([values[0]![0], values[1] === values[0], calls, once.isDone], [5, true, 1, true]);
  assert.equal(once.callBlocking(() => assert.fail())[0], 5);
});

test("Condvar.waitTimeout() and waitBlocking() say whether they were notified, and have the lock again in either case", async () => {
  const mutex = new SharedMutex();
  const condvar = new Condvar();
  const guard = mutex.lockBlocking();
  assert.equal(condvar.waitBlocking(guard, { timeout: 1 }), false);
  assert.equal(
    condvar.waitWhileBlocking(guard, () => true, { timeout: 1 }),
    false,
  );
  assert.equal(
    condvar.waitWhileBlocking(guard, () => false),
    true,
  );
  assert.equal(guard.isReleased, false);
  assert.equal(await run(condvar.waitTimeout(guard, 1)), false);
  assert.deepEqual([guard.isReleased, mutex.isLocked], [false, true]);
  const main = async(function* () {
    const waiting = spawn(condvar.waitTimeout(guard, 10_000));
    yield* yieldNow();
    assert.deepEqual([condvar.waiting, mutex.isLocked], [1, false]);
    condvar.notifyOne();
    return yield* waiting;
  });
  assert.equal(await run(main()), true);
  guard.release();
  assert.throws(() => condvar.waitBlocking(guard), codeOf("lock.released"));
  await assert.rejects(run(condvar.wait(guard)), codeOf("lock.released"));
});

test("Condvar.notifyOne() wakes the task that waits longest; one that is dropped hands it on", async () => {
  const mutex = new SharedMutex();
  const condvar = new Condvar();
  const order: number[] = [];
  const waiter = async(function* (n: number) {
    const guard = yield* mutex.lock();
    yield* condvar.wait(guard);
    order.push(n);
    guard.release();
  });
  const main = async(function* () {
    const waiters = [1, 2, 3].map((n) => spawn(waiter(n)));
    while (condvar.waiting < 3) yield* sleep(1);
    condvar.notifyOne();
    while (condvar.waiting === 3) yield* sleep(1);
    waiters[1]!.abort();
    yield* waiters[0]!;
    condvar.notifyOne();
    yield* waiters[2]!;
  });
  await run(main());
  assert.deepEqual([order, condvar.waiting, mutex.isLocked], [[1, 3], 0, false]);
});

test("a runtime whose clock is paused stands still while a task waits for another thread", async () => {
  const mutex = new SharedMutex();
  const guard = mutex.lockBlocking();
  const runtime = new Runtime({ startPaused: true, waitForHost: true });
  setTimeout(() => guard.release(), 5);
  const next = await runtime.run(timeout(mutex.lock(), 1000));
  next.release();
  assert.equal(mutex.isLocked, false);
});
