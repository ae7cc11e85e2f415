import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClosedError, END, pin, run, type SendError } from "../../index.js";
import { Context, noopWaker, PENDING } from "../../lowlevel.js";
import { EMPTY, mpsc } from "../../sync.js";
import { drain, moved, settle } from "./threads.kit.js";

describe("An mpsc channel across threads", () => {
  test("has the same room on all sides", async () => {
    const [tx, local] = mpsc.channel<number>(3);
    const rx = moved(local);
    const there = moved(tx.clone());
    tx.trySend(1);
    there.trySend(2);
    const permit = there.tryReserve()!;
    assert.deepEqual([tx.capacity, there.capacity, rx.capacity], [0, 0, 0]);
    assert.throws(() => tx.trySend(4), { code: "channel.full", value: 4 });
    assert.throws(() => there.trySend(4), { code: "channel.full" });
    assert.equal(tx.tryReserve(), undefined);
    await settle();
    assert.deepEqual([rx.len, rx.isEmpty], [2, false]);
    const got = [rx.tryRecv()];
    await settle();
    assert.deepEqual([tx.capacity, there.capacity, rx.capacity, rx.maxCapacity], [1, 1, 1, 3]);
    permit.send(3);
    tx.trySend(4);
    assert.throws(() => tx.trySend(5), { code: "channel.full" });
    await settle();
    got.push(rx.tryRecv(), rx.tryRecv(), rx.tryRecv());
    assert.deepEqual(new Set<unknown>(got), new Set([1, 2, 3, 4]));
    assert.equal(rx.tryRecv(), EMPTY);
    for (const end of [tx, there, rx]) end[Symbol.dispose]();
  });

  test("lets whoever asked first for room have it first, whatever the thread and however much", async () => {
    const [tx, local] = mpsc.channel<string>(2);
    const rx = moved(local);
    const there = moved(tx.clone());
    tx.trySend("a");
    tx.trySend("b");
    const order: string[] = [];
    const large = run(there.reserveMany(2)).then((permits) => {
      order.push("large");
      for (const permit of permits) permit.send("large");
    });
    await settle();
    const small = run(tx.send("small")).then(() => order.push("small"));
    await settle();
    rx.tryRecv();
    await settle();
    assert.deepEqual(order, []);
    assert.throws(() => tx.trySend("barges"), { code: "channel.full" });
    rx.tryRecv();
    await large;
    await settle();
    rx.tryRecv();
    await small;
    assert.deepEqual(order, ["large", "small"]);
    for (const end of [tx, there, rx]) end[Symbol.dispose]();
  });

  test("a wait for room that was dropped gives back what it had, and its place", async () => {
    const [tx, local] = mpsc.channel<string>(2);
    const rx = moved(local);
    const there = moved(tx.clone());
    tx.trySend("a");
    tx.trySend("b");
    const wait = pin(there.reserveMany(2));
    assert.equal(wait.poll(new Context(noopWaker)), PENDING);
    await settle();
    rx.tryRecv();
    await settle();
    wait.drop();
    await settle();
    tx.trySend("c");
    assert.throws(() => tx.trySend("d"), { code: "channel.full" });
    for (const end of [tx, there, rx]) end[Symbol.dispose]();
  });

  test("tells those who wait on any thread that the receiver is gone, and hands their messages back", async () => {
    const [tx, local] = mpsc.channel<string>(1);
    const rx = moved(local);
    const there = moved(tx.clone());
    there.trySend("lost");
    const ends = [tx, there].map((end) => run(end.closed()));
    const sends = [tx, there].map((end) => run(end.send("mine")).catch((error: unknown) => error));
    await settle();
    rx[Symbol.dispose]();
    await Promise.all(ends);
    for (const error of (await Promise.all(sends)) as SendError[])
      assert.deepEqual([error.code, error.value], ["channel.disconnected", "mine"]);
    assert.deepEqual([tx.isClosed, there.isClosed], [true, true]);
    assert.throws(() => there.trySend("late"), { code: "channel.disconnected" });
    tx.close();
    there.close();
  });

  test("counts the senders of all threads", async () => {
    const [tx, local] = mpsc.channel<string>(1);
    const rx = moved(local);
    const there = moved(tx.clone());
    const weak = tx.downgrade();
    assert.deepEqual([tx.strongCount, there.strongCount, rx.senderStrongCount], [2, 2, 2]);
    assert.deepEqual([there.weakCount, rx.senderWeakCount], [1, 1]);
    tx.close();
    assert.deepEqual([there.strongCount, there.isClosed], [1, false]);
    const again = weak.upgrade()!;
    there.close();
    assert.equal(rx.tryRecv(), EMPTY);
    again.trySend("still");
    again.close();
    assert.equal(weak.upgrade(), undefined);
    assert.deepEqual(await run(drain(rx)), ["still"]);
    weak.close();
  });

  test("keeps whoever awaits the receiver while senders go to other threads", async () => {
    const [tx, rx] = mpsc.channel<number>(1);
    const got = run(drain(rx));
    await settle();
    const there = moved(tx);
    await run(there.send(1));
    await run(there.send(2));
    there.close();
    assert.deepEqual(await got, [1, 2]);
  });

  test("refuses what cannot be sent, and keeps its room", async () => {
    const [tx, local] = mpsc.channel<unknown>(1);
    const rx = moved(local);
    await assert.rejects(
      run(tx.send({ on: () => 1 })),
      /^TypeError: Cannot send a message to a thread: \.on is a function/,
    );
    assert.throws(() => tx.trySend(new WeakMap()), /it is a WeakMap/);
    assert.equal(tx.capacity, 1);
    await run(tx.send("fine"));
    tx.close();
    assert.deepEqual(await run(drain(rx)), ["fine"]);
  });

  test("refuses to send a receiver that somebody awaits, or with messages that cannot be sent, and leaves it whole", async () => {
    const [tx, rx] = mpsc.channel<unknown>(2);
    const wait = run(rx.recv());
    await settle();
    assert.throws(() => moved({ rx }), { code: "channel.busy" });
    tx.trySend(() => 1);
    await wait;
    tx.trySend(() => 2);
    assert.throws(
      () => moved([tx, rx]),
      /^TypeError: Cannot send a message that is queued to a thread: it is a function/,
    );
    assert.equal((rx.tryRecv() as () => number)(), 2);
    tx.close();
    assert.equal(rx.tryRecv(), END);
  });

  test("leaves ends behind that say where they went", async () => {
    const [tx, rx] = mpsc.channel<number>(1);
    const [there, away] = moved([tx, rx] as const);
    for (const use of [
      () => tx.trySend(1),
      () => tx.capacity,
      () => tx.clone(),
      () => rx.tryRecv(),
      () => rx.recv(),
      () => moved(rx),
    ])
      assert.throws(use, (error) => error instanceof ClosedError && error.code === "channel.moved");
    assert.throws(
      () => rx.len,
      /^ClosedError: Cannot use the receiver of an mpsc channel: it was sent to another thread\nhelp: /,
    );
    assert.ok(rx instanceof away.constructor);
    tx.close();
    rx[Symbol.dispose]();
    there.trySend(5);
    there.close();
    assert.deepEqual(await run(drain(away)), [5]);
  });
});
