import assert from "node:assert/strict";
import { test } from "node:test";
import { joinAll, Runtime } from "../index.js";
import { PENDING, pollFn, type Waker } from "../lowlevel.js";

test("joinAll() of 100,000 futures polls each twice: once to start it, and once when it was woken", async () => {
  const COUNT = 100_000;
  const polls = new Uint8Array(COUNT);
  const wakers: (Waker | undefined)[] = [];
  const futures = Array.from({ length: COUNT }, (_, i) =>
    pollFn((cx) => {
      if (++polls[i] === 2) return i;
      wakers[i] = cx.waker;
      return PENDING;
    }),
  );
  const runtime = new Runtime({ warnings: false });
  const all = runtime.run(joinAll(futures));
  while (wakers.length < COUNT) await new Promise((resolve) => setImmediate(resolve));
  // Woken from the last to the first, in ten portions: the order they were woken in is not the order they were given in.
  for (let i = COUNT - 1; i >= 0; i--) {
    wakers[i]!.wake();
    if (i % (COUNT / 10) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const values = await all;
  assert.equal(values.length, COUNT);
  assert.ok(
    values.every((value, i) => value === i),
    "in the order given",
  );
  assert.ok(
    polls.every((count) => count === 2),
    "twice each",
  );
});
