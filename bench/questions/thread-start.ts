/** What does it cost to start a thread for one call? */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, type Question, type Round, type Setup } from "../harness.js";

const file = (name: string): URL => new URL(`../workers/${name}.js`, import.meta.url);

/** The processor time of the whole process, a thread; threads are started one after the other, each when the one before is gone. */
function processorTime(count: number, start: (n: number) => Promise<unknown>): Round {
  return async () => {
    const before = process.cpuUsage();
    for (let n = 0; n < count; n++) await start(n);
    const { user, system } = process.cpuUsage(before);
    return { total: ((user + system) * 1000) / count };
  };
}

const ended = (worker: Worker): Promise<unknown> => once(worker, "exit");

const empty: Setup = (count) => processorTime(count, () => ended(new Worker(file("empty"))));

function byHand(module: string): Setup {
  return (count) =>
    processorTime(count, async (n) => {
      const worker = new Worker(file("by-hand"), { workerData: { url: file(module).href, name: "increment", n } });
      const end = ended(worker);
      const [answer] = await once(worker, "message");
      expect("the answer", answer, n + 1);
      await end;
    });
}

function heddle(load: () => Promise<{ increment: (n: number) => number }>): Setup {
  return async (count) => {
    const { thread } = await import("heddle/thread");
    const { increment } = await load();
    return processorTime(count, async (n) => {
      // The host hands out the worker a moment after it was made.
      const made = once(process, "worker");
      const handle = thread.spawn(increment, n);
      const [worker] = await made;
      const end = ended(worker as Worker);
      expect("the answer", await handle, n + 1);
      await end;
    });
  };
}

/** A pool that is made for one call. */
const tinypool: Setup = async (count) => {
  const { Tinypool } = await import("tinypool");
  return processorTime(count, async (n) => {
    const pool = new Tinypool({ filename: file("plain").href, name: "increment", minThreads: 1, maxThreads: 1 });
    expect("the answer", await pool.run(n), n + 1);
    await pool.destroy();
  });
};

const piscina: Setup = async (count) => {
  const { Piscina } = await import("piscina");
  return processorTime(count, async (n) => {
    const pool = new Piscina({ filename: file("plain").href, name: "increment", minThreads: 1, maxThreads: 1 });
    expect("the answer", await pool.run(n), n + 1);
    await pool.destroy();
  });
};

export const questions: Question[] = [
  {
    name: "thread-start/plain",
    about: "a thread started for one call of a module that imports nothing; processor time, a thread",
    count: 20,
    figures: { total: { goals: {} } },
    peers: {
      heddle: heddle(() => import("../workers/plain.js")),
      native: byHand("plain"),
      "an empty Worker": empty,
      piscina,
      tinypool,
    },
  },
  {
    name: "thread-start/with-heddle",
    about: "the same of a module that imports heddle; processor time, a thread",
    count: 20,
    figures: { total: { goals: {} } },
    peers: {
      heddle: heddle(() => import("../workers/with-heddle.js")),
      native: byHand("with-heddle"),
      "an empty Worker": empty,
    },
  },
];
