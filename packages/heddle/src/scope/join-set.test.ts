import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AbortedError,
  async,
  END,
  type Future,
  type JoinHandle,
  JoinSet,
  pending,
  ready,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { after, checkJoinLaw, failing, now, paused } from "./join-sets.kit.js";

const untidy = async(function* (length: number, message: string): Generator<any, never> {
  try {
    return yield* pending();
  } finally {
    yield* sleep(length);
    yield* failing(0, message);
  }
});

/** Everything that is left, as text. */
const drain = async(function* (set: JoinSet<unknown>) {
  const got: string[] = [];
  for (let next; (next = yield* set.joinNextSettled()) !== END;)
    got.push(next.status === "fulfilled" ? String(next.value) : String((next.reason as Error).name));
  return got;
});

test("JoinSet.joinNext() gives values in the order in which the tasks end, then END, and can be filled again", async () => {
  const main = async(function* () {
    const set = JoinSet.from([after(20, "b"), after(10, "a"), after(30, "c")]);
    assert.equal(set.size, 3);
    const got = [];
    for (let value; (value = yield* set.joinNext()) !== END;) got.push(`${value} at ${now()}, ${set.size} left`);
    set.spawn(ready("again"));
    got.push(yield* set.joinNext(), yield* set.joinNext());
    return got;
  });
  assert.deepEqual(await paused().run(main()), ["a at 10, 2 left", "b at 20, 1 left", "c at 30, 0 left", "again", END]);
});

test("JoinSet.joinNext() throws a task's error as it is, and keeps the others", async () => {
  const unhandled: unknown[] = [];
  const runtime = paused(unhandled);
  const main = async(function* () {
    const set = JoinSet.from<string>([failing(5, "failed"), after(10, "fine")]);
    const error = yield* catching(set.joinNext());
    return [(error as Error).message, set.size, yield* set.joinNext()];
  });
  assert.deepEqual(await runtime.run(main()), ["failed", 1, "fine"]);
  await runtime.shutdown();
  assert.deepEqual(unhandled, []);
});

const catching = async(function* (future: Future<unknown>) {
  try {
    return yield* future;
  } catch (error) {
    return error;
  }
});

test("JoinSet.joinNextWithId() and joinNextSettled() say which task it was", async () => {
  const main = async(function* () {
    const set = new JoinSet<string>();
    const first = set.spawn(after(10, "value"));
    const second = set.spawn(failing(20, "failed"), { name: "second" });
    const withId = yield* set.joinNextWithId();
    const settled = yield* set.joinNextSettled();
    assert.deepEqual(withId, { id: first.id, value: "value" });
    assert.ok(settled !== END && settled.status === "rejected");
    assert.deepEqual([settled.id, settled.name, settled.reason.message], [second.id, "second", "failed"]);
    assert.deepEqual([yield* set.joinNextWithId(), yield* set.joinNextSettled()], [END, END]);
  });
  await paused().run(main());
});

test("JoinSet.joinNext() loses nothing when the wait for it is dropped, also after it was woken", async () => {
  const main = async(function* () {
    const set = JoinSet.from([after(10, "a"), after(20, "b")]);
    // Both are ready at 10: the first branch wins, the second was woken as well, and is dropped.
    const { key } = yield* select({ tick: sleep(10), joined: set.joinNext() }, { biased: true });
    return [key, yield* set.joinNext(), yield* set.joinNext(), yield* set.joinNext()];
  });
  assert.deepEqual(await paused().run(main()), ["tick", "a", "b", END]);
});

test("JoinSet.joinNext() hands on the wake of a task that was aborted before it came to join", async () => {
  const main = async(function* () {
    const set = JoinSet.from([after(10, "a")]);
    const first = spawn(set.joinNext());
    const second = spawn(set.joinNext());
    const saboteur = async(function* () {
      yield* sleep(10);
      first.abort();
    });
    // Spawned before its sleep: at 10 the first joiner is woken, and aborted before it runs.
    yield* spawn(saboteur());
    return yield* second;
  });
  assert.equal(await paused().run(main()), "a");
});

test("JoinSet gives each outcome to one of several joiners, and END to all when it is empty", async () => {
  const main = async(function* () {
    const set = JoinSet.from([after(10, "a"), after(10, "b")]);
    const joiners = Array.from({ length: 4 }, () => spawn(set.joinNext()));
    const got = [];
    for (const joiner of joiners) got.push(yield* joiner);
    return got;
  });
  assert.deepEqual(await paused().run(main()), ["a", "b", END, END]);
});

test("JoinSet.tryJoinNext() gives an outcome only if there is one now", async () => {
  const main = async(function* () {
    const set = JoinSet.from([after(10, "a")]);
    const early = set.tryJoinNext();
    yield* sleep(20);
    const joined = set.tryJoinNext();
    assert.ok(joined?.status === "fulfilled");
    return [early, joined.value, set.tryJoinNext(), set.size];
  });
  assert.deepEqual(await paused().run(main()), [undefined, "a", undefined, 0]);
});

test("JoinSet.abortAll() leaves the tasks to be joined, with AbortedError unless they were over", async () => {
  const main = async(function* () {
    const set = JoinSet.from([after(10, "over"), after(100, "late"), pending()]);
    yield* sleep(20);
    set.abortAll("enough");
    assert.equal(set.size, 3);
    const first = yield* set.joinNext();
    const error = yield* catching(set.joinNext());
    assert.ok(error instanceof AbortedError);
    assert.equal(error.cause, "enough");
    return [first, ...(yield* drain(set))];
  });
  assert.deepEqual(await paused().run(main()), ["over", "AbortError"]);
});

test("JoinSet.spawn() returns the right to abort its task", async () => {
  const main = async(function* () {
    const set = new JoinSet<string>();
    const handle = set.spawn(after(100, "a"));
    set.spawn(after(10, "b"));
    handle.abort();
    return yield* drain(set);
  });
  assert.deepEqual(await paused().run(main()), ["AbortError", "b"]);
});

test("JoinSet.detachAll() empties the set; the tasks go on, and their failures are reported", async () => {
  const unhandled: unknown[] = [];
  const runtime = paused(unhandled);
  const main = async(function* () {
    const set = JoinSet.from<unknown>([failing(10, "failed later"), failing(0, "had failed")]);
    const joiner = spawn(set.joinNextSettled());
    yield* sleep(5);
    yield* joiner;
    set.spawn(failing(0, "not joined"));
    yield* sleep(1);
    const waiting = spawn(set.joinNext());
    void waiting;
    set.detachAll();
    assert.equal(set.size, 0);
    assert.deepEqual(unhandled, ["not joined"], "at once");
    yield* sleep(20);
    assert.deepEqual(unhandled, ["not joined", "failed later"], "when it happened");
    return yield* set.joinNext();
  });
  assert.equal(await runtime.run(main()), END);
});

test("JoinSet.detachAll() wakes whoever waits", async () => {
  const main = async(function* () {
    const set = JoinSet.from([pending()]);
    const joiner = spawn(set.joinNext());
    yield* yieldNow();
    set.detachAll();
    return yield* joiner;
  });
  const runtime = paused();
  assert.equal(await runtime.run(main()), END);
  await runtime.shutdown();
});

test("JoinSet.shutdown() aborts all, waits for their cleanups, and throws what failed in the order of spawning", async () => {
  const unhandled: unknown[] = [];
  const runtime = paused(unhandled);
  const main = async(function* () {
    const set = JoinSet.from<unknown>([untidy(9, "one"), failing(1, "two"), pending(), untidy(3, "three")]);
    yield* sleep(5);
    const error = (yield* catching(set.shutdown())) as Error & { suppressed: Error[] };
    const all = [error, ...error.suppressed].map(({ message }) => message);
    yield* set.shutdown(); // of an empty set
    return [...all, now(), set.size];
  });
  assert.deepEqual(await runtime.run(main()), ["one", "two", "three", 14, 0]);
  await runtime.shutdown();
  assert.deepEqual(unhandled, []);
});

test("JoinSet.shutdown() aborts what is spawned meanwhile, and no longer when it is over", async () => {
  const main = async(function* () {
    const set: JoinSet<unknown> = new JoinSet();
    const parent = async(function* () {
      try {
        yield* pending();
      } finally {
        yield* sleep(5);
        set.spawn(pending());
      }
    });
    set.spawn(parent());
    yield* yieldNow();
    yield* set.shutdown();
    set.spawn(after(1, "alive"));
    return [now(), yield* set.joinNext()];
  });
  assert.deepEqual(await paused().run(main()), [5, "alive"]);
});

test("JoinSet.shutdown() that is dropped loses no error", async () => {
  const runtime = paused();
  const main = async(function* () {
    const set = JoinSet.from<unknown>([untidy(5, "failed"), untidy(100, "later")]);
    yield* yieldNow();
    const handle = spawn(timeout(set.shutdown(), 10));
    const settled = yield* handle.settled();
    assert.ok(settled.status === "rejected");
    const { name, suppressed } = settled.reason;
    return [name, suppressed[0].message, yield* drain(set)];
  });
  assert.deepEqual(await runtime.run(main()), ["ElapsedError", "failed", ["Error"]]);
});

test("JoinSet.joinAll() gives all values as they came; the first failure aborts the rest, which can still be joined", async () => {
  const main = async(function* () {
    const values = yield* JoinSet.from([after(20, "b"), after(10, "a")]).joinAll();
    const set = JoinSet.from<string>([after(5, "lost"), failing(10, "failed"), after(1000, "slow")]);
    const error = yield* catching(set.joinAll());
    return [...values, (error as Error).message, now(), ...(yield* drain(set))];
  });
  assert.deepEqual(await paused().run(main()), ["a", "b", "failed", 30, "AbortError"]);
});

test("JoinSet aborts its tasks when it is disposed of, without waiting, and what fails then is reported", async () => {
  const unhandled: unknown[] = [];
  const runtime = paused(unhandled);
  const trace: string[] = [];
  const child = async(function* () {
    try {
      yield* pending();
    } finally {
      yield* sleep(5);
      trace.push(`ended at ${now()}`);
    }
  });
  const main = async(function* () {
    {
      using set = new JoinSet<unknown>();
      set.spawn(child());
      set.spawn(untidy(1, "failed in its cleanup"));
      yield* sleep(10);
    }
    trace.push(`left at ${now()}`);
    yield* sleep(10);
    assert.deepEqual(unhandled, ["failed in its cleanup"]);
  });
  await runtime.run(main());
  assert.deepEqual(trace, ["left at 10", "ended at 15"]);
});

test("JoinSet can be waited for outside of tasks", async () => {
  const runtime = paused();
  const got: string[] = [];
  const set = runtime.enter(() => JoinSet.from<string>([after(20, "b"), after(10, "a"), failing(30, "failed")]));
  await assert.rejects(
    async () => {
      for await (const value of set) got.push(value);
    },
    { message: "failed" },
  );
  for await (const value of set) got.push(value);
  assert.deepEqual(got, ["a", "b"]);
  runtime.enter(() => set.spawn(pending()));
  await runtime.enter(() => set[Symbol.asyncDispose]());
  assert.equal(set.size, 0);
});

test("JoinSet.joinNext() lets others run when its task finds everything ready", async () => {
  const main = async(function* () {
    const set = JoinSet.from(Array.from({ length: 1000 }, () => ready(1)));
    yield* sleep(1);
    let others = 0;
    const other: JoinHandle<void> = spawn(
      (function* () {
        for (;;) {
          others++;
          yield* yieldNow();
        }
      })(),
    );
    while ((yield* set.joinNext()) !== END);
    other.abort();
    return others > 5;
  });
  assert.equal(await paused().run(main()), true);
});

test("JoinSet refuses what is no future, and to spawn where no runtime is", () => {
  const set = new JoinSet();
  assert.throws(() => set.spawn(ready(1)), { name: "NoRuntimeError" });
  assert.throws(() => JoinSet.from(5 as never), {
    name: "TypeError",
    message: /^Cannot make a join set as 'futures' must be iterable: received 5\nhelp: pass an array of futures$/,
  });
  paused().enter(() => assert.throws(() => set.spawn(5 as never), { name: "TypeError" }));
  assert.equal(set.size, 0);
});

test("JoinSet loses no outcome and no wake, whatever is spawned, aborted, joined and dropped", async () => {
  await checkJoinLaw(
    () => new JoinSet(),
    (spawned, joined) =>
      assert.deepEqual(
        joined.sort((a, b) => a - b),
        spawned,
      ),
  );
});
