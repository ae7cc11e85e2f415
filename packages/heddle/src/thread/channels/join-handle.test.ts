import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import {
  AbortedError,
  ElapsedError,
  async,
  type Future,
  type JoinHandle,
  run,
  Runtime,
  sleep,
  timeout,
} from "../../index.js";
import { oneshot } from "../../sync.js";
import { moved, settle } from "./threads.kit.js";

const give = async(function* <T>(ms: number, value: T) {
  yield* sleep(ms);
  return value;
});

const joined = async(function* <T>(handle: Future<T>) {
  return yield* handle;
});

const runtime = new Runtime();
after(() => runtime.shutdown());
const spawn = <T>(future: Future<T>, options?: { name: string }): JoinHandle<T> => runtime.spawn(future, options);

describe("A JoinHandle that was sent", () => {
  test("gives the value there, any number of times, and here as well", async () => {
    const handle = spawn(give(5, { n: [1] }), { name: "give" });
    const there = moved(handle);
    assert.deepEqual([there.name, there.id, there.isFinished], ["give", handle.id, false]);
    const values = await Promise.all([run(joined(there)), there, there.then((value) => value), run(joined(handle))]);
    assert.deepEqual(values, new Array(4).fill({ n: [1] }));
    assert.equal(there.isFinished, true);
    assert.deepEqual(await there, { n: [1] });
    assert.deepEqual(await moved(there), { n: [1] });
  });

  test("throws the error of the task there", async () => {
    const handle = spawn(
      async(function* () {
        yield* sleep(1);
        throw new ElapsedError("time.elapsed", "too late", { cause: new RangeError("far") });
      })(),
    );
    const there = moved(handle);
    await assert.rejects(run(joined(there)), (error) => {
      assert.ok(error instanceof ElapsedError && error.cause instanceof RangeError);
      return true;
    });
    const result = await run(there.settled());
    assert.equal(result.status, "rejected");
    await assert.rejects(run(joined(handle)), ElapsedError);
  });

  test("aborts the task from there, with the reason, and waits for its cleanups", async () => {
    const events: string[] = [];
    const handle = spawn(
      async(function* () {
        try {
          yield* sleep(60_000);
        } finally {
          yield* sleep(1);
          events.push("cleaned up");
        }
      })(),
    );
    await settle();
    const there = moved(moved(handle));
    there.abortHandle().abort("not needed");
    await assert.rejects(run(joined(there)), (error) => {
      assert.ok(error instanceof AbortedError);
      assert.equal(error.cause, "not needed");
      return true;
    });
    assert.deepEqual(events, ["cleaned up"]);
    await there[Symbol.asyncDispose]();
    await assert.rejects(run(joined(handle)), AbortedError);
  });

  test("loses nothing when a wait is dropped", async () => {
    const [tx, rx] = oneshot.channel<number>();
    const there = moved(spawn(joined(rx)));
    await assert.rejects(run(timeout(joined(there), 1)), ElapsedError);
    tx.send(1);
    assert.equal(await run(joined(there)), 1);
  });

  test("refuses a result that cannot be copied, there, and keeps it here", async () => {
    const handle = spawn(give(1, { on: () => 1 }), { name: "unfit" });
    const there = moved(handle);
    await assert.rejects(
      run(joined(there as JoinHandle<unknown>)),
      /^TypeError: Cannot send the result of "unfit" to a thread: \.on is a function/,
    );
    assert.equal((await handle).on(), 1);
  });
});
