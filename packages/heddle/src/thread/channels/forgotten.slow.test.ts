/**
 * Ends that were sent and forgotten: the collector closes them, as it does those of one thread.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../../base/garbage.kit.js";
import { END, run } from "../../index.js";
import { broadcast, mpsc, watch } from "../../sync.js";
import { moved } from "./threads.kit.js";

/** Collects until `promise` is there. */
async function collected<T>(promise: Promise<T>): Promise<T> {
  let turns = 0;
  const value = promise.finally(() => (turns = Infinity));
  for (; turns < 200; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  assert.equal(turns, Infinity, "it was not closed");
  return value;
}

test("mpsc: a sender or a receiver that was sent and forgotten is closed by the collector", async () => {
  const [tx, rx] = mpsc.channel<number>(1);
  (() => void moved(tx))();
  assert.equal(await collected(run(rx.recv())), END);
  const [other, away] = mpsc.channel<number>(1);
  (() => void moved(away))();
  await collected(run(other.closed()));
  other.close();
});

test("watch and broadcast: so are theirs", async () => {
  const [tx, rx] = watch.channel(0);
  (() => void moved(tx))();
  assert.equal(await collected(run(rx.next())), END);
  const [sender, receiver] = broadcast.channel<number>(1);
  (() => void moved(receiver))();
  await collected(run(sender.closed()));
  sender.close();
  rx.close();
});
