import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  async,
  BusyError,
  ClosedError,
  DisconnectedError,
  END,
  select,
  SendError,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { watch } from "../sync.js";
import { collectGarbage } from "../base/garbage.kit.js";
import { begun, caught, Hand, macrotask } from "./channels.kit.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

test("watch: borrow looks, borrowAndUpdate and changed() take for seen, each receiver for itself", () => {
  const [tx, a] = watch.channel("first");
  const b = a.clone();
  assert.deepEqual([a.borrow(), a.hasChanged(), tx.borrow()], ["first", false, "first"]);
  tx.send("second");
  assert.deepEqual([a.hasChanged(), a.borrow(), a.hasChanged()], [true, "second", true]);
  assert.equal(a.borrowAndUpdate(), "second");
  assert.deepEqual([a.hasChanged(), b.hasChanged()], [false, true]);
  assert.equal(new Hand(b.changed()).poll(), undefined);
  assert.equal(b.hasChanged(), false);
});

test("watch.Receiver.changed() waits for a value that was not seen, and is woken once for many", () => {
  const [tx, rx] = watch.channel(0);
  const changed = begun(rx.changed());
  tx.send(1);
  tx.send(2);
  assert.equal(changed.wakes, 1);
  assert.equal(changed.poll(), undefined);
  assert.equal(rx.borrow(), 2);
  assert.equal(changed.poll(), "pending");
});

test("watch: an equal value is a change too", () => {
  const [tx, rx] = watch.channel("same");
  const changed = begun(rx.changed());
  tx.send("same");
  assert.equal(changed.wakes, 1);
  assert.equal(changed.poll(), undefined);
});

test("watch.Receiver.changed() of a closed channel succeeds once for a value that was not seen", () => {
  const [tx, rx] = watch.channel("a");
  tx.send("b");
  tx.close();
  assert.equal(new Hand(rx.changed()).poll(), undefined);
  const error = caught(() => new Hand(rx.changed()).poll());
  assert.ok(error instanceof DisconnectedError);
  assert.equal(error.code, "channel.disconnected");
  assert.match(error.message, /^Cannot wait for a change: every sender is closed\nhelp: /);
  assert.equal(rx.borrow(), "b", "the last value stays");
});

test("watch.Receiver.changed() is woken when the last sender is closed", () => {
  const [tx, rx] = watch.channel("a");
  const clone = tx.clone();
  const changed = begun(rx.changed());
  tx.close();
  assert.equal(changed.wakes, 0);
  clone.close();
  assert.equal(changed.wakes, 1);
  assert.throws(() => changed.poll(), DisconnectedError);
});

test("watch.Receiver.hasChanged() is an error as soon as every sender is closed, seen or not", () => {
  const [tx, rx] = watch.channel("a");
  tx.send("b");
  tx.close();
  assert.throws(() => rx.hasChanged(), DisconnectedError);
});

test("watch.Receiver.markChanged() and markUnchanged() say what counts as seen", () => {
  const [tx, rx] = watch.channel("a");
  rx.markChanged();
  assert.equal(rx.hasChanged(), true);
  assert.equal(rx.clone().hasChanged(), true, "a clone has seen what the other has");
  assert.equal(new Hand(rx.changed()).poll(), undefined);
  tx.send("b");
  rx.markUnchanged();
  assert.equal(rx.hasChanged(), false);
  const changed = begun(rx.changed());
  rx.markChanged();
  assert.equal(changed.wakes, 1);
  assert.equal(changed.poll(), undefined);
});

test("watch.Sender.send() without receivers hands the value back and stores nothing; the others store it", () => {
  const [tx, rx] = watch.channel(1);
  rx.close();
  const error = caught(() => tx.send(2));
  assert.ok(error instanceof SendError);
  assert.deepEqual([error.code, error.value], ["channel.disconnected", 2]);
  assert.equal(tx.borrow(), 1);
  assert.equal(tx.sendReplace(3), 1);
  tx.sendModify((n) => n + 1);
  assert.equal(tx.borrow(), 4);
  assert.equal(
    tx.sendIfModified((n) => n + 1),
    true,
  );
  assert.equal(tx.borrow(), 5);
});

test("watch.Sender.subscribe() opens it again, and has seen what is there", () => {
  const [tx, rx] = watch.channel(1);
  const closed = begun(tx.closed());
  rx.close();
  assert.equal(closed.wakes, 1);
  assert.equal(tx.isClosed, true);
  tx.sendReplace(2);
  const again = tx.subscribe();
  assert.equal(closed.poll(), "pending", "open again");
  assert.deepEqual([tx.isClosed, tx.receiverCount, again.hasChanged(), again.borrow()], [false, 1, false, 2]);
  tx.send(3);
  assert.equal(again.hasChanged(), true);
});

test("watch.Sender.sendModify() that throws keeps what was changed in place, tells nobody, and harms nothing", () => {
  const [tx, rx] = watch.channel({ n: 0 });
  const changed = begun(rx.changed());
  assert.throws(
    () =>
      tx.sendModify((value) => {
        value.n = 7;
        throw new Error("halfway");
      }),
    /halfway/,
  );
  assert.deepEqual([rx.borrow().n, changed.wakes, rx.hasChanged()], [7, 0, false]);
  tx.sendModify((value) => value);
  assert.equal(changed.wakes, 1);
});

test("watch.Sender.sendIfModified() tells nobody when nothing was changed", () => {
  const [tx, rx] = watch.channel(5);
  const changed = begun(rx.changed());
  assert.equal(
    tx.sendIfModified((n) => (n > 5 ? n : watch.UNCHANGED)),
    false,
  );
  assert.equal(changed.wakes, 0);
  assert.throws(
    () =>
      tx.sendIfModified(() => {
        throw new Error("no");
      }),
    /no/,
  );
  assert.deepEqual([changed.wakes, rx.borrow()], [0, 5]);
  assert.equal(
    tx.sendIfModified((n) => n),
    true,
    "the same value, but said to be changed",
  );
  assert.equal(changed.wakes, 1);
});

test("watch.Receiver.waitFor() looks at what is there first, then at each change, and at the last value", () => {
  const [tx, rx] = watch.channel(1);
  const looks: number[] = [];
  const wanted = (n: number): boolean => looks.push(n) > 0 && n >= 3;
  const wait = begun(rx.waitFor(wanted));
  assert.equal(wait.poll(), "pending");
  assert.deepEqual(looks, [1], "not again at what it has seen");
  tx.send(2);
  assert.equal(wait.poll(), "pending");
  tx.send(3);
  assert.equal(wait.wakes, 2);
  assert.equal(wait.poll(), 3);
  assert.deepEqual(looks, [1, 2, 3]);
  assert.equal(rx.hasChanged(), false);
  assert.equal(new Hand(rx.waitFor((n) => n === 3)).poll(), 3, "though it was seen");
  tx.send(4);
  tx.close();
  assert.equal(new Hand(rx.waitFor(() => true)).poll(), 4);
  assert.throws(() => new Hand(rx.waitFor(() => false)).poll(), DisconnectedError);
});

test("watch.Receiver.waitFor() refuses at once what is no function", () => {
  const [, rx] = watch.channel(1);
  for (const wanted of [undefined, 1, null])
    assert.throws(() => rx.waitFor(wanted as never), {
      name: "TypeError",
      message: `Cannot wait for a value as 'isWanted' must be a function: received ${wanted}`,
    });
});

test("watch.Receiver.waitFor() fails when the channel ends without what it wants, and throws what the test throws", () => {
  const [tx, rx] = watch.channel(1);
  const wait = begun(rx.waitFor((n) => n > 5));
  tx.send(2);
  tx.close();
  assert.equal(wait.wakes, 1);
  assert.throws(() => wait.poll(), DisconnectedError);
  const [, other] = watch.channel(1);
  const failing = new Hand(
    other.waitFor(() => {
      throw new Error("mine");
    }),
  );
  assert.throws(() => failing.poll(), /mine/);
  begun(other.changed());
});

test("watch.Receiver.next() gives the newest value that was not seen, and END behind the last", () => {
  const [tx, rx] = watch.channel("a");
  const next = begun(rx.next());
  tx.send("b");
  tx.send("c");
  assert.equal(next.poll(), "c");
  assert.equal(next.poll(), "pending");
  tx.send("d");
  tx.close();
  assert.equal(next.poll(), "d");
  assert.equal(next.poll(), END);
});

test("watch.Receiver is for one awaiter at a time, whatever it waits for", () => {
  const [tx, rx] = watch.channel(0);
  const first = begun(rx.changed());
  for (const second of [rx.changed(), rx.next(), rx.waitFor(() => false)]) {
    const error = caught(() => new Hand<unknown>(second).poll());
    assert.ok(error instanceof BusyError);
    assert.equal(error.code, "channel.busy");
    new Hand<unknown>(second).drop();
  }
  tx.send(1);
  assert.equal(first.wakes, 1);
  assert.throws(() => new Hand(rx.next()).poll(), BusyError, "woken, and not polled yet");
  assert.equal(first.poll(), undefined);
  const gone = begun(rx.changed());
  gone.drop();
  const after = begun(rx.next());
  tx.send(2);
  assert.deepEqual([gone.wakes, after.wakes, after.poll()], [0, 1, 2]);
});

test("watch: who was woken and dropped leaves the change unseen, and makes way", () => {
  const [tx, rx] = watch.channel(0);
  const first = begun(rx.next());
  tx.send(1);
  first.drop();
  assert.equal(new Hand(rx.next()).poll(), 1);
});

test("watch: a wait that was dropped is not kept", async () => {
  const [tx, rx] = watch.channel(0);
  const wait = (() => {
    const future = rx.waitFor(() => false);
    begun(future).drop();
    return new WeakRef(future);
  })();
  for (let turns = 0; turns < 100 && wait.deref() !== undefined; turns++) {
    await macrotask();
    collectGarbage();
  }
  assert.equal(wait.deref(), undefined);
  assert.equal(tx.receiverCount, 1);
});

test("watch: ends that were closed say so", () => {
  const [tx, rx] = watch.channel(0);
  const waits = begun(rx.changed());
  rx.close();
  rx[Symbol.dispose]();
  assert.equal(waits.wakes, 1);
  const error = caught(() => waits.poll());
  assert.ok(error instanceof ClosedError);
  assert.match(error.message, /^Cannot wait for a change: this receiver was closed\nhelp: /);
  assert.throws(() => rx.clone(), ClosedError);
  assert.throws(() => rx.hasChanged(), ClosedError);
  assert.equal(tx.receiverCount, 0);
  tx.close();
  for (const send of [() => tx.send(9), () => tx.sendReplace(9)]) {
    const refused = caught(send);
    assert.deepEqual([refused.code, refused.value], ["channel.closed", 9]);
  }
  assert.throws(() => tx.sendModify((n) => n), ClosedError);
  assert.throws(() => tx.sendIfModified((n) => n), ClosedError);
  assert.throws(() => tx.subscribe(), ClosedError);
});

test("watch: clones, weak senders, counts", () => {
  const [tx, rx] = watch.channel(0);
  const other = tx.subscribe();
  assert.ok(rx.sameChannel(other) && !rx.sameChannel(watch.channel(0)[1]));
  const weak = tx.downgrade();
  assert.deepEqual([tx.strongCount, tx.weakCount, tx.receiverCount], [1, 1, 2]);
  weak.upgrade()!.close();
  tx.close();
  assert.equal(weak.upgrade(), undefined);
});

test("watch: a value that lost a select is still unseen", async () => {
  const main = async(function* () {
    const [tx, rx] = watch.channel(0);
    spawn(
      (function* () {
        yield* sleep(5);
        tx.send(1);
      })(),
    );
    const won = yield* select({ next: rx.next(), tick: sleep(5) }, { biased: true });
    yield* sleep(1);
    return [won.key, rx.hasChanged()];
  });
  const outcome = await pausedQuietly().run(main());
  assert.ok(outcome[0] === "next" ? outcome[1] === false : outcome[1] === true);
});

test("watch: changes are read with for await outside of tasks", async () => {
  const [tx, rx] = watch.channel(0);
  const reading = (async () => {
    const seen = [];
    for await (const n of rx) seen.push(n);
    return seen;
  })();
  await pausedQuietly().run(
    async(function* () {
      for (let n = 1; n <= 3; n++) {
        tx.send(n);
        yield* sleep(1);
      }
      tx.close();
    })(),
  );
  assert.deepEqual(await reading, [1, 2, 3]);
});

test("watch is cooperative: a receiver that is always ready lets others run", async () => {
  const main = async(function* () {
    const [tx, rx] = watch.channel(0);
    let others = 0;
    let done = false;
    const other = spawn(
      (function* () {
        for (; !done; others++) yield* yieldNow();
      })(),
    );
    for (let n = 0; n < 512; n++) {
      tx.send(n);
      yield* rx.changed();
    }
    done = true;
    yield* other;
    return others;
  });
  assert.ok((await pausedQuietly().run(main())) >= 3);
});

test("watch does what a plain model does, over random sequences of operations", () => {
  const operation = fc.record({
    kind: fc.constantFrom(
      "send",
      "send",
      "poll",
      "poll",
      "poll",
      "drop",
      "borrow",
      "mark",
      "subscribe",
      "end",
      "close",
    ),
    at: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const [tx, rx] = watch.channel(0);
      type One = { rx: watch.Receiver<number>; hand: Hand<unknown>; isNew: boolean; waits: boolean; seen: number };
      const model: One[] = [];
      const add = (receiver: watch.Receiver<number>): void => {
        model.push({ rx: receiver, hand: new Hand<unknown>(receiver.next()), isNew: false, waits: false, seen: 0 });
      };
      add(rx);
      let value = 0;
      let isOpen = true;
      for (const { kind, at } of operations) {
        const one = model[at % Math.max(1, model.length)];
        if (kind === "send" && isOpen) {
          if (model.length === 0) assert.throws(() => tx.send(value + 1), SendError);
          else {
            tx.send(++value);
            for (const each of model) each.isNew = true;
          }
        } else if (kind === "subscribe" && isOpen) add(tx.subscribe());
        else if (kind === "close") {
          tx.close();
          isOpen = false;
        } else if (one === undefined) continue;
        else if (kind === "poll") {
          const real = one.hand.poll();
          assert.equal(real, one.isNew ? value : isOpen ? "pending" : END);
          one.waits = real === "pending";
          one.seen = one.hand.wakes;
          one.isNew = false;
        } else if (kind === "drop") {
          one.hand.drop();
          one.waits = false;
        } else if (kind === "borrow") {
          assert.equal(one.rx.borrowAndUpdate(), value);
          one.isNew = one.waits = false;
          one.hand.drop();
        } else if (kind === "mark") {
          one.rx.markChanged();
          one.isNew = true;
        } else if (kind === "end") {
          one.rx.close();
          model.splice(model.indexOf(one), 1);
        }
        for (const each of model)
          if (each.waits)
            assert.equal(each.hand.wakes > each.seen, each.isNew || !isOpen, "woken exactly if it is ready");
        assert.equal(tx.receiverCount, model.length);
      }
      for (const each of model) each.rx.close();
      assert.equal(tx.receiverCount, 0);
    }),
    { numRuns: 300 },
  );
});
