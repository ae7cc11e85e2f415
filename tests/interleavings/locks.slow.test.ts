/**
 * The locks of heddle/sync that have very many orders: see `locks.test.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Pending, spawn, yieldNow } from "heddle";
import { OnceCell, RwLock, Semaphore } from "heddle/sync";
import { aborting, ended, inEveryOrder } from "./every-order.js";

test("RwLock never has a writer beside anyone, and is free at the end, whoever is aborted when", async () => {
  const program = async(function* () {
    const lock = new RwLock(0);
    let readers = 0;
    let writers = 0;
    const reader = async(function* () {
      const guard = yield* lock.read();
      try {
        readers++;
        assert.equal(writers, 0);
        yield* yieldNow();
        readers--;
      } finally {
        guard.release();
      }
    });
    const writer = async(function* () {
      const guard = yield* lock.write();
      try {
        assert.deepEqual([readers, ++writers], [0, 1]);
        const own = ++guard.value;
        writers--;
        const value = guard.downgrade();
        try {
          yield* yieldNow();
          assert.equal(value.value, own, "no other writer came in between");
        } finally {
          value.release();
        }
      } finally {
        guard.release();
      }
    });
    const victim = spawn(writer());
    yield* ended([spawn(reader()), victim, spawn(writer()), spawn(aborting(victim))]);
    const guard = lock.tryWrite();
    assert.ok(guard !== undefined);
    guard.release();
  });
  await inEveryOrder(program, 10, "tracked");
});

test("Semaphore conserves its permits, and never gives more than it has, whoever is aborted when", async () => {
  const program = async(function* () {
    const semaphore = new Semaphore(2);
    let taken = 0;
    const worker = async(function* (count: number) {
      const permit = yield* semaphore.acquire(count);
      try {
        taken += count;
        assert.ok(taken <= 2);
        yield* yieldNow();
      } finally {
        taken -= count;
        permit.release();
      }
    });
    const victim = spawn(worker(2));
    yield* ended([spawn(worker(1)), victim, spawn(worker(1)), spawn(aborting(victim))]);
    assert.deepEqual([semaphore.availablePermits, semaphore.waiting, semaphore.holders], [2, 0, []]);
  });
  await inEveryOrder(program, 10, "tracked");
});

test("OnceCell has its value made by one at a time, and by another if that one is aborted", async () => {
  const program = async(function* () {
    const cell = new OnceCell<string>();
    let makers = 0;
    const user = (name: string) =>
      spawn(
        cell.getOrInit(function* () {
          assert.equal(++makers, 1);
          try {
            yield* yieldNow();
            return name;
          } finally {
            makers--;
          }
        }),
      );
    const failing = spawn(
      cell.getOrInit(function* (): Generator<Pending, string> {
        yield* yieldNow();
        throw new DOMException("failed", "AbortError");
      }),
    );
    const [victim, other] = [user("victim"), user("other")];
    yield* ended([failing, victim, other, spawn(aborting(victim))]);
    assert.equal(yield* other, cell.get());
    assert.deepEqual([cell.isSet, cell.waiting, cell.holders], [true, 0, []]);
  });
  await inEveryOrder(program, 10, "tracked");
});
