import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { async, END, run } from "../../index.js";
import { EMPTY, mpsc } from "../../sync.js";
import { pack } from "../values/pack.js";
import { moved, settle } from "./threads.kit.js";

const drain = async(function* <T>(rx: mpsc.Receiver<T>) {
  const got: T[] = [];
  for (let message; (message = yield* rx.recv()) !== END;) got.push(message);
  return got;
});

for (const [where, there] of [
  ["the receiver is on the same side", <T>(rx: T) => rx],
  ["the receiver is on the other side", moved],
] as const)
  describe(`A permit of an mpsc channel that was sent, when ${where}`, () => {
    test("keeps its slot on the way, is used there, and is over here", async () => {
      const [tx, local] = mpsc.channel<string>(2);
      const rx = there(local);
      const permit = tx.tryReserve()!;
      const sent = moved(permit);
      assert.deepEqual([tx.capacity, rx.capacity], [1, 1]);
      assert.throws(() => permit.send("twice"), { code: "channel.closed", value: "twice" });
      permit[Symbol.dispose]();
      assert.equal(tx.capacity, 1, "there is nothing to give back here");
      sent.send("once");
      await settle();
      assert.deepEqual([rx.tryRecv(), rx.tryRecv()], ["once", EMPTY]);
      await settle();
      assert.deepEqual([tx.capacity, rx.capacity], [2, 2]);
      assert.throws(() => sent.send("again"), { code: "channel.closed" });
      tx.close();
      rx[Symbol.dispose]();
    });

    test("is given back there, to whoever waits here", async () => {
      const [tx, local] = mpsc.channel<string>(1);
      const rx = there(local);
      const sent = moved(tx.tryReserve()!);
      const next = run(tx.send("next"));
      await settle();
      assert.equal(rx.len, 0);
      sent[Symbol.dispose]();
      await next;
      await settle();
      assert.equal(rx.tryRecv(), "next");
      tx.close();
      rx[Symbol.dispose]();
    });

    test("counts after the channel was closed, and keeps its receiver waiting without a sender", async () => {
      const [tx, local] = mpsc.channel<string>(2);
      const rx = there(local);
      const sent = moved(tx.tryReserve()!);
      tx.close();
      const all = run(drain(rx));
      await settle();
      rx.close();
      await settle();
      sent.send("late, and reserved before");
      assert.deepEqual(await all, ["late, and reserved before"]);
    });

    test("may be many, and goes on to yet another thread", async () => {
      const [tx, local] = mpsc.channel<number>(4);
      const rx = there(local);
      const sent = moved(tx.tryReserveMany(3)!);
      assert.equal(sent.len, 3);
      const one = sent.next().value!;
      moved(one).send(1);
      const further = moved(sent);
      assert.deepEqual([sent.len, further.len, tx.capacity], [0, 2, 1]);
      further.next().value!.send(2);
      further[Symbol.dispose]();
      await settle();
      assert.deepEqual(new Set([rx.tryRecv(), rx.tryRecv(), rx.tryRecv()]), new Set([1, 2, EMPTY]));
      await settle();
      assert.equal(tx.capacity, 4);
      tx.close();
      rx[Symbol.dispose]();
    });

    test("takes its sender along if it owns one", async () => {
      const [tx, local] = mpsc.channel<string>(2);
      const rx = there(local);
      const owned = await run(tx.reserveOwned());
      const sent = moved(owned);
      assert.throws(() => owned.release(), { code: "channel.closed" });
      assert.deepEqual([rx.capacity, tx.strongCount], [1, 1]);
      const back = sent.send("first");
      back.trySend("second");
      back.close();
      assert.deepEqual(await run(drain(rx)), ["first", "second"]);
    });
  });

describe("A permit of an mpsc channel", () => {
  test("that was used cannot be sent", () => {
    const [tx, rx] = mpsc.channel<string>(2);
    const permit = tx.tryReserve()!;
    permit.send("used");
    const many = tx.tryReserveMany(1)!;
    many[Symbol.dispose]();
    for (const used of [permit, many])
      assert.throws(() => pack(used, "it"), {
        code: "channel.closed",
        message: /^Cannot send a permit to a thread: it was used or given back/,
      });
    rx[Symbol.dispose]();
  });

  test("stays usable if what is sent beside it cannot be", () => {
    const [tx, rx] = mpsc.channel<string>(1);
    const permit = tx.tryReserve()!;
    assert.throws(() => pack([permit, () => {}], "it"), /\[1\] is a function/);
    permit.send("still mine");
    assert.equal(rx.tryRecv(), "still mine");
    tx.close();
  });
});
