import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { pack } from "../values/pack.js";
import { describe, test } from "node:test";
import { commandOf } from "../../base/program.kit.js";
import { async, END, run, SendError } from "../../index.js";
import { EMPTY, mpsc } from "../../sync.js";
import { leavesPorts, movesNoPorts } from "../hosts.kit.js";
import { drain, moved, settle, start } from "./threads.kit.js";

describe("An mpsc channel across threads", () => {
  test("carries what is sent here to a receiver there, in order, and its end", async () => {
    const [tx, rx] = mpsc.channel<number>(4);
    tx.trySend(0);
    const all = start("receiveAll", rx);
    for (let n = 1; n < 20; n++) await run(tx.send(n));
    tx.close();
    assert.deepEqual(
      await all,
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  test("gathers what several threads send, each in its order", async () => {
    const [tx, rx] = mpsc.channel<number>(3);
    const jobs = [start("sendNumbers", tx.clone(), 100, 30), start("sendNumbers", tx.clone(), 200, 30)];
    const here = run(
      async(function* () {
        for (let n = 0; n < 30; n++) yield* tx.send(n);
        tx.close();
      })(),
    );
    const got = await run(drain(rx));
    await Promise.all([...jobs, here]);
    for (const from of [0, 100, 200])
      assert.deepEqual(
        got.filter((n) => n >= from && n < from + 100),
        Array.from({ length: 30 }, (_, i) => from + i),
      );
    assert.equal(got.length, 90);
  });

  test("sends objects, and ends of other channels, in its messages", async () => {
    const [tx, rx] = mpsc.unbounded<object>();
    const [other, answers] = mpsc.channel<string>(1);
    const all = start("receiveAll", rx);
    const small = { n: 1 };
    tx.send(small);
    small.n = 2;
    tx.send({ deep: [{ map: new Map([[1, 2]]) }], error: new RangeError("far") });
    tx.send({ other });
    tx.close();
    const [first, second, third] = (await all) as any[];
    assert.deepEqual(first, { n: 1 });
    assert.deepEqual(second.deep, [{ map: new Map([[1, 2]]) }]);
    assert.ok(second.error instanceof RangeError);
    await run(third.other.send("back"));
    assert.equal(await run(answers.recv()), "back");
    third.other.close();
    assert.equal(await run(answers.recv()), END);
  });

  test("closed by the receiver takes what was reserved before, and nothing else", { skip: movesNoPorts }, async () => {
    const [tx, local] = mpsc.channel<number>(2);
    const [go, going] = mpsc.channel<string>(1);
    const job = start("sendReserved", tx, going);
    const rx = moved(local);
    while (rx.capacity === 2) await settle();
    rx.close();
    assert.equal(rx.tryRecv(), EMPTY);
    await run(go.send("go"));
    const { isClosed, error } = await job;
    assert.equal(isClosed, true);
    assert.ok(error instanceof SendError);
    assert.deepEqual([error.code, error.value], ["channel.disconnected", 2]);
    assert.deepEqual(await run(drain(rx)), [1]);
    go.close();
  });

  test("goes on when the receiver goes from thread to thread, and comes back", { skip: movesNoPorts }, async () => {
    const [tx, first] = mpsc.channel<number>(4);
    const there = moved(tx.clone());
    tx.trySend(0);
    let rx = first;
    for (let n = 1; n < 10; n += 2) {
      rx = moved(rx);
      there.trySend(n);
      await settle();
      assert.equal(rx.tryRecv(), n - 1);
      rx = moved(rx);
      tx.trySend(n + 1);
      await settle();
      assert.equal(rx.tryRecv(), n);
    }
    const [back] = (await start("giveBack", rx)) as [mpsc.Receiver<number>];
    await run(tx.send(99));
    there.close();
    tx.close();
    assert.deepEqual(await run(drain(back)), [10, 99]);
  });

  test("moves while senders wait for room, who get it there", { skip: movesNoPorts }, async () => {
    const [tx, rx] = mpsc.channel<number>(1);
    const there = moved(tx.clone());
    const sends = [tx, there, tx, there].map((end, n) => run(end.send(n)));
    await settle();
    const all = start("receiveAll", rx);
    await Promise.all(sends);
    tx.close();
    there.close();
    assert.deepEqual((await all).sort(), [0, 1, 2, 3]);
  });
});

describe("A thread that dies", () => {
  test("with the receiver disconnects the channel, and pending sends come back", async () => {
    const [tx, rx] = mpsc.channel<string>(1);
    const job = start("keep", rx);
    await run(tx.send("lost"));
    const closed = run(tx.closed());
    const rejected = assert.rejects(run(tx.send("mine")), { code: "channel.disconnected", value: "mine" });
    await job.begun;
    await settle();
    await job.worker.terminate();
    await rejected;
    await closed;
    tx.close();
  });

  test("with senders and permits gives back what it had, and is no sender any more", async () => {
    const [tx, rx] = mpsc.channel<number>(3);
    const [ready, isReady] = mpsc.channel<string>(1);
    const job = start("holdPermits", tx.clone(), 2, ready);
    assert.equal(await run(isReady.recv()), "held");
    tx.trySend(1);
    assert.throws(() => tx.trySend(2), { code: "channel.full" });
    const send = run(tx.send(2));
    await settle();
    await job.worker.terminate();
    await send;
    tx.close();
    assert.deepEqual(await run(drain(rx)), [1, 2]);
    assert.equal(await run(isReady.recv()), END);
  });

  test("before it has taken an end in counts as having had it", { skip: leavesPorts }, async () => {
    const [tx, rx] = mpsc.channel<number>(1);
    const [other, local] = mpsc.channel<number>(1);
    const deaf = new Worker("setInterval(() => {}, 1000)", { eval: true });
    await once(deaf, "online");
    const { data, extras, transfer } = pack([tx, local], "them");
    deaf.postMessage({ data, extras }, transfer as any[]);
    await deaf.terminate();
    assert.equal(await run(rx.recv()), END);
    await run(other.closed());
    other.close();
  });
});

/** Runs a program in a process of its own. Its output, and how it ended. */
function program(text: string): { stdout: string; status: number | null } {
  const imports = `
    import { async, run, END, sleep } from ${JSON.stringify(new URL("../../index.js", import.meta.url).href)};
    import { mpsc } from ${JSON.stringify(new URL("../../sync.js", import.meta.url).href)};
    import { start } from ${JSON.stringify(new URL("./threads.kit.js", import.meta.url).href)};
  `;
  const { stdout, status } = spawnSync(...commandOf(imports + text), { encoding: "utf8", timeout: 20_000 });
  return { stdout, status };
}

describe("The process", () => {
  test("stays while somebody waits for a message of another thread, and ends when nobody does any more", () => {
    const { stdout, status } = program(`
      const [tx, rx] = mpsc.channel(1);
      const job = start("sendLate", tx, 300);
      job.unref();
      run(rx.recv()).then((message) => console.log(message));
    `);
    assert.deepEqual([stdout, status], ["late\n", 0]);
  });

  test("ends while ends lie about that nobody uses", () => {
    const { stdout, status } = program(`
      const [tx, rx] = mpsc.channel(1);
      const job = start("keep", tx.clone());
      job.unref();
      globalThis.kept = [tx, rx];
      tx.trySend(1);
      console.log("end");
    `);
    assert.deepEqual([stdout, status], ["end\n", 0]);
  });
});

/** At which step of its life a thread is ended. */
const STEPS = ["started", "first", "second", "closed"] as const;

describe("A thread that is ended at any step", () => {
  for (const step of STEPS) {
    test(`of sending (${step}) lets the receiver come to the end, with all that was sent before`, async () => {
      const [tx, rx] = mpsc.channel<string>(1);
      const [steps, came] = mpsc.channel<string>(8);
      const job = start("sendStepwise", tx, steps);
      const got = run(drain(rx));
      for (let at; (at = await run(came.recv())) !== step && at !== END;);
      await job.worker.terminate();
      const all = await got;
      const index = STEPS.indexOf(step);
      const least = ["first", "second"].slice(0, Math.min(index, 2));
      assert.deepEqual(all.slice(0, least.length), least);
      assert.ok(all.length <= 2);
    });

    test(`of receiving (${step}) lets the sender know, and hands back what was not sent`, async () => {
      const [tx, rx] = mpsc.channel<string>(1);
      const [steps, came] = mpsc.channel<string>(8);
      const job = start("receiveStepwise", rx, steps);
      let sent = 0;
      const sending = (async () => {
        for (;;) {
          await run(tx.send(`message ${sent}`));
          sent++;
        }
      })();
      const rejected = assert.rejects(sending, (error: SendError) => {
        assert.deepEqual([error.code, error.value], ["channel.disconnected", `message ${sent}`]);
        return true;
      });
      for (let at; (at = await run(came.recv())) !== step && at !== END;);
      await job.worker.terminate();
      await rejected;
      await run(tx.closed());
      tx.close();
    });
  }

  test("of many at once leaves nothing waiting: every send has an answer", async () => {
    for (let round = 0; round < 4; round++) {
      const [tx, rx] = mpsc.channel<number>(2);
      const jobs = [1, 2, 3].map((from) => start("sendNumbers", tx.clone(), from * 1000, 400));
      tx.close();
      await Promise.all(jobs.map((job) => job.begun));
      let count = 0;
      for (let message; (message = await run(rx.recv())) !== END;) {
        void message;
        if (++count % 150 === 0) void jobs[(count / 150) % 3]!.worker.terminate();
      }
      assert.ok(count >= 150 && count <= 1200);
      await Promise.all(jobs.map((job) => job.over));
    }
  });

  test("gets back the permits that were sent to a thread that dies, and ends with the sender that went along", async () => {
    const [tx, rx] = mpsc.channel<number>(3);
    const owned = await run(tx.clone().reserveOwned());
    const job = start("keep", tx.tryReserve(), owned);
    await job.begun;
    assert.equal(tx.capacity, 1);
    tx.close();
    const ended = run(rx.recv());
    await job.worker.terminate();
    assert.equal(await ended, END);
    assert.equal(rx.maxCapacity, 3);
    job.unref();
  });
});
