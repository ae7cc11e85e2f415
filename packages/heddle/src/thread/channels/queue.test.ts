import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { END, pin, run } from "../../index.js";
import { Context, noopWaker, PENDING } from "../../lowlevel.js";
import { EMPTY, queue } from "../../sync.js";
import { pack } from "../values/pack.js";
import { drain, moved, settle } from "./threads.kit.js";

describe("A queue whose sender was sent", () => {
  test("has the room that it was made with, for all together, in the order of asking", async () => {
    const [tx, rx] = queue.bounded<string>(2);
    const there = moved(tx.clone());
    const order: string[] = [];
    await run(there.send("a"));
    await settle();
    tx.trySend("b");
    const far = run(there.send("far")).then(() => order.push("far"));
    await settle();
    const near = run(tx.send("near")).then(() => order.push("near"));
    await settle();
    assert.deepEqual([order, rx.len, tx.capacity], [[], 2, 0]);
    assert.equal(rx.tryRecv(), "a");
    await settle();
    assert.deepEqual(order, ["far"]);
    rx.tryRecv();
    await Promise.all([far, near]);
    await settle();
    assert.deepEqual([rx.tryRecv(), rx.tryRecv(), rx.tryRecv()], ["far", "near", EMPTY]);
    assert.equal(tx.capacity, 2);
  });

  test("gives up its place when a send is dropped, whenever that is", async () => {
    const [tx, rx] = queue.bounded<number>(1);
    const there = moved(tx.clone());
    const cx = new Context(noopWaker);
    for (let rounds = 0; rounds < 8; rounds++) {
      tx.trySend(1);
      const send = pin(there.send(2));
      assert.equal(send.poll(cx), PENDING);
      for (let round = 0; round < rounds; round++) {
        if (round === 1) rx.tryRecv();
        await new Promise((resolve) => setImmediate(resolve));
      }
      send.drop();
      await settle();
      while (rx.tryRecv() !== EMPTY);
      assert.equal(tx.capacity, 1, `after ${rounds} rounds`);
    }
  });

  test("sends what waits for room, though the sender is disposed of meanwhile", async () => {
    const [tx, rx] = queue.bounded<number>(1);
    const there = moved(tx.clone());
    tx.trySend(1);
    const send = run(there.send(2));
    await settle();
    there[Symbol.dispose]();
    assert.equal(rx.tryRecv(), 1);
    await send;
    assert.equal(await run(rx.recv()), 2);
    assert.equal(rx.senderCount, 1);
  });

  test("without a limit never waits", async () => {
    const [tx, rx] = queue.unbounded<object>();
    const there = moved(tx.clone());
    there.trySend({ a: 1 });
    await run(there.send({ b: [new Map([[1, 2]])] }));
    await settle();
    assert.deepEqual([rx.tryRecv(), rx.tryRecv()], [{ a: 1 }, { b: [new Map([[1, 2]])] }]);
    tx[Symbol.dispose]();
  });

  test("is closed from either side, and told of it", async () => {
    for (const side of ["here", "there"]) {
      const [tx, rx] = queue.bounded<number>(1);
      const there = moved(tx.clone());
      tx.trySend(1);
      const waits = run(there.send(2));
      const closed = run(there.closed());
      await settle();
      (side === "here" ? rx : there).close();
      await assert.rejects(waits, { code: "channel.disconnected", value: 2 });
      await closed;
      await settle();
      assert.deepEqual([there.isClosed, tx.isClosed], [true, true], side);
      await assert.rejects(run(there.send(3)), { code: "channel.disconnected", value: 3 });
      assert.deepEqual([rx.tryRecv(), rx.tryRecv()], [1, END], "what was in it can still be received");
    }
  });

  test("keeps it open, until it is disposed of", async () => {
    const [tx, rx] = queue.bounded<number>(1);
    const there = moved(tx);
    assert.throws(() => tx.trySend(1), { code: "channel.moved" });
    const ended = run(drain(rx));
    await run(there.send(1));
    const further = moved(there);
    await settle();
    await run(further.send(2));
    further[Symbol.dispose]();
    assert.deepEqual(await ended, [1, 2]);
  });

  test("refuses what cannot be sent, and gives its room back", async () => {
    const [tx, rx] = queue.bounded<unknown>(1);
    const there = moved(tx.clone());
    await assert.rejects(
      run(there.send(() => 1)),
      /^TypeError: Cannot send a message to a thread: it is a function\nhelp: /,
    );
    await settle();
    assert.equal(tx.capacity, 1);
    tx.trySend(() => 1);
    assert.equal(typeof rx.tryRecv(), "function", "here it is no message for another thread");
  });

  test("finds no room without asking, and replaces nothing", () => {
    const [tx] = queue.bounded<number>(1);
    const there = moved(tx.clone());
    assert.throws(() => there.trySend(1), { code: "channel.full", value: 1 });
    assert.throws(() => there.forceSend(1), { code: "channel.elsewhere" });
    assert.deepEqual([there.capacity, there.len, there.maxCapacity, there.strongCount], [0, 0, 1, 1]);
    tx.close();
  });
});

describe("A queue whose receiver was sent", () => {
  test("gives each message to one receiver, and serves first who waits longest", async () => {
    const [tx, rx] = queue.bounded<number>(8);
    const there = moved(rx.clone());
    const got = new Map<string, number>();
    const take = async (name: string, from: queue.Receiver<number>): Promise<void> => {
      got.set(name, (await run(from.recv())) as number);
    };
    const waits = [];
    for (const [name, from] of [
      ["far", there],
      ["near", rx],
      ["far again", there],
    ] as const) {
      waits.push(take(name, from));
      await settle();
    }
    tx.trySend(1);
    tx.trySend(2);
    await Promise.all(waits.slice(0, 2));
    await settle();
    assert.deepEqual(
      [[...got.keys()].sort(), [...got.values()].sort((a, b) => a - b)],
      [
        ["far", "near"],
        [1, 2],
      ],
    );
    tx.trySend(3);
    await Promise.all(waits);
    assert.equal(got.get("far again"), 3);
    tx.close();
  });

  test("hands on what was meant for a wait that was dropped, whenever that is, as the next message", async () => {
    const cx = new Context(noopWaker);
    for (let rounds = 0; rounds < 8; rounds++) {
      const [tx, rx] = queue.bounded<number>(4);
      const there = moved(rx.clone());
      const wait = pin(there.recv());
      assert.equal(wait.poll(cx), PENDING);
      for (let round = 0; round < rounds; round++) {
        if (round === 1) for (const n of [1, 2]) tx.trySend(n);
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (rounds < 2) for (const n of [1, 2]) tx.trySend(n);
      wait.drop();
      await settle();
      assert.deepEqual([rx.tryRecv(), rx.tryRecv(), rx.tryRecv()], [1, 2, EMPTY], `after ${rounds} rounds`);
      assert.equal(tx.capacity, 4);
      tx.close();
    }
  });

  test("hands on what was on its way to a wait that was dropped, though the receiver is disposed of too", async () => {
    const [tx, rx] = queue.unbounded<number>();
    const there = moved(rx.clone());
    const recv = pin(there.recv());
    assert.equal(recv.poll(new Context(noopWaker)), PENDING);
    await settle();
    tx.trySend(1);
    recv.drop();
    there[Symbol.dispose]();
    assert.equal(await run(rx.recv()), 1);
    assert.equal(rx.strongCount, 1);
  });

  test("is not at its end while a message may come back from a wait that was dropped", async () => {
    for (const isPolled of [false, true]) {
      const [tx, rx] = queue.unbounded<number>();
      const there = moved(rx.clone());
      const recv = pin(there.recv());
      assert.equal(recv.poll(new Context(noopWaker)), PENDING);
      await settle();
      tx.trySend(1);
      tx.close();
      const got: number[] = [];
      const rest = run(drain(rx)).then((all) => got.push(...all));
      if (isPolled) await settle();
      assert.deepEqual([rx.isClosed, got], [true, []]);
      recv.drop();
      await rest;
      assert.deepEqual(got, [1]);
    }
  });

  test("is not at its end before what was sent elsewhere has come, though it is closed", async () => {
    for (const make of [() => queue.unbounded<number>(), () => queue.bounded<number>(1)]) {
      const [tx, rx] = make();
      const there = moved(moved(tx.clone()));
      await run(there.send(1));
      tx.close();
      assert.deepEqual(await run(drain(rx)), [1]);
      await assert.rejects(run(there.send(2)), { code: "channel.disconnected" });
    }
  });

  test("comes to its end when a message that was lent was taken", async () => {
    const [tx, rx] = queue.unbounded<number>();
    const there = moved(rx.clone());
    const recv = run(there.recv());
    await settle();
    tx.trySend(1);
    tx.close();
    assert.equal(await run(rx.recv()), END);
    assert.equal(await recv, 1);
  });

  test("comes to the end behind all messages", async () => {
    const [tx, rx] = queue.bounded<number>(4);
    const there = moved(rx);
    assert.throws(() => rx.tryRecv(), { code: "channel.moved" });
    for (const n of [1, 2, 3]) tx.trySend(n);
    tx[Symbol.dispose]();
    assert.equal(there.tryRecv(), EMPTY, "nothing is known there without asking");
    assert.deepEqual(await run(drain(there)), [1, 2, 3]);
    assert.equal(there.tryRecv(), END);
  });

  test("keeps it open, until it is disposed of", async () => {
    const [tx, rx] = queue.bounded<number>(4);
    const there = moved(rx);
    const further = moved(there.clone());
    there[Symbol.dispose]();
    await settle();
    assert.equal(tx.isClosed, false);
    further[Symbol.dispose]();
    await settle();
    assert.equal(tx.isClosed, true);
    assert.throws(() => tx.trySend(1), { code: "channel.disconnected" });
  });

  test("has what is sent here checked, as long as somebody may take it elsewhere", async () => {
    const [tx, rx] = queue.bounded<unknown>(1);
    tx.trySend(() => 1);
    assert.throws(
      () => pack(rx, "it"),
      /^TypeError: Cannot send a message that is queued to a thread: it is a function/,
    );
    rx.tryRecv();
    const there = moved(rx.clone());
    assert.throws(() => tx.trySend(Symbol("s")), /^TypeError: Cannot send a message to a thread: it is a symbol/);
    assert.equal(tx.capacity, 1);
    there[Symbol.dispose]();
    await settle();
    tx.trySend(Symbol("s"));
    assert.equal(typeof rx.tryRecv(), "symbol");
  });

  test("cannot be weak, nor over", () => {
    const [tx, rx] = queue.bounded<number>(1);
    assert.throws(() => pack(rx.downgrade(), "it"), { code: "channel.weak" });
    rx[Symbol.dispose]();
    assert.throws(() => pack(rx, "it"), { code: "channel.closed" });
    tx[Symbol.dispose]();
    assert.throws(() => pack(tx, "it"), { code: "channel.closed" });
  });
});
