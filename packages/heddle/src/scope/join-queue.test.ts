import assert from "node:assert/strict";
import { test } from "node:test";
import { async, END, type JoinHandle, JoinQueue, JoinSet, pending, ready, select, sleep, spawn } from "../index.js";
import { after, checkJoinLaw, failing, now, paused } from "./join-sets.kit.js";

/** Everything that is left, as text, with the time at which it came. */
const drain = async(function* (queue: JoinQueue<unknown>) {
  const got: string[] = [];
  for (let next; (next = yield* queue.joinNextSettled()) !== END;)
    got.push(`${next.status === "fulfilled" ? next.value : (next.reason as Error).name} at ${now()}`);
  return got;
});

test("JoinQueue.joinNext() gives values in the order in which the tasks were spawned, then END, and can be filled again", async () => {
  const main = async(function* () {
    const queue = JoinQueue.from([after(20, "a"), after(10, "b"), after(30, "c")]);
    assert.ok(queue instanceof JoinSet);
    assert.equal(queue.size, 3);
    const first = yield* drain(queue);
    assert.equal(yield* queue.joinNext(), END);
    queue.spawn(after(2, "d"));
    queue.spawn(ready("e"));
    return [first, yield* drain(queue), queue.size];
  });
  assert.deepEqual(await paused().run(main()), [["a at 20", "b at 20", "c at 30"], ["d at 32", "e at 32"], 0]);
});

test("JoinQueue.tryJoinNext() gives no outcome before its turn", async () => {
  const main = async(function* () {
    const queue = JoinQueue.from([after(20, "a"), after(10, "b")]);
    yield* sleep(15);
    const early = queue.tryJoinNext();
    yield* sleep(10);
    return [early, ...[1, 2, 3].map(() => queue.tryJoinNext())].map((it) => it?.status === "fulfilled" && it.value);
  });
  assert.deepEqual(await paused().run(main()), [false, "a", "b", false]);
});

test("JoinQueue.joinNext() throws a task's error when its turn has come, and keeps the others", async () => {
  const main = async(function* () {
    const queue = new JoinQueue<string>();
    queue.spawn(after(20, "a"));
    queue.spawn(failing(1, "b"));
    queue.spawn(after(10, "c"));
    const got = [yield* queue.joinNext()];
    try {
      yield* queue.joinNext();
    } catch (error) {
      got.push(`${(error as Error).message} failed at ${now()}`);
    }
    return [...got, yield* queue.joinNext(), yield* queue.joinNext()];
  });
  assert.deepEqual(await paused().run(main()), ["a", "b failed at 20", "c", END]);
});

test("JoinQueue wakes one joiner for each outcome, also for those that were over before the first", async () => {
  const main = async(function* () {
    const queue = JoinQueue.from([after(20, "a"), after(10, "b"), after(5, "c")]);
    const joiners = Array.from({ length: 4 }, () => spawn(queue.joinNext()));
    const got = [];
    for (const joiner of joiners) got.push(yield* joiner);
    return [...got, now()];
  });
  assert.deepEqual(await paused().run(main()), ["a", "b", "c", END, 20]);
});

test("JoinQueue.joinNext() loses nothing and keeps the order when waits for it are dropped, also after they were woken", async () => {
  const main = async(function* () {
    const queue = JoinQueue.from([after(10, "a"), after(5, "b")]);
    const first = spawn(queue.joinNext());
    const second = spawn(queue.joinNext());
    const saboteur = async(function* () {
      yield* sleep(10);
      first.abort();
    });
    // Spawned before its sleep: at 10 the first joiner is woken, and aborted before it runs.
    yield* spawn(saboteur());
    const got = [yield* second];
    queue.spawn(after(10, "c"));
    const { key } = yield* select({ joined: queue.joinNext(), tick: sleep(20) }, { biased: true });
    return [...got, key, yield* queue.joinNext(), yield* queue.joinNext()];
  });
  assert.deepEqual(await paused().run(main()), ["a", "joined", "c", END]);
});

test("JoinQueue.abortAll() leaves the tasks to be joined in their order, with AbortError unless they were over", async () => {
  const main = async(function* () {
    const queue = JoinQueue.from<string>([pending(), after(1, "b"), pending()]);
    yield* sleep(5);
    queue.abortAll("enough");
    return yield* drain(queue);
  });
  assert.deepEqual(await paused().run(main()), ["AbortError at 5", "b at 5", "AbortError at 5"]);
});

test("JoinQueue.spawn() returns the right to abort its task; those behind it keep their places", async () => {
  const main = async(function* () {
    const queue = new JoinQueue<string>();
    const first = queue.spawn(pending());
    queue.spawn(after(1, "b"));
    yield* sleep(2);
    first.abort();
    return yield* drain(queue);
  });
  assert.deepEqual(await paused().run(main()), ["AbortError at 2", "b at 2"]);
});

test("JoinQueue.detachAll() empties the queue, wakes whoever waits, and nobody has to wait for what went", async () => {
  const trace: string[] = [];
  const main = async(function* () {
    const queue = JoinQueue.from([after(50, "slow"), after(1, "over")]);
    const joiner = spawn(queue.joinNext());
    yield* sleep(5);
    queue.detachAll();
    queue.spawn(after(1, "new"));
    trace.push(...(yield* drain(queue)));
    return yield* joiner;
  });
  const runtime = paused();
  assert.equal(await runtime.run(main()), END);
  assert.deepEqual(trace, ["new at 6"]);
  await runtime.shutdown();
});

test("JoinQueue.joinAll() gives all values in the order of spawning; the first failure in it aborts the rest", async () => {
  const main = async(function* () {
    const values = yield* JoinQueue.from([after(20, "a"), after(10, "b")]).joinAll();
    const queue = JoinQueue.from<string>([after(30, "c"), failing(1, "d"), pending(), failing(2, "e")]);
    let message;
    try {
      yield* queue.joinAll();
    } catch (error) {
      message = `${(error as Error).message} at ${now()}`;
    }
    return [values, message, yield* drain(queue)];
  });
  const expected = [["a", "b"], "d at 50", ["AbortError at 50", "Error at 50"]];
  assert.deepEqual(await paused().run(main()), expected);
});

test("JoinQueue.shutdown() aborts all and waits for their cleanups", async () => {
  const trace: string[] = [];
  const tidy = async(function* (name: string, length: number): Generator<any, never> {
    try {
      return yield* pending();
    } finally {
      yield* sleep(length);
      trace.push(`${name} at ${now()}`);
    }
  });
  const main = async(function* () {
    const queue = JoinQueue.from([tidy("a", 20), tidy("b", 10)]);
    yield* sleep(1);
    yield* queue.shutdown();
    return [queue.size, now()];
  });
  assert.deepEqual(await paused().run(main()), [0, 21]);
  assert.deepEqual(trace, ["b at 11", "a at 21"]);
});

test("JoinQueue that waits for a task which waits for the joiner is a deadlock, whatever the tasks behind it do", async () => {
  const runtime = paused();
  const handles: JoinHandle<unknown>[] = [];
  const program = async(function* () {
    const queue = new JoinQueue<unknown>();
    queue.spawn(
      async(function* (): Generator<any, unknown, any> {
        yield* sleep(1);
        return yield* handles[0]!;
      })(),
      { name: "first" },
    );
    queue.spawn(sleep(1000));
    return yield* queue.joinNext();
  });
  handles.push(runtime.spawn(program(), { name: "joiner" }));
  await runtime.run(sleep(5));
  const [cycle] = runtime.dump().cycles;
  assert.deepEqual(cycle?.waits.map(({ name }) => name).sort(), ["first", "joiner"]);
  await runtime.shutdown();
});

test("JoinQueue can be waited for outside of tasks", async () => {
  const runtime = paused();
  const queue = runtime.enter(() => JoinQueue.from<string>([after(20, "a"), after(10, "b")]));
  const got = [];
  for await (const value of queue) got.push(value);
  assert.deepEqual(got, ["a", "b"]);
});

test("JoinQueue refuses what is no future, and to spawn where no runtime is; nobody waits for what was refused", async () => {
  const queue = new JoinQueue<number>();
  assert.throws(() => queue.spawn(ready(1)), { name: "NoRuntimeError" });
  assert.throws(() => JoinQueue.from(5 as never), {
    name: "TypeError",
    message: /^Cannot make a join queue as 'futures' must be iterable: received 5\nhelp: pass an array of futures$/,
  });
  const runtime = paused();
  runtime.enter(() => assert.throws(() => queue.spawn(5 as never), { name: "TypeError" }));
  assert.equal(queue.size, 0);
  runtime.enter(() => queue.spawn(ready(2)));
  assert.equal(await runtime.run(queue.joinNext()), 2);
});

test("JoinQueue gives each outcome once, in the order of spawning, whatever is spawned, aborted, joined and dropped", async () => {
  await checkJoinLaw(
    () => new JoinQueue(),
    (spawned, joined) => assert.deepEqual(joined, spawned),
  );
});
