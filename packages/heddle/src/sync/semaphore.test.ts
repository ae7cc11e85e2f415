import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async, ClosedError, type HeddleError, sleep, spawn, yieldNow } from "../index.js";
import { Context, currentTask, PENDING, pin, type Pinned, type Waker } from "../lowlevel.js";
import { type Permit, Semaphore } from "../sync.js";
import { paused } from "../runtime/paused.kit.js";

class Counter implements Waker {
  count = 0;
  wake(): void {
    this.count++;
  }
}

/** One request, polled by hand. */
class Request {
  readonly wakes = new Counter();
  readonly #pinned: Pinned<Permit>;
  constructor(semaphore: Semaphore, count?: number) {
    this.#pinned = pin(semaphore.acquire(count));
  }
  poll(): Permit | typeof PENDING {
    return this.#pinned.poll(new Context(this.wakes));
  }
  drop(): void {
    this.#pinned.drop();
  }
}

function waiting(semaphore: Semaphore, count?: number): Request {
  const request = new Request(semaphore, count);
  assert.equal(request.poll(), PENDING);
  return request;
}

test("Semaphore.acquire() takes what is free, and waits when too little is", () => {
  const semaphore = new Semaphore(3);
  const two = new Request(semaphore, 2).poll() as Permit;
  assert.equal(two.count, 2);
  assert.equal(semaphore.availablePermits, 1);
  const request = waiting(semaphore, 2);
  two.release();
  assert.equal(request.wakes.count, 1);
  assert.equal(semaphore.availablePermits, 1);
  (request.poll() as Permit).release();
  assert.equal(semaphore.availablePermits, 3);
});

test("Semaphore.acquire() serves in the order of asking: small requests do not overtake a large one", () => {
  const semaphore = new Semaphore(4);
  const held = [1, 1, 2].map((count) => semaphore.tryAcquire(count)!);
  const large = waiting(semaphore, 4);
  const small = waiting(semaphore, 1);
  const ledger = held.map((permit) => {
    permit.release();
    return [large.wakes.count, small.wakes.count, semaphore.availablePermits, semaphore.waiting];
  });
  assert.deepEqual(ledger, [
    [0, 0, 0, 2], // one is back, and kept for the large one
    [0, 0, 0, 2],
    [1, 0, 0, 1], // all four
  ]);
  (large.poll() as Permit).release();
  assert.equal(small.wakes.count, 1);
});

test("Semaphore.availablePermits is 0 and tryAcquire() gives nothing while anyone waits, whatever came back", () => {
  const semaphore = new Semaphore(2);
  const [one] = [semaphore.tryAcquire()!, semaphore.tryAcquire()!];
  waiting(semaphore, 2);
  one.release();
  assert.equal(semaphore.availablePermits, 0);
  assert.equal(semaphore.tryAcquire(), undefined);
  assert.equal(semaphore.forgetPermits(1), 0);
});

test("a request of a semaphore that is dropped leaves what was kept for it to those behind", () => {
  const semaphore = new Semaphore(3);
  const [one, two] = [semaphore.tryAcquire(1)!, semaphore.tryAcquire(2)!];
  const large = waiting(semaphore, 3);
  const behind = [waiting(semaphore, 1), waiting(semaphore, 1), waiting(semaphore, 1)];
  two.release();
  large.drop();
  assert.deepEqual(
    behind.map(({ wakes }) => wakes.count),
    [1, 1, 0],
  );
  for (const request of behind.slice(0, 2)) (request.poll() as Permit).release();
  one.release();
  (behind[2]!.poll() as Permit).release();
  assert.equal(semaphore.availablePermits, 3);
});

test("a request of a semaphore that is dropped at the end of the queue frees what was kept for it", () => {
  const semaphore = new Semaphore(2);
  const [one] = [semaphore.tryAcquire()!, semaphore.tryAcquire()!];
  const request = waiting(semaphore, 2);
  one.release();
  request.drop();
  assert.equal(semaphore.availablePermits, 1);
});

test("a request of a semaphore that is dropped after it was granted gives everything to those behind", () => {
  const semaphore = new Semaphore(2);
  const both = semaphore.tryAcquire(2)!;
  const granted = waiting(semaphore, 2);
  const behind = [waiting(semaphore), waiting(semaphore)];
  both.release();
  assert.equal(granted.wakes.count, 1);
  granted.drop();
  assert.deepEqual(
    behind.map(({ wakes }) => wakes.count),
    [1, 1],
  );
});

test("Semaphore.acquire(0) is ready at once, also when others wait, but not when it is closed", () => {
  const semaphore = new Semaphore(1);
  const permit = semaphore.tryAcquire()!;
  waiting(semaphore);
  const none = new Request(semaphore, 0).poll() as Permit;
  assert.equal(none.count, 0);
  none.release();
  permit.release();
  semaphore.close();
  assert.throws(() => new Request(semaphore, 0).poll(), ClosedError);
});

test("Semaphore.close() refuses who waits and who comes; who has permits keeps them, and they count when released", async () => {
  const semaphore = new Semaphore(2, { name: "seats" });
  const permit = semaphore.tryAcquire(1)!;
  const requests = [waiting(semaphore, 2), waiting(semaphore, 1)];
  semaphore.close();
  semaphore.close();
  assert.equal(semaphore.isClosed, true);
  assert.equal(semaphore.waiting, 0);
  const refusal = (error: HeddleError) => {
    assert.ok(error instanceof ClosedError);
    assert.equal(error.code, "semaphore.closed");
    assert.match(error.message, /^Cannot acquire permits of semaphore "seats": it is closed\nhelp: /);
    return true;
  };
  for (const request of requests) {
    assert.equal(request.wakes.count, 1);
    assert.throws(() => request.poll(), refusal);
  }
  assert.throws(() => new Request(semaphore).poll(), refusal);
  assert.throws(() => semaphore.tryAcquire(), refusal);
  await assert.rejects(paused().run(semaphore.withPermit(() => 1)), refusal);
  assert.equal(semaphore.availablePermits, 1);
  permit.release();
  assert.equal(semaphore.availablePermits, 2);
  assert.equal(semaphore.forgetPermits(1), 1);
  semaphore.addPermits(3);
  assert.equal(semaphore.availablePermits, 4);
});

test("Semaphore.close() leaves those their permits who were granted them and not polled since", () => {
  const semaphore = new Semaphore(1);
  const permit = semaphore.tryAcquire()!;
  const granted = waiting(semaphore);
  permit.release();
  semaphore.close();
  assert.equal((granted.poll() as Permit).count, 1);
});

test("Semaphore.addPermits() serves those who wait first", () => {
  const semaphore = new Semaphore(0);
  const request = waiting(semaphore, 2);
  semaphore.addPermits(1);
  assert.equal(semaphore.availablePermits, 0);
  semaphore.addPermits(2);
  assert.equal(request.wakes.count, 1);
  assert.equal(semaphore.availablePermits, 1);
});

test("Semaphore.forgetPermits() takes what is free, and says how many that were", () => {
  const semaphore = new Semaphore(3);
  const permit = semaphore.tryAcquire()!;
  assert.equal(semaphore.forgetPermits(5), 2);
  assert.equal(semaphore.availablePermits, 0);
  permit.release();
  assert.equal(semaphore.availablePermits, 1);
});

test("Permit.forget() takes its permits away for good; of one that was released it takes nothing", () => {
  const semaphore = new Semaphore(2);
  const permit = semaphore.tryAcquire()!;
  permit.forget();
  permit.release();
  assert.equal(permit.isReleased, true);
  assert.equal(semaphore.availablePermits, 1);
  const other = semaphore.tryAcquire()!;
  other.release();
  other.forget();
  assert.equal(semaphore.availablePermits, 1);
});

test("Permit.split() and merge() move permits between guards, and none is lost", () => {
  const semaphore = new Semaphore(5);
  const permit = semaphore.tryAcquire(5)!;
  const part = permit.split(2);
  assert.deepEqual([permit.count, part.count, semaphore.availablePermits], [3, 2, 0]);
  const rest = part.split(1);
  part.release();
  assert.equal(semaphore.availablePermits, 1);
  permit.merge(rest);
  assert.deepEqual([permit.count, rest.count, rest.isReleased], [4, 0, true]);
  rest.release();
  assert.equal(semaphore.availablePermits, 1);
  permit.release();
  assert.equal(semaphore.availablePermits, 5);
});

test("Permit.merge() refuses permits of another semaphore, itself, and what was released", () => {
  const semaphore = new Semaphore(3);
  const permit = semaphore.tryAcquire()!;
  const other = new Semaphore(1).tryAcquire()!;
  assert.throws(() => permit.merge(other), {
    name: "TypeError",
    message:
      "Cannot merge permits as 'other' must be another permit of the same semaphore: received one of another semaphore",
  });
  assert.throws(() => permit.merge(permit), /received the permit itself$/);
  assert.throws(() => permit.merge({} as Permit), /received an instance of Object$/);
  assert.equal(other.isReleased, false);
  const released = semaphore.tryAcquire()!;
  released.release();
  assert.throws(() => permit.merge(released), { code: "lock.released" });
  assert.throws(() => released.split(0), { code: "lock.released" });
  assert.equal(permit.count, 1);
});

test("Semaphore refuses counts that are none", () => {
  const semaphore = new Semaphore(1);
  const permit = semaphore.tryAcquire()!;
  const most = Number.MAX_SAFE_INTEGER;
  const cases: [() => unknown, string, string][] = [
    [
      () => new Semaphore(-1),
      "RangeError",
      `Cannot create a semaphore as 'permits' must be an integer from 0 to ${most}: received -1`,
    ],
    [
      () => new Semaphore("1" as never),
      "TypeError",
      `Cannot create a semaphore as 'permits' must be an integer from 0 to ${most}: received "1"`,
    ],
    [
      () => new Semaphore(most + 1),
      "RangeError",
      `Cannot create a semaphore as 'permits' must be an integer from 0 to ${most}: received ${most + 1}`,
    ],
    [
      () => semaphore.acquire(1.5),
      "RangeError",
      `Cannot acquire permits as 'count' must be an integer from 0 to ${most}: received 1.5`,
    ],
    [
      () => semaphore.tryAcquire(NaN),
      "RangeError",
      `Cannot acquire permits as 'count' must be an integer from 0 to ${most}: received NaN`,
    ],
    [
      () => semaphore.addPermits(-1),
      "RangeError",
      `Cannot add permits as 'count' must be an integer from 0 to ${most}: received -1`,
    ],
    [
      () => semaphore.forgetPermits(-1),
      "RangeError",
      `Cannot forget permits as 'count' must be an integer from 0 to ${most}: received -1`,
    ],
    [
      () => permit.split(2),
      "RangeError",
      "Cannot split a permit as 'count' must be an integer from 0 to 1: received 2",
    ],
  ];
  for (const [fn, name, message] of cases) assert.throws(fn, { name, message });
  permit.release();
  assert.throws(() => semaphore.addPermits(most), RangeError);
  assert.equal(semaphore.availablePermits, 1);
});

test("Semaphore.withPermit() lets as many run at once as there are permits, and gives the permit back whatever happens", async () => {
  const semaphore = new Semaphore(2);
  let running = 0;
  let most = 0;
  await paused().run(
    async(function* () {
      const jobs = Array.from({ length: 6 }, (_, n) =>
        spawn(
          semaphore.withPermit(function* () {
            most = Math.max(most, ++running);
            try {
              yield* sleep(5);
              if (n === 2) throw new Error("failed");
            } finally {
              running--;
            }
          }),
        ),
      );
      yield* sleep(1);
      jobs[0]!.abort();
      for (const job of jobs) yield* job.settled();
    })(),
  );
  assert.deepEqual([most, running, semaphore.availablePermits], [2, 0, 2]);
});

test("Semaphore.holders are the tasks that have permits, once each, the oldest first", async () => {
  const semaphore = new Semaphore(5);
  const names = () => semaphore.holders.map(({ name }) => name);
  await paused().run(
    async(function* () {
      const own = yield* semaphore.acquire();
      const holder = async(function* (count: number) {
        const permit = yield* semaphore.acquire(count);
        assert.ok(semaphore.holders.includes(currentTask()!));
        yield* sleep(count);
        permit.release();
      });
      const one = spawn(holder(1), { name: "one" });
      const two = spawn(holder(2), { name: "two" });
      yield* yieldNow();
      const more = yield* semaphore.acquire();
      assert.deepEqual(names(), ["main", "one", "two"]);
      own.release();
      assert.deepEqual(names(), ["one", "two", "main"]);
      yield* one;
      assert.deepEqual(names(), ["two", "main"]);
      const again = yield* semaphore.acquire();
      assert.deepEqual(names(), ["two", "main"]);
      more.release();
      again.release();
      yield* two;
    })(),
    { name: "main" },
  );
  assert.deepEqual(names(), []);
});

/** The contract, in the plainest words: permits that are free, and a queue whose head alone is looked at. */
class Model {
  free: number;
  isClosed = false;
  queue: { id: number; count: number }[] = [];
  readonly granted: number[] = [];
  readonly refused: number[] = [];
  constructor(free: number) {
    this.free = free;
  }
  settle(): void {
    while (this.queue.length > 0 && this.queue[0]!.count <= this.free) {
      const { id, count } = this.queue.shift()!;
      this.free -= count;
      this.granted.push(id);
    }
  }
  ask(id: number, count: number): void {
    if (this.isClosed) this.refused.push(id);
    else if (count === 0) this.granted.push(id);
    else this.queue.push({ id, count });
    this.settle();
  }
  close(): void {
    this.isClosed = true;
    this.refused.push(...this.queue.map(({ id }) => id));
    this.queue = [];
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("ask" as const), n: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("poll" as const), n: fc.nat(12) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("release" as const), n: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("drop" as const), n: fc.nat(12) }) },
  fc.record({ kind: fc.constant("forget" as const), n: fc.nat(12) }),
  fc.record({ kind: fc.constant("split" as const), n: fc.nat(12) }),
  fc.record({ kind: fc.constant("try" as const), n: fc.nat(4) }),
  fc.record({ kind: fc.constant("add" as const), n: fc.nat(3) }),
  fc.record({ kind: fc.constant("withdraw" as const), n: fc.nat(3) }),
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("close" as const), n: fc.constant(0) }) },
);

test("Semaphore does what its model does over random sequences: first come first served, permits conserved, no wake lost", () => {
  fc.assert(
    fc.property(fc.nat(5), fc.array(step, { maxLength: 80 }), (permits, steps) => {
      const semaphore = new Semaphore(permits);
      const model = new Model(permits);
      let total = permits;
      const requests: (Request | null)[] = [];
      const counts: number[] = [];
      const held: Permit[] = [];
      /** Polls a request that was granted or refused. */
      const finish = (id: number): void => {
        const request = requests[id]!;
        requests[id] = null;
        if (model.refused.includes(id)) assert.throws(() => request.poll(), ClosedError);
        else {
          const permit = request.poll() as Permit;
          assert.equal(permit.count, counts[id]);
          held.push(permit);
        }
      };
      const isSettled = (id: number) => model.granted.includes(id) || model.refused.includes(id);
      for (const { kind, n } of steps) {
        const id = requests.length === 0 ? -1 : n % requests.length;
        const request = requests[id];
        const permit = held[n % (held.length || 1)];
        if (kind === "ask") {
          requests.push(new Request(semaphore, n));
          counts.push(n);
          model.ask(requests.length - 1, n);
          if (isSettled(requests.length - 1)) finish(requests.length - 1);
          else assert.equal(requests.at(-1)!.poll(), PENDING);
        } else if (kind === "poll" && request != null) {
          if (isSettled(id)) finish(id);
          else assert.equal(request.poll(), PENDING);
        } else if (kind === "drop" && request != null) {
          requests[id] = null;
          request.drop();
          if (model.granted.includes(id)) model.free += counts[id]!;
          model.queue = model.queue.filter((entry) => entry.id !== id);
          model.settle();
        } else if (kind === "release" && permit !== undefined) {
          held.splice(held.indexOf(permit), 1);
          model.free += permit.count;
          permit.release();
          model.settle();
        } else if (kind === "forget" && permit !== undefined) {
          held.splice(held.indexOf(permit), 1);
          total -= permit.count;
          permit.forget();
        } else if (kind === "split" && permit !== undefined) held.push(permit.split(Math.floor(permit.count / 2)));
        else if (kind === "try" && !model.isClosed) {
          const taken = semaphore.tryAcquire(n);
          assert.equal(taken !== undefined, n === 0 || (model.queue.length === 0 && n <= model.free));
          if (taken === undefined) continue;
          model.free -= n;
          held.push(taken);
        } else if (kind === "add") {
          total += n;
          model.free += n;
          semaphore.addPermits(n);
          model.settle();
        } else if (kind === "withdraw") {
          const taken = semaphore.forgetPermits(n);
          assert.equal(taken, model.queue.length > 0 ? 0 : Math.min(n, model.free));
          model.free -= taken;
          total -= taken;
        } else if (kind === "close") {
          model.close();
          semaphore.close();
        }
        assert.equal(semaphore.waiting, model.queue.length);
        assert.equal(semaphore.availablePermits, model.queue.length > 0 ? 0 : model.free);
        for (const [other, waited] of requests.entries())
          if (waited !== null) assert.equal(waited.wakes.count, isSettled(other) ? 1 : 0);
      }
      for (const [id, request] of requests.entries()) {
        if (request === null) continue;
        if (isSettled(id)) finish(id);
        else request.drop();
      }
      for (const permit of held) permit.release();
      assert.equal(semaphore.waiting, 0);
      assert.equal(semaphore.availablePermits, total);
      assert.deepEqual(semaphore.holders, []);
    }),
  );
});
