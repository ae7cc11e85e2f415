import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { END, run } from "../../index.js";
import { broadcast, mpsc, queue, watch } from "../../sync.js";
import { pack } from "../values/pack.js";
import { moved, settle } from "./threads.kit.js";

type AnySender = mpsc.Sender<number> | mpsc.UnboundedSender<number>;
type Weak = ReturnType<AnySender["downgrade"]>;

for (const [kind, make] of [
  ["bounded", () => mpsc.channel<number>(4)],
  ["unbounded", () => mpsc.unbounded<number>()],
] as [string, () => [AnySender, mpsc.Receiver<number>]][])
  describe(`A weak sender of a ${kind} mpsc channel that was sent`, () => {
    test("does not keep the channel open, and is one on the other side only", async () => {
      const [tx, rx] = make();
      const weak: Weak = tx.downgrade();
      const there = moved(weak);
      assert.deepEqual([tx.strongCount, tx.weakCount], [1, 1]);
      assert.throws(() => weak.upgrade(), { code: "channel.moved" });
      weak.close();
      const ended = run(rx.recv());
      tx.close();
      assert.equal(await ended, END);
      assert.equal(there.upgrade(), undefined);
      there.close();
    });

    test("gives a sender as long as there is one anywhere", async () => {
      const [tx, rx] = make();
      const there: Weak = moved(tx.downgrade());
      const strong = there.upgrade()!;
      assert.deepEqual([tx.strongCount, strong.weakCount], [2, 1]);
      tx.close();
      if (kind === "bounded") (strong as mpsc.Sender<number>).trySend(7);
      else (strong as mpsc.UnboundedSender<number>).send(7);
      assert.equal(await run(rx.recv()), 7);
      const second = there.clone();
      there.close();
      const other = moved(second).upgrade()!;
      strong.close();
      await settle();
      assert.equal(rx.isClosed, false);
      other.close();
      assert.equal(await run(rx.recv()), END);
    });
  });

describe("A weak sender", () => {
  test("of a channel whose senders are not counted for all threads at once is refused", () => {
    const [watched] = watch.channel(1);
    const [heard] = broadcast.channel<number>(1);
    const [queued] = queue.bounded<number>(1);
    for (const [tx, kind] of [
      [watched, "watch"],
      [heard, "broadcast"],
      [queued, "queue"],
    ] as const)
      assert.throws(() => pack({ weak: tx.downgrade() }, "it"), {
        code: "channel.weak",
        message: new RegExp(`^Cannot send a weak sender to a thread as .*: it is one of a ${kind} channel\nhelp: `),
      });
  });

  test("that was closed cannot be sent", () => {
    const [tx] = mpsc.channel<number>(1);
    const weak = tx.downgrade();
    weak.close();
    assert.throws(() => pack(weak, "it"), { code: "channel.closed" });
    tx.close();
  });
});
