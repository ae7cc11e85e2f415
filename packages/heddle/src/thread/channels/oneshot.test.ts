import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pin, run } from "../../index.js";
import { Context, noopWaker, PENDING } from "../../lowlevel.js";
import { EMPTY, oneshot } from "../../sync.js";
import { moved, settle } from "./threads.kit.js";
import "./oneshot.js";

/** A oneshot with one end, or both, moved. */
const WAYS: [name: string, make: () => [oneshot.Sender<any>, oneshot.Receiver<any>]][] = [
  ["whose sender went", () => movedEnds((tx, rx) => [moved(tx), rx])],
  ["whose receiver went", () => movedEnds((tx, rx) => [tx, moved(rx)])],
  ["whose ends both went", () => movedEnds((tx, rx) => moved([tx, rx]))],
];
// HOST: Deno does not move a port once it listens.
if (!("Deno" in globalThis))
  WAYS.push(["whose ends went twice", () => movedEnds((tx, rx) => [moved(moved(tx)), moved(moved(rx))])]);

function movedEnds(
  move: (tx: oneshot.Sender<any>, rx: oneshot.Receiver<any>) => [oneshot.Sender<any>, oneshot.Receiver<any>],
): [oneshot.Sender<any>, oneshot.Receiver<any>] {
  return move(...oneshot.channel<any>());
}

for (const [name, make] of WAYS) {
  describe(`A oneshot ${name}`, () => {
    test("carries its value, whoever is first", async () => {
      const [tx, rx] = make();
      tx.send({ n: [1] });
      assert.deepEqual(await run(rx), { n: [1] });
      const [later, waits] = make();
      const value = run(waits);
      await settle();
      later.send(2);
      assert.equal(await value, 2);
      await assert.rejects(run(waits), { code: "future.completed" });
      assert.throws(() => later.send(3), { code: "channel.closed", value: 3 });
    });

    test("can be asked for its value", async () => {
      const [tx, rx] = make();
      assert.deepEqual([rx.tryRecv(), rx.isEmpty, rx.isTerminated, tx.isClosed], [EMPTY, true, false, false]);
      tx.send(1);
      await settle();
      assert.deepEqual([rx.isEmpty, tx.isClosed, rx.tryRecv(), rx.isTerminated], [false, true, 1, true]);
    });

    test("takes no value once the receiver is closed, from that moment on", async () => {
      const [tx, rx] = make();
      const closed = run(tx.closed());
      await settle();
      rx.close();
      assert.equal(tx.isClosed, true);
      assert.throws(() => tx.send(1), { code: "channel.disconnected", value: 1 });
      await closed;
      assert.throws(() => rx.tryRecv(), { code: "channel.closed" });
    });

    test("gives a value that was sent before it was closed", async () => {
      const [tx, rx] = make();
      tx.send(1);
      rx.close();
      assert.equal(await run(rx), 1);
      const [thrown, away] = make();
      thrown.send(1);
      away[Symbol.dispose]();
      assert.throws(() => away.tryRecv(), { code: "future.completed" });
    });

    test("says that its sender went without a value", async () => {
      const [tx, rx] = make();
      const value = run(rx);
      await settle();
      tx.close();
      await assert.rejects(value, { code: "channel.disconnected" });
      assert.throws(() => tx.send(1), { code: "channel.closed" });
    });

    test("loses nothing when a wait is dropped, and goes on to other threads", async () => {
      const [tx, rx] = make();
      const wait = pin(rx);
      assert.equal(wait.poll(new Context(noopWaker)), PENDING);
      assert.throws(() => moved(rx), { code: "channel.busy" });
      wait.drop();
      tx.send({ answer: 42 });
      await settle();
      assert.deepEqual(await run(moved(rx)), { answer: 42 });
      assert.throws(() => rx.tryRecv(), { code: "channel.moved" });
    });

    test("refuses a value that cannot be sent, and takes another", async () => {
      const [tx, rx] = make();
      assert.throws(() => tx.send({ on: () => 1 }), /^TypeError: Cannot send a value to a thread: \.on is a function/);
      tx.send("fine");
      assert.equal(await run(rx), "fine");
    });
  });
}

describe("A oneshot", () => {
  test("keeps whoever awaits an end while the other goes", async () => {
    const [tx, rx] = oneshot.channel<number>();
    const value = run(rx);
    await settle();
    moved(tx).send(7);
    assert.equal(await value, 7);
    const [other, away] = oneshot.channel<number>();
    const closed = run(other.closed());
    await settle();
    moved(away).close();
    await closed;
  });

  test("with a value that was sent before may go, if the value may", async () => {
    const [tx, rx] = oneshot.channel<unknown>();
    tx.send(() => 1);
    assert.throws(() => moved(rx), /^TypeError: Cannot send the value of a oneshot to a thread: it is a function/);
    assert.equal(((await run(rx)) as () => number)(), 1);
    assert.throws(() => moved(rx), { code: "channel.closed" });
    assert.throws(() => moved(tx), { code: "channel.closed" });
  });
});
