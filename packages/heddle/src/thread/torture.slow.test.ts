/**
 * Threads that die at any moment, and work that is called off at any moment: nothing hangs, no outcome is lost, none comes twice or to the wrong handle,
 * and in the end threads and memory are where they were.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { collectGarbage } from "../base/garbage.kit.js";
import { Random } from "../base/random.js";
import { async, joinAll, run, sleep } from "../index.js";
import { Runtime, thread, transfer } from "../thread.js";
import * as deadly from "./deadly-module.kit.js";
import { countsNoThreads, endsNoThreads } from "./hosts.kit.js";
import * as work from "./work.kit.js";

type Handle = ReturnType<typeof thread.spawn<any>>;

const threadsOfProcess = (): number => readdirSync("/proc/self/task").length;
const onLinux = process.platform === "linux";

/** What became of a call that should give `value`. */
async function fateOf(handle: Handle, value: unknown): Promise<"gave" | "aborted" | "lost"> {
  try {
    assert.deepEqual(await handle, value);
    return "gave";
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    if (name === "AbortError") return "aborted";
    if (code === "thread.ended") return "lost";
    throw error;
  }
}

/** Jobs of all kinds: in a slot, packed, moved, tasks, native promises, and those that take a while. */
function job(runtime: Runtime, random: Random, n: number): { handle: Handle; value: unknown } {
  const spawn = (fn: any, ...args: any[]): Handle => runtime.spawnOn(fn, ...args);
  switch (random.below(9)) {
    case 0:
      return { handle: spawn(work.first, { n }), value: { n } };
    case 1:
      return { handle: spawn(work.add, n, 1), value: n + 1 };
    case 2:
      return { handle: spawn(work.addNatively, n, 1), value: n + 1 };
    case 3:
      return { handle: spawn(work.fibonacci, 12), value: 144 };
    case 4:
      return { handle: spawn(work.first, new Map([[n, n]])), value: new Map([[n, n]]) };
    case 5:
      return { handle: spawn(work.firstNatively, new Set([n])), value: new Set([n]) };
    case 6:
      return { handle: spawn(work.addSizes, transfer(new ArrayBuffer(8)), new Set([n])), value: 9 };
    default:
      return { handle: spawn(work.first, n), value: n };
  }
}

describe("A pool whose threads are ended at any moment", () => {
  for (const seed of [1, 2, 3, 4])
    test(`settles each call once, with its own value or the reason why there is none (seed ${seed})`, async () => {
      const random = new Random(seed);
      const runtime = new Runtime({ workerThreads: 3, warnings: false });
      const fates: Promise<string>[] = [];
      const killed: Handle[] = [];
      await run(
        async(function* () {
          for (let n = 0; n < 3000; n++) {
            const { handle, value } = job(runtime, random, n);
            fates.push(fateOf(handle, value));
            const dice = random.below(300);
            // From within, and from without at whatever its thread is doing.
            if (dice === 0) killed.push(runtime.spawnOn(work.exit, 1) as Handle);
            else if (dice === 1) handle.abort("now", { terminate: !endsNoThreads });
            else if (dice < 20) handle.abort();
            if (random.below(40) === 0) yield* sleep(random.below(3));
          }
        })(),
      );
      for (const handle of killed) fates.push(fateOf(handle, undefined));
      const counts = { gave: 0, aborted: 0, lost: 0 };
      for (const fate of await Promise.all(fates)) counts[fate as keyof typeof counts]++;
      assert.ok(counts.gave > 1000 && counts.lost > 0, JSON.stringify(counts));
      assert.equal(await runtime.spawnOn(work.first, "still there"), "still there");
      const { workers } = runtime.threads();
      assert.deepEqual([workers!.queued, workers!.running], [0, 0]);
      await runtime.shutdown();
    });

  test("loses few of the calls that a thread could not begin, as it was loading their module", async () => {
    let stopped = 0;
    const runtime = new Runtime({ workerThreads: 1, warnings: false, onThreadStop: () => stopped++ });
    const handles = Array.from({ length: 40 }, (_, n) => runtime.spawnOn(deadly.first, n));
    const fates = await Promise.all(handles.map((handle, n) => fateOf(handle, n)));
    assert.deepEqual(new Set(fates), new Set(["lost"]));
    assert.ok(stopped >= 5, `${stopped} threads took them all`);
    await runtime.shutdown();
  });

  test("lets whoever blocks for a call hear of its end", { skip: !onLinux && "only Linux tells who blocks" }, () => {
    const runtime = new Runtime({ workerThreads: 2 });
    for (let n = 0; n < 10; n++) {
      assert.equal(runtime.spawnOn(work.first, n).joinBlocking(), n);
      assert.throws(() => runtime.spawnOn(work.exit, 1).joinBlocking(), { code: "thread.ended" });
    }
    return runtime.shutdown();
  });

  test("does not grow when work is spawned and called off 10,000 times", { skip: countsNoThreads }, async () => {
    const runtime = new Runtime({ workerThreads: 2, warnings: false });
    const marks = new Int32Array(new SharedArrayBuffer(4));
    const cycle = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 100) {
        const handles: Handle[] = Array.from({ length: 100 }, (_, i) =>
          i % 2 === 0 ? runtime.spawnOn(work.waitThere, marks, 60_000) : runtime.spawnOn(work.first, n),
        );
        for (const handle of handles) handle.abort();
        await Promise.all(handles.map((handle) => fateOf(handle, n)));
      }
    };
    await cycle(1000);
    const before = { threads: threadsOfProcess(), heap: collected() };
    await cycle(10_000);
    assert.equal(threadsOfProcess(), before.threads);
    assert.ok(collected() < before.heap + 2_000_000, `the heap grew from ${before.heap} to ${collected()} bytes`);
    const { workers } = runtime.threads();
    assert.deepEqual([workers!.queued, workers!.running], [0, 0]);
    await runtime.shutdown();
  });
});

describe("thread.spawn()", () => {
  test("leaves no thread behind that was ended at any moment of its life", { skip: countsNoThreads }, async () => {
    const before = threadsOfProcess();
    const random = new Random(7);
    const handles: Handle[] = [];
    for (let round = 0; round < 8; round++) {
      const some: Handle[] = Array.from({ length: 6 }, () => thread.spawn(work.add, 1, 2));
      handles.push(...some);
      for (const handle of some) {
        await run(sleep(random.below(15)));
        handle.abort("now", { terminate: random.below(2) === 0 && !endsNoThreads });
      }
      await Promise.all(some.map((handle) => fateOf(handle, 3)));
    }
    const limit = performance.now() + 20_000;
    while (threadsOfProcess() > before && performance.now() < limit) await run(sleep(10));
    assert.ok(threadsOfProcess() <= before, `${threadsOfProcess()} threads, and before ${before}`);
    assert.ok(handles.every((handle) => handle.isFinished));
  });

  test("runs 60 threads at once, each of which gives its own value", async () => {
    const values = await run(joinAll(Array.from({ length: 60 }, (_, n) => thread.spawn(work.first, n))));
    assert.deepEqual(
      values,
      Array.from({ length: 60 }, (_, n) => n),
    );
  });
});

/** The heap in use once it has been collected, in bytes. */
function collected(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
