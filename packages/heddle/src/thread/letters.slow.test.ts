/**
 * Calls of all kinds, while some threads are blocked, others die, and who calls computes, blocks, calls off and shuts down: as long as one thread is not
 * blocked each plain call that was begun by nobody comes to its end, whatever way its arguments take, and none is called twice.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Random } from "../base/random.js";
import { Runtime, thread, transfer } from "../thread.js";
import { endsNoThreads } from "./hosts.kit.js";
import * as work from "./work.kit.js";

type Handle = ReturnType<typeof thread.spawn<any>>;
type Spawn = (fn: any, ...args: any[]) => Handle;

const shared = (words: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * words));

/** After this nobody comes any more, in milliseconds. */
const NEVER = 30_000;

function open(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** The outcome, or why there is none; throws if it does not come. */
async function fateOf(handle: Handle, what: string): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} never ended`)), NEVER).unref();
  });
  try {
    return await Promise.race([handle, late]);
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    if (name === "AbortError" || code === "thread.ended") return name;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

interface Call {
  readonly what: string;
  readonly handle: Handle;
  readonly value: unknown;
  /** Whether it is over as soon as somebody begins it, so that nothing can block it afterwards. */
  readonly isAtOnce: boolean;
}

/** A call of one of many kinds. */
function anyCall(spawn: Spawn, random: Random, n: number, counter: Int32Array): Call {
  const values = [n, `text ${n}`, { n }, new Set([n]), new Map([[n, new Uint8Array(n % 7)]]), "x".repeat(3000), 12n];
  const value = values[random.below(values.length)];
  const call = (isAtOnce: boolean, expected: unknown, fn: any, ...args: unknown[]): Call => ({
    what: `call ${n} of ${fn.name}(${typeof args[0]})`,
    handle: spawn(fn, ...args),
    value: expected,
    isAtOnce,
  });
  switch (random.below(12)) {
    case 0:
      return call(false, n + 1, work.add, n, 1);
    case 1:
      return call(false, 1 + (n % 9), work.addSizes, transfer(new ArrayBuffer(n % 9)), new Set([n]));
    case 2:
      return call(true, n + 1, work.addNatively, n, 1);
    case 3:
    case 4:
      return call(true, value, work.firstNatively, value);
    case 5:
      return call(true, undefined, work.count, counter);
    case 6:
    case 7: {
      const buffer = new ArrayBuffer(8);
      const moved = call(true, new ArrayBuffer(8), work.first, transfer(buffer));
      assert.equal(buffer.byteLength, 0);
      return moved;
    }
    default:
      return call(true, value, work.first, value);
  }
}

/** What calls do that are made elsewhere, by a thread that waits for them or blocks for them. */
function nestedCall(spawn: Spawn, random: Random, n: number): Call {
  const value = random.below(2) === 0 ? n : new Set([n]);
  const fn = random.below(2) === 0 ? work.firstElsewhere : work.firstElsewhereLater;
  return { what: `nested call ${n}`, handle: spawn(fn, value), value, isAtOnce: false };
}

/** Computes, waits or goes on. */
async function dally(random: Random): Promise<void> {
  const dice = random.below(30);
  if (dice < 2) thread.sleep(random.below(30) / 10);
  else if (dice < 6) await setImmediate();
}

describe("Calls on a pool some of whose threads are blocked", () => {
  for (const seed of [1, 2, 3, 4, 5, 6])
    for (const way of ["spawnOn", "spawnBlocking"] as const)
      test(`${way}: are all begun by the others, and each once (seed ${seed})`, async () => {
        const random = new Random(seed);
        const threads = 2 + random.below(3);
        const runtime = new Runtime({ workerThreads: threads, maxBlockingThreads: threads, warnings: false });
        const spawn: Spawn = (fn, ...args) => runtime[way](fn, ...args);
        let n = 0;
        for (let phase = 0; phase < 12; phase++) {
          const counter = shared(1);
          const gates = Array.from({ length: random.below(threads) }, () => shared(2));
          const blocked = gates.map((gate) => spawn(work.block, gate));
          if (random.below(2) === 0) for (const gate of gates) await Atomics.waitAsync(gate, 1, 0).value;
          const calls: Call[] = [];
          const aborted = new Set<Call>();
          for (let left = random.below(80); left > 0; left--, n++) {
            const call = random.below(40) === 0 ? nestedCall(spawn, random, n) : anyCall(spawn, random, n, counter);
            calls.push(call);
            if (random.below(10) === 0) {
              const chosen = calls[random.below(calls.length)]!;
              if (chosen.handle.abort()) aborted.add(chosen);
            }
            await dally(random);
          }
          const atOnce = calls.filter(({ isAtOnce }) => isAtOnce);
          if (random.below(3) === 0)
            for (const call of atOnce.slice(0, 5)) if (!aborted.has(call)) call.handle.joinBlocking();
          const check = async (call: Call): Promise<void> => {
            const fate = await fateOf(call.handle, `${call.what}, with ${gates.length} of ${threads} blocked,`);
            if (fate === "AbortError") assert.ok(aborted.has(call), `${call.what} was aborted`);
            else if (call.value !== undefined) assert.deepEqual(fate, call.value, call.what);
          };
          await Promise.all(atOnce.map(check));
          for (const gate of gates) open(gate);
          await Promise.all(calls.map(check));
          for (const handle of blocked) assert.equal(typeof (await fateOf(handle, "what was blocked")), "number");
          const counts = calls.filter(({ value, handle }) => value === undefined && handle.isFinished);
          assert.equal(counter[0], counts.filter((call) => !aborted.has(call)).length);
          const { queued, running } = runtime.threads()[way === "spawnOn" ? "workers" : "blocking"]!;
          assert.equal(running, 0, `${queued} queued`);
        }
        await runtime.shutdown();
      });
});

describe("Calls on a pool whose threads end, or which is shut down", () => {
  for (const seed of [1, 2, 3, 4])
    test(`are over, each with its value or the reason why there is none (seed ${seed})`, async () => {
      const random = new Random(seed);
      for (let round = 0; round < 8; round++) {
        const threads = 1 + random.below(3);
        const runtime = new Runtime({ workerThreads: threads, maxBlockingThreads: threads, warnings: false });
        const spawn: Spawn = (fn, ...args) =>
          random.below(2) === 0 ? runtime.spawnOn(fn, ...args) : runtime.spawnBlocking(fn, ...args);
        const gates: Int32Array[] = [];
        const all: Promise<void>[] = [];
        for (let n = 0; n < 60; n++) {
          const dice = random.below(30);
          if (dice === 0) void fateOf(spawn(work.exit, 1), "the end of a thread");
          else if (dice < 3) {
            const gate = shared(2);
            gates.push(gate);
            const handle = spawn(work.block, gate);
            all.push(fateOf(handle, "what was blocked").then(() => {}));
            if (dice === 2 && !endsNoThreads)
              setTimeout(() => handle.abort("now", { terminate: true }), random.below(9));
          } else {
            const { what, handle, value } = anyCall(spawn, random, n, shared(1));
            const settled = fateOf(handle, what).then((fate) => {
              if (fate !== "AbortError" && fate !== "JoinError" && value !== undefined)
                assert.deepEqual(fate, value, what);
            });
            all.push(settled);
          }
          await dally(random);
        }
        const over = [runtime.shutdown()];
        if (random.below(2) === 0) over.push(runtime.shutdown({ timeout: random.below(20) }));
        await dally(random);
        for (const gate of gates) open(gate);
        await Promise.all([...over, ...all]);
        const { workers, blocking } = runtime.threads();
        assert.deepEqual([workers!.threads, workers!.queued, workers!.running], [0, 0, 0]);
        assert.deepEqual([blocking.threads, blocking.running], [0, 0]);
      }
    });
});

describe("A call that is refused because too many wait", () => {
  test("leaves its caller what it would have moved", async () => {
    const one = new Runtime({ workerThreads: 1, maxQueued: 1 });
    const gate = shared(2);
    const blocked = one.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const [first, second] = [new ArrayBuffer(8), new ArrayBuffer(8)];
    const waiting = one.spawnOn(work.first, transfer(first));
    assert.throws(() => one.spawnOn(work.first, transfer(second)), { code: "thread.queue-full" });
    assert.deepEqual([first.byteLength, second.byteLength], [0, 8]);
    open(gate);
    await Promise.all([blocked, waiting]);
    await one.shutdown();
  });
});
