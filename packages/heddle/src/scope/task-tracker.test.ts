import assert from "node:assert/strict";
import { test } from "node:test";
import {
  async,
  coop,
  type Future,
  join,
  map,
  pending,
  Runtime,
  select,
  sleep,
  spawn,
  TaskTracker,
  timeout,
  yieldNow,
} from "../index.js";
import { Instant } from "../time/instant.js";

const paused = (): Runtime => new Runtime({ startPaused: true, warnings: false, onUnhandled: () => {} });
const now = (): number => Instant.now().milliseconds;

/** When it was ready. */
const waited = async(function* (tracker: TaskTracker) {
  yield* tracker.wait();
  return now();
});

/** Takes 5 ms to clean up. */
const slow = async(function* () {
  try {
    yield* pending();
  } finally {
    yield* sleep(5);
  }
});

test("TaskTracker.wait() needs it closed and empty", async () => {
  const main = async(function* () {
    const tracker = new TaskTracker();
    const waits = [spawn(waited(tracker)), spawn(waited(tracker))];
    tracker.spawn(sleep(10));
    yield* sleep(20);
    assert.deepEqual([tracker.size, tracker.isClosed, waits[0].isFinished], [0, false, false], "empty, not closed");
    const handle = tracker.spawn(sleep(10));
    assert.equal(tracker.close(), true);
    assert.equal(tracker.close(), false);
    yield* sleep(5);
    assert.deepEqual([tracker.size, tracker.isClosed, waits[0].isFinished], [1, true, false], "closed, not empty");
    yield* handle;
    return [yield* waits[0], yield* waits[1], yield* waited(tracker)];
  });
  assert.deepEqual(await paused().run(main()), [30, 30, 30]);
});

test("TaskTracker.spawn() counts until the task is over, cleanups included, also when it is aborted, or fails, or is spawned after close()", async () => {
  const main = async(function* () {
    const tracker = new TaskTracker();
    tracker.close();
    const handle = tracker.spawn(slow());
    yield* sleep(10);
    handle.abort();
    yield* sleep(4);
    assert.equal(tracker.size, 1);
    yield* sleep(1);
    const failing = tracker.spawn(
      async(function* () {
        throw new Error("failed");
      })(),
      { name: "failing" },
    );
    assert.equal((yield* failing.settled()).status, "rejected");
    return [tracker.size, failing.name, now()];
  });
  assert.deepEqual(await paused().run(main()), [0, "failing", 15]);
});

test("TaskTracker.wait() that existed when all was done is ready, although the tracker was reopened or filled since", async () => {
  const main = async(function* () {
    const tracker = new TaskTracker();
    const early = tracker.wait();
    tracker.close();
    assert.equal(tracker.reopen(), true);
    assert.equal(tracker.reopen(), false);
    tracker.spawn(sleep(100));
    yield* early;
    const late = yield* select({ late: tracker.wait(), tick: sleep(10) });
    return [late.key, now()];
  });
  assert.deepEqual(await paused().run(main()), ["tick", 10]);
});

test("TaskTracker.trackFuture() counts from the call until the future is over, or was dropped and has cleaned up", async () => {
  const main = async(function* () {
    const tracker = new TaskTracker();
    tracker.close();
    const future = tracker.trackFuture(map(sleep(10), () => "value"));
    assert.equal(tracker.size, 1);
    const value = yield* future;
    assert.equal(tracker.size, 0);
    const dropped = spawn(timeout(tracker.trackFuture(slow()), 10));
    yield* sleep(12);
    assert.equal(tracker.size, 1, "it is cleaning up");
    yield* dropped.settled();
    return [value, tracker.size];
  });
  assert.deepEqual(await paused().run(main()), ["value", 0]);
});

test("TaskTracker.trackFuture() counts no more when the future is dropped before anything of it ran", async () => {
  const main = async(function* () {
    const tracker = new TaskTracker();
    const ways: Record<string, (future: Future<unknown>) => void> = {
      "a task that never ran": (future) => spawn(future).abort(),
      "a combinator that never ran": (future) => spawn(join(future)).abort(),
      "a branch that was not reached": (future) =>
        spawn(
          join(
            async(function* () {
              throw new Error("first");
            })(),
            future,
          ),
        ).detach(),
      "a call that the budget kept waiting": (future) => {
        const handle = spawn(
          (function* () {
            while (coop.hasBudgetRemaining()) yield* coop.consumeBudget();
            yield* future;
          })(),
        );
        const saboteur = (function* () {
          handle.abort();
        })();
        spawn(saboteur).detach();
      },
    };
    for (const [way, drop] of Object.entries(ways)) {
      drop(tracker.trackFuture(slow()));
      yield* sleep(10);
      assert.equal(tracker.size, 0, way);
    }
  });
  await paused().run(main());
});

test("TaskTracker.token() counts until it is released, once", async () => {
  const main = async(function* () {
    const tracker = new TaskTracker("uploads");
    tracker.close();
    {
      using _token = tracker.token();
      const other = tracker.token();
      assert.equal(tracker.size, 2);
      other.release();
      other.release();
      assert.equal(tracker.size, 1);
    }
    return tracker.size;
  });
  assert.equal(await paused().run(main()), 0);
});

test("TaskTracker.wait() can be dropped, and says in a dump what it waits for", async () => {
  const runtime = paused();
  const main = async(function* () {
    const tracker = new TaskTracker("uploads");
    const handle = spawn(tracker.wait());
    tracker.spawn(sleep(10));
    yield* yieldNow();
    assert.match(String(runtime.dump()), /waits for task tracker "uploads", which is not closed and counts 1/);
    handle.abort();
    yield* handle.settled();
    tracker.close();
    yield* tracker.wait();
    return now();
  });
  assert.equal(await runtime.run(main()), 10);
});
