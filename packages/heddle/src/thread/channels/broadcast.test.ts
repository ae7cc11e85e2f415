import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { END, pin, run } from "../../index.js";
import { Context, noopWaker, PENDING } from "../../lowlevel.js";
import { broadcast, EMPTY } from "../../sync.js";
import { moved, settle, taken } from "./threads.kit.js";

describe("A broadcast channel across threads", () => {
  test("gives every receiver everything, from whichever thread it comes", async () => {
    const [tx, rx] = broadcast.channel<unknown>(8);
    const there = moved(rx.resubscribe());
    const away = moved(tx.clone());
    const further = moved(away.subscribe());
    await settle();
    assert.equal(tx.send(1), 3);
    await settle();
    assert.equal(away.send({ n: [2] }), 3);
    await settle();
    tx.send(null);
    for (const end of [rx, there, further]) {
      assert.deepEqual([await run(end.recv()), await run(end.recv()), await run(end.recv())], [1, { n: [2] }, null]);
      assert.equal(end.tryRecv(), EMPTY);
    }
    const waits = [rx, there, further].map((end) => run(end.recv()));
    await settle();
    away.send("all");
    assert.deepEqual(await Promise.all(waits), ["all", "all", "all"]);
    const ends = [rx, there, further].map((end) => run(end.recv()));
    tx.close();
    away.close();
    assert.deepEqual(await Promise.all(ends), [END, END, END]);
  });

  test("takes along what a receiver has not read, and what it has missed", async () => {
    const [tx, rx] = broadcast.channel<number>(4);
    for (let n = 1; n <= 6; n++) tx.send(n);
    const there = moved(rx);
    assert.equal(there.len, 6);
    tx.send(7);
    await settle();
    assert.deepEqual(taken(there), [-3, 4, 5, 6, 7]);
    const further = moved(there);
    tx.send(8);
    await settle();
    assert.deepEqual(taken(further), [8]);
    tx.close();
    assert.equal(await run(further.recv()), END);
  });

  test("tells a receiver of another thread how many messages it has missed", async () => {
    const [tx, rx] = broadcast.channel<number>(4);
    const there = moved(rx);
    for (let n = 1; n <= 20; n++) tx.send(n);
    await settle();
    const got = taken(there);
    assert.deepEqual(got.slice(-4), [17, 18, 19, 20]);
    assert.equal(
      got.reduce((sum, it) => sum + (it < 0 ? -it : 1), 0),
      20,
    );
    tx.send(21);
    await settle();
    assert.deepEqual(taken(there), [21]);
    there.close();
    tx.close();
  });

  test("is disconnected when nobody receives on any thread, and lives again when somebody does", async () => {
    const [tx, rx] = broadcast.channel<number>(4);
    const there = moved(rx);
    const away = moved(tx.clone());
    await settle();
    const closed = [run(tx.closed()), run(away.closed())];
    await settle();
    there.close();
    await Promise.all(closed);
    for (const end of [tx, away]) assert.throws(() => end.send(1), { code: "channel.disconnected", value: 1 });
    const again = away.subscribe();
    await settle();
    assert.equal(tx.send(2), 1);
    assert.equal(await run(again.recv()), 2);
    again.close();
    tx.close();
    away.close();
  });

  test("refuses what cannot be sent to several threads, and ends that are awaited or closed", async () => {
    const [tx, rx] = broadcast.channel<unknown>(4);
    const other = rx.resubscribe();
    tx.send(() => 1);
    assert.throws(() => moved(rx), /^TypeError: Cannot send a message that was not read to a thread: it is a function/);
    assert.equal(typeof rx.tryRecv(), "function");
    const wait = pin(rx.recv());
    assert.equal(wait.poll(new Context(noopWaker)), PENDING);
    assert.throws(() => moved(rx), { code: "channel.busy" });
    wait.drop();
    const there = moved(rx);
    assert.throws(() => tx.send({ tx }), /^TypeError: Cannot send a message to several threads/);
    assert.throws(() => rx.tryRecv(), { code: "channel.moved" });
    assert.equal(typeof other.tryRecv(), "function");
    assert.equal(other.tryRecv(), EMPTY);
    other.close();
    assert.throws(() => moved(other), { code: "channel.closed" });
    there.close();
    tx.close();
  });
});
