/**
 * thread.spawn, spawnBlocking, blockOn and their handles, on real threads.
 */
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { after, describe, test } from "node:test";
import { threadId } from "node:worker_threads";
import { async, joinAll, run, select, sleep } from "../index.js";
import { mpsc } from "../sync.js";
import { blockOn, Runtime, SharedMutex, spawnBlocking, thread, transfer } from "../thread.js";
import { endsNoThreads, keepsNoLimits, movesNoFunctions, tellsPlaces } from "./hosts.kit.js";
import * as work from "./work.kit.js";

const shared = (words: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * words));

/** Lets what `work.block` blocks go on. */
function open(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** Ways to have a function called on another thread. */
const ways = {
  "thread.spawn()": thread.spawn,
  "spawnBlocking()": spawnBlocking,
  "Runtime.spawnOn()": (fn: any, ...args: any[]) => runtime.spawnOn(fn, ...args),
} as Record<string, (fn: any, ...args: any[]) => ReturnType<typeof thread.spawn<any>>>;

const warnings: string[] = [];
const runtime = new Runtime({ workerThreads: 2, name: "workshop", onWarning: ({ code }) => warnings.push(code) });
after(() => runtime.shutdown());

for (const [way, spawn] of Object.entries(ways))
  describe(way, () => {
    test("calls a plain function on another thread, and gives what it returns", async () => {
      const { id } = await spawn(work.whoAmI);
      assert.notEqual(id, threadId);
      assert.equal(await spawn(work.fibonacci, 15), 610);
    });

    test("calls an async function of heddle's, a native one and a plain generator alike", async () => {
      const sums = [work.add, work.addNatively, work.addPlainly].map((fn) => spawn(fn, 2, 3));
      assert.deepEqual(await Promise.all(sums), [5, 5, 5]);
    });

    test("sends arguments of every kind as they are", async () => {
      const lists: unknown[][] = [
        [],
        [1, true, null, undefined],
        [-0, NaN, "text", 12n],
        [{ deep: { list: [1, "2", new Map([[1, new Date(0)]])] } }],
        [new Uint8Array([1, 2, 3]), new Set(["a"])],
        new Array(20).fill(7),
      ];
      for (const list of lists) assert.deepEqual(await spawn(work.same, ...list), list);
    });

    test("moves a buffer that is marked, and shares memory that is shared", async () => {
      const buffer = new ArrayBuffer(8);
      assert.equal((await spawn(work.first, transfer(buffer))).byteLength, 8);
      assert.equal(buffer.byteLength, 0);
      const counter = shared(1);
      await Promise.all([spawn(work.count, counter), spawn(work.count, counter)]);
      assert.equal(counter[0], 2);
    });

    test("runs a function that was moved, with what it carries along", { skip: movesNoFunctions }, async () => {
      assert.equal(await spawn(work.multiplier(3), 14), "14 times 3 is 42");
      assert.equal(await spawn(work.adder(3), 1), 4);
    });

    test("gives the error of the call as itself, with both stacks", async () => {
      for (const fn of [work.fail, work.failLater]) {
        const error = await run(
          async(function* asksForIt() {
            return yield* spawn(fn, "too far").settled();
          })(),
        ).then((result: any) => result.reason);
        assert.ok(error instanceof RangeError);
        assert.equal(error.message, "too far");
        assert.match(error.stack!, /work\.kit\./, "where it was thrown");
        assert.match(error.stack!, /\n    at thread ".+" \(#\d+\)(\n|$)/, "on which thread");
      }
    });

    test("gives a result that cannot be sent as an error that says so", async () => {
      await assert.rejects(Promise.resolve(spawn(work.give, "function")), {
        name: "TypeError",
        message: /^Cannot send the result from its thread: it is a function\nhelp: /,
      });
    });

    test(
      "says what a moved function carries along that cannot be sent, and counts arguments as the caller does",
      { skip: movesNoFunctions },
      () => {
        assert.throws(() => spawn(work.multiplier(Symbol("three") as any), 1), {
          name: "TypeError",
          message: /^Cannot send what ".*" captures to a thread: \.factor is a symbol\nhelp: /,
        });
        assert.throws(() => spawn(work.multiplier(3), { at: Symbol("n") } as any), {
          message: /^Cannot send the arguments of ".*" to a thread: \[0\]\.at is a symbol\nhelp: /,
        });
      },
    );

    test("refuses what cannot be sent at the call", () => {
      assert.throws(() => spawn(work.same, 1, { at: { call() {} } }), {
        name: "TypeError",
        message: /^Cannot send the arguments of "same" to a thread: \[1\]\.at\.call is a function\nhelp: /,
      });
      assert.throws(
        () => spawn(() => 1),
        tellsPlaces ? /it must be an export of its module/ : /its module must be known: this host does not tell/,
      );
    });

    test("posts what it sends to a channel before it blocks", async () => {
      for (const say of [work.sayAndBlock, work.sayAndBlockOn]) {
        const gate = shared(2);
        const [tx, rx] = mpsc.unbounded<string>();
        const handle = spawn(say, tx, gate);
        assert.deepEqual([await run(rx.recv()), await run(rx.recv())], ["about to", "block"]);
        assert.equal(handle.isFinished, false);
        Atomics.store(gate, 0, 1);
        Atomics.notify(gate, 0);
        await handle;
        rx.close();
      }
    });

    test("posts what it sends to a channel before it waits for a lock", async () => {
      const mutex = new SharedMutex();
      const guard = mutex.lockBlocking();
      const [tx, rx] = mpsc.unbounded<string>();
      const handle = spawn(work.sayAndLock, tx, mutex);
      assert.deepEqual([await run(rx.recv()), await run(rx.recv())], ["about to", "block"]);
      assert.equal(handle.isFinished, false);
      guard[Symbol.dispose]();
      await handle;
      rx.close();
    });

    test("drops an async function that is aborted: its cleanup runs to its end, nothing else does", async () => {
      const marks = shared(1);
      const handle = spawn(work.waitThere, marks, 60_000);
      await Atomics.waitAsync(marks, 0, 0).value;
      assert.equal(handle.abort("changed my mind"), true);
      await assert.rejects(Promise.resolve(handle), { name: "AbortError", cause: "changed my mind" });
      assert.equal(marks[0], 1 | 4, "began, did not go on, and cleaned up before the join");
    });

    test("says that a handle is finished once it is, and joins it any number of times", async () => {
      const handle = spawn(work.first, "again");
      assert.equal(await handle, "again");
      assert.equal(handle.isFinished, true);
      assert.equal(
        await run(
          async(function* () {
            return [yield* handle, yield* handle].join();
          })(),
        ),
        "again,again",
      );
      assert.equal(handle.abort(), false, "there is nothing to abort");
    });

    test("lets a join be dropped: the work goes on, and can be joined later", async () => {
      const gate = shared(2);
      const handle = spawn(work.block, gate);
      const winner = await run(select({ handle, time: sleep(1) }));
      assert.equal(winner.key, "time");
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      assert.equal(typeof (await handle), "number");
    });

    test("joinBlocking() waits for any outcome while nothing else runs here", () => {
      assert.equal(spawn(work.fibonacci, 10).joinBlocking(), 55);
      assert.equal(spawn(work.add, 1, 2).joinBlocking(), 3);
      assert.deepEqual(spawn(work.same, "text").joinBlocking(), ["text"]);
      assert.throws(() => spawn(work.fail, "blocked").joinBlocking(), { name: "RangeError", message: "blocked" });
    });

    test("fails exactly the work that a thread held when it ended, with the reason", async () => {
      await assert.rejects(Promise.resolve(spawn(work.exit, 3)), {
        name: "JoinError",
        code: "thread.ended",
        message: /^Cannot finish thread task "exit" \(#\d+\) as .* ended: it exited with 3 after \d+\.\d s\nhelp: /,
      });
      assert.equal(await spawn(work.first, 1), 1, "the next one gets a new thread");
    });

    test(
      "joinBlocking() hears of a thread that ended under it",
      { skip: process.platform !== "linux" && "only Linux tells who blocks" },
      () => {
        assert.throws(() => spawn(work.exit, 4).joinBlocking(), { name: "JoinError", code: "thread.ended" });
      },
    );

    test("abort() of what blocks is refused with a warning, unless the thread may be ended", async () => {
      const gate = shared(2);
      const handle = runtime.enter(() => spawn(work.block, gate));
      await Atomics.waitAsync(gate, 1, 0).value;
      warnings.length = 0;
      assert.equal(handle.abort(), false);
      assert.deepEqual(warnings, ["thread.not-aborted"]);
      if (endsNoThreads) {
        assert.throws(() => handle.abort("enough", { terminate: true }), {
          code: "thread.unsupported",
          message: /^Cannot end .*: Deno does not end a thread that is busy, it would run on\nhelp: /,
        });
        Atomics.store(gate, 0, 1);
        Atomics.notify(gate, 0);
        assert.equal(typeof (await handle), "number");
        return;
      }
      assert.equal(handle.abort("enough", { terminate: true }), true);
      await assert.rejects(Promise.resolve(handle), { name: "AbortError", cause: "enough" });
    });
  });

describe("spawnBlocking()", () => {
  test("takes back what has not begun when it is aborted", async () => {
    const one = new Runtime({ maxBlockingThreads: 1 });
    const gate = shared(2);
    const first = one.spawnBlocking(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const counter = shared(1);
    const waiting = [one.spawnBlocking(work.count, counter), one.spawnBlocking(work.fibonacci, 5)];
    for (const handle of waiting) {
      assert.equal(handle.abort(), true);
      await assert.rejects(Promise.resolve(handle), { name: "AbortError" });
    }
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await first;
    await one.spawnBlocking(work.nothing);
    assert.equal(counter[0], 0);
    await one.shutdown();
  });

  test("keeps what is called in order on one thread", async () => {
    const one = new Runtime({ maxBlockingThreads: 1 });
    const counter = shared(1);
    const handles = Array.from({ length: 50 }, () => one.spawnBlocking(work.count, counter));
    assert.deepEqual(
      await Promise.all(handles),
      Array.from({ length: 50 }, (_, i) => i),
    );
    await one.shutdown();
  });

  test("starts another thread when all are blocked, however they came by what blocks them", async () => {
    const gates = Array.from({ length: availableParallelism() }, () => shared(2));
    const blocked = gates.map((gate) => spawnBlocking(work.block, gate));
    for (const gate of gates) await Atomics.waitAsync(gate, 1, 0).value;
    assert.equal(await spawnBlocking(work.first, 1), 1);
    for (const gate of gates) {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    }
    await Promise.all(blocked);
  });

  for (const argument of [1, new Set([1])])
    test(`starts another thread for ${typeof argument}s when all are blocked, and who has called as well`, async () => {
      const { one, end } = await allBlocked();
      assert.deepEqual(one.spawnBlocking(work.first<any>, argument).joinBlocking(), argument);
      await end();
    });

  test("starts another thread when all are blocked, while who has called blocks for what waits for that", async () => {
    const { one, end } = await allBlocked();
    const meeting = shared(1);
    const met = one.spawnBlocking(work.meet, meeting, 2);
    assert.equal(typeof one.spawnOn(work.meet, meeting, 2).joinBlocking(), "number");
    await met;
    await end();
  });

  /** A runtime whose threads for `spawnBlocking` are all blocked, and which may have one more. */
  async function allBlocked() {
    const one = new Runtime({ workerThreads: 1, maxBlockingThreads: availableParallelism() + 1 });
    const gates = Array.from({ length: availableParallelism() }, () => shared(2));
    const blocked = gates.map((gate) => one.spawnBlocking(work.block, gate));
    for (const gate of gates) await Atomics.waitAsync(gate, 1, 0).value;
    return {
      one,
      end: async (): Promise<void> => {
        for (const gate of gates) open(gate);
        await Promise.all(blocked);
        await one.shutdown();
      },
    };
  }

  test("clones arguments at the call, also of what has to wait", async () => {
    const one = new Runtime({ maxBlockingThreads: 1 });
    const lists = Array.from({ length: 5 }, (_, i) => [i]);
    const sets = lists.map((list) => new Set(list));
    const handles = [...lists, ...sets].map((all) => one.spawnBlocking(work.first, all));
    for (const list of lists) list.push(99);
    for (const set of sets) set.add(99);
    const zeroToFour = [0, 1, 2, 3, 4];
    assert.deepEqual(await Promise.all(handles), [
      ...zeroToFour.map((i) => [i]),
      ...zeroToFour.map((i) => new Set([i])),
    ]);
    await one.shutdown();
  });

  test("has 5,000 calls out at once, more than there is place for, and gives each its own value", async () => {
    const values = await run(joinAll(Array.from({ length: 5000 }, (_, i) => spawnBlocking(work.first, i))));
    assert.deepEqual(
      values,
      Array.from({ length: 5000 }, (_, i) => i),
    );
  });
});

describe("blockOn()", () => {
  test("gives what a function, an async one of heddle's and a native one give", () => {
    assert.equal(blockOn(work.fibonacci, 12), 144);
    assert.equal(blockOn(work.add, 20, 22), 42);
    assert.equal(blockOn(work.addNatively, 20, 22), 42);
  });

  test("throws what the call throws, with the line that asked for it", () => {
    assert.throws(() => blockOn(work.fail, "no"), { name: "RangeError", message: "no" });
  });
});

describe("Runtime", () => {
  test("has idle workers take what comes before busy ones do", async () => {
    const three = new Runtime({ workerThreads: 3 });
    const gate = shared(1);
    const ids = await Promise.all([0, 1, 2].map(() => three.spawnOn(work.meet, gate, 3)));
    assert.equal(new Set(ids).size, 3);
    await three.shutdown();
  });

  test("lets another worker take what waits while one is blocked", async () => {
    const two = new Runtime({ workerThreads: 2 });
    const gate = shared(2);
    const blocked = two.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    for (let i = 0; i < 100; i++) assert.equal(await two.spawnOn(work.first, i), i);
    for (const value of ["text", { plain: ["object"] }, new Map([["packed", 1]])])
      assert.deepEqual(await two.spawnOn(work.same, value), [value]);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await blocked;
    await two.shutdown();
  });

  test("sends what only one worker can take to one that is not blocked, though it has more to do", async () => {
    const two = new Runtime({ workerThreads: 2 });
    const gate = shared(2);
    const blocked = two.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const marks = [shared(1), shared(1), shared(1)];
    const waiting = marks.map((each) => two.spawnOn(work.waitThere, each, 60_000));
    for (const each of marks) await Atomics.waitAsync(each, 0, 0).value;
    const mark = shared(1);
    await two.spawnOn(work.waitThere, mark, 1);
    assert.equal(mark[0]! & 2, 2, "it ran to its end");
    for (const each of waiting) each.abort();
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await blocked;
    await two.shutdown();
  });

  /**
   * Two workers that both know a function, of which one has two tasks that wait, and the other, which has less to do, one that is about to block it.
   */
  async function oneToBeBlocked(fn: (value: any) => number | Promise<number>, value: unknown) {
    const two = new Runtime({ workerThreads: 2 });
    for (const known = new Set(); known.size < 2;)
      for (const id of await Promise.all([0, 1, 2, 3].map(() => two.spawnOn(fn, value)))) known.add(id);
    const [go, gate] = [shared(2), shared(2)];
    const blocked = two.spawnOn(work.waitAndBlock, go, gate);
    await Atomics.waitAsync(go, 1, 0).value;
    const onTheOther: { abort(): boolean; settled(): unknown }[] = [];
    while (onTheOther.length < 2) {
      const where = shared(1);
      const handle = two.spawnOn(work.stay, where);
      await Atomics.waitAsync(where, 0, 0).value;
      if (where[0] === go[1]) handle.abort();
      else onTheOther.push(handle);
    }
    return {
      two,
      /** The one is blocked as soon as it hears of this. */
      blocks: () => open(go),
      isBlocked: () => Atomics.waitAsync(gate, 1, 0).value,
      freesTheOther: () => onTheOther.forEach((handle) => handle.abort()),
      end: async (): Promise<void> => {
        assert.equal(blocked.isFinished, false, "it is blocked to the end");
        open(gate);
        assert.equal(await blocked, go[1]);
        await two.shutdown();
      },
    };
  }

  for (const [what, value] of [
    ["small", 1],
    ["packed", new Map([["packed", 1]])],
  ] as const) {
    test(`has what is ${what} taken by a worker that waits, if the one with less to do is blocked by it`, async () => {
      const { two, blocks, isBlocked, end } = await oneToBeBlocked(work.whereIAm, value);
      blocks();
      await isBlocked();
      for (const fn of [work.firstNatively, work.first]) assert.deepEqual(await two.spawnOn(fn<any>, value), value);
      await end();
    });

    test(`has what is ${what} taken by a worker that becomes idle, if the one that it was for is blocked since`, async () => {
      const { two, blocks, freesTheOther, end } = await oneToBeBlocked(work.whereIAm, value);
      blocks();
      const handles = [1, 2, 3].map(() => two.spawnOn(work.whereIAm, value));
      freesTheOther();
      for (const handle of handles) assert.equal(typeof (await handle), "number");
      await end();
    });
  }

  test("has an async function begin on a worker that becomes idle, if the one that it was for is blocked since", async () => {
    const { two, blocks, freesTheOther, end } = await oneToBeBlocked(work.markNatively, shared(1));
    blocks();
    const marks = [shared(1), shared(1)];
    const handles = marks.map((each) => two.spawnOn(work.markNatively, each));
    freesTheOther();
    for (const each of marks) await Atomics.waitAsync(each, 0, 0).value;
    await end();
    await Promise.all(handles);
  });

  test("takes what is packed in the order in which it came, though the caller computes", async () => {
    const one = new Runtime({ workerThreads: 1 });
    await one.spawnOn(work.countHere, 0);
    const gate = shared(2);
    const blocked = one.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const packed: ReturnType<typeof one.spawnOn<typeof work.countHere>>[] = [];
    for (let n = 0; n < 90; n++) {
      // Slots of what is over are used again, in another order.
      const handle = one.spawnOn(work.countHere, n % 3 === 0 ? n : new Set([n]));
      if (n % 3 !== 0) packed.push(handle);
      if (n === 40) {
        Atomics.store(gate, 0, 1);
        Atomics.notify(gate, 0);
        await blocked;
      }
      if (n > 40) thread.sleep(0.5);
    }
    const turns = await Promise.all(packed);
    assert.deepEqual(
      turns,
      turns.toSorted((a, b) => a - b),
    );
    await one.shutdown();
  });

  test("counts what is packed and waits as it does all else, and begins nothing of what is called off", async () => {
    const one = new Runtime({ workerThreads: 1, maxQueued: 3 });
    const [gate, counter] = [shared(2), shared(1)];
    const blocked = one.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const handles = [work.count, work.count, work.count].map((fn) => one.spawnOn(fn, counter));
    assert.equal(one.threads().workers!.queued, 3);
    assert.throws(() => one.spawnOn(work.count, counter), { code: "thread.queue-full" });
    for (const handle of handles) {
      assert.equal(handle.abort(), true);
      await assert.rejects(Promise.resolve(handle), { name: "AbortError" });
    }
    assert.equal(one.threads().workers!.queued, 0);
    const last = one.spawnOn(work.count, counter);
    open(gate);
    await blocked;
    assert.equal(await last, 0);
    await one.shutdown();
  });

  test("hands out what is packed while it blocks for one of its calls, and while it computes in slices", async () => {
    const two = new Runtime({ workerThreads: 2 });
    const marks = [shared(1), shared(1)];
    const waiting = marks.map((each) => two.spawnOn(work.waitThere, each, 60_000));
    for (const each of marks) await Atomics.waitAsync(each, 0, 0).value;
    const handles = Array.from({ length: 10 }, (_, n) => two.spawnOn(work.first, new Set([n])));
    for (const [n, handle] of handles.entries()) assert.deepEqual(handle.joinBlocking(), new Set([n]));
    let slices = 0;
    const more = Array.from({ length: 10 }, (_, n) => two.spawnOn(work.first, new Set([n])));
    const all = Promise.all(more).then(() => (slices = -1));
    while (slices >= 0) {
      assert.ok(slices++ < 1000, "nobody ever gets one");
      thread.sleep(2);
      await new Promise(setImmediate);
    }
    await all;
    for (const handle of waiting) handle.abort();
    await two.shutdown();
  });

  test("has another worker take what was left to one that was sent something which blocks it", async () => {
    const two = new Runtime({ workerThreads: 2 });
    const gate = shared(2);
    const left = two.spawnOn(work.first, 1);
    // It goes before, and the one worker that there is was to take the other.
    const blocked = two.spawnOn(work.block, gate);
    assert.equal(await left, 1);
    open(gate);
    await blocked;
    await two.shutdown();
  });

  test("has a worker that waits take what it would leave to an idle one, if that is sent something which blocks it", async () => {
    const two = new Runtime({ workerThreads: 2 });
    const mark = shared(1);
    const waiting = two.spawnOn(work.waitThere, mark, 60_000);
    await Atomics.waitAsync(mark, 0, 0).value;
    for (let round = 0; round < 20; round++) {
      await two.spawnOn(work.whereIAm, new Set());
      const gate = shared(2);
      const blocked = two.spawnOn(work.block, gate);
      const small = two.spawnOn(work.first, round);
      // This thread gets to nothing meanwhile: who is rung must take it.
      const limit = performance.now() + 5000;
      while (!small.isFinished && performance.now() < limit) thread.sleep(0.2);
      assert.equal(small.isFinished, true);
      open(gate);
      await blocked;
    }
    waiting.abort();
    await two.shutdown();
  });

  test("begins nothing on a worker that loads a module for what it has: that may block it for what waits", async () => {
    const two = new Runtime({ workerThreads: 2 });
    const [gate, go] = [shared(2), shared(2)];
    const blocked = two.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const loading = two.spawnOn(work.loadAWhile, go);
    await Atomics.waitAsync(go, 1, 0).value;
    const handles = [1, new Set()].map((argument) => two.spawnOn(work.whereIAm, argument));
    // Time in which it would.
    for (let turn = 0; turn < 10; turn++) {
      thread.sleep(1);
      await new Promise(setImmediate);
    }
    open(gate);
    assert.deepEqual(await Promise.all(handles), [await blocked, await blocked]);
    open(go);
    assert.notEqual(await loading, await blocked);
    await two.shutdown();
  });

  test("never has more workers than it may", async () => {
    const started: string[] = [];
    const two = new Runtime({ name: "pair", workerThreads: 2, onThreadStart: ({ name }) => started.push(name) });
    await Promise.all(Array.from({ length: 200 }, (_, i) => two.spawnOn(work.add, i, 1)));
    assert.ok(started.length <= 2);
    assert.equal(started[0], "pair worker 1");
    await two.shutdown();
  });

  test("shutdown() takes back what has not begun, drops what can be dropped, waits for the rest, and ends the threads", async () => {
    const stopped: string[] = [];
    const one = new Runtime({ workerThreads: 1, onThreadStop: ({ reason }) => stopped.push(reason) });
    const marks = shared(1);
    const running = one.spawnOn(work.waitThere, marks, 60_000);
    await Atomics.waitAsync(marks, 0, 0).value;
    const gate = shared(2);
    const blocking = one.spawnBlocking(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const over = one.shutdown();
    await assert.rejects(Promise.resolve(running), { name: "AbortError" });
    assert.equal(marks[0], 1 | 4);
    await assert.rejects(Promise.resolve(one.spawnOn(work.first, 1)), { name: "AbortError" });
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await over;
    assert.equal(typeof (await blocking), "number");
    assert.equal(stopped.length, 2);
    assert.deepEqual([one.threads().workers!.threads, one.threads().blocking.threads], [0, 0]);
  });

  test("shutdown() is over for each who has asked for it", async () => {
    const one = new Runtime({ workerThreads: 1 });
    const gate = shared(2);
    const blocked = one.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const over = [one.shutdown(), one.shutdown()];
    open(gate);
    await blocked;
    over.push(one.shutdown());
    await Promise.all(over);
    assert.equal(one.threads().workers!.threads, 0);
  });

  test("shutdown({ timeout }) ends the threads that are still blocked, or gives them up where it cannot", async () => {
    const one = new Runtime({ workerThreads: 1 });
    const gate = shared(2);
    const blocked = one.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    await one.shutdown({ timeout: 5 });
    const message = endsNoThreads ? /it was given up .*, and runs on: Deno does not end/ : /it was terminated/;
    await assert.rejects(Promise.resolve(blocked), { name: "JoinError", message });
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  });

  test("maxQueued refuses one call too many, and room() waits until one has begun", async () => {
    const one = new Runtime({ workerThreads: 1, maxQueued: 2 });
    const gate = shared(2);
    const first = one.spawnOn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    const waiting = [1, 2].map((n) => one.spawnOn(work.first, n));
    assert.throws(() => one.spawnOn(work.first, 3), {
      name: "BusyError",
      code: "thread.queue-full",
      message: /^Cannot run "first" on runtime worker: 2 jobs wait, which is the limit\nhelp: /,
    });
    const room = run(
      async(function* () {
        yield* one.room();
        return yield* one.spawnOn(work.first, 3);
      })(),
    );
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    assert.equal(await room, 3);
    await Promise.all([first, ...waiting]);
    await one.shutdown();
  });

  test("refuses options that make no sense, and workers where it has none", () => {
    for (const [options, message] of [
      [null, /^TypeError: Cannot make a runtime as the options must be an object: received null/],
      [{ worker: 1 }, /'worker' is not an option\nhelp: the options are name, .*, workerThreads, /],
      [{ onThreadStart: 1 }, /'onThreadStart' must be a function: received 1/],
      [{ resourceLimits: { heap: 1 } }, /with resourceLimits as 'heap' is not an option\nhelp: /],
      [{ threadKeepAlive: "10s" }, /'threadKeepAlive' must be a number of milliseconds >= 0: received "10s"\nhelp: /],
    ] as const)
      assert.throws(() => new Runtime(options as any), message);
    assert.throws(() => new Runtime({ workerThreads: 0 }), {
      name: "RangeError",
      message: "Cannot make a runtime as 'workerThreads' must be an integer from 1 to 512: received 0",
    });
    assert.throws(
      () => new Runtime({ flavor: "many" as any }),
      /'flavor' must be "current-thread" or "multi-thread": received "many"/,
    );
    const alone = new Runtime({ flavor: "current-thread" });
    assert.throws(() => alone.spawnOn(work.first, 1), { code: "thread.no-workers" });
  });
});

describe("thread", () => {
  test("with() names the thread, and refuses what is no option", async () => {
    const { name } = await thread.with({ name: "weaver" }).spawn(work.whoAmI);
    assert.equal(name, "weaver");
    if (keepsNoLimits)
      assert.throws(() => thread.with({ resourceLimits: { maxOldGenerationSizeMb: 64 } }), {
        code: "thread.unsupported",
        message: /^Cannot limit the memory of a thread: .* does not keep to 'resourceLimits'\nhelp: /,
      });
    assert.throws(
      () => thread.with({ nam: "x" } as any),
      /'nam' is not an option\nhelp: the options are name, resourceLimits/,
    );
    for (const no of [undefined, null, "weaver", 3])
      assert.throws(
        () => thread.with(no as any),
        /^TypeError: Cannot set up a thread as the options must be an object: received /,
      );
    assert.throws(
      () => thread.with({ resourceLimits: { maxOldGenerationSize: 3 } as any }),
      /'maxOldGenerationSize' is not an option\nhelp: the options are maxOldGenerationSizeMb, /,
    );
    assert.throws(
      () => thread.with({ resourceLimits: { stackSizeMb: "3" as any } }),
      /'stackSizeMb' must be a number: /,
    );
    assert.throws(() => thread.with({ resourceLimits: { stackSizeMb: 0 } }), {
      name: "RangeError",
      message: "Cannot set up a thread as resourceLimits.stackSizeMb must be a number > 0: received 0",
    });
  });

  test("limit() refuses one thread too many, and says what to do", async () => {
    const before = thread.limit();
    const gate = shared(2);
    const alive = thread.spawn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    thread.limit(1);
    try {
      assert.throws(() => thread.spawn(work.first, 1), {
        name: "JoinError",
        code: "thread.refused",
        message: /^Cannot start thread "thread \d+": \d+ threads are alive, which is the limit\nhelp: /,
      });
    } finally {
      thread.limit(before);
    }
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await alive;
    assert.throws(() => thread.limit(0), /the limit must be an integer >= 1: received 0/);
  });

  test("limit() makes calls fail for which a pool gets no thread, and the pool can be shut down all the same", async () => {
    const before = thread.limit();
    const none = new Runtime({ workerThreads: 1 });
    const gate = shared(2);
    const alive = thread.spawn(work.block, gate);
    await Atomics.waitAsync(gate, 1, 0).value;
    thread.limit(1);
    try {
      for (const argument of [1, { packed: 1 }])
        await assert.rejects(Promise.resolve(none.spawnOn(work.first<any>, argument)), { code: "thread.refused" });
    } finally {
      thread.limit(before);
    }
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await alive;
    await none.shutdown();
  });

  test(
    "limit() makes calls fail that waited for a thread which is gone, if there is no other",
    { skip: endsNoThreads },
    async () => {
      const before = thread.limit();
      const one = new Runtime({ maxBlockingThreads: 1 });
      const [gate, gateOfOther] = [shared(2), shared(2)];
      const other = thread.spawn(work.block, gateOfOther);
      const blocked = one.spawnBlocking(work.block, gate);
      for (const each of [gate, gateOfOther]) await Atomics.waitAsync(each, 1, 0).value;
      const waiting = [1, "text", new Map(), 2, new Set()].map((argument) =>
        Promise.resolve(one.spawnBlocking(work.first<any>, argument)),
      );
      thread.limit(1);
      try {
        blocked.abort("no use", { terminate: true });
        for (const call of waiting) await assert.rejects(call, { code: "thread.refused" });
      } finally {
        thread.limit(before);
      }
      await assert.rejects(Promise.resolve(blocked), { name: "AbortError" });
      assert.equal(await one.spawnBlocking(work.first, 3), 3, "there may be one again");
      const mark = shared(1);
      const staying = one.spawnBlocking(work.waitThere, mark, 60_000);
      await Atomics.waitAsync(mark, 0, 0).value;
      assert.deepEqual(await one.spawnBlocking(work.first, new Set([4])), new Set([4]), "it is sent what waits");
      staying.abort();
      Atomics.store(gateOfOther, 0, 1);
      Atomics.notify(gateOfOther, 0);
      await Promise.all([other, one.shutdown()]);
    },
  );

  test("sleep() blocks the thread for as long as it says", () => {
    const before = performance.now();
    thread.sleep(3);
    assert.ok(performance.now() - before >= 2.9);
    assert.throws(() => thread.sleep(-1), { name: "RangeError" });
  });
});
