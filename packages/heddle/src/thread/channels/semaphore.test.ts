import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { async, pin, run, Runtime } from "../../index.js";
import { Context, noopWaker, PENDING } from "../../lowlevel.js";
import { Semaphore } from "../../sync.js";
import { moved, settle } from "./threads.kit.js";

describe("A Semaphore that was sent", () => {
  test("has its permits in one place, and all stand in one queue", async () => {
    const here = new Semaphore(2);
    const there = moved(here);
    const further = moved(there);
    const first = await run(there.acquire());
    const second = await run(further.acquire());
    assert.equal(here.availablePermits, 0);
    const order: string[] = [];
    const large = run(there.acquire(2)).then((permit) => {
      order.push("large");
      return permit;
    });
    await settle();
    const small = [here, further].map((it, i) =>
      run(it.acquire()).then((permit) => {
        order.push(`small ${i}`);
        return permit;
      }),
    );
    await settle();
    first.release();
    await settle();
    assert.deepEqual([order, here.tryAcquire(), there.tryAcquire()], [[], undefined, undefined]);
    second.release();
    const permit = await large;
    permit.split(1).release();
    permit.release();
    for (const it of await Promise.all(small)) it.release();
    await settle();
    assert.deepEqual([order.at(0), here.availablePermits], ["large", 2]);
  });

  test("gives up its place when a wait is dropped, whenever that is", async () => {
    const here = new Semaphore(1);
    const there = moved(here);
    const cx = new Context(noopWaker);
    for (let rounds = 0; rounds < 8; rounds++) {
      const permit = here.tryAcquire()!;
      const wait = pin(there.acquire());
      assert.equal(wait.poll(cx), PENDING);
      for (let round = 0; round < rounds; round++) {
        if (round === 1) permit.release();
        await new Promise((resolve) => setImmediate(resolve));
      }
      wait.drop();
      permit.release();
      await settle();
      assert.equal(here.availablePermits, 1, `after ${rounds} rounds`);
    }
  });

  test("is fed and closed from there", async () => {
    const here = new Semaphore(0);
    const there = moved(here);
    const waits = [here, there].map((it) => run(it.acquire()));
    await settle();
    there.addPermits(3);
    for (const permit of await Promise.all(waits)) permit.release();
    await settle();
    assert.equal(here.availablePermits, 3);
    const refused = [here, there].map((it) => assert.rejects(run(it.acquire(4)), { code: "semaphore.closed" }));
    await settle();
    there.close();
    await Promise.all(refused);
    assert.deepEqual([here.isClosed, there.isClosed], [true, true]);
  });

  test("closed here refuses those there who ask", async () => {
    const here = new Semaphore(1);
    const there = moved(here);
    here.close();
    await assert.rejects(run(there.acquire()), { code: "semaphore.closed" });
    assert.equal(there.isClosed, true);
  });
});

describe("A permit of a Semaphore that was sent", () => {
  test("is one there, and none here: released there it comes back", async () => {
    const here = new Semaphore(3);
    const permit = here.tryAcquire(2)!;
    const there = moved(permit);
    assert.deepEqual([permit.isReleased, there.isReleased, there.count], [true, false, 2]);
    permit.release();
    await settle();
    assert.equal(here.availablePermits, 1, "there is nothing to release here");
    there.split(1).release();
    await settle();
    assert.equal(here.availablePermits, 2);
    there.release();
    await settle();
    assert.equal(here.availablePermits, 3);
  });

  test("goes on to other threads, and home, in parts or as a whole", async () => {
    const here = new Semaphore(3);
    const there = moved(here);
    const got = await run(there.acquire(3));
    const part = moved(got.split(1));
    const whole = moved(got);
    assert.deepEqual([part.count, whole.count, got.isReleased], [1, 2, true]);
    moved(part).release();
    await settle();
    assert.equal(here.availablePermits, 1);
    whole.release();
    await settle();
    assert.equal(here.availablePermits, 3);
  });

  test("may be forgotten there", async () => {
    const here = new Semaphore(2);
    moved(here.tryAcquire()!).forget();
    await settle();
    assert.equal(here.availablePermits, 1);
  });

  test("is no more the task's that had it: who waits for it here is no deadlock", async () => {
    const runtime = new Runtime();
    const here = new Semaphore(1);
    const waiting = runtime.run(
      async(function* () {
        const there = moved(yield* here.acquire());
        setImmediate(() => {
          assert.deepEqual(runtime.dump().cycles, []);
          there.release();
        });
        return yield* here.acquire();
      })(),
    );
    (await waiting).release();
    assert.equal(here.availablePermits, 1);
    await runtime.shutdown();
  });

  test("must be held", async () => {
    const here = new Semaphore(1);
    const permit = here.tryAcquire()!;
    permit.release();
    assert.throws(() => moved(permit), { code: "lock.released", message: /^Cannot send a permit to a thread / });
    const wait = pin(here.acquire());
    assert.throws(
      () => moved(here.acquire()),
      /^TypeError: Cannot send semaphore\.acquire\(\) to a thread: it is a future\nhelp: /,
    );
    wait.drop();
  });
});
