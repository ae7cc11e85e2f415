/**
 * Shared memory between real threads, at random speeds, some of which are killed wherever they are: nobody is let in who must not be, nothing is lost, and
 * nobody is left asleep.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { commandOf } from "../../base/program.kit.js";
import { async, type HeddleError, joinAll, run } from "../../index.js";
import {
  AtomicI32,
  Condvar,
  sharedArray,
  SharedBarrier,
  SharedByteRing,
  SharedMutex,
  SharedRing,
  SharedRwLock,
  SharedSemaphore,
} from "../../thread.js";
import { mpsc } from "../../sync.js";
import { endsNoThreads } from "../hosts.kit.js";
import { later, start } from "./threads.kit.js";

const pair = () => sharedArray("f64", 2);

test("SharedMutex lets one in at a time, of threads that block and tasks of several threads", async () => {
  const mutex = new SharedMutex(pair());
  const threads = [
    start("addBlocking", mutex, 3000),
    start("addBlocking", mutex, 3000),
    start("addInTasks", mutex, 2000),
  ];
  const here = async(function* () {
    for (let n = 0; n < 500; n++) yield* mutex.withLock((values) => void (values[1] = ++values[0]!));
  });
  await run(joinAll([here(), here()]));
  await Promise.all(threads.map(({ result }) => result));
  assert.deepEqual([...mutex.withLockBlocking((values) => values)], [9000, 9000]);
});

test(
  "SharedMutex whose holder is killed is poisoned, and goes on once it was recovered",
  { skip: endsNoThreads },
  async () => {
    const mutex = new SharedMutex(pair());
    const survivor = start("addBlocking", mutex, 20_000);
    for (let round = 0; round < 12; round++) {
      const hog = start("hog", mutex);
      await hog.begun;
      await later(Math.random() * 15);
      await hog.kill();
    }
    assert.equal(await survivor.result, 20_000);
    mutex.clearPoison();
    assert.equal(mutex.isLocked, false);
  },
);

test(
  "a task is told at once that the holder of its lock was killed, also if this thread has the lock no more",
  { skip: endsNoThreads },
  async () => {
    const mutex = new SharedMutex(pair());
    const hog = start("hog", mutex);
    await hog.begun;
    let isOver = false;
    const waiting = async(function* () {
      for (;;) {
        try {
          (yield* mutex.lock()).release();
          if (isOver) return "free";
        } catch (error) {
          return (error as HeddleError).code;
        }
      }
    });
    const outcome = run(waiting());
    await later(5);
    await hog.kill();
    isOver = true;
    const code = await outcome;
    // It was killed while it had the lock, or was about to take it.
    assert.equal(code === "lock.poisoned", mutex.isPoisoned);
    if (mutex.isPoisoned) assert.throws(() => mutex.lockBlocking(), { code: "lock.poisoned" });
    const guard = mutex.recover() ?? mutex.lockBlocking();
    guard.release();
    assert.deepEqual([mutex.isPoisoned, mutex.recover()], [false, undefined]);
  },
);

test("Condvar loses no wake-up between threads that produce and consume", async () => {
  const mutex = new SharedMutex(pair());
  const changed = new Condvar();
  const taken = new AtomicI32();
  const count = 2000;
  const producers = [1, 2].map(() => start("produce", mutex, changed, 3, count));
  const consumers = [
    start("consume", mutex, changed, taken, 2 * count),
    start("consumeAsTask", mutex, changed, taken, 2 * count),
  ];
  await Promise.all(producers.map(({ result }) => result));
  const sums = await Promise.all(consumers.map(({ result }) => result));
  assert.equal(sums[0] + sums[1], count * (count + 1));
  assert.equal(taken.load(), 2 * count);
});

test("Condvar.notifyOne() lets two threads take turns", async () => {
  const mutex = new SharedMutex(pair());
  const changed = new Condvar();
  const threads = [0, 1].map((mine) => start("takeTurns", mutex, changed, mine, 3000));
  await Promise.all(threads.map(({ result }) => result));
  assert.equal(
    mutex.withLockBlocking((values) => values[1]),
    6000,
  );
});

test("SharedSemaphore gives no more permits than there are, and has all back at the end", async () => {
  const semaphore = new SharedSemaphore(3);
  const inside = new AtomicI32();
  const threads = [1, 2, 3].map(() => start("occupy", semaphore, inside, 2000));
  await Promise.all(threads.map(({ result }) => result));
  assert.deepEqual([inside.load(), semaphore.availablePermits], [0, 3]);
});

test("SharedSemaphore has the permits of a thread that was killed for others", { skip: endsNoThreads }, async () => {
  const semaphore = new SharedSemaphore(3);
  const survivor = start("queueUp", semaphore, 20_000);
  for (let round = 0; round < 10; round++) {
    const squatter = start("squat", semaphore);
    await squatter.begun;
    await later(Math.random() * 10);
    await squatter.kill();
  }
  assert.equal(await survivor.result, 20_000);
  assert.equal(semaphore.availablePermits, 3);
});

test("SharedBarrier keeps threads in the same round, each of which one leads", async () => {
  const barrier = new SharedBarrier(3);
  const rounds = sharedArray("i32", 3);
  const threads = [0, 1, 2].map((mine) => start("meet", barrier, rounds, mine, 1000));
  const leads = await Promise.all(threads.map(({ result }) => result));
  assert.equal(
    leads.reduce((sum, count) => sum + count, 0),
    1000,
  );
});

test(
  "SharedRwLock shows no reader what is half written, and waits for no reader that was killed",
  { skip: endsNoThreads },
  async () => {
    const lock = new SharedRwLock(pair());
    const threads = [start("read", lock, 3000), start("write", lock, 1500), start("write", lock, 1500)];
    for (let round = 0; round < 6; round++) {
      const victim = start("keepReading", lock);
      await victim.begun;
      await later(Math.random() * 10);
      await victim.kill();
    }
    await Promise.all(threads.map(({ result }) => result));
    const guard = lock.writeBlocking();
    assert.deepEqual([...guard.value], [3000, 3000]);
    guard.release();
  },
);

test("SharedRwLock whose writer is killed is poisoned until it was recovered", { skip: endsNoThreads }, async () => {
  const lock = new SharedRwLock(pair());
  const survivor = start("write", lock, 5000);
  for (let round = 0; round < 8; round++) {
    const victim = start("write", lock, Infinity);
    await victim.begun;
    await later(Math.random() * 10);
    await victim.kill();
  }
  assert.equal(await survivor.result, 5000);
  (lock.recover() ?? lock.writeBlocking()).release();
  assert.equal(lock.isPoisoned, false);
});

test("SharedByteRing loses no byte between two threads", async () => {
  const ring = new SharedByteRing(64);
  const count = 100_000;
  const source = start("writeBytes", ring, count);
  const reader = ring.reader();
  const read = async(function* () {
    let n = 0;
    const into = new Uint8Array(40);
    for (let got; (got = yield* reader.read(into)) > 0;)
      for (const byte of into.subarray(0, got)) assert.equal(byte, n++ & 0xff);
    return n;
  });
  assert.equal(await run(read()), count);
  await source.result;
});

test("SharedByteRing tells the reader that the writer was killed", { skip: endsNoThreads }, async () => {
  const ring = new SharedByteRing(64);
  const source = start("writeBytes", ring, 1e9);
  const reader = ring.reader();
  const into = new Uint8Array(64);
  assert.ok((await run(reader.read(into))) > 0);
  await source.kill();
  const rest = async(function* () {
    while ((yield* reader.read(into)) > 0);
  });
  await assert.rejects(run(rest()), { code: "channel.disconnected" });
});

test("SharedRing loses no record, and keeps those of each thread in order", async () => {
  const ring = new SharedRing({ capacity: 8, recordBytes: 12 });
  const pushers = [0, 1].map((who) => start("push", ring, who, 5000));
  const poppers = [start("pop", ring), start("pop", ring)];
  await Promise.all(pushers.map(({ result }) => result));
  ring.close();
  const counts = await Promise.all(poppers.map(({ result }) => result));
  assert.equal(counts[0] + counts[1], 10_000);
});

test(
  "SharedRing goes on behind threads that were killed while they pushed and popped",
  { skip: endsNoThreads },
  async () => {
    const ring = new SharedRing({ capacity: 4, recordBytes: 12 });
    const pusher = start("push", ring, 0, 20_000);
    const popper = start("pop", ring);
    for (let round = 1; round <= 8; round++) {
      const victims = [start("push", ring, round, Infinity), start("pop", ring)];
      await Promise.all(victims.map(({ begun }) => begun));
      await later(Math.random() * 10);
      await Promise.all(victims.map((victim) => victim.kill()));
    }
    assert.equal(await pusher.result, 20_000);
    ring.close();
    assert.ok((await popper.result) > 0);
    assert.deepEqual([ring.tryPop(), ring.length], [undefined, 0]);
  },
);

test("a thread that blocks has posted what it sent before", async () => {
  const [tx, rx] = mpsc.unbounded<string>();
  const atomic = new AtomicI32();
  const sender = start("sendAndBlock", tx, atomic);
  assert.equal(await run(rx.recv()), "sent");
  atomic.store(1);
  atomic.notifyAll();
  assert.equal(await sender.result, 1);
});

test("Atomic.waitBlocking() is woken by another thread", async () => {
  const atomic = new AtomicI32(5);
  const waiting = start("waitFor", atomic, 5);
  await waiting.begun;
  atomic.store(6);
  atomic.notifyAll();
  assert.equal(await waiting.result, 6);
});

test("a task that waits for a shared lock keeps the process alive, and nothing does when none waits", () => {
  const door = new URL("../../", import.meta.url).href;
  const source = `
    import { run, timeout } from "${door}index.js";
    import { SharedMutex } from "${door}thread.js";
    const mutex = new SharedMutex();
    const guard = mutex.lockBlocking();
    setTimeout(() => guard.release(), 20).unref();
    const next = await run(mutex.lock());
    console.log("in");
    // Dropped: its wait of the host is still under way, and nobody's.
    await run(timeout(mutex.lock(), 1)).catch(() => console.log("late"));
    next.release();
  `;
  const { stdout, status } = spawnSync(...commandOf(source), { encoding: "utf8" });
  assert.deepEqual([stdout, status], ["in\nlate\n", 0]);
});
