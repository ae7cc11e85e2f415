/**
 * An mpsc channel under real threads that do what they like, and a receiver that wanders among them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { END, run } from "../../index.js";
import { mpsc } from "../../sync.js";
import { movesNoPorts } from "../hosts.kit.js";
import { start } from "./threads.kit.js";

/** What each thread has sent, by its number. */
const byThread = (messages: readonly number[]): Map<number, number[]> =>
  Map.groupBy?.(messages, (message) => Math.floor(message / 10_000)) ??
  messages.reduce((map, message) => {
    const thread = Math.floor(message / 10_000);
    return map.set(thread, [...(map.get(thread) ?? []), message]);
  }, new Map<number, number[]>());

for (const capacity of [1, 2, 5, 64]) {
  test(`mpsc of ${capacity}: what threads send in any way comes out once and in order, wherever the receiver is`, async () => {
    const [tx, first] = mpsc.channel<number>(capacity);
    const senders = [1, 2, 3].map((n) => start<number>("sendWildly", tx.clone(), n, 1500));
    tx.close();
    await Promise.all(senders.map((job) => job.begun));
    const got: number[] = [];
    let rx = first;
    // HOST: on Deno it stays where it is.
    for (let round = 0; round < (movesNoPorts ? 0 : 3); round++) {
      for (let n = 0; n < 200; n++) {
        const message = await run(rx.recv());
        if (message !== END) got.push(message);
        assert.ok(rx.capacity >= 0 && rx.len <= capacity, `${rx.capacity} free, ${rx.len} queued`);
      }
      const [theirs, back] = await start<[number[], mpsc.Receiver<number>]>("receiveAndReturn", rx, 300);
      got.push(...theirs);
      rx = back;
    }
    for (let message; (message = await run(rx.recv())) !== END;) got.push(message);
    assert.equal(rx.capacity, capacity);
    const counts = await Promise.all(senders);
    const threads = byThread(got);
    for (const [i, count] of counts.entries()) {
      const theirs = threads.get(i + 1) ?? [];
      assert.deepEqual(
        theirs,
        Array.from({ length: count }, (_, n) => (i + 1) * 10_000 + n),
      );
    }
  });
}

test("mpsc: threads that are ended in the middle of anything cost nobody else a message, a slot or a wake", async () => {
  for (let round = 0; round < 3; round++) {
    const [tx, rx] = mpsc.channel<number>(3);
    const lasting = start<number>("sendWildly", tx.clone(), 1, 1500);
    const doomed = [2, 3].map((n) => start<number>("sendWildly", tx.clone(), n, 1_000_000));
    tx.close();
    await Promise.all([lasting, ...doomed].map((job) => job.begun));
    const got: number[] = [];
    for (let message; (message = await run(rx.recv())) !== END;) {
      got.push(message);
      if (got.length === 200 + 50 * round) void doomed[0]!.worker.terminate();
      if (got.length === 500 + 70 * round) void doomed[1]!.worker.terminate();
    }
    const threads = byThread(got);
    assert.equal(threads.get(1)?.length, await lasting);
    for (const list of threads.values())
      assert.deepEqual(
        list,
        list.map((_, n) => list[0]! + n),
      );
    assert.equal(rx.capacity, 3);
    await Promise.all(doomed.map((job) => job.over));
  }
});
