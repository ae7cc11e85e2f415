/** What does it cost to have another thread do something small? */
import { Worker } from "node:worker_threads";
import { expect, timed, type Question, type Round, type Setup } from "../harness.js";

const THREADS = 2;

const file = (name: string): string => new URL(`../workers/${name}.js`, import.meta.url).href;

/** Calls one after the other, and with so many at a time on the way; the answers are added up. */
async function inFlight(count: number, depth: number, call: (n: number) => PromiseLike<number>): Promise<void> {
  let next = 0;
  let total = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const answer = await call(next++);
      total += answer;
    }
  };
  await Promise.all(Array.from({ length: depth }, lane));
  expect("the sum", total, (count * (count + 1)) / 2);
}

/** What one writes by hand: messages with a number, and a promise for each number. */
function raw(): (n: number) => Promise<number> {
  const pending = new Map<number, (n: number) => void>();
  const workers = Array.from({ length: THREADS }, () => {
    const worker = new Worker(new URL(file("tiny")), { env: { ...process.env, BENCH_RAW: "1" } });
    worker.on("message", ([id, n]: [number, number]) => {
      pending.get(id)!(n);
      pending.delete(id);
    });
    worker.unref();
    return worker;
  });
  let id = 0;
  return (n) =>
    new Promise((resolve) => {
      pending.set(++id, resolve);
      workers[id % THREADS]!.postMessage([id, n]);
    });
}

/** heddle's own way in: inside a task, `yield*` instead of `await`. */
function heddle(form: "spawnBlocking" | "spawnOn", depth: number): Setup {
  return async (count): Promise<Round> => {
    const { async, joinAll, run } = await import("heddle");
    const { Runtime } = await import("heddle/thread");
    const { increment } = await import("../workers/tiny.js");
    // Theirs do not end between two rounds either.
    const threadKeepAlive = { minutes: 10 };
    const runtime = new Runtime({ workerThreads: THREADS, maxBlockingThreads: THREADS, threadKeepAlive });
    const call = (n: number) =>
      form === "spawnOn" ? runtime.spawnOn(increment, n) : runtime.spawnBlocking(increment, n);
    let next = 0;
    let total = 0;
    const lane = async(function* () {
      while (next < count) {
        const answer = yield* call(next++);
        total += answer;
      }
    });
    return timed(count, async () => {
      next = total = 0;
      await run(joinAll(Array.from({ length: depth }, lane)));
      expect("the sum", total, (count * (count + 1)) / 2);
    });
  };
}

function peers(depth: number): Question["peers"] {
  const ask =
    (start: () => Promise<(n: number) => PromiseLike<number>>): Setup =>
    async (count) => {
      const call = await start();
      return timed(count, () => inFlight(count, depth, call));
    };
  return {
    heddle: heddle("spawnBlocking", depth),
    "heddle's spawnOn": heddle("spawnOn", depth),
    native: ask(async () => raw()),
    piscina: ask(async () => {
      const { Piscina } = await import("piscina");
      const pool = new Piscina({
        filename: file("tiny"),
        name: "increment",
        minThreads: THREADS,
        maxThreads: THREADS,
        concurrentTasksPerWorker: 100,
      });
      return (n) => pool.run(n) as Promise<number>;
    }),
    "piscina as it is": ask(async () => {
      const { Piscina } = await import("piscina");
      const pool = new Piscina({ filename: file("tiny"), name: "increment", minThreads: THREADS, maxThreads: THREADS });
      return (n) => pool.run(n) as Promise<number>;
    }),
    tinypool: ask(async () => {
      const { Tinypool } = await import("tinypool");
      const pool = new Tinypool({
        filename: file("tiny"),
        name: "increment",
        minThreads: THREADS,
        maxThreads: THREADS,
      });
      return (n) => pool.run(n) as Promise<number>;
    }),
    workerpool: ask(async () => {
      const { default: workerpool } = await import("workerpool");
      const pool = workerpool.pool(new URL(file("workerpool")).pathname, { maxWorkers: THREADS, workerType: "thread" });
      return (n) => pool.exec("increment", [n]) as unknown as PromiseLike<number>;
    }),
    poolifier: ask(async () => {
      const { FixedThreadPool } = await import("poolifier");
      const pool = new FixedThreadPool<number, number>(THREADS, new URL(file("poolifier")).pathname);
      return (n) => pool.execute(n) as Promise<number>;
    }),
  };
}

/** About 1 KB as JSON. */
const OBJECT = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`field${i}`, { id: i, name: `the name of ${i}`, on: i % 2 === 0 }]),
);
const MEGABYTE = 2 ** 20;

/** A megabyte that crosses: as it is, moved, or shared. The answer is its size. */
function megabyte(how: "clone" | "move" | "share"): Setup {
  return async (count) => {
    const { async, run } = await import("heddle");
    const { Runtime, transfer } = await import("heddle/thread");
    const { size } = await import("../workers/tiny.js");
    const runtime = new Runtime({ workerThreads: THREADS });
    const shared = new Uint8Array(new SharedArrayBuffer(MEGABYTE));
    const cloned = new Uint8Array(MEGABYTE);
    const program = async(function* () {
      let total = 0;
      for (let n = 0; n < count; n++) {
        const value = how === "share" ? shared : how === "clone" ? cloned : transfer(new Uint8Array(MEGABYTE));
        total += (yield* runtime.spawnOn(size, value)) / MEGABYTE;
      }
      expect("the number of megabytes", total, count);
    });
    return timed(count, () => run(program()));
  };
}

export const questions: Question[] = [
  {
    name: "threads/object",
    about: "an object of 1 KB sent to another thread, which counts its fields, one after the other; a call",
    count: 10_000,
    figures: { total: { goals: {} } },
    peers: {
      async heddle(count) {
        const { async, run } = await import("heddle");
        const { Runtime } = await import("heddle/thread");
        const { fields } = await import("../workers/tiny.js");
        const runtime = new Runtime({ workerThreads: THREADS });
        const program = async(function* () {
          let total = 0;
          for (let n = 0; n < count; n++) total += yield* runtime.spawnOn(fields, OBJECT);
          expect("the number of fields", total, count * 20);
        });
        return timed(count, () => run(program()));
      },
      async piscina(count) {
        const { Piscina } = await import("piscina");
        const pool = new Piscina({ filename: file("tiny"), name: "fields", minThreads: THREADS, maxThreads: THREADS });
        return timed(count, async () => {
          let total = 0;
          for (let n = 0; n < count; n++) total += (await pool.run(OBJECT, { name: "fields" })) as number;
          expect("the number of fields", total, count * 20);
        });
      },
      async tinypool(count) {
        const { Tinypool } = await import("tinypool");
        const pool = new Tinypool({ filename: file("tiny"), name: "fields", minThreads: THREADS, maxThreads: THREADS });
        return timed(count, async () => {
          let total = 0;
          for (let n = 0; n < count; n++) total += (await pool.run(OBJECT, { name: "fields" })) as number;
          expect("the number of fields", total, count * 20);
        });
      },
    },
  },
  {
    name: "threads/megabyte",
    about:
      "a megabyte sent to another thread by sharing, by moving a new one, and by cloning, one after the other; a call",
    count: 500,
    figures: { total: { goals: {} } },
    peers: { heddle: megabyte("share"), "moved instead": megabyte("move"), "cloned instead": megabyte("clone") },
  },
  {
    name: "threads/1",
    about: "a tiny function called on another thread, one call after the other; a call",
    count: 20_000,
    figures: { total: { goals: { native: 0.5 } } },
    peers: peers(1),
  },
  {
    name: "threads/100",
    about: "the same, 100 calls on the way; a call",
    count: 200_000,
    figures: { total: { goals: { native: 0.3 } } },
    peers: peers(100),
  },
];
