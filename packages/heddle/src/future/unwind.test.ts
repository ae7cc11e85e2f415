/**
 * Unwinding, as a matrix: every way to drop a future × every kind of cleanup × shallow and deep stacks. Each case compares
 * the whole list of events, so what must not run (a `catch`, a statement after the cancelled `yield*`) is checked by its
 * absence.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AbortedError, async, type HeddleError, pin, select, sleep } from "../index.js";
import { type Log, Wait, CLEANUPS, stack, unwound, GOES_ON, WAYS, drive, assertNothingLeft } from "./unwind.kit.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

const DEPTHS = [1, 3, 50];

describe("unwinding is complete, innermost first, and seen by no catch", () => {
  for (const way of WAYS) {
    for (const cleanup of CLEANUPS) {
      test(`${way.name}: ${cleanup.name}, at depths ${DEPTHS}`, async () => {
        for (const depth of DEPTHS) {
          const { trace, error } = await drive(way, (log) => stack(cleanup, depth, log));
          const expected = unwound(cleanup, depth);
          // A dropper does not wait: at its first await the cleanup is left behind. It finishes before the task does.
          const before = way.drops === "later" ? 0 : cleanup.awaits ? 2 : expected.length;
          expected.splice(before, 0, GOES_ON);
          assert.deepEqual(trace, [...expected, "over"]);
          if (way.isAborted === true) assert.ok(error instanceof AbortedError);
          else assert.equal(error, undefined);
        }
      });
    }
  }
});

describe("unwinding at shutdown", () => {
  for (const cleanup of CLEANUPS) {
    test(`Runtime.shutdown() waits: ${cleanup.name}, at depths ${DEPTHS}`, async () => {
      for (const depth of DEPTHS) {
        const trace: string[] = [];
        const runtime = pausedQuietly();
        const handle = runtime.spawn(stack(cleanup, depth, (event) => trace.push(event)));
        await runtime.run(sleep(1));
        const end = runtime.shutdown();
        trace.push("asked");
        await end;
        trace.push("over");
        assert.deepEqual(trace, ["asked", ...unwound(cleanup, depth), "over"]);
        assert.ok(handle.isFinished);
        await assert.rejects(handle.then(), AbortedError);
        assertNothingLeft(runtime);
      }
    });

    test(`Runtime.shutdown({ timeout }) ends cleanups where they await: ${cleanup.name}, at depths ${DEPTHS}`, async () => {
      for (const depth of DEPTHS) {
        const trace: string[] = [];
        const runtime = pausedQuietly();
        const handle = runtime.spawn(stack(cleanup, depth, (event) => trace.push(event)));
        await runtime.run(sleep(1));
        await runtime.shutdown({ timeout: 3 });
        trace.push("over");
        const expected = ["leaf dropped"];
        for (let n = depth; n >= 1; n--) {
          // Every cleanup is begun, so that what it does at once is done; none may await any more.
          expected.push(...(cleanup.awaits ? cleanup.events(n).slice(0, 1) : cleanup.events(n)));
        }
        assert.deepEqual(trace, [...expected, "over"]);
        assert.ok(handle.isFinished);
        await assert.rejects(handle.then(), AbortedError);
        assertNothingLeft(runtime);
      }
    });
  }

  test("Runtime.shutdown({ timeout }) leaves cleanups alone that are over in time", async () => {
    const cleanup = CLEANUPS[3]!;
    const trace: string[] = [];
    const runtime = pausedQuietly();
    runtime.spawn(stack(cleanup, 3, (event) => trace.push(event)));
    await runtime.run(sleep(1));
    await runtime.shutdown({ timeout: 31 });
    assert.deepEqual(trace, unwound(cleanup, 3));
    assertNothingLeft(runtime);
  });

  test("Runtime.shutdown({ timeout }) ends a stack of any depth whose cleanups all await", async () => {
    const cleanup = CLEANUPS[3]!;
    const trace: string[] = [];
    const runtime = pausedQuietly();
    const handle = runtime.spawn(stack(cleanup, 500, (event) => trace.push(event)));
    await runtime.run(sleep(1));
    await runtime.shutdown({ timeout: 3 });
    assert.equal(trace.length, 501, "the leaf, and the beginning of each cleanup");
    await assert.rejects(handle.then(), AbortedError);
  });

  test("Runtime.shutdown({ timeout }) gives up on a finally that awaits again whenever it is ended, and says so", async () => {
    const trace: string[] = [];
    const stubborn = async(function* stubborn() {
      for (;;) {
        try {
          yield* sleep(1000);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally
          continue;
        }
      }
    });
    const outer = async(function* () {
      try {
        yield* stubborn();
      } finally {
        trace.push("outer cleans");
      }
    });
    const runtime = pausedQuietly();
    const outcome = runtime.run(outer()).catch((reason: HeddleError) => reason);
    await runtime.run(sleep(1));
    await runtime.shutdown({ timeout: 3 });
    const error = (await outcome) as HeddleError;
    assert.equal(error.code, "task.unstoppable");
    assert.match(error.message, /stubborn\(\)/);
    assert.deepEqual(trace, ["outer cleans"], "its callers can still be unwound");
    assertNothingLeft(runtime);
  });

  test("Runtime.shutdown({ timeout }) ends what a task has dropped and not finished, and what it left pinned", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const cleanup = CLEANUPS[3]!;
    const main = async(function* () {
      const pinned = pin(cleanup.call(log, 2, new Wait(log)));
      yield* select({ pinned, tick: sleep(1) });
      yield* select({ dropped: cleanup.call(log, 1, new Wait(log)), tick: sleep(1) });
      log("dropped");
      yield* sleep(1000);
    });
    const runtime = pausedQuietly();
    runtime.spawn(main());
    await runtime.run(sleep(5));
    await runtime.shutdown({ timeout: 3 });
    assert.deepEqual(trace, [
      "leaf dropped",
      "1 begins", // at 2 ms; it would end at 12
      "dropped",
      "leaf dropped",
      "2 begins", // aborted at 5 ms; all is ended at 8
    ]);
    assertNothingLeft(runtime);
  });
});
