import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async, ClosedError, END, join, SendError, spawn, yieldNow } from "../index.js";
import { EMPTY, queue } from "../sync.js";
import { begun, caught, Hand } from "./channels.kit.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

/** What comes out, up to EMPTY or END. */
function drain(rx: queue.Receiver<unknown>): unknown[] {
  const all: unknown[] = [];
  for (;;) {
    const next = rx.tryRecv();
    all.push(next === END ? "END" : next === EMPTY ? "EMPTY" : next);
    if (next === END || next === EMPTY) return all;
  }
}

function filled(capacity: number, count = capacity): [queue.Sender<number>, queue.Receiver<number>] {
  const [tx, rx] = queue.bounded<number>(capacity);
  for (let n = 1; n <= count; n++) tx.trySend(n);
  return [tx, rx];
}

test("queue.bounded() refuses what is no capacity", () => {
  assert.throws(() => queue.bounded(0), {
    name: "RangeError",
    message:
      "Cannot create a channel as 'capacity' must be an integer >= 1: received 0\nhelp: for a queue without a limit use queue.unbounded()",
  });
});

test("queue: each message goes to one receiver, and receivers are served in the order they came", () => {
  const [tx, rx] = queue.bounded<number>(4);
  const other = rx.clone();
  const [a, b, c] = [begun(rx.recv()), begun(other.recv()), begun(rx.recv())];
  tx.trySend(1);
  tx.trySend(2);
  assert.deepEqual([a.wakes, b.wakes, c.wakes], [1, 1, 0]);
  assert.equal(rx.tryRecv(), EMPTY, "they belong to a and b");
  assert.equal(new Hand(rx.recv()).poll(), "pending");
  assert.deepEqual([b.poll(), a.poll(), c.poll()], [1, 2, "pending"]);
});

test("queue: a recv that is dropped hands the message on that was meant for it", () => {
  const [tx, rx] = queue.bounded<number>(4);
  const [a, b, c] = [begun(rx.recv()), begun(rx.recv()), begun(rx.recv())];
  b.drop();
  tx.trySend(1);
  assert.deepEqual([a.wakes, b.wakes, c.wakes], [1, 0, 0]);
  a.drop();
  assert.deepEqual([a.wakes, b.wakes, c.wakes], [1, 0, 1]);
  c.drop();
  assert.deepEqual(drain(rx), [1, "EMPTY"]);
  const again = new Hand(rx.recv());
  again.drop();
  assert.equal(caught(() => again.poll()).code, "future.completed");
});

test("queue: senders wait for room, and get it in the order they came", () => {
  const [tx, rx] = filled(1);
  const [a, b, c] = [begun(tx.send(2)), begun(tx.clone().send(3)), begun(tx.send(4))];
  assert.deepEqual([tx.isFull, tx.capacity, tx.maxCapacity, tx.len], [true, 0, 1, 1]);
  b.drop();
  assert.equal(rx.tryRecv(), 1);
  assert.deepEqual([a.wakes, b.wakes, c.wakes], [1, 0, 0]);
  assert.equal(caught(() => tx.trySend(9)).code, "channel.full");
  a.drop();
  assert.equal(c.wakes, 1);
  assert.equal(c.poll(), undefined);
  assert.deepEqual(drain(rx), [4, "EMPTY"]);
  assert.deepEqual([tx.isFull, tx.isEmpty, rx.capacity, rx.maxCapacity], [false, true, 1, 1]);
});

test("queue.Sender.forceSend() takes the place of the oldest message when there is no room, and gives that back", () => {
  const [tx, rx] = queue.bounded<number>(2);
  assert.deepEqual([tx.forceSend(1), tx.forceSend(2), tx.forceSend(3)], [EMPTY, EMPTY, 1]);
  assert.deepEqual(drain(rx), [2, 3, "EMPTY"]);
  const recv = begun(rx.recv());
  tx.forceSend(4);
  tx.forceSend(5);
  assert.equal(tx.forceSend(6), 4, "also what was meant for somebody: he gets the next");
  assert.equal(recv.poll(), 5);
  assert.deepEqual(drain(rx), [6, "EMPTY"]);
  tx.close();
  const error = caught(() => tx.forceSend(7));
  assert.ok(error instanceof SendError);
  assert.deepEqual([error.code, error.value], ["channel.disconnected", 7]);
});

test("queue.Sender.forceSend() while all room is granted puts one message too many in, for the moment", () => {
  const [tx, rx] = filled(1);
  const granted = begun(tx.send(2));
  const next = begun(tx.send(3));
  assert.equal(rx.tryRecv(), 1);
  assert.equal(tx.forceSend(9), EMPTY);
  assert.equal(granted.poll(), undefined);
  assert.equal(tx.len, 2);
  assert.equal(rx.tryRecv(), 9);
  assert.deepEqual([next.wakes, tx.capacity], [0, 0], "the one too many has gone, no more");
  assert.equal(rx.tryRecv(), 2);
  assert.equal(next.wakes, 1);
  assert.equal(next.poll(), undefined);
  assert.deepEqual(drain(rx), [3, "EMPTY"]);
  assert.equal(tx.capacity, 1);
});

test("queue: close() from either side closes it for all; what is in it can still be received", () => {
  for (const side of ["sender", "receiver"] as const) {
    const [tx, rx] = filled(2);
    const other = tx.clone();
    const send = begun(other.send(3));
    const closed = begun(other.closed());
    if (side === "sender") tx.close();
    else assert.equal(rx.close(), true);
    assert.equal(rx.close(), false);
    assert.deepEqual([send.wakes, closed.wakes, rx.isClosed, tx.isClosed], [1, 1, true, true]);
    const refused = caught(() => send.poll());
    assert.deepEqual([refused.code, refused.value], ["channel.disconnected", 3]);
    assert.match(refused.message, /^Cannot send a message: the channel is closed\nhelp: /);
    assert.equal(caught(() => tx.trySend(4)).code, "channel.disconnected");
    assert.deepEqual(drain(rx.clone()), [1, 2, "END"]);
    assert.equal(new Hand(rx.recv()).poll(), END);
  }
});

test("queue: close() wakes all who wait to receive", () => {
  const [tx, rx] = queue.bounded<number>(2);
  const [a, b] = [begun(rx.recv()), begun(rx.recv())];
  tx.close();
  assert.deepEqual([a.wakes, b.wakes, a.poll(), b.poll()], [1, 1, END, END]);
});

test("queue: a send that was granted room before the close is refused, with its message", () => {
  const [tx, rx] = filled(1);
  const granted = begun(tx.send(2));
  rx.tryRecv();
  rx.close();
  assert.equal(caught(() => granted.poll()).value, 2);
  assert.equal(rx.tryRecv(), END);
  assert.equal(tx.capacity, 1);
});

test("queue: a message that was granted before the close is lost by nobody, even if its receiver is dropped", () => {
  const [tx, rx] = queue.bounded<number>(2);
  const [a, b] = [begun(rx.recv()), begun(rx.recv())];
  tx.trySend(1);
  tx.close();
  assert.equal(b.wakes, 0, "not at the end yet");
  assert.equal(rx.tryRecv(), EMPTY);
  a.drop();
  assert.equal(b.wakes, 1);
  const late = begun(rx.recv());
  assert.equal(b.poll(), 1);
  assert.equal(late.wakes, 1);
  assert.equal(late.poll(), END);
});

test("queue: it is closed when the last end of either side goes", () => {
  const [tx, rx] = filled(2, 1);
  const clone = tx.clone();
  tx[Symbol.dispose]();
  tx[Symbol.dispose]();
  assert.equal(rx.isClosed, false);
  assert.deepEqual([rx.senderCount, clone.receiverCount], [1, 1]);
  assert.deepEqual([caught(() => tx.send(5)).code, caught(() => tx.forceSend(5)).value], ["channel.closed", 5]);
  clone[Symbol.dispose]();
  assert.deepEqual(drain(rx), [1, "END"]);

  const [tx2, rx2] = filled(2);
  const other = rx2.clone();
  const waits = begun(tx2.send(3));
  rx2[Symbol.dispose]();
  rx2[Symbol.dispose]();
  assert.deepEqual([tx2.isClosed, tx2.receiverCount], [false, 1]);
  assert.throws(() => rx2.recv(), ClosedError);
  assert.throws(() => rx2.tryRecv(), ClosedError);
  assert.throws(() => rx2.clone(), ClosedError);
  assert.throws(() => rx2.downgrade(), ClosedError);
  other[Symbol.dispose]();
  assert.deepEqual([tx2.isClosed, tx2.len, waits.wakes], [true, 0, 1]);
  assert.throws(() => waits.poll(), SendError);
});

test("queue: weak ends keep nothing open", () => {
  const [tx, rx] = filled(2, 1);
  const [weakTx, weakRx] = [tx.downgrade(), rx.downgrade()];
  assert.deepEqual([tx.strongCount, tx.weakCount, rx.strongCount, rx.weakCount], [1, 1, 1, 1]);
  const up = weakRx.upgrade()!;
  assert.ok(up.sameChannel(rx) && !up.sameChannel(queue.bounded(1)[1]));
  assert.equal(up.tryRecv(), 1);
  weakTx.upgrade()![Symbol.dispose]();
  rx[Symbol.dispose]();
  assert.equal(tx.isClosed, false);
  up[Symbol.dispose]();
  assert.equal(tx.isClosed, true);
  assert.equal(weakRx.upgrade(), undefined);
  weakRx[Symbol.dispose]();
  weakRx[Symbol.dispose]();
  assert.equal(rx.weakCount, 0);
  const [, rx2] = queue.bounded(1);
  const weak = rx2.downgrade();
  weak[Symbol.dispose]();
  assert.equal(weak.upgrade(), undefined);
});

test("queue.unbounded() has room for all", () => {
  const [tx, rx] = queue.unbounded<number>();
  assert.deepEqual([tx.capacity, tx.maxCapacity, tx.isFull], [Infinity, Infinity, false]);
  for (let n = 0; n < 3000; n++) assert.equal(new Hand(tx.send(n)).poll(), undefined);
  assert.equal(rx.len, 3000);
  for (let n = 0; n < 3000; n++) assert.equal(rx.tryRecv(), n);
  assert.equal(rx.isEmpty, true);
});

test("queue: workers share the work, and sendTimeout gives up", async () => {
  const done: string[] = [];
  const [tx, rx] = queue.bounded<number>(1);
  const worker = async(function* (name: string) {
    for (let job; (job = yield* rx.recv()) !== END;) {
      done.push(`${name}${job}`);
      yield* yieldNow();
    }
  });
  const producer = async(function* () {
    for (let job = 1; job <= 4; job++) yield* tx.send(job);
    tx.close();
  });
  const runtime = pausedQuietly();
  await runtime.run(join(worker("a"), worker("b"), producer()));
  assert.deepEqual(done, ["a1", "b2", "a3", "b4"]);
  const [full] = filled(1);
  await assert.rejects(runtime.run(full.sendTimeout(2, 10)), { code: "channel.elapsed", value: 2 });
});

test("queue: receivers are read with for await outside of tasks", async () => {
  const [tx, rx] = filled(3);
  tx.close();
  const seen = [];
  for await (const n of rx) seen.push(n);
  assert.deepEqual(seen, [1, 2, 3]);
});

test("queue is cooperative: a receiver that is always ready lets others run", async () => {
  const main = async(function* () {
    const [tx, rx] = queue.unbounded<number>();
    let others = 0;
    let done = false;
    const other = spawn(
      (function* () {
        for (; !done; others++) yield* yieldNow();
      })(),
    );
    for (let n = 0; n < 512; n++) tx.trySend(n);
    for (let n = 0; n < 512; n++) assert.equal(yield* rx.recv(), n);
    done = true;
    yield* other;
    return others;
  });
  assert.ok((await pausedQuietly().run(main())) >= 3);
});

test("queue does what a plain model does, loses no message and no wake, over random sequences of operations", () => {
  const operation = fc.record({
    kind: fc.constantFrom(
      "send",
      "send",
      "recv",
      "recv",
      "poll",
      "poll",
      "poll",
      "poll",
      "drop",
      "try",
      "take",
      "force",
    ),
    at: fc.nat(20),
  });
  type One = {
    hand: Hand<unknown>;
    message: number | null;
    state: "new" | "waiting" | "granted" | "refused" | "over";
    seen: number;
  };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(operation, { maxLength: 60 }),
      fc.nat(80),
      (capacity, operations, closeAt) => {
        const [tx, rx] = queue.bounded<number>(capacity);
        const all: One[] = [];
        const [senders, receivers]: [One[], One[]] = [[], []];
        const inside: number[] = [];
        let [held, owed, sent, isClosed] = [0, 0, 0, false];
        const settle = (): void => {
          // Room and messages belong to who waits first.
          for (let one = senders[0]; one !== undefined && held + inside.length < capacity; one = senders[0]) {
            senders.shift()!.state = "granted";
            held++;
          }
          for (let one = receivers[0]; one !== undefined && owed < inside.length; one = receivers[0]) {
            receivers.shift()!.state = "granted";
            owed++;
          }
          if (isClosed) {
            for (const one of senders.splice(0)) one.state = "refused";
            if (inside.length === 0) for (const one of receivers.splice(0)) one.state = "refused";
          }
        };
        const poll = (one: One): void => {
          if (one.state === "over") return;
          const isSend = one.message !== null;
          if (one.state === "new") {
            one.state = "waiting";
            (isSend ? senders : receivers).push(one);
            if (isSend && isClosed) {
              senders.pop();
              one.state = "refused";
            }
            settle();
          }
          const { state } = one;
          if (state === "waiting") {
            assert.equal(one.hand.poll(), "pending");
            one.seen = one.hand.wakes;
            return;
          }
          one.state = "over";
          if (isSend) {
            if (state === "granted") held--;
            if (state === "refused" || isClosed) assert.equal(caught(() => one.hand.poll()).value, one.message);
            else {
              assert.equal(one.hand.poll(), undefined);
              inside.push(one.message!);
            }
          } else if (state === "refused") assert.equal(one.hand.poll(), END);
          else {
            owed--;
            assert.equal(one.hand.poll(), inside.shift());
          }
        };
        const drop = (one: One): void => {
          one.hand.drop();
          const list = one.message === null ? receivers : senders;
          if (one.state === "waiting") list.splice(list.indexOf(one), 1);
          if (one.state === "granted" && one.message === null) owed--;
          if (one.state === "granted" && one.message !== null) held--;
          one.state = "over";
        };
        operations.forEach(({ kind, at }, step) => {
          const one = all[at % Math.max(1, all.length)];
          if (step === closeAt) {
            rx.close();
            isClosed = true;
            settle();
          }
          if (kind === "send")
            all.push({ hand: new Hand<unknown>(tx.send(sent)), message: sent++, state: "new", seen: 0 });
          else if (kind === "recv")
            all.push({ hand: new Hand<unknown>(rx.recv()), message: null, state: "new", seen: 0 });
          else if (kind === "poll" && one !== undefined) poll(one);
          else if (kind === "drop" && one !== undefined) drop(one);
          else if (kind === "take") {
            if (owed < inside.length) assert.equal(rx.tryRecv(), inside.shift());
            else assert.equal(rx.tryRecv(), isClosed && inside.length === 0 ? END : EMPTY);
          } else if (kind === "try") {
            if (isClosed) assert.equal(caught(() => tx.trySend(sent)).code, "channel.disconnected");
            else if (held + inside.length >= capacity)
              assert.equal(caught(() => tx.trySend(sent)).code, "channel.full");
            else {
              tx.trySend(sent);
              inside.push(sent);
            }
            sent++;
          } else if (kind === "force" && !isClosed && held === 0) {
            const isFull = inside.length >= capacity;
            assert.equal(tx.forceSend(sent), isFull ? inside.shift() : EMPTY);
            inside.push(sent++);
          }
          settle();
          assert.equal(rx.len, inside.length);
          for (const each of all) {
            const isTold = each.state === "granted" || each.state === "refused";
            if (each.state !== "new" && each.state !== "over")
              assert.equal(each.hand.wakes > each.seen, isTold, "woken exactly if it is ready");
          }
        });
        for (const one of all) {
          drop(one);
          settle();
        }
        assert.deepEqual(drain(rx), [...inside, isClosed ? "END" : "EMPTY"]);
        assert.equal(tx.capacity, capacity);
      },
    ),
    { numRuns: 300 },
  );
});
