/**
 * The channels of heddle/sync under every order of their tasks' steps: no message is lost or given twice, nobody waits for ever, and all room
 * is free in the end. What can come out is found with opaque steps, and once more with tracked ones, which skip most orders: the two agree
 * exactly if each channel says of every access that it was one.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, END, type Future, type JoinHandle, SendError, spawn, yieldNow } from "heddle";
import { broadcast, mpsc, oneshot, queue, watch } from "heddle/sync";
import { explore, type ExploreOptions } from "heddle/test";

/** Explores `program` both ways. Answers the outcomes that there can be, sorted. */
async function outcomesOf(program: () => Future<unknown>, options: ExploreOptions = {}): Promise<string[]> {
  const found: string[][] = [];
  for (const shared of ["opaque", "tracked"] as const) {
    const outcomes = new Set<string>();
    const { exhausted } = await explore(program, {
      ...options,
      shared,
      after: (outcome) => outcomes.add(String(outcome)),
    });
    assert.ok(exhausted, `${shared}: all orders`);
    found.push([...outcomes].sort());
  }
  assert.deepEqual(found[1], found[0], "tracked steps find what opaque steps find");
  return found[0]!;
}

/** What became of a task: its value, or the name of its error. */
const fate = async(function* (handle: JoinHandle<unknown>) {
  const outcome = yield* handle.settled();
  return outcome.status === "fulfilled" ? outcome.value : outcome.reason.name;
});

test("oneshot: whoever is first, the value is received or handed back", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = oneshot.channel<string>();
      const sender = spawn(
        (function* () {
          try {
            tx.send("a");
            return "sent";
          } catch (error) {
            return `back: ${(error as SendError<string>).value}`;
          }
        })(),
      );
      const closer = spawn(
        (function* () {
          rx.close();
        })(),
      );
      const receiver = spawn(rx);
      yield* closer;
      return `${yield* fate(sender)}, ${yield* fate(receiver)}`;
    }),
  );
  assert.deepEqual(outcomes, ["back: a, ClosedError", "sent, a"]);
});

test("oneshot: a receiver that is aborted and a sender that goes leave nobody waiting", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = oneshot.channel<string>();
      const closed = spawn(tx.closed());
      const receiver = spawn(
        (function* () {
          try {
            return yield* rx;
          } finally {
            rx.close();
          }
        })(),
      );
      const aborter = spawn(
        (function* () {
          receiver.abort();
        })(),
      );
      const closer = spawn(
        (function* () {
          tx.close();
        })(),
      );
      yield* aborter;
      yield* closer;
      yield* closed;
      return yield* fate(receiver);
    }),
  );
  assert.deepEqual(outcomes, ["AbortError", "DisconnectedError"]);
});

test("mpsc: every message arrives, each sender's in order, and the end behind them", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = mpsc.channel<string>(1);
      for (const name of ["a", "b"]) {
        const mine = tx.clone();
        spawn(
          (function* () {
            for (const n of [1, 2]) yield* mine.send(`${name}${n}`);
            mine.close();
          })(),
        );
      }
      tx.close();
      const seen: string[] = [];
      for (let message; (message = yield* rx.recv()) !== END;) seen.push(message);
      assert.equal(rx.capacity, 1);
      return seen.join(" ");
    }),
  );
  for (const outcome of outcomes) {
    assert.deepEqual(outcome.split(" ").sort(), ["a1", "a2", "b1", "b2"]);
    assert.ok(outcome.indexOf("a1") < outcome.indexOf("a2") && outcome.indexOf("b1") < outcome.indexOf("b2"), outcome);
  }
  assert.ok(outcomes.length > 1);
});

test("mpsc: an aborted send takes no room with it, wherever it stands", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = mpsc.channel<string>(1);
      tx.trySend("first");
      const victim = spawn(tx.send("victim"));
      const other = spawn(tx.send("other"));
      const aborter = spawn(
        (function* () {
          victim.abort();
        })(),
      );
      const seen = [yield* rx.recv()];
      yield* aborter;
      const end = yield* fate(victim);
      if (end !== "AbortError") seen.push(yield* rx.recv());
      seen.push(yield* rx.recv());
      yield* other;
      assert.deepEqual([rx.capacity, rx.isEmpty], [1, true]);
      return seen.join(" ");
    }),
  );
  assert.deepEqual(
    outcomes.filter((outcome) => outcome === "first other"),
    ["first other"],
  );
  for (const outcome of outcomes) assert.match(outcome, /^first (other|victim other|other victim)$/);
});

test("mpsc: a close while senders wait loses nothing: received or handed back", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = mpsc.channel<string>(1);
      const back: string[] = [];
      const send = async(function* (message: string) {
        try {
          yield* tx.send(message);
        } catch (error) {
          assert.ok(error instanceof SendError);
          back.push(error.value as string);
        }
      });
      const senders = [spawn(send("a")), spawn(send("b"))];
      const closer = spawn(
        (function* () {
          rx.close();
        })(),
      );
      const seen: string[] = [];
      for (let message; (message = yield* rx.recv()) !== END;) seen.push(message);
      yield* closer;
      for (const sender of senders) yield* sender;
      assert.deepEqual([...seen, ...back].sort(), ["a", "b"]);
      return `${seen.length} received`;
    }),
  );
  assert.deepEqual(outcomes, ["0 received", "1 received", "2 received"]);
});

test("mpsc: a receiver of a closed channel hears of the last permit, whatever becomes of it", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = mpsc.channel<string>(2);
      const permit = tx.tryReserve()!;
      const user = spawn(
        (function* () {
          yield* yieldNow();
          permit.send("used");
        })(),
      );
      const many = spawn(
        (function* () {
          const permits = yield* tx.reserveMany(2);
          permits[Symbol.dispose]();
        })(),
      );
      const aborter = spawn(
        (function* () {
          many.abort();
          rx.close();
        })(),
      );
      const seen: string[] = [];
      for (let message; (message = yield* rx.recv()) !== END;) seen.push(message);
      yield* aborter;
      yield* user;
      const end = yield* fate(many);
      assert.equal(rx.capacity, 2);
      return `${seen.join()} ${end}`;
    }),
  );
  for (const outcome of outcomes) assert.match(outcome, /^used (AbortError|DisconnectedError|undefined)$/);
});

test("broadcast: everyone hears everything, and the end", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, first] = broadcast.channel<number>(2);
      const listen = async(function* (rx: broadcast.Receiver<number>) {
        const seen: number[] = [];
        for (let message; (message = yield* rx.recv()) !== END;) seen.push(message);
        return seen.join();
      });
      const listeners = [spawn(listen(first)), spawn(listen(tx.subscribe()))];
      for (const n of [1, 2]) {
        tx.send(n);
        yield* yieldNow();
      }
      tx.close();
      const heard = [];
      for (const listener of listeners) heard.push(yield* listener);
      assert.equal(tx.len, 0);
      return heard.join(" and ");
    }),
  );
  assert.deepEqual(outcomes, ["1,2 and 1,2"]);
});

test("watch: who follows it ends with the last value, whatever is skipped", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = watch.channel(0);
      const follower = spawn(
        (function* () {
          const seen: number[] = [];
          for (let value; (value = yield* rx.next()) !== END;) seen.push(value);
          return seen.join();
        })(),
      );
      const waiter = spawn(tx.subscribe().waitFor((n) => n === 2));
      for (const n of [1, 2]) {
        tx.send(n);
        yield* yieldNow();
      }
      tx.close();
      assert.equal(yield* waiter, 2);
      return yield* follower;
    }),
  );
  assert.deepEqual(outcomes, ["1,2", "2"]);
});

test("watch: tasks that share a receiver share what it has seen", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = watch.channel(0);
      tx.send(1);
      const looks = spawn(
        (function* () {
          return rx.hasChanged();
        })(),
      );
      const marks = spawn(
        (function* () {
          rx.markUnchanged();
        })(),
      );
      yield* marks;
      return yield* looks;
    }),
  );
  assert.deepEqual(outcomes, ["false", "true"]);
});

for (const [what, makeReceiver] of [
  ["broadcast", () => broadcast.channel<number>(2)],
  ["watch", () => watch.channel(0)],
] as const) {
  test(`${what}: a second awaiter is refused until the first has gone`, async () => {
    const outcomes = await outcomesOf(
      async(function* () {
        const [tx, rx] = makeReceiver();
        const first = spawn(rx.next());
        const second = spawn(rx.next());
        const aborter = spawn(
          (function* () {
            first.abort();
          })(),
        );
        const closer = spawn(
          (function* () {
            tx.close();
          })(),
        );
        yield* aborter;
        yield* closer;
        return [yield* fate(first), yield* fate(second)].map(String);
      }),
    );
    const end = String(END);
    assert.deepEqual(
      outcomes,
      [`AbortError,BusyError`, `AbortError,${end}`, `BusyError,${end}`, `${end},BusyError`, `${end},${end}`].sort(),
    );
  });
}

test("queue: each message is worked off once, though a worker is aborted at any moment", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = queue.bounded<number>(1);
      const done: number[] = [];
      const work = async(function* () {
        for (let job; (job = yield* rx.recv()) !== END;) done.push(job);
      });
      const victim = spawn(work());
      const worker = spawn(work());
      const aborter = spawn(
        (function* () {
          victim.abort();
        })(),
      );
      for (const n of [1, 2]) yield* tx.send(n);
      tx.close();
      yield* aborter;
      yield* worker;
      yield* fate(victim);
      assert.equal(rx.capacity, 1);
      return done.sort((a, b) => a - b).join();
    }),
  );
  assert.deepEqual(outcomes, ["1,2"]);
});

test("queue: a close while workers wait ends them all, with every message taken", async () => {
  const outcomes = await outcomesOf(
    async(function* () {
      const [tx, rx] = queue.unbounded<number>();
      let taken = 0;
      const work = async(function* () {
        while ((yield* rx.recv()) !== END) taken++;
      });
      const workers = [spawn(work()), spawn(work())];
      tx.trySend(1);
      const closer = spawn(
        (function* () {
          tx.close();
        })(),
      );
      yield* closer;
      for (const worker of workers) yield* worker;
      return taken;
    }),
  );
  assert.deepEqual(outcomes, ["1"]);
});
