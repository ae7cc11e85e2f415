/**
 * parJoin and parJoinBlocking on real threads.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { async, fromPromise, joinAll, run, spawn } from "../../index.js";
import { par, parJoin, parJoinBlocking, range, spawnBlocking } from "../../thread.js";
import { sharedOf } from "./programs.kit.js";
import * as work from "./work.kit.js";

const words = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * count));

describe("parJoin()", () => {
  test("gives what both calls give, of whatever kind", async () => {
    assert.deepEqual(await run(parJoin([work.fibonacci, 10], [work.text, 3])), [55, "3,"]);
    const given = { at: new Date(0), of: [1n, undefined] };
    const shared = words(1);
    const [same, memory] = await run(parJoin([work.same<typeof given>, given], [work.same<Int32Array>, shared]));
    assert.deepEqual(same, given);
    assert.equal(memory.buffer instanceof SharedArrayBuffer, true);
  });

  test("makes both calls at the same time", async () => {
    const gate = words(1);
    assert.deepEqual(await run(parJoin([work.meet(gate, 2), 0], [work.meet(gate, 2), 1])), [0, 1]);
  });

  test("shares what a call divides with the thread that has nothing to do", async () => {
    const gate = words(1);
    // The first leaf blocks its thread until another thread has come to one as well.
    assert.deepEqual(await run(parJoin([work.meetIn, gate, 4], [work.fibonacci, 1])), [0, 1]);
    assert.equal(gate[0], 16);
  });

  test("divides as far as one likes: no thread waits for one that waits for it", async () => {
    assert.deepEqual(await run(parJoin([work.dividedFibonacci, 16], [work.dividedFibonacci, 17])), [987, 1597]);
    assert.deepEqual(parJoinBlocking([work.dividedFibonacci, 16], [work.dividedFibonacci, 17]), [987, 1597]);
  });

  test("shares views of the memory that it was given", async () => {
    const numbers = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 3001);
    const data = sharedOf(Float64Array, numbers);
    await run(parJoin([work.quickSort, data.subarray(0, 1500)], [work.quickSort, data.subarray(1500)]));
    assert.deepEqual([...data.subarray(0, 1500)], numbers.slice(0, 1500).sort(work.upwards));
    assert.deepEqual([...data.subarray(1500)], numbers.slice(1500).sort(work.upwards));
  });

  test("finishes both if one fails, and throws the first error", async () => {
    const counter = words(1);
    const tree = { value: 1, fails: false };
    const failing = { value: 2, fails: true };
    for (const call of [
      () => run(parJoin([work.walk, failing, counter], [work.walk, tree, counter])),
      () => run(parJoin([work.walk, tree, counter], [work.walk, failing, counter])),
      async () => parJoinBlocking([work.walk, failing, counter], [work.walk, tree, counter]),
      () => spawnBlocking(work.walk, { value: 3, fails: false, children: [failing, tree] }, counter),
    ]) {
      counter[0] = 0;
      await assert.rejects(Promise.resolve(call()), (error: Error) => {
        assert.equal(error.message, "no 2");
        return error instanceof RangeError;
      });
      assert.ok(counter[0]! >= 2);
    }
  });

  test("is over when both calls are, when it is dropped: they fail where they join next", async () => {
    const counter = words(1);
    const program = async(function* () {
      const handle = spawn(parJoin([work.divideForEver, counter], [work.fibonacci, 1]));
      yield* fromPromise(Promise.resolve(Atomics.waitAsync(counter, 0, 0).value));
      handle.abort();
      const { status } = yield* handle.settled();
      const before = counter[0];
      yield* par(range(0, 4), { threads: 2, chunk: 1, sequentialBelow: 0 }).map(work.spin).count();
      assert.equal(counter[0], before);
      return status;
    });
    assert.equal(await run(program()), "rejected");
  });

  test("fails with JoinError when a thread dies inside, and hangs nowhere", async () => {
    for (const depth of [0, 3]) {
      await assert.rejects(run(parJoin([work.exitInside, depth], [work.spinFor, 10])), {
        name: "JoinError",
        code: "thread.ended",
      });
      await assert.rejects(run(parJoin([work.spinFor, 10], [work.exitInside, depth])), { name: "JoinError" });
    }
    assert.deepEqual(await run(parJoin([work.fibonacci, 5], [work.fibonacci, 6])), [5, 8]);
  });

  test("does many at once on as many threads as there are", async () => {
    const all = Array.from({ length: 12 }, (_, i) => parJoin([work.dividedFibonacci, i], [work.threadsOf, 2]));
    const results = await run(joinAll(all));
    assert.deepEqual(
      results.map(([n]) => n),
      Array.from({ length: 12 }, (_, i) => work.fibonacci(i)),
    );
  });

  test("works on other threads as well, where it makes one call after the other", async () => {
    assert.deepEqual(await spawnBlocking(work.joinThere, 10), [55, 89]);
    assert.deepEqual(await spawnBlocking(work.joinLater, 10), [55, 89]);
    assert.deepEqual(await run(par([10], { sequentialBelow: 0 }).map(work.joinThere).collect()), [[55, 89]]);
  });

  test("refuses at the call what threads could not do", () => {
    assert.throws(
      () => parJoin([() => 1], [work.fibonacci, 1]),
      /it must be an export of its module|its module must be known/,
    );
    assert.throws(() => parJoinBlocking([work.fibonacci, 1], [work.later, 1]), {
      name: "TypeError",
      message: /^Cannot join in parallel with ".*" as it must be a plain function: it is async\nhelp: /,
    });
  });
});
