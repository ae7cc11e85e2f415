/**
 * What the garbage collector does for ends that were forgotten. It is asked to come, in this process.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../base/garbage.kit.js";
import { END, type Future, Runtime } from "../index.js";
import { broadcast, mpsc, queue, watch } from "../sync.js";

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("mpsc: the collector closes ends that were forgotten, but none that somebody awaits, and none twice", async () => {
  const kept: unknown[] = [];
  const forgotten = (): mpsc.Receiver<number> => mpsc.channel<number>(1)[1];
  const deserted = (): mpsc.Sender<number> => mpsc.channel<number>(1)[0];
  const awaited = (): Future<unknown> => {
    const [tx, rx] = mpsc.channel<number>(1);
    kept.push(tx);
    return rx.recv();
  };
  const closing = (): Future<void> => {
    const [tx, rx] = mpsc.channel<number>(1);
    kept.push(rx);
    return tx.closed();
  };
  const oneLeft = (): mpsc.Sender<number> => {
    const [tx, rx] = mpsc.channel<number>(1);
    kept.push(rx);
    const clone = tx.clone();
    tx.downgrade().close();
    tx.close();
    return clone;
  };
  const runtime = new Runtime({ warnings: false });
  const ended = runtime.run(forgotten().recv());
  const closed = runtime.run(deserted().closed());
  const waits = runtime.run(awaited());
  const rests = runtime.run(closing());
  const left = oneLeft();
  let turns = 0;
  const both = Promise.all([ended, closed]).finally(() => (turns = Infinity));
  for (; turns < 100; turns++) {
    await macrotask();
    collectGarbage();
  }
  assert.equal((await both)[0], END, "the last sender was collected, and in the other channel the receiver");
  const [tx, rx] = kept as [mpsc.Sender<number>, mpsc.Receiver<number>];
  assert.equal(tx.isClosed, false);
  tx.trySend(8);
  assert.equal(await waits, 8);
  assert.equal(rx.isClosed, false);
  rx.close();
  await rests;
  assert.deepEqual([left.strongCount, left.weakCount], [1, 0]);
});

test("broadcast: the collector ends receivers and senders that were forgotten, but none that somebody awaits", async () => {
  const [tx] = broadcast.channel<number>(4);
  const forgotten = (): broadcast.Receiver<number> => broadcast.channel<number>(4)[1];
  const kept = broadcast.channel<number>(4)[0];
  const awaited = (): Future<unknown> => kept.subscribe().recv();
  const runtime = new Runtime({ warnings: false });
  const waits = runtime.run(awaited());
  const both = Promise.all([runtime.run(tx.closed()), runtime.run(forgotten().recv())]);
  let turns = 0;
  const outcome = both.finally(() => (turns = Infinity));
  for (; turns < 100; turns++) {
    await macrotask();
    collectGarbage();
  }
  assert.deepEqual(await outcome, [undefined, END]);
  kept.send(7);
  assert.equal(await waits, 7);
});

test("watch: the collector ends what was forgotten, but nothing that somebody awaits", async () => {
  const [tx] = watch.channel(0);
  const forgotten = (): watch.Receiver<number> => watch.channel(0)[1];
  const kept = watch.channel(0)[0];
  const awaited = (): Future<unknown> => kept.subscribe().next();
  const runtime = new Runtime({ warnings: false });
  const waits = runtime.run(awaited());
  let turns = 0;
  const both = Promise.all([runtime.run(tx.closed()), runtime.run(forgotten().next())]).finally(
    () => (turns = Infinity),
  );
  for (; turns < 100; turns++) {
    await macrotask();
    collectGarbage();
  }
  assert.deepEqual(await both, [undefined, END]);
  kept.send(7);
  assert.equal(await waits, 7);
});

test("queue: the collector ends what was forgotten, but nothing that somebody awaits", async () => {
  const forgotten = (): queue.Receiver<number> => queue.bounded<number>(1)[1];
  const deserted = (): queue.Sender<number> => queue.bounded<number>(1)[0];
  const kept: queue.Sender<number>[] = [];
  const awaited = (): Future<unknown> => {
    const [tx, rx] = queue.bounded<number>(1);
    kept.push(tx);
    rx.downgrade();
    return rx.recv();
  };
  const runtime = new Runtime({ warnings: false });
  const waits = runtime.run(awaited());
  let turns = 0;
  const both = Promise.all([runtime.run(deserted().closed()), runtime.run(forgotten().recv())]).finally(
    () => (turns = Infinity),
  );
  for (; turns < 100; turns++) {
    await macrotask();
    collectGarbage();
  }
  assert.deepEqual(await both, [undefined, END]);
  kept[0]!.trySend(7);
  assert.equal(await waits, 7);
});
