import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { run } from "../../index.js";
import { mpsc, Semaphore } from "../../sync.js";
import { start } from "./threads.kit.js";

describe("A Semaphore between threads", () => {
  test("lets only so many in, whatever their threads", async () => {
    const seats = new Semaphore(2);
    const inside = new Int32Array(new SharedArrayBuffer(8));
    const jobs = [1, 2, 3].map(() => start("sitDown", seats, inside, 50));
    await Promise.all(jobs);
    assert.ok(inside[1]! >= 1 && inside[1]! <= 2, `${inside[1]} at once`);
    assert.equal(inside[0], 0);
    while (seats.availablePermits < 2) await new Promise((resolve) => setImmediate(resolve));
  });

  test("gets back what a thread had that dies, and its place in the queue", async () => {
    const seats = new Semaphore(1);
    const [steps, came] = mpsc.channel<string>(4);
    const holder = start("occupy", seats, steps);
    assert.equal(await run(came.recv()), "has it");
    const waits = start("keepAsking", seats);
    await waits.begun;
    while (seats.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    const mine = run(seats.acquire());
    await waits.worker.terminate();
    await holder.worker.terminate();
    (await mine).release();
    assert.equal(seats.availablePermits, 1);
  });

  test("gets back the permits that were sent to a thread that dies", async () => {
    const seats = new Semaphore(2);
    const sent = start("keep", seats.tryAcquire());
    await sent.begun;
    assert.equal(seats.availablePermits, 1);
    await sent.worker.terminate();
    while (seats.availablePermits < 2) await new Promise((resolve) => setImmediate(resolve));
    sent.unref();
  });

  test("is closed when its own thread has died", async () => {
    const [seats] = (await start("makeSemaphore")) as [Semaphore];
    await assert.rejects(run(seats.acquire()), { code: "semaphore.closed" });
  });
});
