/**
 * The locks of heddle/sync in every order of the tasks that use them, an abort among them at every moment: nobody is let in who must not be,
 * nobody is forgotten, and at the end everything is back.
 *
 * That a task waits for ever is found by `explore` itself. What has very many orders is in `locks.slow.test.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, spawn, yieldNow } from "heddle";
import { Barrier, Mutex, Notify, Semaphore, SetOnce } from "heddle/sync";
import { aborting, ended, inEveryOrder } from "./every-order.js";

test("Mutex lets one in at a time, and is free at the end, whoever is aborted when", async () => {
  const program = async(function* () {
    const mutex = new Mutex(0);
    let inside = 0;
    const worker = async(function* () {
      const guard = yield* mutex.lock();
      try {
        assert.equal(++inside, 1);
        const before = guard.value;
        yield* yieldNow();
        guard.value = before + 1;
      } finally {
        inside--;
        guard.release();
      }
    });
    const [victim, other] = [spawn(worker()), spawn(worker())];
    yield* ended([victim, other, spawn(aborting(victim))]);
    const guard = mutex.tryLock();
    assert.ok(guard !== undefined && (guard.value === 1 || guard.value === 2));
    assert.deepEqual([mutex.waiting, mutex.holders.length], [0, 1]);
    guard.release();
  });
  await inEveryOrder(program, 10);
});

test("Mutex.withLock() keeps the lock until the cleanup of what was aborted is over", async () => {
  const program = async(function* () {
    const mutex = new Mutex();
    let inside = 0;
    const worker = () =>
      spawn(
        mutex.withLock(function* () {
          assert.equal(++inside, 1);
          try {
            yield* yieldNow();
          } finally {
            // Not shielded when no abort began it: one may come here as well.
            try {
              yield* yieldNow();
            } finally {
              inside--;
            }
          }
        }),
      );
    const [victim, other] = [worker(), worker()];
    yield* ended([victim, other, spawn(aborting(victim))]);
    assert.deepEqual([mutex.isLocked, inside], [false, 0]);
  });
  await inEveryOrder(program, 10, "tracked");
});

test("Semaphore.close() leaves nobody waiting, and loses no permit", async () => {
  const program = async(function* () {
    const semaphore = new Semaphore(1);
    let refused = 0;
    let served = 0;
    const worker = async(function* () {
      try {
        const permit = yield* semaphore.acquire();
        yield* yieldNow();
        served++;
        permit.release();
      } catch (error) {
        assert.equal((error as { code?: string }).code, "semaphore.closed");
        refused++;
      }
    });
    const closer = async(function* () {
      semaphore.close();
    });
    yield* ended([spawn(worker()), spawn(worker()), spawn(closer())]);
    assert.deepEqual([refused + served, semaphore.availablePermits], [2, 1]);
  });
  await inEveryOrder(program, 6);
});

test("Notify loses no notification: one that is passed on reaches everybody, whoever is aborted when", async () => {
  const program = async(function* () {
    const notify = new Notify();
    const runner = async(function* () {
      yield* notify.notified();
      notify.notifyOne();
    });
    const victim = spawn(runner());
    const starter = async(function* () {
      notify.notifyOne();
    });
    yield* ended([victim, spawn(runner()), spawn(starter()), spawn(aborting(victim))]);
    assert.equal(notify.waiting, 0);
    assert.ok(notify.notified().enable(), "the last one passed it on to nobody");
  });
  await inEveryOrder(program, 10);
});

test("Notify.notifyWaiters() misses nobody who made the future before it looked", async () => {
  const program = async(function* () {
    const notify = new Notify();
    let isOpen = false;
    const guest = async(function* () {
      for (;;) {
        const opened = notify.notified();
        if (isOpen) return;
        yield* yieldNow();
        yield* opened;
      }
    });
    const opener = async(function* () {
      isOpen = true;
      notify.notifyWaiters();
    });
    yield* ended([spawn(guest()), spawn(guest()), spawn(opener())]);
    assert.equal(notify.waiting, 0);
  });
  await inEveryOrder(program, 6);
});

test("Barrier lets two on together, one of them the leader, again and again", async () => {
  const program = async(function* () {
    const barrier = new Barrier(2);
    const leaders = [0, 0];
    const passed = [0, 0];
    const runner = async(function* () {
      for (let round = 0; round < 2; round++) {
        assert.ok(passed[1] === 0 || round === 1);
        if ((yield* barrier.wait()).isLeader) leaders[round]!++;
        passed[round]!++;
      }
    });
    yield* ended([spawn(runner()), spawn(runner())]);
    assert.deepEqual([leaders, passed, barrier.arrived], [[1, 1], [2, 2], 0]);
  });
  await inEveryOrder(program, 2);
});

test("SetOnce gives its value to all who wait, before and after", async () => {
  const program = async(function* () {
    const cell = new SetOnce<number>();
    const waiter = async(function* () {
      assert.equal(yield* cell.wait(), 1);
    });
    const setter = async(function* () {
      cell.set(1);
    });
    const victim = spawn(waiter());
    yield* ended([victim, spawn(waiter()), spawn(setter()), spawn(aborting(victim))]);
    assert.equal(cell.waiting, 0);
  });
  await inEveryOrder(program, 6);
});
