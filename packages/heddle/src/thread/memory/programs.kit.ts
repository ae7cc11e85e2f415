/** The thread of the tests of shared memory, and the programs that it runs. */
import assert from "node:assert/strict";
import { parentPort } from "node:worker_threads";
import { async, type HeddleError, joinAll, run } from "../../index.js";
import type {
  AtomicI32,
  Condvar,
  SharedBarrier,
  SharedByteRing,
  SharedMutex,
  SharedRing,
  SharedRwLock,
  SharedSemaphore,
} from "../../thread.js";
import type { mpsc } from "../../sync.js";
import { ownThreadId } from "../life.js";
import { unpack } from "../values/unpack.js";
import "../kinds.js";

const nap = new Int32Array(new SharedArrayBuffer(4));

/** Lets others go first, sometimes, for up to a tenth of a millisecond. */
function dawdle(): void {
  const chance = Math.random();
  if (chance < 0.02) Atomics.wait(nap, 0, 0, Math.random() / 10);
  else if (chance < 0.3) for (let n = Math.random() * 2000; n > 0; n--) nap[0] = 0;
}

/** Adds to both numbers, which are the same whenever nobody is at it. */
function add(values: Float64Array): void {
  const before = values[0]!;
  assert.equal(values[1], before, "two were inside");
  values[0] = before + 1;
  dawdle();
  values[1] = before + 1;
}

/** The guard of a lock; of one that is poisoned, after what it protects was put right. */
function lockOrRecover(mutex: SharedMutex<Float64Array>): { value: Float64Array; release(): void } {
  for (;;) {
    try {
      return mutex.lockBlocking();
    } catch (error) {
      if ((error as HeddleError).code !== "lock.poisoned") throw error;
      const guard = mutex.recover();
      if (guard === undefined) continue;
      guard.value[1] = guard.value[0]!;
      return guard;
    }
  }
}

export const programs = {
  addBlocking(mutex: SharedMutex<Float64Array>, times: number) {
    for (let n = 0; n < times; n++) {
      const guard = lockOrRecover(mutex);
      add(guard.value);
      guard.release();
      dawdle();
    }
    return times;
  },

  async addInTasks(mutex: SharedMutex<Float64Array>, times: number) {
    const worker = async(function* () {
      for (let n = 0; n < times / 4; n++) {
        const guard = yield* mutex.lock();
        add(guard.value);
        guard.release();
      }
    });
    await run(joinAll(Array.from({ length: 4 }, worker)));
    return times;
  },

  /** Locks and releases for ever. */
  hog(mutex: SharedMutex<Float64Array>) {
    for (;;) {
      const guard = lockOrRecover(mutex);
      add(guard.value);
      guard.release();
    }
  },

  /** Puts 1 … count into a buffer of at most `size`, whose number is `values[0]`, the sum of what is in it `values[1]`. */
  produce(mutex: SharedMutex<Float64Array>, changed: Condvar, size: number, count: number) {
    for (let n = 1; n <= count; n++) {
      const guard = mutex.lockBlocking();
      changed.waitWhileBlocking(guard, (values) => values[0] === size);
      guard.value[0]!++;
      guard.value[1]! += n;
      guard.release();
      dawdle();
      changed.notifyAll();
    }
  },

  /** Takes all that is there, until it has `count`. */
  consume(mutex: SharedMutex<Float64Array>, changed: Condvar, taken: AtomicI32, count: number) {
    let sum = 0;
    while (taken.load() < count) {
      const guard = mutex.lockBlocking();
      changed.waitWhileBlocking(guard, (values) => values[0] === 0 && taken.load() < count);
      taken.fetchAdd(guard.value[0]!);
      sum += guard.value[1]!;
      guard.value.fill(0);
      guard.release();
      dawdle();
      changed.notifyAll();
    }
    return sum;
  },

  /** As `consume`, as a task. */
  consumeAsTask(mutex: SharedMutex<Float64Array>, changed: Condvar, taken: AtomicI32, count: number) {
    const main = async(function* () {
      let sum = 0;
      while (taken.load() < count) {
        const guard = yield* mutex.lock();
        yield* changed.waitWhile(guard, (values) => values[0] === 0 && taken.load() < count);
        taken.fetchAdd(guard.value[0]!);
        sum += guard.value[1]!;
        guard.value.fill(0);
        guard.release();
        changed.notifyAll();
      }
      return sum;
    });
    return run(main());
  },

  /** Takes turns with another: `values[0]` says whose it is. */
  takeTurns(mutex: SharedMutex<Float64Array>, changed: Condvar, mine: number, times: number) {
    for (let n = 0; n < times; n++) {
      const guard = mutex.lockBlocking();
      changed.waitWhileBlocking(guard, (values) => values[0] !== mine);
      guard.value[0] = 1 - mine;
      guard.value[1]!++;
      guard.release();
      changed.notifyOne();
    }
  },

  /** Takes permits and gives them back; `inside` counts who has some. */
  occupy(semaphore: SharedSemaphore, inside: AtomicI32, times: number) {
    for (let n = 0; n < times; n++) {
      const count = 1 + (n % 3 === 0 ? Math.floor(Math.random() * semaphore.size) : 0);
      const permit = semaphore.acquireBlocking(count);
      assert.ok(inside.fetchAdd(count) + count <= semaphore.size, "too many are inside");
      dawdle();
      inside.fetchSub(count);
      permit.release();
    }
  },

  /** Takes permits and gives them back for ever. */
  squat(semaphore: SharedSemaphore) {
    for (let n = 0; ; n++) {
      const permit = semaphore.acquireBlocking(1 + (n % semaphore.size));
      dawdle();
      permit.release();
    }
  },

  /** Takes permits many times; those of the dead come back. */
  queueUp(semaphore: SharedSemaphore, times: number) {
    for (let n = 0; n < times; n++) semaphore.acquireBlocking(1 + (n % semaphore.size)).release();
    return times;
  },

  /** Meets the others in each round; none is ever a round ahead by more than one. */
  meet(barrier: SharedBarrier, rounds: Int32Array, mine: number, times: number) {
    let leads = 0;
    for (let n = 1; n <= times; n++) {
      Atomics.store(rounds, mine, n);
      dawdle();
      if (barrier.waitBlocking().isLeader) leads++;
      for (let other = 0; other < rounds.length; other++) {
        const there = Atomics.load(rounds, other);
        assert.ok(there === n || there === n + 1, `thread ${other} is in round ${there} when ${mine} leaves ${n}`);
      }
    }
    return leads;
  },

  read(lock: SharedRwLock<Float64Array>, times: number) {
    for (let n = 0; n < times; n++) {
      const guard = lock.readBlocking();
      const [one, other] = [guard.value[0], guard.value[1]];
      dawdle();
      assert.deepEqual([guard.value[0], guard.value[1], one], [one, one, other], "somebody wrote meanwhile");
      guard.release();
    }
    return times;
  },

  write(lock: SharedRwLock<Float64Array>, times: number) {
    for (let n = 0; n < times; n++) {
      let guard;
      try {
        guard = lock.writeBlocking();
      } catch (error) {
        if ((error as HeddleError).code !== "lock.poisoned") throw error;
        guard = lock.recover();
        if (guard === undefined) continue;
        guard.value[1] = guard.value[0]!;
      }
      add(guard.value);
      guard.release();
      dawdle();
    }
    return times;
  },

  /** Reads for ever, until it is killed with the guard. */
  keepReading(lock: SharedRwLock<Float64Array>) {
    for (;;) {
      const guard = lock.readBlocking();
      dawdle();
      guard.release();
    }
  },

  /** Writes the numbers from 0 on as bytes, in chunks. */
  writeBytes(ring: SharedByteRing, count: number) {
    const writer = ring.writer();
    for (let n = 0; n < count;) {
      const chunk = Uint8Array.from({ length: Math.min(count - n, 1 + Math.floor(Math.random() * 50)) }, () => n++);
      writer.writeBlocking(chunk);
      if (n % 7 === 0) dawdle();
    }
    writer.close();
  },

  /** Pushes `[who, n, n]` for each n; the record says how long it is by itself. */
  push(ring: SharedRing, who: number, times: number) {
    for (let n = 0; n < times; n++) {
      const record = Int32Array.of(who, n, n);
      ring.pushBlocking(new Uint8Array(record.buffer));
      if (n % 13 === 0) dawdle();
    }
    return times;
  },

  /** Pops until the end. What came of each, whether in order and whole. */
  pop(ring: SharedRing) {
    const last: number[] = [];
    let count = 0;
    for (let record; (record = ring.popBlocking()) !== undefined; count++) {
      const [who, n, again] = new Int32Array(record.buffer);
      assert.equal(n, again, "the record is torn");
      assert.ok(n! > (last[who!] ?? -1), "out of order");
      last[who!] = n!;
      if (count % 11 === 0) dawdle();
    }
    return count;
  },

  /** Sends, and blocks before its turn is over. */
  sendAndBlock(tx: mpsc.UnboundedSender<string>, atomic: AtomicI32) {
    tx.send("sent");
    const value = atomic.waitBlocking(0);
    tx.close();
    return value;
  },

  waitFor(atomic: AtomicI32, value: number) {
    return atomic.waitBlocking(value);
  },

  who() {
    return ownThreadId;
  },
};

parentPort?.once("message", async ({ program, data, extras }) => {
  const args = unpack(data, extras) as unknown[];
  parentPort!.postMessage("begun");
  const value = await (programs as any)[program](...args);
  parentPort!.postMessage({ value });
});
