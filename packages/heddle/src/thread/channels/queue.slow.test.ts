import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Random } from "../../base/random.js";
import { async, END, join, pin, run } from "../../index.js";
import { Context, PENDING, type Pinned } from "../../lowlevel.js";
import { queue } from "../../sync.js";
import { drain, moved, settle, start } from "./threads.kit.js";

const byNumber = (a: number, b: number): number => a - b;

describe("A queue between threads", () => {
  test("shares the work among all who receive: each message is taken once", async () => {
    const [tx, rx] = queue.bounded<number>(4);
    const [found, results] = queue.bounded<number>(4);
    const jobs = [1, 2].map(() => start("workThrough", rx.clone(), found.clone()));
    found[Symbol.dispose]();
    const feed = async(function* () {
      for (let n = 1; n <= 300; n++) yield* tx.send(n);
      tx.close();
    });
    const [, got] = await run(join(feed(), drain(results)));
    assert.deepEqual(
      got.sort(byNumber),
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
    const counts = await Promise.all(jobs);
    assert.equal(counts[0] + counts[1], 300);
  });

  test("gets back the room and the ends of a thread that dies, and its place in the line", async () => {
    const [tx, rx] = queue.bounded<number>(1);
    tx.trySend(1);
    const sender = start("sendForEver", tx.clone());
    const receiver = start("keep", rx.clone());
    await Promise.all([sender.begun, receiver.begun]);
    const mine = run(tx.send(3));
    await sender.worker.terminate();
    await receiver.worker.terminate();
    await Promise.all([sender.over, receiver.over]);
    assert.equal(await run(rx.recv()), 1);
    await mine;
    while (rx.senderCount > 1 || rx.strongCount > 1) await new Promise((resolve) => setImmediate(resolve));
    let next;
    while ((next = rx.tryRecv()) !== 3) assert.equal(next, 2, "what was sent before it died");
    assert.equal(tx.capacity, 1);
    for (const job of [sender, receiver]) job.unref();
  });

  test("is over when its own thread has died", async () => {
    const [tx, rx] = (await start("makeQueue")) as [queue.Sender<number>, queue.Receiver<number>];
    assert.equal(await run(rx.recv()), END);
    await assert.rejects(run(tx.send(1)), { code: "channel.disconnected" });
  });
});

describe("A queue with ends everywhere", () => {
  test("loses no message and makes none, whatever is sent, moved, received or dropped", async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      const [tx, rx] = queue.bounded<number>(1 + (seed % 3));
      const txs = [tx, moved(tx.clone()), moved(tx.clone())];
      const rxs = [rx, moved(rx.clone()), moved(rx.clone())];
      const pick = <T>(of: T[]): T => of[Math.floor(random.next() * of.length)]!;
      const sent: number[] = [];
      const got: number[] = [];
      const sends: Promise<void>[] = [];
      const recvs = new Set<Pinned<unknown>>();
      const look = (recv: Pinned<unknown>): void => {
        if (!recvs.has(recv)) return;
        const answer = recv.poll(new Context({ wake: () => look(recv) }));
        if (answer === PENDING) return;
        recvs.delete(recv);
        if (answer !== END) got.push(answer as number);
      };
      for (let step = 0; step < 60; step++) {
        const die = random.next();
        if (die < 0.4) {
          const n = seed * 1000 + step;
          sends.push(run(pick(txs).send(n)).then(() => void sent.push(n)));
        } else if (die < 0.7) {
          const recv = pin(pick(rxs).recv());
          recvs.add(recv);
          look(recv);
        } else if (die < 0.8 && recvs.size > 0) {
          const recv = pick([...recvs]);
          recvs.delete(recv);
          recv.drop();
        } else if (die < 0.85) {
          const at = Math.floor(random.next() * 3);
          rxs[at] = moved(rxs[at]!.clone());
        } else await new Promise((resolve) => setImmediate(resolve));
      }
      for (const recv of recvs) {
        recvs.delete(recv);
        recv.drop();
      }
      const rest = run(drain(pick(rxs)));
      await Promise.all(sends);
      await settle();
      tx.close();
      got.push(...(await rest));
      assert.deepEqual(got.sort(byNumber), sent.sort(byNumber), `seed ${seed}`);
    }
  });
});
