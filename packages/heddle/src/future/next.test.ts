import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Pending, Runtime, spawn } from "../index.js";
import { answerSlowly } from "./inspect.js";
import { Leaf } from "./leaf.js";
import { answer, charge, context } from "./next.js";
import { PENDING, type Poll } from "./poll.js";
import type { Context } from "./context.js";

/** Pending at its first poll, and ready with a number afterwards. */
class Own extends Leaf<number> {
  polls = 0;
  poll(cx: Context): Poll<number> {
    this.polls++;
    if (this.polls > 1) return this.polls;
    cx.waker.wake();
    return PENDING;
  }
  override next(): IteratorResult<Pending, number> {
    return charge() ? answer(this.poll(context())) : (answerSlowly(this) as IteratorResult<Pending, number>);
  }
}

test("charge(), context() and answer() make a next() that does what Leaf.next() does", async () => {
  const runtime = new Runtime({ startPaused: true, warnings: false });
  const main = async(function* () {
    const leaf = new Own();
    assert.equal(yield* leaf, 2);
    let others = 0;
    const other = spawn(
      (function* () {
        others++;
      })(),
    );
    for (let n = 0; n < 200; n++) assert.equal(yield* leaf, n + 3);
    assert.equal(others, 1, "the budget has ended a poll");
    yield* other;
    return leaf.polls;
  });
  assert.equal(await runtime.run(main()), 202);
});

test("a leaf with a next() of its own stands in the dump with its line", async () => {
  class Never extends Own {
    override poll(): typeof PENDING {
      return PENDING;
    }
  }
  const runtime = new Runtime({ startPaused: true, warnings: false });
  const waits = runtime.spawn(
    async(function* waiter() {
      yield* new Never();
    })(),
  );
  await new Promise((resolve) => setImmediate(resolve));
  assert.match(runtime.dump().toString(), /waiter .*next\.test\.[jt]s:\d+/);
  waits.abort();
  await runtime.shutdown();
});
