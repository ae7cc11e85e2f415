/**
 * That a crowd costs nothing extra. Links are counted, not time.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, noopWaker, PENDING, Waiter } from "../lowlevel.js";
import type { Guard } from "../sync.js";
import { type Acquiring, LOCKS } from "./locks.kit.js";

/** Counts how often a link of any waiter is read or written while `work` runs. */
function linksTouched(work: (isCounting: (on: boolean) => void) => void): number {
  let touched = 0;
  let isOn = false;
  const links = [Symbol("before"), Symbol("after")];
  ["before", "after"].forEach((name, i) =>
    Object.defineProperty(Waiter.prototype, name, {
      configurable: true,
      get(this: any) {
        if (isOn) touched++;
        return this[links[i]!];
      },
      set(this: any, to: unknown) {
        if (isOn) touched++;
        this[links[i]!] = to;
      },
    }),
  );
  try {
    work((on) => (isOn = on));
  } finally {
    for (const name of ["before", "after"]) delete (Waiter.prototype as any)[name];
  }
  return touched;
}

for (const [name, lock] of LOCKS)
  test(`${name} costs the same with 10,000 waiters as with 10: to be released, and to be dropped from the middle`, () => {
    const costs = [10, 10_000].map((crowd) => {
      const cx = new Context(noopWaker);
      const guard = lock().poll(cx) as Guard;
      let waiting: Acquiring[] = [];
      const touched = linksTouched((count) => {
        waiting = Array.from({ length: crowd }, lock);
        for (const future of waiting) assert.equal(future.poll(cx), PENDING);
        count(true);
        waiting[crowd / 2]!.drop(cx);
        guard.release();
        (waiting[0]!.poll(cx) as Guard).release();
        count(false);
        for (const future of waiting.slice(1)) future.drop(cx);
      });
      return touched;
    });
    assert.equal(costs[0], costs[1]);
    assert.ok(costs[0]! > 0 && costs[0]! < 100, `${costs[0]} links touched`);
  });
