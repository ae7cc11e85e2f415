import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Runtime } from "../index.js";
import { Context, PENDING, pin, type Pinned, type Waker } from "../lowlevel.js";
import { type ReadGuard, RwLock, type WriteGuard } from "../sync.js";

class Counter implements Waker {
  count = 0;
  wake(): void {
    this.count++;
  }
}

/** One request, polled by hand. */
class Request<G> {
  readonly wakes = new Counter();
  readonly #pinned: Pinned<G>;
  constructor(future: Pinned<G>) {
    this.#pinned = future;
  }
  poll(): G | typeof PENDING {
    return this.#pinned.poll(new Context(this.wakes));
  }
  drop(): void {
    this.#pinned.drop();
  }
}

const reading = <T>(lock: RwLock<T>) => new Request<ReadGuard<T>>(pin(lock.read()));
const writing = <T>(lock: RwLock<T>) => new Request<WriteGuard<T>>(pin(lock.write()));

test("RwLock lets many read at once, or one write", () => {
  const lock = new RwLock(1);
  const readers = [lock.tryRead()!, lock.tryRead()!];
  assert.deepEqual([readers[0]!.value, readers[1]!.value], [1, 1]);
  assert.equal(lock.tryWrite(), undefined);
  readers[0]!.release();
  assert.equal(lock.tryWrite(), undefined);
  readers[1]!.release();
  const writer = lock.tryWrite()!;
  writer.value++;
  assert.equal(lock.tryRead(), undefined);
  assert.equal(lock.tryWrite(), undefined);
  writer.release();
  assert.equal(lock.tryRead()!.value, 2);
});

test("RwLock serves in the order of asking: a writer that waits keeps later readers waiting", () => {
  const lock = new RwLock();
  const first = lock.tryRead()!;
  const writer = writing(lock);
  const late = [reading(lock), reading(lock)];
  assert.deepEqual([writer.poll(), late[0]!.poll(), late[1]!.poll()], [PENDING, PENDING, PENDING]);
  assert.equal(lock.tryRead(), undefined, "it would overtake the writer");
  first.release();
  assert.deepEqual([writer.wakes.count, late[0]!.wakes.count], [1, 0]);
  (writer.poll() as WriteGuard<void>).release();
  assert.deepEqual([late[0]!.wakes.count, late[1]!.wakes.count], [1, 1], "both at once");
});

test("RwLock lets the readers behind a writer go when that is dropped", () => {
  const lock = new RwLock();
  lock.tryRead();
  const writer = writing(lock);
  const late = reading(lock);
  writer.poll();
  late.poll();
  writer.drop();
  assert.equal(late.wakes.count, 1);
});

test("WriteGuard.downgrade() goes on reading, lets readers in, and no writer in between", () => {
  const lock = new RwLock(1);
  const writer = lock.tryWrite()!;
  const [early, other, late] = [reading(lock), writing(lock), reading(lock)];
  for (const request of [early, other, late]) assert.equal(request.poll(), PENDING);
  writer.value = 2;
  const reader = writer.downgrade();
  assert.equal(writer.isReleased, true);
  assert.deepEqual([early.wakes.count, other.wakes.count, late.wakes.count], [1, 0, 0]);
  writer.release();
  assert.equal(reader.value, 2);
  (early.poll() as ReadGuard<number>).release();
  assert.equal(other.wakes.count, 0);
  reader.release();
  assert.equal(other.wakes.count, 1);
  (other.poll() as WriteGuard<number>).release();
  (late.poll() as ReadGuard<number>).release();
  assert.notEqual(lock.tryWrite(), undefined);
});

test("RwLock with maxReaders lets so many read and no more", () => {
  const lock = new RwLock(0, { maxReaders: 2 });
  const readers = [lock.tryRead()!, lock.tryRead()!];
  const third = reading(lock);
  assert.equal(third.poll(), PENDING);
  readers[0]!.release();
  assert.equal(third.wakes.count, 1);
});

test("RwLock refuses a number of readers that is none", () => {
  const message = (received: string) =>
    `Cannot create a lock as 'maxReaders' must be an integer from 1 to 536870911: received ${received}`;
  assert.throws(() => new RwLock(0, { maxReaders: 0 }), { name: "RangeError", message: message("0") });
  assert.throws(() => new RwLock(0, { maxReaders: "2" as never }), { name: "TypeError", message: message('"2"') });
});

test("guards of an RwLock give no value once they were released", () => {
  const lock = new RwLock(1, { name: "config" });
  const writer = lock.tryWrite()!;
  const reader = writer.downgrade();
  reader.release();
  reader.release();
  const released = (call: string) => ({
    code: "lock.released",
    message: new RegExp(`: rwlock "config" ${call}\\(\\) was released\n`),
  });
  assert.throws(() => reader.value, released("read"));
  assert.throws(() => writer.value, released("write"));
  assert.throws(() => (writer.value = 1), released("write"));
  assert.throws(() => writer.downgrade(), released("write"));
  assert.notEqual(lock.tryWrite(), undefined);
});

test("RwLock.withRead() and withWrite() run with the guard and release it, whatever happens", async () => {
  const lock = new RwLock(1);
  const runtime = new Runtime({ startPaused: true, rngSeed: 1 });
  await runtime.run(lock.withWrite((guard) => void guard.value++));
  assert.equal(await runtime.run(lock.withRead((guard) => guard.value)), 2);
  const fail = () => {
    throw new Error("failed");
  };
  await assert.rejects(runtime.run(lock.withWrite(fail)), /failed/);
  await assert.rejects(runtime.run(lock.withRead(fail)), /failed/);
  assert.throws(() => lock.withRead(null as never), TypeError);
  assert.throws(() => lock.withWrite(null as never), TypeError);
  assert.notEqual(lock.tryWrite(), undefined);
});

const step = fc.record({
  kind: fc.constantFrom("read" as const, "write" as const, "release" as const, "drop" as const, "downgrade" as const),
  n: fc.nat(12),
});

test("RwLock does what its model does over random sequences: writers alone, first come first served", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (maxReaders, steps) => {
      const lock = new RwLock(0, { maxReaders });
      const requests: Request<any>[] = [];
      // The model: who is in and who waits, by number, and who of them writes.
      const writes = new Map<number, boolean>();
      const inside: number[] = [];
      let queue: number[] = [];
      const guards = new Map<number, ReadGuard<number> & Partial<WriteGuard<number>>>();
      const settle = () => {
        while (queue.length > 0) {
          const next = queue[0]!;
          const isFree = writes.get(next)!
            ? inside.length === 0
            : inside.length < maxReaders && !inside.some((id) => writes.get(id)!);
          if (!isFree) break;
          inside.push(queue.shift()!);
        }
        for (const id of inside) if (!guards.has(id)) guards.set(id, requests[id]!.poll());
        for (const id of queue) assert.equal(requests[id]!.poll(), PENDING);
      };
      for (const { kind, n } of steps) {
        const id = inside[n % (inside.length || 1)];
        if (kind === "read" || kind === "write") {
          writes.set(requests.length, kind === "write");
          queue.push(requests.length);
          const request = kind === "read" ? reading(lock) : writing(lock);
          requests.push(request);
        } else if (kind === "drop" && queue.length > 0) {
          const dropped = queue[n % queue.length]!;
          queue = queue.filter((other) => other !== dropped);
          requests[dropped]!.drop();
        } else if (kind === "release" && id !== undefined) {
          inside.splice(inside.indexOf(id), 1);
          guards.get(id)!.release();
        } else if (kind === "downgrade" && id !== undefined && writes.get(id)!) {
          writes.set(id, false);
          guards.set(id, guards.get(id)!.downgrade!());
        }
        settle();
        for (const inner of inside) assert.equal(guards.get(inner)!.value, 0);
        assert.equal(lock.waiting, queue.length);
      }
      for (const id of queue) requests[id]!.drop();
      for (const id of inside) guards.get(id)!.release();
      const last = lock.tryWrite();
      assert.notEqual(last, undefined);
      last!.release();
    }),
  );
});
