import assert from "node:assert/strict";
import { test } from "node:test";
import {
  async,
  ElapsedError,
  END,
  FuturesUnordered,
  join,
  ready,
  Runtime,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { type Context, Leaf, PENDING, type Poll, type Waker } from "../lowlevel.js";
import { mpsc } from "../sync.js";
import { type AssertionError, spawnMock } from "../test.js";

/** Ready when it is told to be. Counts its polls and drops. */
class Gate extends Leaf<string> {
  value: string | undefined;
  waker: Waker | undefined;
  polls = 0;
  drops = 0;
  poll(cx: Context): Poll<string> {
    this.polls++;
    if (this.value !== undefined) return this.value;
    this.waker = cx.waker;
    return PENDING;
  }
  override drop(): void {
    this.drops++;
  }
  open(value: string): void {
    this.value = value;
    this.waker?.wake();
  }
}

/** The message of the error that `fn` throws, without places. */
function messageOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return (error as Error).message.replaceAll(/\([^()]*\.test\.[jt]s:\d+:\d+\)/g, "(here)");
  }
  return "nothing thrown";
}

test("SpawnMock is a ledger of polls, wakes and drops", () => {
  const gate = new Gate();
  const greet = async(function* () {
    return `hello ${yield* gate}`;
  });
  const mock = spawnMock(greet());
  const ledger = () => [gate.polls, mock.wakeCount, mock.isWoken, mock.isFinished, mock.dropped, gate.drops];
  assert.deepEqual(ledger(), [0, 0, false, false, false, 0]); // making it polls nothing
  assert.equal(mock.poll(), PENDING);
  assert.deepEqual(ledger(), [1, 0, false, false, false, 0]);
  assert.equal(mock.poll(), PENDING);
  assert.deepEqual(ledger(), [2, 0, false, false, false, 0]); // not woken, and polled all the same
  gate.waker!.wake();
  gate.waker!.wake();
  assert.deepEqual(ledger(), [2, 2, true, false, false, 0]);
  assert.equal(mock.poll(), PENDING);
  assert.deepEqual(ledger(), [3, 2, false, false, false, 0]); // a poll answers all wakes before it
  gate.open("world");
  assert.equal(mock.poll(), "hello world");
  assert.deepEqual(ledger(), [4, 3, false, true, false, 0]);
  mock.drop();
  assert.deepEqual(ledger(), [4, 3, false, true, false, 0]); // there is nothing left to drop
});

test("SpawnMock.poll() refuses what is over", () => {
  const mock = spawnMock(ready(1));
  mock.poll();
  assert.equal(
    messageOf(() => mock.poll()),
    "Cannot poll a mock again: it has given its outcome\nhelp: make a new one of a new future",
  );
  const dropped = spawnMock(sleep(1));
  dropped.drop();
  assert.match(
    messageOf(() => dropped.assertPending()),
    /it was dropped/,
  );
});

test("SpawnMock.drop() unwinds, and polls go on to the end of a cleanup that awaits", () => {
  const log: string[] = [];
  const gate = new Gate();
  const work = async(function* () {
    try {
      yield* gate;
      log.push("after");
    } finally {
      yield* yieldNow();
      log.push("cleaned");
    }
  });
  const mock = spawnMock(work());
  mock.poll();
  mock.drop();
  assert.deepEqual([gate.drops, mock.dropped, mock.isWoken, log.length], [1, false, true, 0]);
  mock.assertThrows("task.aborted");
  assert.deepEqual([mock.dropped, mock.isFinished, log], [true, false, ["cleaned"]]);
});

test("SpawnMock.drop() throws what a cleanup throws, and drops what was never polled without running it", () => {
  const fail = (): never => {
    throw new Error("no cleanup");
  };
  const work = async(function* (log: string[]) {
    try {
      log.push("began");
      yield* sleep(1);
    } finally {
      fail();
    }
  });
  const log: string[] = [];
  const begun = spawnMock(work(log));
  begun.poll();
  assert.throws(() => begun.drop(), /no cleanup/);
  assert.equal(begun.dropped, true);
  const fresh = spawnMock(work(log));
  fresh.drop();
  assert.deepEqual([fresh.dropped, log], [true, ["began"]]);
});

test("SpawnMock is dropped at the end of a `using` block", () => {
  const gate = new Gate();
  {
    using mock = spawnMock(gate);
    mock.assertPending();
  }
  assert.equal(gate.drops, 1);
});

test("SpawnMock.advance() moves the clock that it has for itself, and nothing else does", async () => {
  const mock = spawnMock(timeout(sleep(100), 50));
  mock.assertPending();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(mock.isWoken, false); // no jump
  mock.advance(49);
  assert.equal(mock.isWoken, false);
  mock.advance(1);
  assert.equal(mock.isWoken, true);
  assert.ok(mock.assertThrows(ElapsedError) instanceof ElapsedError);
});

test("SpawnMock finishes the branches of a select that it drops by its own polls", () => {
  const log: string[] = [];
  const slow = async(function* () {
    try {
      yield* sleep(100);
    } finally {
      yield* yieldNow();
      log.push("slow cleaned");
    }
  });
  const mock = spawnMock(select({ slow: slow(), quick: sleep(1) }));
  mock.assertPending();
  mock.advance(1);
  mock.assertPending(); // won, but the cleanup of the loser awaits
  assert.deepEqual([mock.isWoken, log], [true, []]);
  assert.equal((mock.assertReady() as { key: string }).key, "quick");
  assert.deepEqual(log, ["slow cleaned"]);
});

test("SpawnMock in a test that is itself a task polls as a root of its own, and leaves the task as it was", async () => {
  const runtime = new Runtime({ startPaused: true, rngSeed: 1 });
  const main = async(function* () {
    const handle = spawn(sleep(5));
    const mock = spawnMock(join(handle, sleep(7)));
    const log: unknown[] = [];
    mock.assertPending();
    yield* sleep(5);
    yield* handle;
    log.push(mock.isWoken, mock.wakeCount);
    mock.assertPending();
    yield* sleep(2);
    log.push(mock.isWoken, mock.assertReady([undefined, undefined]));
    return log;
  });
  assert.deepEqual(await runtime.run(main()), [true, 1, true, [undefined, undefined]]);
});

test("SpawnMock.enter() gives the counting context and the runtime, for what is polled by a method", () => {
  const mock = spawnMock(new Gate());
  const nap = sleep(10);
  assert.equal(
    mock.enter((cx) => nap.poll(cx)),
    PENDING,
  );
  mock.advance(10);
  assert.deepEqual([mock.isWoken, mock.wakeCount], [true, 1]);
  mock.enter(() => spawnMock(sleep(1)).assertPending());
});

test("SpawnMock makes progress through more operations than one poll has a budget for", () => {
  const busy = async(function* () {
    for (let i = 0; i < 1000; i++) yield* ready(i);
    return "done";
  });
  const mock = spawnMock(busy());
  let polls = 0;
  while (mock.poll() === PENDING) {
    polls++;
    assert.equal(mock.isWoken, true); // by itself
  }
  assert.ok(polls >= 3);
});

test("spawnMock() of what has next() takes its values one wait after the other", () => {
  const set = new FuturesUnordered<number>();
  const gate = new Gate();
  const length = async(function* () {
    return (yield* gate).length;
  });
  set.push(ready(1));
  set.push(length());
  const mock = spawnMock(set);
  assert.equal(mock.pollNext(), 1);
  assert.deepEqual([mock.pollNext(), mock.isWoken, mock.wakeCount], [PENDING, false, 0]);
  gate.open("four");
  assert.deepEqual([mock.isWoken, mock.wakeCount], [true, 1]);
  assert.deepEqual([mock.pollNext(), mock.pollNext(), mock.wakeCount], [4, END, 1]);
  set.push(sleep(5) as never);
  assert.equal(mock.pollNext(), PENDING);
  assert.equal(mock.dropped, false);
  mock.drop();
  assert.equal(mock.dropped, true);
  assert.throws(() => mock.pollNext(), { code: "future.completed" });
  set.clear();
});

test("spawnMock() of a receiver is woken by what is sent, and loses nothing when it is dropped", () => {
  const [sender, receiver] = mpsc.channel<number>(2);
  const mock = spawnMock(receiver);
  assert.deepEqual([mock.pollNext(), mock.isWoken], [PENDING, false]);
  sender.trySend(1);
  assert.deepEqual([mock.isWoken, mock.pollNext()], [true, 1]);
  mock.pollNext();
  sender.trySend(2);
  mock.drop();
  assert.equal(spawnMock(receiver).pollNext(), 2);
});

test("spawnMock() refuses what is neither a future nor has next()", () => {
  assert.equal(
    messageOf(() => spawnMock(5 as never)),
    "Cannot mock what is neither a future nor has next(): received 5\nhelp: spawnMock(call()) or spawnMock(receiver)",
  );
});

test("the assertions of SpawnMock say what is the case instead", () => {
  const nap = async(function* nap() {
    yield* sleep(5);
    return { at: [1, 2] };
  });
  const fail = async(function* fail() {
    throw new RangeError("too much\nand more");
  });
  const rows: [string, () => unknown][] = [
    [
      'Cannot pass assertPending() as the future must be pending: it is ready with "now"',
      () => spawnMock(ready("now")).assertPending(),
    ],
    [
      "Cannot pass assertPending() as the future must be pending: it threw RangeError: too much",
      () => spawnMock(fail()).assertPending(),
    ],
    [
      "Cannot pass assertReady() as the future must be ready with { at: [1, 3] }: it is ready with { at: [1, 2] }",
      () => spawnMock(ready({ at: [1, 2] })).assertReady({ at: [1, 3] }),
    ],
    [
      "Cannot pass assertReady() as the future must be ready: it threw RangeError: too much",
      () => spawnMock(fail()).assertReady(),
    ],
    [
      "Cannot pass assertReady() as the future must be ready: it is pending\n    waits for sleep(…)\n    at nap (here)",
      () => spawnMock(nap()).assertReady(),
    ],
    [
      "Cannot pass assertThrows() as the future must throw an instance of TypeError: it threw RangeError: too much",
      () => spawnMock(fail()).assertThrows(TypeError),
    ],
    [
      'Cannot pass assertThrows() as the future must throw an error with code "time.elapsed": it is ready with 1',
      () => spawnMock(ready(1)).assertThrows("time.elapsed"),
    ],
    [
      "Cannot pass assertThrows() as the future must throw: it is pending\n    waits for sleep(…)\n    at nap (here)",
      () => spawnMock(nap()).assertThrows(),
    ],
  ];
  for (const [message, check] of rows) assert.equal(messageOf(check), message);
});

test("the assertions of SpawnMock give expected and actual, for the runner, and a stack that begins in the test", () => {
  try {
    spawnMock(ready(2)).assertReady(3);
    assert.fail("it passed");
  } catch (error) {
    const { name, code, expected, actual, stack } = error as AssertionError;
    assert.deepEqual([name, code, expected, actual], ["AssertionError", "test.assertion", 3, 2]);
    assert.match(stack!.split("\n")[1]!, /spawn-mock\.test/);
  }
});

test("SpawnMock.assertThrows() takes classes, codes, patterns, fields and functions", () => {
  const mock = () =>
    spawnMock(
      (function* () {
        throw Object.assign(new RangeError("boom"), { status: 503 });
      })(),
    );
  mock().assertThrows();
  mock().assertThrows(RangeError);
  mock().assertThrows(Error);
  mock().assertThrows(/^boom$/);
  mock().assertThrows({ status: 503 });
  mock().assertThrows((error) => error.status > 500);
  for (const wrong of [TypeError, "test.assertion", /bang/, { status: 500 }, () => false])
    assert.throws(() => mock().assertThrows(wrong), { code: "test.assertion" });
});

test("SpawnMock.pollUntilIdle() polls as long as it is woken, and no longer", () => {
  const gate = new Gate();
  const busy = async(function* () {
    for (let i = 0; i < 3; i++) yield* yieldNow();
    const value = yield* gate;
    yield* yieldNow();
    return value;
  });
  const mock = spawnMock(busy());
  assert.equal(mock.pollUntilIdle(), PENDING);
  assert.deepEqual([gate.polls, mock.wakeCount, mock.isWoken], [1, 3, false]);
  assert.equal(mock.pollUntilIdle(), PENDING); // not woken: one poll
  assert.deepEqual([gate.polls, mock.wakeCount], [2, 3]);
  gate.open("value");
  assert.equal(mock.pollUntilIdle(), "value");
  assert.deepEqual([gate.polls, mock.wakeCount, mock.isFinished], [3, 5, true]);
});

test("SpawnMock.pollUntilIdle() of a future that is busy for ever is an AssertionError, of one that is over an error", () => {
  let polls = 0;
  const spin = async(function* (): Generator<any, never> {
    for (;;) {
      polls++;
      yield* yieldNow();
    }
  });
  const mock = spawnMock(spin());
  assert.match(
    messageOf(() => mock.pollUntilIdle()),
    /must come to wait for something: it was woken again by each of 10000 polls/,
  );
  assert.equal(polls, 10_000);
  mock.drop();
  assert.throws(() => mock.pollUntilIdle(), { code: "future.completed" });
});
