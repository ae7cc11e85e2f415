import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AbortedError, CancellationToken, run, sleep } from "../../index.js";
import { moved, settle } from "./threads.kit.js";

describe("A CancellationToken that was sent", () => {
  test("is the same token: cancelled anywhere it is cancelled everywhere, at once, with the first reason", async () => {
    for (const first of [0, 1, 2]) {
      const token = new CancellationToken();
      const there = moved(token);
      const tokens = [token, there, moved(there)];
      assert.deepEqual(
        tokens.map((it) => it.isCancelled),
        [false, false, false],
      );
      tokens[first]!.cancel({ why: "maintenance" });
      tokens[(first + 1) % 3]!.cancel("later");
      assert.deepEqual(
        tokens.map((it) => it.isCancelled),
        [true, true, true],
      );
      assert.deepEqual(
        tokens.map((it) => it.reason),
        new Array(3).fill({ why: "maintenance" }),
      );
      assert.throws(() => there.throwIfCancelled(), AbortedError);
      await settle();
      assert.deepEqual(
        tokens.map((it) => it.reason),
        new Array(3).fill({ why: "maintenance" }),
      );
    }
  });

  test("wakes those who wait on any side, before it was sent and after", async () => {
    const token = new CancellationToken();
    const before = run(token.cancelled());
    await settle();
    const there = moved(token);
    const waits = [before, run(token.cancelled()), run(there.cancelled()), run(moved(there).cancelled())];
    const signals = [token.signal, there.signal];
    await settle();
    there.cancel(new RangeError("far"));
    await Promise.all(waits);
    await settle();
    for (const signal of signals) {
      assert.equal(signal.aborted, true);
      assert.ok((signal.reason as AbortedError).cause instanceof RangeError);
    }
  });

  test("cancels its children on all sides, and is cancelled with its parent", async () => {
    const parent = new CancellationToken();
    const token = parent.childToken();
    const younger = token.childToken();
    const there = moved(token);
    const child = there.childToken();
    const waits = [younger, child].map((it) => run(it.cancelled()));
    await settle();
    child.cancel("own");
    assert.deepEqual([token.isCancelled, there.isCancelled, child.isCancelled], [false, false, true]);
    parent.cancel("all");
    assert.deepEqual(
      [token, there, younger].map((it) => it.reason),
      ["all", "all", "all"],
    );
    await Promise.all(waits);
    assert.equal(child.reason, "own");
  });

  test("may have been cancelled before, by itself or from above", () => {
    const parent = new CancellationToken();
    const token = parent.childToken();
    parent.cancel("early");
    const there = moved(token);
    assert.deepEqual([there.isCancelled, there.reason, there.childToken().isCancelled], [true, "early", true]);
  });

  test("stops what it was to stop", async () => {
    const token = new CancellationToken();
    const there = moved(token);
    const stopped = run(there.runUntilCancelled(sleep(60_000)));
    await settle();
    token.cancel();
    assert.equal(await stopped, undefined);
  });

  test("takes along what of a reason has room", async () => {
    const reasons: [unknown, (got: any) => boolean][] = [
      ["x".repeat(10_000), (got) => typeof got === "string" && got.startsWith('"xxx')],
      [
        Object.assign(new Error("long"), { stack: `Error: long\n${"    at x (y:1:1)\n".repeat(1000)}` }),
        (got) => got.message === "long",
      ],
      [() => 1, (got) => got.code === "thread.unsendable"],
      [undefined, (got) => got === undefined],
    ];
    for (const [reason, isRight] of reasons) {
      const token = new CancellationToken();
      const there = moved(token);
      token.cancel(reason);
      assert.ok(isRight(there.reason), String(reason).slice(0, 40));
    }
  });
});
