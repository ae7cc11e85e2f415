import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async, BusyError, ClosedError, END, LaggedError, SendError, spawn, yieldNow } from "../index.js";
import { broadcast, EMPTY } from "../sync.js";
import { collectGarbage } from "../base/garbage.kit.js";
import { begun, caught, Hand, macrotask } from "./channels.kit.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

/** What comes out, up to EMPTY, END or a lag. */
function drain(rx: broadcast.Receiver<unknown>): unknown[] {
  const all: unknown[] = [];
  for (;;) {
    let next;
    try {
      next = rx.tryRecv();
    } catch (error) {
      assert.ok(error instanceof LaggedError);
      all.push(`lagged ${error.missed}`);
      continue;
    }
    all.push(next === END ? "END" : next === EMPTY ? "EMPTY" : next);
    if (next === END || next === EMPTY) return all;
  }
}

test("broadcast.channel() refuses what is no capacity", () => {
  for (const [capacity, shown] of [
    [0, "0"],
    [2 ** 30 + 1, "1073741825"],
    [1.5, "1.5"],
  ] as const)
    assert.throws(() => broadcast.channel(capacity), {
      name: "RangeError",
      message: `Cannot create a channel as 'capacity' must be an integer from 1 to 1073741824: received ${shown}`,
    });
});

test("broadcast: every receiver gets every message from when it subscribed, in order, and send says how many there are", () => {
  const [tx, a] = broadcast.channel<string>(4);
  assert.equal(tx.send("1"), 1);
  const b = tx.subscribe();
  assert.equal(tx.send("2"), 2);
  const c = a.resubscribe();
  assert.equal(tx.send("3"), 3);
  assert.deepEqual(
    [drain(a), drain(b), drain(c)],
    [
      ["1", "2", "3", "EMPTY"],
      ["2", "3", "EMPTY"],
      ["3", "EMPTY"],
    ],
  );
  assert.equal(tx.receiverCount, 3);
  assert.ok(a.sameChannel(c) && !a.sameChannel(broadcast.channel(1)[1]));
});

test("broadcast: send wakes everyone who waits, once, and no one who has gone", () => {
  const [tx, rx] = broadcast.channel<number>(2);
  const other = tx.subscribe();
  const gone = tx.subscribe();
  const [a, b, c] = [begun(rx.recv()), begun(other.recv()), begun(gone.recv())];
  c.drop();
  tx.send(1);
  tx.send(2);
  assert.deepEqual([a.wakes, b.wakes, c.wakes], [1, 1, 0]);
  assert.deepEqual([a.poll(), a.poll(), a.poll()], [1, 2, "pending"]);
  tx.send(3);
  assert.deepEqual([a.wakes, b.wakes], [2, 1]);
});

test("broadcast: a slow receiver is told once how many it has missed, and goes on with the oldest that is there", () => {
  const [tx, slow] = broadcast.channel<number>(2);
  const quick = tx.subscribe();
  for (let n = 1; n <= 5; n++) {
    tx.send(n);
    assert.equal(quick.tryRecv(), n, "lag is each receiver's own");
  }
  assert.equal(slow.len, 5, "those overwritten count");
  const error = caught(() => slow.tryRecv());
  assert.ok(error instanceof LaggedError);
  assert.deepEqual([error.code, error.missed], ["channel.lagged", 3]);
  assert.equal(slow.len, 2);
  assert.deepEqual(drain(slow), [4, 5, "EMPTY"]);
  tx.send(6);
  assert.equal(slow.tryRecv(), 6, "it is still subscribed");
});

test("broadcast: a receiver may lag again before it has read anything", () => {
  const [tx, rx] = broadcast.channel<number>(2);
  for (let n = 1; n <= 3; n++) tx.send(n);
  assert.equal(caught(() => new Hand(rx.recv()).poll()).missed, 1);
  for (let n = 4; n <= 6; n++) tx.send(n);
  assert.deepEqual(drain(rx), ["lagged 3", 5, 6, "EMPTY"]);
});

test("broadcast: capacity is rounded up to a power of two, and lag is judged by that", () => {
  const [tx, rx] = broadcast.channel<number>(3);
  for (let n = 1; n <= 4; n++) tx.send(n);
  assert.deepEqual(drain(rx), [1, 2, 3, 4, "EMPTY"]);
  for (let n = 1; n <= 5; n++) tx.send(n);
  assert.deepEqual(drain(rx), ["lagged 1", 2, 3, 4, 5, "EMPTY"]);
  const [one, single] = broadcast.channel<number>(1);
  one.send(1);
  one.send(2);
  assert.deepEqual(drain(single), ["lagged 1", 2, "EMPTY"]);
});

test("broadcast: send without receivers hands the message back, and the channel is not closed for that", () => {
  const [tx, rx] = broadcast.channel<number>(2);
  assert.equal(tx.isClosed, false);
  rx.close();
  rx[Symbol.dispose]();
  assert.deepEqual([tx.receiverCount, tx.isClosed], [0, true]);
  const error = caught(() => tx.send(1));
  assert.ok(error instanceof SendError);
  assert.deepEqual([error.code, error.value], ["channel.disconnected", 1]);
  assert.match(error.message, /^Cannot send a message: nobody is subscribed\nhelp: /);
  const again = tx.subscribe();
  assert.equal(tx.send(2), 1);
  assert.deepEqual(drain(again), [2, "EMPTY"]);
});

test("broadcast: END comes when every sender is closed and what is retained was read", () => {
  const [tx, rx] = broadcast.channel<number>(4);
  const clone = tx.clone();
  const late = tx.subscribe();
  tx.send(1);
  tx.close();
  clone.send(2);
  assert.equal(rx.isClosed, false);
  assert.deepEqual([rx.tryRecv(), rx.tryRecv()], [1, 2]);
  const recv = begun(rx.recv());
  clone.close();
  assert.equal(recv.wakes, 1);
  assert.equal(recv.poll(), END);
  assert.equal(late.isClosed, true);
  assert.deepEqual(drain(late), [1, 2, "END"]);
  const closed = caught(() => tx.send(3));
  assert.deepEqual([closed.code, closed.value], ["channel.closed", 3]);
  assert.throws(() => tx.subscribe(), ClosedError);
});

test("broadcast: a receiver that is closed gets END and frees what was retained for it alone", () => {
  const [tx, rx] = broadcast.channel<number>(4);
  const slow = tx.subscribe();
  tx.send(1);
  tx.send(2);
  drain(rx);
  const recv = begun(rx.recv());
  assert.equal(tx.len, 2);
  slow.tryRecv();
  assert.equal(tx.len, 1);
  slow.close();
  assert.deepEqual([tx.len, tx.isEmpty, slow.len, slow.tryRecv()], [0, true, 0, END]);
  assert.throws(() => slow.resubscribe(), ClosedError);
  rx.close();
  assert.equal(recv.wakes, 1);
  assert.equal(recv.poll(), END);
});

test("broadcast: the sender's len is what somebody has before him and is not overwritten", () => {
  const [tx, a] = broadcast.channel<number>(2);
  const b = tx.subscribe();
  assert.equal(tx.isEmpty, true);
  for (let n = 0; n < 3; n++) tx.send(n);
  assert.deepEqual([tx.len, a.isEmpty], [2, false]);
  drain(a);
  assert.deepEqual([tx.len, a.isEmpty], [2, true]);
  drain(b);
  assert.equal(tx.len, 0);
});

test("broadcast: a message is let go when the last receiver has read it", async () => {
  const [tx, a] = broadcast.channel<object>(4);
  const b = tx.subscribe();
  const message = (() => {
    const made = { text: "large" };
    tx.send(made);
    assert.equal(a.tryRecv(), made);
    assert.equal(b.tryRecv(), made);
    return new WeakRef(made);
  })();
  for (let turns = 0; turns < 100 && message.deref() !== undefined; turns++) {
    await macrotask();
    collectGarbage();
  }
  assert.equal(message.deref(), undefined);
  assert.equal(tx.isClosed, false);
});

test("broadcast.Receiver.recv() is for one awaiter at a time", () => {
  const [tx, rx] = broadcast.channel<number>(4);
  const first = begun(rx.recv());
  const error = caught(() => new Hand(rx.next()).poll());
  assert.ok(error instanceof BusyError);
  assert.equal(error.code, "channel.busy");
  new Hand(rx.recv()).drop();
  tx.send(1);
  assert.equal(first.wakes, 1, "a stranger's drop takes nothing from it");
  assert.equal(rx.pollRecv(first.cx), 1);
});

test("broadcast.Sender.closed() is ready when nobody is subscribed, and pending again when somebody is", () => {
  const [tx, rx] = broadcast.channel<number>(4);
  const closed = begun(tx.closed());
  const other = tx.subscribe();
  rx.close();
  assert.equal(closed.wakes, 0);
  other.close();
  assert.equal(closed.wakes, 1);
  tx.subscribe();
  assert.equal(closed.poll(), "pending");
});

test("broadcast: weak senders keep nothing open", () => {
  const [tx, rx] = broadcast.channel<number>(4);
  const weak = tx.downgrade();
  assert.deepEqual([tx.strongCount, tx.weakCount], [1, 1]);
  weak.upgrade()!.send(1);
  assert.equal(tx.strongCount, 2);
  tx.close();
  assert.deepEqual([rx.tryRecv(), rx.tryRecv()], [1, EMPTY]);
});

test("broadcast: a waker that comes back at once does not keep send from ending", () => {
  const [tx, rx] = broadcast.channel<number>(4);
  const log: unknown[] = [];
  const recv = begun(rx.recv());
  const other = begun(tx.subscribe().recv());
  recv.wake = () => log.push(recv.poll(), recv.poll());
  tx.send(1);
  assert.deepEqual([log, other.wakes], [[1, "pending"], 1]);
});

test("broadcast: receivers are read with for await outside of tasks; a lag ends the loop, and another goes on", async () => {
  const [tx, rx] = broadcast.channel<number>(2);
  for (let n = 1; n <= 3; n++) tx.send(n);
  const seen: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const n of rx) seen.push(n);
  };
  await assert.rejects(read(), LaggedError);
  tx.close();
  await read();
  assert.deepEqual(seen, [2, 3]);
});

test("broadcast is cooperative: a receiver that is always ready lets others run", async () => {
  const main = async(function* () {
    const [tx, rx] = broadcast.channel<number>(512);
    let others = 0;
    let done = false;
    const other = spawn(
      (function* () {
        for (; !done; others++) yield* yieldNow();
      })(),
    );
    for (let n = 0; n < 512; n++) tx.send(n);
    for (let n = 0; n < 512; n++) assert.equal(yield* rx.recv(), n);
    done = true;
    yield* other;
    return others;
  });
  assert.ok((await pausedQuietly().run(main())) >= 3);
});

test("broadcast does what a plain model does, over random sequences of operations", () => {
  const operation = fc.record({
    kind: fc.constantFrom("send", "send", "send", "recv", "recv", "recv", "subscribe", "end", "clone", "close"),
    at: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 4), fc.array(operation, { maxLength: 60 }), (size, operations) => {
      const [tx, rx] = broadcast.channel<number>(size);
      const senders = [tx];
      /** Each receiver and what it has before it: all of it, however old. */
      const model: {
        rx: broadcast.Receiver<number>;
        ahead: number[];
        hand: Hand<unknown>;
        waits: boolean;
        seen: number;
      }[] = [];
      const add = (receiver: broadcast.Receiver<number>): void => {
        model.push({ rx: receiver, ahead: [], hand: new Hand<unknown>(receiver.recv()), waits: false, seen: 0 });
      };
      add(rx);
      let sent = 0;
      for (const { kind, at } of operations) {
        const one = model[at % Math.max(1, model.length)];
        const sender = senders[at % Math.max(1, senders.length)];
        if (kind === "send" && sender !== undefined) {
          if (model.length === 0) assert.throws(() => sender.send(sent), SendError);
          else assert.equal(sender.send(sent), model.length);
          for (const each of model) each.ahead.push(sent);
          sent++;
        } else if (kind === "recv" && one !== undefined) {
          const missed = one.ahead.length - size;
          if (missed > 0) {
            assert.equal(caught(() => one.hand.poll()).missed, missed);
            one.ahead.splice(0, missed);
            one.waits = false;
          } else {
            const real = one.hand.poll();
            one.waits = real === "pending";
            one.seen = one.hand.wakes;
            if (one.ahead.length > 0) assert.equal(real, one.ahead.shift());
            else assert.equal(real, senders.length === 0 ? END : "pending");
          }
        } else if (kind === "subscribe" && sender !== undefined) add(sender.subscribe());
        else if (kind === "end" && one !== undefined) {
          one.rx.close();
          model.splice(model.indexOf(one), 1);
        } else if (kind === "clone" && sender !== undefined) senders.push(sender.clone());
        else if (kind === "close" && sender !== undefined) {
          sender.close();
          senders.splice(senders.indexOf(sender), 1);
        }
        for (const each of model) {
          assert.equal(each.rx.len, each.ahead.length);
          const isReady = each.ahead.length > 0 || senders.length === 0;
          if (each.waits) assert.equal(each.hand.wakes > each.seen, isReady, "woken exactly if there is something");
        }
        assert.equal(tx.len, Math.min(size, Math.max(0, ...model.map((each) => each.ahead.length))));
        assert.deepEqual([tx.receiverCount, tx.strongCount], [model.length, senders.length]);
      }
      for (const each of model) each.rx.close();
      assert.deepEqual([tx.len, tx.receiverCount], [0, 0]);
    }),
    { numRuns: 300 },
  );
});
