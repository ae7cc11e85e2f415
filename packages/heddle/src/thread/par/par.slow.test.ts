/**
 * Parallel iterators on real threads.
 */
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, test } from "node:test";
import { threadId } from "node:worker_threads";
import { async, fromPromise, joinAll, run, select, sleep, spawn, yieldNow } from "../../index.js";
import { type NumberArray, par, type ParOptions, range, spawnBlocking } from "../../thread.js";
import { notOnBun } from "../../base/hosts.kit.js";
import { both, FINISHES, sharedOf } from "./programs.kit.js";
import * as work from "./work.kit.js";

/** On threads, one item at a time. */
const there: ParOptions = { threads: 2, chunk: 1, sequentialBelow: 0 };
const words = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * count));
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const rewritesStacks = notOnBun("it writes the stack anew of what is thrown on");

/** Opens the gate at which `waitAtGate` waits. */
function open(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** Waits until somebody has come to the gate. */
async function arrival(gate: Int32Array): Promise<void> {
  await Atomics.waitAsync(gate, 1, 0).value;
}

describe("par()", () => {
  test("runs nothing before what it ends in is awaited", async () => {
    const counter = words(1);
    const future = par(range(0, 5), there).forEach(work.count(counter));
    await run(par(range(0, 5), there).map(work.double).count());
    assert.equal(counter[0], 0, "what was asked for later is over");
    await run(future);
    assert.equal(counter[0], 5);
  });

  test("gives of no items and of one what arrays give", async () => {
    for (const numbers of [[], [60], [-3]])
      for (const finish of FINISHES)
        for (const sequentialBelow of [0, 9]) {
          const program = { source: "numbers", numbers, options: { sequentialBelow }, indexed: [], rest: [], finish };
          const [future, expected] = both(program);
          assert.deepEqual(await run(future), expected, finish.name);
        }
  });

  test("keeps the order of the source though threads take turns", async () => {
    const count = 14;
    const early = /^(any|all|find|findIndex)$/;
    for (const finish of FINISHES.filter(({ name }) => !early.test(name))) {
      const future = finish.par(par(range(0, count), there).map(work.inTurns(words(1), count)));
      assert.deepEqual(await run(future), finish.array(upTo(count)), finish.name);
    }
  });

  test("has several threads take part at the same time, and the calling one stay free", async () => {
    const gate = words(1);
    const ids = await run(par(range(0, 8), there).map(work.meet(gate, 2)).map(work.whereAmI).collect());
    assert.equal(new Set(ids).size, 2);
    assert.ok(!ids.includes(threadId));
  });

  test("has more threads than processors where the program says so: items that block wait at the same time", async () => {
    const threads = availableParallelism() + 1;
    const gate = words(1);
    const there = { threads, chunk: 1, sequentialBelow: 0 };
    const ids = await run(par(range(0, threads), there).map(work.meet(gate, threads)).map(work.whereAmI).collect());
    assert.equal(new Set(ids).size, threads);
  });

  test("stays on the calling thread below `sequentialBelow`, and where items have proved cheap", async () => {
    const stays = par([1, 2], { sequentialBelow: 3 }).map(work.whereAmI);
    assert.deepEqual(await run(stays.collect()), [threadId, threadId]);
    assert.notDeepEqual(await run(par([1, 2, 3], { sequentialBelow: 3 }).map(work.whereAmI).collect()), [
      threadId,
      threadId,
      threadId,
    ]);
    const cheap = (): Promise<number[]> => run(par(range(0, 3)).map(work.cheaply).collect());
    assert.ok(!(await cheap()).includes(threadId), "nobody knows yet what it costs");
    // Its first call has compiled it, and a machine that is busy makes it look dearer than it is.
    let isHere = false;
    for (let i = 0; i < 500 && !isHere; i++) isHere = (await cheap()).every((id) => id === threadId);
    assert.ok(isHere);
  });

  test("leaves the calling thread to others while it works there", async () => {
    let ticks = 0;
    const busy = par(range(0, 40), { sequentialBelow: Infinity }).map(work.spin).count();
    const ticker = async(function* () {
      for (;;) {
        yield* sleep(1);
        ticks++;
      }
    });
    const { key } = await run(select({ busy, ticker: ticker() }));
    assert.equal(key, "busy");
    assert.ok(ticks > 0);
  });

  test("iterates over typed arrays of every kind, in shared memory and elsewhere", async () => {
    const kinds = [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
    ];
    for (const Kind of kinds) {
      const numbers = Kind.from(upTo(20));
      for (const data of [numbers, sharedOf<NumberArray>(Kind, upTo(20))]) {
        const doubled = new Kind(20);
        const it = par(data as Float64Array, there).map(work.double);
        assert.equal(await run(it.sum()), 380, Kind.name);
        assert.equal(await run(it.collectInto(doubled as Float64Array)), doubled);
        assert.deepEqual(doubled, Kind.from(upTo(20).map(work.double)));
      }
    }
    for (const Kind of [BigInt64Array, BigUint64Array]) {
      const data = Kind.from(upTo(20).map(BigInt));
      assert.equal(await run(par(data, there).reduce(work.plusBig, 0n)), 190n, Kind.name);
      assert.deepEqual(await run(par(data, there).collectInto(new Kind(20))), data);
    }
    assert.equal(await run(par(Buffer.from([1, 2, 3]), there).sum()), 6);
  });

  test("shares what is in shared memory: what threads write there is seen here", async () => {
    const data = sharedOf(Float64Array, upTo(100));
    const target = await run(par(data, there).map(work.double).collectInto(data));
    assert.equal(target, data);
    assert.deepEqual([...data], upTo(100).map(work.double));
  });

  test("keeps what numbers are: -0, NaN, infinities and fractions", async () => {
    const numbers = [-0, NaN, Infinity, 0.1, -1e300];
    assert.deepEqual(
      await run(
        par(numbers, there)
          .map(work.same<number>)
          .collect(),
      ),
      numbers,
    );
    assert.deepEqual([await run(par(numbers, there).min()), await run(par(numbers, there).max())], [NaN, NaN]);
  });

  test("sends items of every kind there and back", async () => {
    const items = ["text", 12n, null, undefined, true, { deep: [1, { x: "y" }] }, new Map([[1, new Date(0)]]), /x/g];
    assert.deepEqual(await run(par(items, there).map(work.same).collect()), items);
    const shared = [words(1), words(1)];
    await run(par(shared, there).forEach(work.increment));
    assert.deepEqual(
      shared.map((it) => it[0]),
      [1, 1],
      "memory that is shared stays so",
    );
  });

  test("balances items that take longer than others", async () => {
    const gate = words(2);
    // The first item blocks its thread until the others are done, which the other thread has to do then.
    const all = run(par(range(0, 50), there).map(work.waitForRest(gate, 50)).collect());
    assert.deepEqual(await all, upTo(50));
  });

  test("stops when an item fails, and throws its error as itself with the item's number", async () => {
    for (const sequentialBelow of [0, Infinity]) {
      const counter = words(1);
      const options = { ...there, sequentialBelow };
      const future = par(range(0, 100_000), options).map(work.failAt(7)).forEach(work.count(counter));
      const error: Error = await run(future).then(
        () => assert.fail(),
        (error) => error,
      );
      assert.ok(error instanceof RangeError);
      assert.equal(error.message, "not 7");
      if (sequentialBelow === 0 || rewritesStacks === false)
        assert.match(error.stack!, /at item 7 of what is iterated in parallel/);
      assert.match(error.stack!, /work\.kit\./, "where it was thrown");
      assert.equal(counter[0], 7, "those before it, and no others");
    }
    await assert.rejects(run(par([1], there).map(work.throwText).collect()), (thrown) => thrown === "no 1");
  });

  test(
    "says the item's number also of one that fails after others had their turn",
    { skip: rewritesStacks },
    async () => {
      const error: Error = await run(
        par(range(0, 100), { sequentialBelow: Infinity }).map(work.slowly).map(work.failAt(60)).count(),
      ).then(
        () => assert.fail(),
        (error) => error,
      );
      assert.match(error.stack!, /at failAtMoved .*work\.kit\..*\n +at item 60 of what is iterated in parallel/);
    },
  );

  test("fails with JoinError when a thread dies, and hangs nowhere", async () => {
    await assert.rejects(run(par(range(0, 1000), there).map(work.exitAt(20)).count()), {
      name: "JoinError",
      code: "thread.ended",
      message: /^Cannot finish thread task "par\(.*\)" \(#\d+\) as par \d+ ended: it exited with 3/,
    });
    assert.equal(await run(par(range(0, 10), there).map(work.double).sum()), 90, "there are new ones");
  });

  test("claims no more items when it is dropped, and is over when those are that had begun", async () => {
    const gate = words(2);
    const counter = words(1);
    const program = async(function* () {
      const all = par(range(0, 1000), there).map(work.waitAtGate(gate)).forEach(work.count(counter));
      const handle = spawn(all);
      yield* fromPromise(arrival(gate));
      handle.abort();
      yield* yieldNow();
      assert.equal(handle.isFinished, false, "a thread is still busy with an item");
      open(gate);
      const { status } = yield* handle.settled();
      return status;
    });
    assert.equal(await run(program()), "rejected");
    const begun = gate[1]!;
    assert.ok(begun <= 2);
    assert.equal(counter[0], begun);
    assert.equal(await run(par(range(0, 10), there).count()), 10, "the threads do other work");
    assert.equal(counter[0], begun, "and nothing of what was dropped");
  });

  test("works on several iterators at once with no more threads than processors", async () => {
    const all = Array.from({ length: 10 }, (_, i) =>
      par(range(0, 20 + i), there)
        .map(work.whereAmI)
        .collect(),
    );
    const ids = new Set((await run(joinAll(all))).flat());
    assert.ok(ids.size <= availableParallelism());
  });

  test("works on other threads as well, which work alone", async () => {
    assert.deepEqual(await spawnBlocking(work.iterateThere, 100), { sum: 9900, threads: 1, isHere: true });
    assert.equal((await spawnBlocking(work.iterateThere, 100, 2)).isHere, false, "unless they are told otherwise");
  });
});

describe("Par.any(), all(), find(), findAny(), findIndex()", () => {
  test("look at no more items than they must", async () => {
    for (const sequentialBelow of [0, Infinity]) {
      const counter = words(1);
      const seen = par(range(0, 1_000_000), { ...there, sequentialBelow }).map(work.counting(counter));
      assert.equal(await run(seen.any(work.isOver50)), true);
      assert.equal(await run(seen.all(work.isUnder50)), false);
      assert.equal(await run(seen.find(work.isOver50)), 51);
      assert.ok((await run(seen.findAny(work.isOver50)))! > 50);
      assert.equal(await run(seen.findIndex(work.isOver50)), 51);
      assert.ok(counter[0]! < 100_000);
    }
  });

  test("find() gives the first, though a later one is found before", async () => {
    const gate = words(2);
    // The first item waits until a later one has been found.
    const it = par(range(0, 10), there).map(work.firstIsLast(gate));
    assert.equal(await run(it.find(work.always)), 0);
  });

  test("an item that fails behind the one that was found fails nothing", async () => {
    for (let i = 0; i < 20; i++)
      assert.equal(await run(par(range(0, 9), there).map(work.failAt(3)).find(work.isTwo)), 2);
  });
});

describe("Par", () => {
  test("refuses at the call what threads could not do", () => {
    const it = par(range(0, 3));
    assert.throws(() => it.map((n) => n), /it must be an export of its module|its module must be known/);
    assert.throws(() => it.map(work.later), {
      name: "TypeError",
      message: /^Cannot map in parallel with "later" as it must be a plain function: it is async\nhelp: /,
    });
    assert.throws(() => it.map(work.capturing(() => 1)), {
      name: "TypeError",
      message: /^Cannot send what ".*" captures to a thread: \.value is a function\nhelp: /,
    });
    assert.throws(() => par(new Set([1]) as never), {
      name: "TypeError",
      message: /^Cannot iterate in parallel as 'data' must be an array, a typed array or a range: received /,
    });
    assert.throws(() => par([1], { threads: 0 }), {
      name: "RangeError",
      message: "Cannot iterate in parallel as 'threads' must be an integer >= 1: received 0",
    });
    assert.throws(() => par([1], { thread: 1 } as never), /'thread' is not an option\nhelp: the options are threads, /);
    assert.throws(() => it.chunks(0), /'size' must be an integer >= 1: received 0/);
    assert.throws(() => it.collectInto(new Uint8Array(2)), {
      name: "RangeError",
      message: "Cannot collect 3 items as 'target' must have room for them: it has room for 2",
    });
    assert.throws(() => range(0, 1, 0), /'step' must not be 0: received 0/);
    assert.throws(() => range(0, Infinity), /'to' must be a finite number: received Infinity/);
  });

  test("refuses items that cannot be sent when it is awaited, with the path to them", async () => {
    await assert.rejects(run(par([1, { at: { call() {} } }] as unknown[], there).count()), {
      name: "TypeError",
      message: /^Cannot send the items to a thread: \[1\]\.at\.call is a function\nhelp: /,
    });
    await assert.rejects(run(par(range(0, 9), there).map(work.give).collect()), {
      name: "TypeError",
      message: /^Cannot send the result from its thread: .* is a function\nhelp: /,
    });
  });
});
