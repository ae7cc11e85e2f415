import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, type Waker } from "../future/context.js";
import { PENDING, type Poll } from "../future/poll.js";
import {
  async,
  BusyError,
  ClosedError,
  DisconnectedError,
  type Future,
  type HeddleError,
  join,
  select,
  SendError,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { EMPTY, oneshot } from "../sync.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

class Count implements Waker {
  wakes = 0;
  readonly cx = new Context(this);
  wake(): void {
    this.wakes++;
  }
}

type Leafy<T> = { poll(cx: Context): Poll<T>; drop(cx: Context): void };
const leaf = <T>(future: Future<T>): Leafy<T> => future as unknown as Leafy<T>;

const codeOf = (error: unknown): unknown => (error as HeddleError).code;
const caught = (body: () => unknown): HeddleError => {
  try {
    body();
  } catch (error) {
    return error as HeddleError;
  }
  throw new Error("nothing was thrown");
};

test("oneshot: the receiver is a future of the value, and is woken once", () => {
  const [tx, rx] = oneshot.channel<string>();
  const count = new Count();
  assert.equal(rx.poll(count.cx), PENDING);
  assert.equal(count.wakes, 0);
  tx.send("a");
  assert.equal(count.wakes, 1);
  assert.equal(rx.poll(count.cx), "a");
  assert.equal(count.wakes, 1);
});

test("oneshot: undefined is a value", async () => {
  const [tx, rx] = oneshot.channel<undefined>();
  tx.send(undefined);
  assert.equal(await pausedQuietly().run(rx), undefined);
});

test("oneshot: dropping the wait loses nothing, and nobody is woken then", async () => {
  const log: string[] = [];
  const main = async(function* () {
    const [tx, rx] = oneshot.channel<string>();
    const won = yield* select({ rx, limit: sleep(10) });
    log.push(won.key);
    tx.send("late");
    log.push(yield* rx);
  });
  await pausedQuietly().run(main());
  assert.deepEqual(log, ["limit", "late"]);

  const [tx, rx] = oneshot.channel<number>();
  const count = new Count();
  void rx.poll(count.cx);
  rx.drop(count.cx);
  tx.send(1);
  assert.equal(count.wakes, 0);

  const [tx2, rx2] = oneshot.channel<number>();
  void rx2.poll(count.cx);
  rx2.drop(new Count().cx);
  tx2.send(1);
  assert.equal(count.wakes, 1, "a stranger's drop takes nothing from who waits");
});

test("oneshot: a sender that goes without a value wakes the receiver with a DisconnectedError", () => {
  for (const go of [(tx: oneshot.Sender<number>) => tx.close(), (tx: oneshot.Sender<number>) => tx[Symbol.dispose]()]) {
    const [tx, rx] = oneshot.channel<number>();
    const count = new Count();
    void rx.poll(count.cx);
    assert.equal(rx.isTerminated, false);
    go(tx);
    assert.equal(count.wakes, 1);
    const error = caught(() => rx.poll(count.cx));
    assert.ok(error instanceof DisconnectedError);
    assert.equal(error.code, "channel.disconnected");
    assert.match(error.message, /^Cannot receive from a oneshot: its sender is gone and has sent nothing\nhelp: /);
    assert.equal(rx.isTerminated, true);
    assert.throws(() => rx.tryRecv(), DisconnectedError);
  }
});

test("oneshot: to close the sender after it has sent changes nothing", () => {
  const [tx, rx] = oneshot.channel<number>();
  tx.send(1);
  tx.close();
  assert.equal(rx.tryRecv(), 1);
});

test("oneshot.Sender.send() gives the value back when the receiver is closed, and when there was a value already", () => {
  const [tx, rx] = oneshot.channel<number>();
  rx.close();
  const refused = caught(() => tx.send(1)) as SendError<number>;
  assert.ok(refused instanceof SendError);
  assert.deepEqual([refused.code, refused.value], ["channel.disconnected", 1]);

  const [tx2, rx2] = oneshot.channel<number>();
  tx2.send(1);
  const twice = caught(() => tx2.send(2)) as SendError<number>;
  assert.deepEqual([twice.code, twice.value], ["channel.closed", 2]);
  assert.equal(rx2.tryRecv(), 1);

  const [tx3] = oneshot.channel<number>();
  tx3.close();
  const closed = caught(() => tx3.send(3)) as SendError<number>;
  assert.deepEqual([closed.code, closed.value], ["channel.closed", 3]);
});

test("oneshot.Receiver.close() keeps a value that was sent before, and refuses one after", () => {
  const [tx, rx] = oneshot.channel<number>();
  tx.send(1);
  rx.close();
  assert.equal(rx.isTerminated, false);
  assert.equal(rx.tryRecv(), 1);

  const [tx2, rx2] = oneshot.channel<number>();
  rx2.close();
  assert.throws(() => tx2.send(1), SendError);
  const error = caught(() => rx2.tryRecv());
  assert.ok(error instanceof ClosedError);
  assert.equal(error.code, "channel.closed");
});

test("oneshot.Receiver[Symbol.dispose]() throws a value away that nobody took", () => {
  const [tx, rx] = oneshot.channel<number>();
  tx.send(1);
  rx[Symbol.dispose]();
  assert.equal(rx.isEmpty, true);
  assert.equal(codeOf(caught(() => rx.tryRecv())), "future.completed");
  const [tx2, rx2] = oneshot.channel<number>();
  rx2[Symbol.dispose]();
  assert.equal(tx2.isClosed, true);
  assert.equal(codeOf(caught(() => tx2.send(1))), "channel.disconnected");
});

test("oneshot.Receiver.tryRecv() tells empty, the value, and over apart", () => {
  const [tx, rx] = oneshot.channel<number>();
  assert.equal(rx.tryRecv(), EMPTY);
  assert.equal(rx.isEmpty, true);
  tx.send(7);
  assert.deepEqual([rx.isEmpty, rx.isTerminated], [false, false]);
  assert.equal(rx.tryRecv(), 7);
  assert.deepEqual([rx.isEmpty, rx.isTerminated], [true, true]);
  assert.equal(codeOf(caught(() => rx.tryRecv())), "future.completed");
});

test("oneshot: awaiting it again after the value was taken is an error that says so", async () => {
  const main = async(function* () {
    const [tx, rx] = oneshot.channel<number>();
    tx.send(1);
    yield* rx;
    yield* rx;
  });
  await assert.rejects(pausedQuietly().run(main()), (error: HeddleError) => {
    assert.equal(error.code, "future.completed");
    assert.match(error.message, /^Cannot await the receiver of a oneshot again: it is over\nhelp: /);
    return true;
  });
});

test("oneshot: two awaiters at once are refused, and the first one is served", async () => {
  const main = async(function* () {
    const [tx, rx] = oneshot.channel<number>();
    const first = spawn(rx);
    yield* yieldNow();
    const second = spawn(rx);
    yield* yieldNow();
    tx.send(5);
    const outcome = yield* second.settled();
    assert.ok(outcome.status === "rejected" && outcome.reason instanceof BusyError);
    assert.equal(outcome.reason.code, "channel.busy");
    return yield* first;
  });
  assert.equal(await pausedQuietly().run(main()), 5);
});

test("oneshot: whoever stops waiting makes way for another task", async () => {
  const main = async(function* () {
    const [tx, rx] = oneshot.channel<number>();
    const first = spawn(rx);
    yield* yieldNow();
    first.abort();
    yield* first.settled();
    const second = spawn(rx);
    yield* yieldNow();
    tx.send(5);
    return yield* second;
  });
  assert.equal(await pausedQuietly().run(main()), 5);
});

test("oneshot.Sender.closed() is ready when nobody wants the value any more", () => {
  for (const end of [
    (_tx: oneshot.Sender<number>, rx: oneshot.Receiver<number>) => rx.close(),
    (_tx: oneshot.Sender<number>, rx: oneshot.Receiver<number>) => rx[Symbol.dispose](),
    (tx: oneshot.Sender<number>) => tx.close(),
    (tx: oneshot.Sender<number>) => tx.send(1),
  ]) {
    const [tx, rx] = oneshot.channel<number>();
    const [first, second, gone] = [new Count(), new Count(), new Count()];
    const [a, b, c] = [leaf(tx.closed()), leaf(tx.closed()), leaf(tx.closed())];
    assert.equal(a.poll(first.cx), PENDING);
    assert.equal(b.poll(gone.cx), PENDING);
    assert.equal(b.poll(second.cx), PENDING, "the last waker counts");
    assert.equal(c.poll(gone.cx), PENDING);
    c.drop(gone.cx);
    assert.equal(tx.isClosed, false);
    end(tx, rx);
    assert.equal(tx.isClosed, true);
    assert.deepEqual([first.wakes, second.wakes, gone.wakes], [1, 1, 0]);
    assert.equal(a.poll(first.cx), undefined);
    assert.equal(leaf(tx.closed()).poll(first.cx), undefined);
  }
});

test("oneshot: a worker learns that its client has gone", async () => {
  const log: string[] = [];
  const main = async(function* () {
    const [tx, rx] = oneshot.channel<number>();
    const worker = spawn(
      (function* () {
        const won = yield* select({ gone: tx.closed(), done: sleep(1000) });
        log.push(won.key);
      })(),
    );
    const client = spawn(
      (function* () {
        try {
          yield* rx;
        } finally {
          rx.close();
        }
      })(),
    );
    yield* sleep(1);
    client.abort();
    yield* join(worker);
  });
  const runtime = pausedQuietly();
  await runtime.run(main());
  assert.deepEqual(log, ["gone"]);
  assert.equal(runtime.metrics().timers, 0);
});

test("oneshot: a waker that comes back at once finds everything in order", () => {
  const [tx, rx] = oneshot.channel<number>();
  const seen: unknown[] = [];
  const waker: Waker = {
    wake() {
      seen.push(tx.isClosed, rx.poll(new Context(waker)));
      assert.throws(() => tx.send(2), SendError);
    },
  };
  void rx.poll(new Context(waker));
  tx.send(1);
  assert.deepEqual(seen, [true, 1]);
});
