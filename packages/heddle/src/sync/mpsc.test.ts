import assert from "node:assert/strict";
import { test } from "node:test";
import { PENDING } from "../future/poll.js";
import {
  async,
  BusyError,
  ClosedError,
  DisconnectedError,
  END,
  join,
  select,
  SendError,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { EMPTY, mpsc } from "../sync.js";
import { collectGarbage } from "../base/garbage.kit.js";
import { begun, caught, Hand, macrotask } from "./channels.kit.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

/** A channel with `count` messages in it, numbered from 1. */
function filled(capacity: number, count = capacity): [mpsc.Sender<number>, mpsc.Receiver<number>] {
  const [tx, rx] = mpsc.channel<number>(capacity);
  for (let n = 1; n <= count; n++) tx.trySend(n);
  return [tx, rx];
}

function drain<T>(rx: mpsc.Receiver<T>): unknown[] {
  const all: unknown[] = [];
  for (let next = rx.tryRecv(); ; next = rx.tryRecv()) {
    all.push(next === END ? "END" : next === EMPTY ? "EMPTY" : next);
    if (next === END || next === EMPTY) return all;
  }
}

// ---- room ------------------------------------------------------------------------------------

test("mpsc.channel() refuses what is no capacity", () => {
  for (const [capacity, shown, type] of [
    [0, "0", RangeError],
    [-1, "-1", RangeError],
    [1.5, "1.5", RangeError],
    [NaN, "NaN", RangeError],
    [Infinity, "Infinity", RangeError],
    ["8" as never, '"8"', TypeError],
    [undefined as never, "undefined", TypeError],
  ] as const) {
    const error = caught(() => mpsc.channel(capacity));
    assert.ok(error instanceof type, shown);
    assert.equal(
      error.message,
      `Cannot create a channel as 'capacity' must be an integer >= 1: received ${shown}\nhelp: for a channel without a limit use mpsc.unbounded()`,
    );
  }
});

test("Sender.send() waits for room, and messages come out in the order they went in", () => {
  const [tx, rx] = mpsc.channel<string>(2);
  assert.equal(new Hand(tx.send("a")).poll(), undefined);
  assert.equal(new Hand(tx.send("b")).poll(), undefined);
  const c = begun(tx.send("c"));
  const d = begun(tx.send("d"));
  assert.deepEqual([tx.capacity, tx.maxCapacity, rx.len], [0, 2, 2]);
  assert.equal(rx.tryRecv(), "a");
  assert.deepEqual([c.wakes, d.wakes], [1, 0], "one slot, one sender");
  assert.equal(rx.tryRecv(), "b");
  assert.deepEqual([c.wakes, d.wakes], [1, 1]);
  assert.equal(rx.tryRecv(), EMPTY, "granted, but not sent yet");
  assert.equal(c.poll(), undefined);
  assert.equal(d.poll(), undefined);
  assert.deepEqual(drain(rx), ["c", "d", "EMPTY"]);
  assert.deepEqual([tx.capacity, rx.capacity], [2, 2]);
});

test("Sender.send() of undefined sends a message", () => {
  const [tx, rx] = mpsc.channel<undefined>(1);
  tx.trySend(undefined);
  assert.equal(rx.len, 1);
  assert.equal(rx.tryRecv(), undefined);
  assert.equal(rx.tryRecv(), EMPTY);
});

test("Sender.send() sends nothing before it is polled", () => {
  const [tx, rx] = mpsc.channel<number>(1);
  const send = new Hand(tx.send(1));
  assert.equal(rx.isEmpty, true);
  send.poll();
  assert.equal(rx.isEmpty, false);
});

test("Sender.send() gives futures that are independent of each other, whatever order they are polled in", () => {
  const [tx, rx] = mpsc.channel<number>(10);
  new Hand(tx.send(0)).poll();
  const [one, two, three] = [new Hand(tx.send(1)), new Hand(tx.send(2)), new Hand(tx.send(3))];
  three.poll();
  one.poll();
  two.poll();
  new Hand(tx.send(4)).poll();
  assert.deepEqual(drain(rx), [0, 3, 1, 2, 4, "EMPTY"]);
});

test("Sender.send(): awaiting it again is an error that says so, and sends nothing", () => {
  const [tx, rx] = mpsc.channel<number>(2);
  const send = new Hand(tx.send(1));
  send.poll();
  const error = caught(() => send.poll());
  assert.equal(error.code, "future.completed");
  assert.match(error.message, /^Cannot await sender\.send\(…\) again: it is over\nhelp: /);
  assert.deepEqual(drain(rx), [1, "EMPTY"]);
});

test("Sender.trySend() tells full from closed, and gives the value back", () => {
  const [tx, rx] = filled(1);
  const full = caught(() => tx.trySend(2));
  assert.ok(full instanceof SendError);
  assert.deepEqual([full.code, full.value], ["channel.full", 2]);
  assert.match(full.message, /^Cannot send a message without waiting: its room for 1 is taken\nhelp: /);
  rx.close();
  const closed = caught(() => tx.trySend(3));
  assert.ok(closed instanceof SendError);
  assert.deepEqual([closed.code, closed.value], ["channel.disconnected", 3]);
  assert.match(closed.message, /^Cannot send a message: the channel is closed\nhelp: /);
  assert.deepEqual(drain(rx), [1, "END"]);
});

test("Sender: nobody overtakes a queued reserveMany, though there is room for less", () => {
  const [tx, rx] = filled(3);
  const many = begun(tx.reserveMany(3));
  const small = begun(tx.send(9));
  rx.tryRecv();
  rx.tryRecv();
  assert.equal(tx.capacity, 0, "what is free belongs to who waits first");
  assert.equal(caught(() => tx.trySend(8)).code, "channel.full");
  assert.equal(tx.tryReserve(), undefined);
  assert.deepEqual([many.wakes, small.wakes], [0, 0]);
  rx.tryRecv();
  assert.deepEqual([many.wakes, small.wakes], [1, 0]);
  const permits = many.poll() as mpsc.Permits<number>;
  assert.equal(permits.len, 3);
  for (const permit of permits) permit.send(permits.len);
  assert.equal(small.poll(), "pending");
  assert.deepEqual(rx.tryRecv(), 2);
  assert.equal(small.poll(), undefined);
  assert.deepEqual(drain(rx), [1, 0, 9, "EMPTY"]);
});

test("Sender.reserveMany() soaks up what is free when it comes, and what comes free later", () => {
  const [tx, rx] = filled(4, 3);
  const many = begun(tx.reserveMany(3));
  assert.equal(tx.capacity, 0);
  rx.tryRecv();
  assert.equal(many.wakes, 0);
  rx.tryRecv();
  assert.equal(many.wakes, 1);
  (many.poll() as mpsc.Permits<number>)[Symbol.dispose]();
  assert.equal(tx.capacity, 3);
});

test("Sender.reserveMany() that is dropped hands on what it had collected", () => {
  const [tx, rx] = filled(3);
  const many = begun(tx.reserveMany(3));
  const [a, b, c] = [begun(tx.send(11)), begun(tx.send(12)), begun(tx.send(13))];
  rx.tryRecv();
  rx.tryRecv();
  many.drop();
  assert.deepEqual([a.wakes, b.wakes, c.wakes, many.wakes], [1, 1, 0, 0]);
  assert.deepEqual([a.poll(), b.poll(), c.poll()], [undefined, undefined, "pending"]);
  c.drop();
  assert.deepEqual(drain(rx), [3, 11, 12, "EMPTY"]);
  assert.equal(tx.capacity, 3);
});

test("Sender.send() that is dropped has sent nothing, and its place goes to the next, granted or not", () => {
  const [tx, rx] = filled(1);
  const [a, b, c] = [begun(tx.send(2)), begun(tx.send(3)), begun(tx.send(4))];
  b.drop();
  rx.tryRecv();
  assert.deepEqual([a.wakes, b.wakes, c.wakes], [1, 0, 0]);
  a.drop();
  assert.deepEqual([a.wakes, b.wakes, c.wakes], [1, 0, 1]);
  c.poll();
  assert.deepEqual(drain(rx), [4, "EMPTY"]);
  const [d] = [begun(filled(1)[0].send(0))];
  d.drop();
  d.drop();
  assert.equal(caught(() => d.poll()).code, "future.completed");
});

test("Sender.send() that is dropped before it was polled, or after it was ready, takes and gives nothing", () => {
  const [tx, rx] = mpsc.channel<number>(1);
  new Hand(tx.send(1)).drop();
  assert.equal(tx.capacity, 1);
  const sent = new Hand(tx.send(2));
  sent.poll();
  sent.drop();
  assert.equal(tx.capacity, 0);
  assert.deepEqual(drain(rx), [2, "EMPTY"]);
});

test("Sender.send() wakes who polled it last", () => {
  const [tx, rx] = filled(1);
  const send = begun(tx.send(2));
  const other = new Hand(tx.closed());
  assert.equal(send.poll(other.cx), "pending");
  rx.tryRecv();
  assert.deepEqual([send.wakes, other.wakes], [0, 1]);
});

// ---- permits ---------------------------------------------------------------------------------

test("Permit: it is room for one message, kept until it is used or disposed of, once", () => {
  const [tx, rx] = mpsc.channel<number>(2);
  const a = new Hand(tx.reserve()).poll() as mpsc.Permit<number>;
  const b = tx.tryReserve()!;
  assert.deepEqual([tx.capacity, rx.len], [0, 0]);
  assert.equal(tx.tryReserve(), undefined);
  b.send(1);
  const used = caught(() => b.send(2));
  assert.deepEqual([used.code, used.value], ["channel.closed", 2]);
  assert.match(used.message, /^Cannot send a message: this permit was used or given back\nhelp: /);
  b[Symbol.dispose]();
  assert.equal(tx.capacity, 0, "used permits give nothing back");
  a[Symbol.dispose]();
  a[Symbol.dispose]();
  assert.equal(tx.capacity, 1);
  assert.equal(caught(() => a.send(3)).value, 3);
  assert.deepEqual(drain(rx), [1, "EMPTY"]);
  assert.equal(tx.capacity, 2);
});

test("Permits: each that was taken out is the taker's, dispose gives back the rest, once", () => {
  const [tx, rx] = mpsc.channel<number>(4);
  const permits = new Hand(tx.reserveMany(4)).poll() as mpsc.Permits<number>;
  const first = permits.next().value!;
  for (const permit of permits) {
    permit.send(1);
    break;
  }
  assert.deepEqual([permits.len, tx.capacity], [2, 0]);
  permits[Symbol.dispose]();
  permits[Symbol.dispose]();
  assert.deepEqual([permits.len, tx.capacity, permits.next().done], [0, 2, true]);
  first[Symbol.dispose]();
  assert.equal(tx.capacity, 3);
  assert.deepEqual(drain(rx), [1, "EMPTY"]);
});

test("Sender.reserveMany(): more than the capacity is refused at once, none are there at once", () => {
  const [tx, rx] = filled(2);
  for (const ask of [() => tx.reserveMany(3), () => tx.tryReserveMany(3)]) {
    const error = caught(ask);
    assert.ok(error instanceof RangeError);
    assert.equal(
      error.message,
      "Cannot reserve room for messages as 'count' must be an integer from 0 to 2: received 3\nhelp: the channel has room for no more",
    );
  }
  assert.throws(() => tx.reserveMany(-1), RangeError);
  assert.throws(() => tx.reserveMany(1.5), RangeError);
  begun(tx.send(3));
  const none = new Hand(tx.reserveMany(0)).poll() as mpsc.Permits<number>;
  assert.equal(none.len, 0, "though somebody waits");
  assert.equal(tx.tryReserveMany(0)!.len, 0);
  assert.equal(tx.tryReserveMany(1), undefined);
  rx.close();
  assert.throws(() => new Hand(tx.reserveMany(0)).poll(), DisconnectedError);
  assert.throws(() => tx.tryReserveMany(0), DisconnectedError);
});

test("OwnedPermit: it keeps its sender alive and gives it back", () => {
  const [tx, rx] = mpsc.channel<number>(2);
  const permit = new Hand(tx.reserveOwned()).poll() as mpsc.OwnedPermit<number>;
  assert.equal(rx.senderStrongCount, 1, "moved, not cloned");
  assert.equal(caught(() => tx.send(0)).code, "channel.closed");
  assert.equal(rx.isClosed, false);
  const back = permit.send(1);
  assert.equal(caught(() => permit.send(2)).code, "channel.closed");
  assert.throws(() => permit.release(), ClosedError);
  permit[Symbol.dispose]();
  back.trySend(3);
  assert.deepEqual(drain(rx), [1, 3, "EMPTY"]);

  const second = new Hand(back.reserveOwned()).poll() as mpsc.OwnedPermit<number>;
  const again = second.release();
  assert.equal(again.capacity, 2);
  const third = new Hand(again.reserveOwned()).poll() as mpsc.OwnedPermit<number>;
  third[Symbol.dispose]();
  assert.deepEqual([rx.senderStrongCount, rx.tryRecv()], [0, END]);
});

test("Sender.reserveOwned() that is dropped or refused closes its sender, but not once the permit is given", async () => {
  const [tx0, rx0] = mpsc.channel<number>(1);
  const given = new Hand(tx0.reserveOwned());
  const permit = given.poll() as mpsc.OwnedPermit<number>;
  given.drop();
  assert.equal(rx0.senderStrongCount, 1);
  const back = permit.send(1);
  await pausedQuietly().run(select({ now: sleep(0), never: back.reserveOwned() }, { biased: true }));
  assert.equal(rx0.senderStrongCount, 0, "a select that ended before it came to it has dropped it");
  const [tx, rx] = filled(1);
  begun(tx.reserveOwned()).drop();
  assert.equal(rx.senderStrongCount, 0);
  assert.deepEqual(drain(rx), [1, "END"]);
  const [tx2, rx2] = filled(1);
  const owned = begun(tx2.reserveOwned());
  rx2.close();
  assert.throws(() => owned.poll(), DisconnectedError);
  assert.equal(rx2.senderStrongCount, 0);
});

// ---- closing ---------------------------------------------------------------------------------

test("Receiver.close() refuses who waits and who comes, hands messages back, and keeps what is in the channel", () => {
  const [tx, rx] = filled(2);
  const send = begun(tx.send(3));
  const reserve = begun(tx.reserveMany(2));
  rx.close();
  rx.close();
  assert.deepEqual([send.wakes, reserve.wakes], [1, 1]);
  const refused = caught(() => send.poll());
  assert.ok(refused instanceof SendError);
  assert.deepEqual([refused.code, refused.value], ["channel.disconnected", 3]);
  const error = caught(() => reserve.poll());
  assert.ok(error instanceof DisconnectedError);
  assert.match(error.message, /^Cannot reserve room for a message: the channel is closed\nhelp: /);
  assert.equal(caught(() => send.poll()).code, "future.completed");
  assert.throws(() => new Hand(tx.send(4)).poll(), SendError);
  assert.throws(() => new Hand(tx.reserve()).poll(), DisconnectedError);
  assert.throws(() => tx.tryReserve(), DisconnectedError);
  assert.deepEqual([tx.isClosed, rx.isClosed], [true, true]);
  assert.deepEqual(drain(rx), [1, 2, "END"]);
  assert.equal(rx.tryRecv(), END);
});

test("Receiver.close() ends a wait", () => {
  const [, rx] = mpsc.channel<number>(2);
  const recv = begun(rx.recv());
  rx.close();
  assert.equal(recv.wakes, 1);
  assert.equal(recv.poll(), END);
});

test("Receiver.close() takes back what a reserveMany had collected, so that the end comes", () => {
  const [tx, rx] = filled(2);
  begun(tx.reserveMany(2));
  rx.tryRecv();
  rx.close();
  assert.deepEqual(drain(rx), [2, "END"]);
  assert.equal(tx.capacity, 2);
});

test("Receiver.recv() of a closed channel waits for the permits that are out, whatever becomes of the last one", () => {
  for (const [what, end] of Object.entries({
    used: (permit: mpsc.Permit<number>) => permit.send(1),
    "given back": (permit: mpsc.Permit<number>) => permit[Symbol.dispose](),
  })) {
    const [tx, rx] = mpsc.channel<number>(2);
    const permit = tx.tryReserve()!;
    rx.close();
    assert.equal(rx.tryRecv(), EMPTY);
    const recv = begun(rx.recv());
    end(permit);
    assert.equal(recv.wakes, 1, what);
    assert.equal(recv.poll(), what === "used" ? 1 : END);
    assert.equal(rx.tryRecv(), END);
  }
});

test("Receiver.recv() of a closed channel hears of a reserve that was granted and is dropped, sent or handed on", () => {
  const ends: Record<string, (granted: Hand<mpsc.Permits<number>>) => void> = {
    dropped: (granted) => granted.drop(),
    "taken and disposed of": (granted) => (granted.poll() as mpsc.Permits<number>)[Symbol.dispose](),
    "used up": (granted) => {
      for (const permit of granted.poll() as mpsc.Permits<number>) permit.send(7);
    },
  };
  for (const [what, end] of Object.entries(ends)) {
    const [tx, rx] = filled(2);
    const granted = begun(tx.reserveMany(2));
    rx.tryRecv();
    rx.tryRecv();
    rx.close();
    const recv = begun(rx.recv());
    end(granted);
    assert.equal(recv.wakes, 1, what);
    assert.deepEqual(drain(rx), what === "used up" ? [7, 7, "END"] : ["END"], what);
  }
});

test("Receiver.recv(): a send that was granted before the close still arrives", () => {
  const [tx, rx] = filled(1);
  const send = begun(tx.send(2));
  rx.tryRecv();
  rx.close();
  const recv = begun(rx.recv());
  assert.equal(send.poll(), undefined);
  assert.equal(recv.wakes, 1);
  assert.equal(recv.poll(), 2);
  assert.equal(recv.poll(), END);
});

test("Receiver.recv() ends when the last sender is closed, and not before", () => {
  const [tx, rx] = mpsc.channel<number>(4);
  const other = tx.clone();
  tx.trySend(1);
  tx.close();
  tx.close();
  assert.equal(rx.senderStrongCount, 1, "closing twice counts once");
  assert.equal(rx.tryRecv(), 1);
  const recv = begun(rx.recv());
  assert.equal(rx.isClosed, false);
  other[Symbol.dispose]();
  assert.equal(recv.wakes, 1);
  assert.equal(rx.isClosed, true);
  assert.equal(recv.poll(), END);
  assert.equal(recv.poll(), END, "as often as one asks");
});

test("Receiver: a channel with permits but without senders is not closed", () => {
  const [tx, rx] = mpsc.channel<number>(2);
  const permit = tx.tryReserve()!;
  tx.close();
  assert.equal(rx.isClosed, false);
  const recv = begun(rx.recv());
  permit.send(1);
  assert.equal(recv.poll(), 1);
  assert.equal(rx.isClosed, true);
  assert.equal(recv.poll(), END);
});

test("Receiver: what a closed sender has on its way still arrives, before the end", () => {
  const [tx, rx] = filled(1);
  const send = begun(tx.send(2));
  const reserve = begun(tx.reserve());
  tx.close();
  assert.equal(rx.isClosed, false);
  assert.equal(rx.tryRecv(), 1);
  assert.equal(send.poll(), undefined);
  assert.equal(rx.tryRecv(), 2);
  const recv = begun(rx.recv());
  reserve.drop();
  assert.equal(recv.wakes, 1);
  assert.equal(recv.poll(), END);
});

test("Receiver: a send that was made before the end and polled after it is refused, not lost", () => {
  const [tx, rx] = mpsc.channel<number>(1);
  const send = new Hand(tx.send(1));
  tx.close();
  assert.equal(rx.tryRecv(), END);
  assert.equal(caught(() => send.poll()).value, 1);
});

test("Receiver[Symbol.dispose]() throws away what is in the channel and what permits still send", () => {
  const [tx, rx] = filled(3, 2);
  const permit = tx.tryReserve()!;
  const send = begun(tx.send(9));
  const recv = new Hand(rx.recv());
  rx[Symbol.dispose]();
  assert.equal(send.wakes, 1);
  assert.equal(caught(() => send.poll()).value, 9);
  permit.send(4);
  assert.deepEqual([tx.isClosed, tx.capacity, rx.len], [true, 3, 0]);
  assert.equal(recv.poll(), END);
});

test("Receiver[Symbol.dispose]() ends a wait, with permits out as well", () => {
  const [tx, rx] = mpsc.channel<number>(2);
  const recv = begun(rx.recv());
  const permit = tx.tryReserve()!;
  rx[Symbol.dispose]();
  assert.equal(recv.wakes, 1);
  assert.equal(recv.poll(), END);
  permit[Symbol.dispose]();
});

test("Sender: a sender that was closed sends no more, and says whose fault it is", () => {
  const [tx, rx] = mpsc.channel<number>(2);
  const other = tx.clone();
  tx.close();
  for (const send of [() => tx.send(5), () => tx.trySend(5), () => tx.sendTimeout(5, 10)]) {
    const error = caught(send);
    assert.ok(error instanceof SendError);
    assert.deepEqual([error.code, error.value], ["channel.closed", 5]);
    assert.match(error.message, /^Cannot send a message: this sender was closed\nhelp: /);
  }
  for (const use of [
    () => tx.reserve(),
    () => tx.reserveMany(1),
    () => tx.reserveOwned(),
    () => tx.tryReserve(),
    () => tx.clone(),
    () => tx.downgrade(),
  ]) {
    const error = caught(use);
    assert.ok(error instanceof ClosedError);
    assert.equal(error.code, "channel.closed");
  }
  other.trySend(1);
  assert.deepEqual(drain(rx), [1, "EMPTY"]);
});

test("Sender.closed() is ready when the receiver is closed or disposed of", () => {
  for (const end of [(rx: mpsc.Receiver<number>) => rx.close(), (rx: mpsc.Receiver<number>) => rx[Symbol.dispose]()]) {
    const [tx, rx] = mpsc.channel<number>(1);
    const [a, b] = [begun(tx.closed()), begun(tx.clone().closed())];
    b.drop();
    assert.equal(tx.isClosed, false);
    end(rx);
    assert.deepEqual([a.wakes, b.wakes], [1, 0]);
    assert.equal(a.poll(), undefined);
    assert.equal(tx.isClosed, true);
  }
});

// ---- receiving -------------------------------------------------------------------------------

test("Receiver.recv() is woken once for a burst, and a wait that is dropped loses nothing", () => {
  const [tx, rx] = mpsc.channel<number>(4);
  const recv = begun(rx.recv());
  tx.trySend(1);
  tx.trySend(2);
  assert.equal(recv.wakes, 1);
  recv.drop();
  assert.deepEqual(drain(rx), [1, 2, "EMPTY"]);
  assert.equal(recv.poll(), "pending");
  recv.drop();
  tx.trySend(3);
  assert.equal(recv.wakes, 1, "who has gone is not woken");
  assert.deepEqual(drain(rx), [3, "EMPTY"]);
});

test("Receiver.recv() is for one awaiter at a time", () => {
  const [tx, rx] = mpsc.channel<number>(4);
  const first = begun(rx.recv());
  for (const second of [rx.recv(), rx.next(), rx.recvMany(2)]) {
    const error = caught(() => new Hand<unknown>(second).poll());
    assert.ok(error instanceof BusyError);
    assert.equal(error.code, "channel.busy");
    assert.match(
      error.message,
      /^Cannot await receiver\.recv(\(\)|Many\(2\)) from two places: another one awaits it\nhelp: /,
    );
  }
  new Hand(rx.recv()).drop();
  tx.trySend(1);
  assert.equal(first.wakes, 1, "a stranger's drop takes nothing from it");
  assert.equal(first.poll(), 1);
});

test("Receiver.recvMany() takes what is there, at most so many, and nothing at the end", () => {
  const [tx, rx] = filled(5);
  assert.deepEqual(new Hand(rx.recvMany(0)).poll(), []);
  assert.deepEqual(new Hand(rx.recvMany(3)).poll(), [1, 2, 3]);
  assert.equal(tx.capacity, 3, "their slots are free");
  assert.deepEqual(new Hand(rx.recvMany(3)).poll(), [4, 5]);
  const many = begun(rx.recvMany(3));
  tx.trySend(6);
  assert.equal(many.wakes, 1);
  assert.deepEqual(many.poll(), [6]);
  const waits = begun(rx.recvMany(1));
  waits.drop();
  tx.trySend(7);
  assert.equal(waits.wakes, 0);
  tx.close();
  assert.deepEqual(new Hand(rx.recvMany(3)).poll(), [7]);
  assert.deepEqual(new Hand(rx.recvMany(3)).poll(), []);
  assert.throws(() => rx.recvMany(-1), {
    name: "RangeError",
    message: "Cannot receive messages as 'limit' must be an integer >= 0: received -1",
  });
});

test("Receiver.pollRecv() is one poll of recv()", () => {
  const [tx, rx] = mpsc.channel<number>(1);
  const hand = new Hand(rx.recv());
  assert.equal(rx.pollRecv(hand.cx), PENDING);
  tx.trySend(1);
  assert.equal(hand.wakes, 1);
  assert.equal(rx.pollRecv(hand.cx), 1);
});

test("Receiver: a waker that comes back at once finds everything in order", () => {
  const [tx, rx] = filled(1);
  const log: unknown[] = [];
  const send = begun(tx.send(2));
  send.wake = () => log.push("sender", send.poll(), rx.len);
  const recv = new Hand(rx.recv());
  recv.wake = () => log.push("receiver", recv.poll());
  assert.equal(recv.poll(), 1);
  assert.equal(recv.poll(), 2);
  assert.equal(recv.poll(), "pending");
  tx.trySend(3);
  assert.deepEqual(log, ["sender", undefined, 1, "receiver", 3]);
  assert.equal(tx.capacity, 1);
});

test("Receiver: for await reads it to its end, outside of tasks", async () => {
  const [tx, rx] = mpsc.channel<number>(1);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const n of rx) {
      seen.push(n);
      if (n === 2) break;
    }
    for await (const n of rx) seen.push(n);
    return "end";
  })();
  await pausedQuietly().run(
    async(function* () {
      for (let n = 1; n <= 4; n++) yield* tx.send(n);
      tx.close();
    })(),
  );
  assert.equal(await reading, "end");
  assert.deepEqual(seen, [1, 2, 3, 4]);
});

test("Receiver[Symbol.asyncIterator]() answers in the order in which it was asked, errors too", async () => {
  const [tx, rx] = mpsc.channel<number>(4);
  const iterator = rx[Symbol.asyncIterator]();
  assert.equal(iterator[Symbol.asyncIterator](), iterator);
  const asked = [iterator.next(), iterator.next(), iterator.next()];
  tx.trySend(1);
  tx.trySend(2);
  tx.close();
  assert.deepEqual(await Promise.all(asked), [
    { done: false, value: 1 },
    { done: false, value: 2 },
    { done: true, value: undefined },
  ]);
  const [, busy] = mpsc.channel<number>(4);
  begun(busy.recv());
  await assert.rejects(busy[Symbol.asyncIterator]().next(), BusyError);
});

// ---- time ------------------------------------------------------------------------------------

test("Sender.sendTimeout() hands the message back when there was no room in time, and its place on", async () => {
  const runtime = pausedQuietly();
  const main = async(function* () {
    const [tx, rx] = filled(1);
    let error;
    try {
      yield* tx.sendTimeout(2, 50);
    } catch (caught) {
      error = caught as SendError<number>;
    }
    assert.ok(error instanceof SendError);
    assert.deepEqual([error.code, error.value], ["channel.elapsed", 2]);
    assert.match(error.message, /^Cannot send a message in time: 50 ms passed and there was no room\nhelp: /);
    const late = spawn(tx.sendTimeout(3, { seconds: 1 }));
    yield* sleep(999);
    rx.tryRecv();
    yield* late;
    assert.equal(rx.tryRecv(), 3);
    yield* tx.sendTimeout(4, 0);
    assert.equal(rx.tryRecv(), 4, "where there is room it needs no time");
    tx.trySend(5);
    const dropped = spawn(tx.sendTimeout(6, 100));
    const refused = spawn(tx.sendTimeout(7, 100));
    yield* yieldNow();
    dropped.abort();
    yield* dropped.settled();
    rx.close();
    const outcome = yield* refused.settled();
    assert.equal(outcome.status === "rejected" && outcome.reason.value, 7);
    assert.deepEqual(drain(rx), [5, "END"]);
    assert.throws(() => tx.sendTimeout(1, -1), RangeError);
  });
  await runtime.run(main());
  assert.equal(runtime.metrics().timers, 0);
});

test("mpsc is cooperative: neither a sender nor a receiver that is always ready keeps the others from running", async () => {
  const runtime = pausedQuietly();
  const polls: number[] = [];
  const main = async(function* () {
    const [tx, rx] = mpsc.channel<number>(1000);
    let done = false;
    let others = 0;
    const other = spawn(
      (function* () {
        while (!done) {
          others++;
          yield* yieldNow();
        }
      })(),
    );
    for (let n = 0; n < 1000; n++) yield* tx.send(n);
    polls.push(others);
    for (let n = 0; n < 1000; n++) assert.equal(yield* rx.recv(), n);
    polls.push(others);
    done = true;
    yield* other;
  });
  await runtime.run(main());
  assert.deepEqual(polls, [7, 15], "once for 128 operations");
});

// ---- ends ------------------------------------------------------------------------------------

test("Sender: clones, weak senders and their counts", () => {
  const [tx, rx] = mpsc.channel<number>(1);
  const clone = tx.clone();
  const weak = tx.downgrade();
  const weaker = weak.clone();
  assert.deepEqual([tx.strongCount, tx.weakCount, rx.senderStrongCount, rx.senderWeakCount], [2, 2, 2, 2]);
  const up = weak.upgrade()!;
  up.trySend(1);
  assert.equal(tx.strongCount, 3);
  assert.ok(tx.sameChannel(up) && !tx.sameChannel(mpsc.channel(1)[0]));
  up.close();
  weaker.close();
  weaker[Symbol.dispose]();
  assert.deepEqual([tx.strongCount, tx.weakCount], [2, 1]);
  assert.equal(weaker.upgrade(), undefined);
  assert.throws(() => weaker.clone(), ClosedError);
  tx.close();
  clone.close();
  assert.equal(weak.upgrade(), undefined, "a weak sender keeps nothing open");
  assert.deepEqual(drain(rx), [1, "END"]);
});

test("mpsc.unbounded() never waits, and closes by the same rules", () => {
  const [tx, rx] = mpsc.unbounded<number>();
  assert.deepEqual([rx.capacity, rx.maxCapacity], [Infinity, Infinity]);
  const recv = begun(rx.recv());
  for (let n = 0; n < 5000; n++) tx.send(n);
  assert.equal(recv.wakes, 1);
  assert.equal(rx.len, 5000);
  for (let n = 0; n < 5000; n++) assert.equal(rx.tryRecv(), n);
  assert.equal(rx.tryRecv(), EMPTY);
  const weak = tx.downgrade();
  const clone = weak.upgrade()!.clone();
  assert.equal(tx.strongCount, 3);
  clone.send(1);
  rx.close();
  const refused = caught(() => tx.send(2));
  assert.deepEqual([refused.code, refused.value], ["channel.disconnected", 2]);
  assert.deepEqual(drain(rx), [1, "END"]);
  const [tx2, rx2] = mpsc.unbounded<number>();
  tx2.send(1);
  tx2.close();
  assert.equal(caught(() => tx2.send(2)).code, "channel.closed");
  assert.throws(() => tx2.clone(), ClosedError);
  assert.throws(() => tx2.downgrade(), ClosedError);
  assert.deepEqual(drain(rx2), [1, "END"]);
  const [tx3, rx3] = mpsc.unbounded<number>();
  rx3[Symbol.dispose]();
  assert.equal(tx3.isClosed, true);
});

test("mpsc: no message stays reachable once it was taken", async () => {
  const [tx, rx] = mpsc.channel<object>(1);
  const passThrough = (): WeakRef<object> => {
    const message = { text: "secret" };
    new Hand(tx.send(message)).poll();
    assert.equal(rx.tryRecv(), message);
    return new WeakRef(message);
  };
  const message = passThrough();
  for (let turns = 0; turns < 100 && message.deref() !== undefined; turns++) {
    await macrotask();
    collectGarbage();
  }
  assert.equal(message.deref(), undefined);
  tx.close();
});

test("mpsc: a task that loses a select with recv() loses no message", async () => {
  const got: number[] = [];
  const runtime = pausedQuietly();
  const main = async(function* () {
    const [tx, rx] = mpsc.channel<number>(1);
    const producer = spawn(
      (function* () {
        for (let n = 0; n < 20; n++) {
          yield* sleep(3);
          yield* tx.send(n);
        }
        tx.close();
      })(),
    );
    for (;;) {
      const won = yield* select({ message: rx.recv(), tick: sleep(2) });
      if (won.key === "tick") continue;
      if (won.value === END) break;
      got.push(won.value);
    }
    yield* join(producer);
  });
  await runtime.run(main());
  assert.deepEqual(
    got,
    Array.from({ length: 20 }, (_, n) => n),
  );
  assert.equal(runtime.metrics().timers, 0);
});
