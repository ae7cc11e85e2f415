import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { END, pin, run } from "../../index.js";
import { Context, noopWaker, PENDING } from "../../lowlevel.js";
import { watch } from "../../sync.js";
import { moved, settle } from "./threads.kit.js";

describe("A watch channel across threads", () => {
  test("has the newest value everywhere, and tells who waits for it", async () => {
    const [tx, local] = watch.channel({ level: "info" });
    const there = moved(local.clone());
    assert.deepEqual([there.borrow(), there.hasChanged()], [{ level: "info" }, false]);
    const next = [run(there.next()), run(local.next())];
    await settle();
    tx.send({ level: "debug" });
    assert.deepEqual(await Promise.all(next), [{ level: "debug" }, { level: "debug" }]);
    const away = moved(tx.clone());
    away.send({ level: "warn" });
    assert.deepEqual(await run(there.waitFor(({ level }) => level === "warn")), { level: "warn" });
    assert.deepEqual(tx.borrow(), { level: "warn" });
    for (const end of [tx, away, local, there]) end.close();
  });

  test("takes along whether a receiver has seen the value", async () => {
    const [tx, seen] = watch.channel(0);
    const unseen = seen.clone();
    tx.send(1);
    await run(seen.changed());
    const [first, second] = moved([seen, unseen]);
    assert.deepEqual([first!.hasChanged(), second!.hasChanged()], [false, true]);
    assert.equal(await run(second!.next()), 1);
    tx.close();
    assert.equal(await run(first!.next()), END);
    await assert.rejects(run(second!.changed()), { code: "channel.disconnected" });
  });

  test("counts the ends of all threads, and is disconnected when one side is gone everywhere", async () => {
    const [tx, rx] = watch.channel("a");
    const [away, there] = [moved(tx.clone()), moved(rx.clone())];
    await settle();
    assert.deepEqual([tx.receiverCount, away.receiverCount, tx.strongCount, away.strongCount], [2, 2, 2, 2]);
    const closed = run(away.closed());
    rx.close();
    await settle();
    assert.deepEqual([tx.receiverCount, away.isClosed], [1, false]);
    there.close();
    await closed;
    assert.deepEqual([tx.isClosed, away.isClosed], [true, true]);
    assert.throws(() => away.send("b"), { code: "channel.disconnected", value: "b" });
    assert.equal(away.sendReplace("c"), "a");
    await settle();
    const again = tx.subscribe();
    await settle();
    assert.deepEqual([again.borrow(), away.isClosed], ["c", false]);
    tx.close();
    assert.equal(again.hasChanged(), false);
    away.close();
    assert.equal(await run(again.next()), END);
  });

  test("refuses values that cannot be sent, or be in one place only, and keeps the one before", () => {
    const [tx, rx] = watch.channel<unknown>(0);
    const there = moved(rx);
    assert.throws(() => tx.send({ on: () => 1 }), /^TypeError: Cannot send a value to a thread: \.on is a function/);
    const { port1, port2 } = new MessageChannel();
    assert.throws(() => tx.send([port1]), /^TypeError: Cannot send a value to several threads/);
    assert.deepEqual([tx.borrow(), there.borrow()], [0, 0]);
    port2.close();
    tx.close();
  });

  test("leaves ends behind that say where they went, and does not send one that is awaited", async () => {
    const [tx, rx] = watch.channel(0);
    const wait = pin(rx.changed());
    assert.equal(wait.poll(new Context(noopWaker)), PENDING);
    assert.throws(() => moved(rx), { code: "channel.busy" });
    wait.drop();
    const there = moved(rx);
    assert.throws(() => rx.borrow(), { code: "channel.moved" });
    const away = moved(tx);
    assert.throws(() => tx.send(1), { code: "channel.moved" });
    away.send(1);
    assert.equal(await run(there.next()), 1);
    away.close();
  });
});
