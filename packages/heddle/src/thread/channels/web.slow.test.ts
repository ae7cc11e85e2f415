import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { END, run } from "../../index.js";
import { broadcast, mpsc, watch } from "../../sync.js";
import { settle, start } from "./threads.kit.js";

describe("A watch channel between threads", () => {
  test("shows the newest value there, and ends with the thread of its sender", async () => {
    const [tx, rx] = watch.channel(0);
    const [steps, came] = mpsc.channel<string>(8);
    const job = start("watchAll", rx, steps);
    await run(came.recv());
    for (let n = 1; n <= 1000; n++) tx.send(n);
    tx.close();
    const seen = (await job) as number[];
    assert.equal(seen.at(-1), 1000);
    const [away, here] = watch.channel("idle");
    const keeps = start("keep", away);
    await keeps.begun;
    const next = run(here.next());
    await settle();
    await keeps.worker.terminate();
    assert.equal(await next, END);
    here.close();
  });

  test("is disconnected when the thread of its last receiver has died", async () => {
    const [tx, rx] = watch.channel(0);
    const job = start("keep", rx);
    await job.begun;
    const closed = run(tx.closed());
    await settle();
    await job.worker.terminate();
    await closed;
    assert.throws(() => tx.send(1), { code: "channel.disconnected", value: 1 });
    tx.close();
  });
});

describe("A broadcast channel between threads", () => {
  test("gives all threads all messages", async () => {
    const [tx, rx] = broadcast.channel<number>(64);
    const [steps, came] = mpsc.channel<string>(8);
    const jobs = [1, 2].map(() => start("hearAll", rx.resubscribe(), steps.clone()));
    rx.close();
    await run(came.recv());
    await run(came.recv());
    const all = Array.from({ length: 50 }, (_, n) => n);
    for (const n of all) tx.send(n);
    tx.close();
    assert.deepEqual(await Promise.all(jobs), [all, all]);
    steps.close();
  });

  test("does not pile up messages for a thread that is busy, which is told how many it has missed", async () => {
    const [tx, rx] = broadcast.channel<number>(8);
    const [steps, came] = mpsc.channel<string>(8);
    const job = start("hearLate", rx, steps, 200);
    await run(came.recv());
    for (let n = 0; n < 10_000; n++) tx.send(n);
    tx.close();
    const got = (await job) as number[];
    assert.equal(got.at(-1), 9999);
    assert.equal(
      got.reduce((sum, it) => sum + (it < 0 ? -it : 1), 0),
      10_000,
    );
    // Those on their way, and those that waited for them: the rest was overwritten.
    assert.ok(got.filter((it) => it >= 0).length <= 16, JSON.stringify(got));
  });

  test("ends with the thread of its last sender, and goes on without a receiver's", async () => {
    const [tx, rx] = broadcast.channel<number>(8);
    const deaf = start("keep", rx.resubscribe());
    await deaf.begun;
    await settle();
    await deaf.worker.terminate();
    tx.send(1);
    const job = start("keep", tx);
    await job.begun;
    const got = [await run(rx.recv()), run(rx.recv())] as const;
    await settle();
    await job.worker.terminate();
    assert.deepEqual([got[0], await got[1]], [1, END]);
    rx.close();
  });
});
