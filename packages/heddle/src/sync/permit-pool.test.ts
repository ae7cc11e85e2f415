/**
 * What holds for all locks alike: that other code may run in every wake, and that whoever watches is told of each access.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, noopWaker, observeResources, PENDING } from "../lowlevel.js";
import type { Guard } from "../sync.js";
import { type Acquiring, LOCKS } from "./locks.kit.js";

for (const [name, lock] of LOCKS)
  test(`${name} is in order before it wakes: the waker may drop, ask and release at will`, () => {
    const events: string[] = [];
    const first = lock().poll(new Context(noopWaker)) as Guard;
    const [second, third, fourth] = [lock(), lock(), lock()];
    const wake = (fn: () => void) => new Context({ wake: fn });
    const take = (label: string, future: Acquiring) => {
      events.push(label);
      (future.poll(new Context(noopWaker)) as Guard).release();
    };
    assert.equal(
      second.poll(
        wake(() => {
          events.push("second woken");
          assert.equal(fourth.poll(wake(() => take("fourth", fourth))), PENDING);
          second.drop(new Context(noopWaker));
        }),
      ),
      PENDING,
    );
    assert.equal(third.poll(wake(() => take("third", third))), PENDING);
    first.release();
    assert.deepEqual(events, ["second woken", "third", "fourth"]);
  });

for (const [name, lock] of LOCKS)
  test(`${name} says that it is touched before each access`, () => {
    const touches: boolean[] = [];
    const cx = new Context(noopWaker);
    const restore = observeResources({ touched: (_resource, write) => touches.push(write) });
    const ledger: Record<string, number> = {};
    const count = <T>(label: string, fn: () => T): T => {
      const before = touches.length;
      const result = fn();
      ledger[label] = touches.length - before;
      return result;
    };
    try {
      const guard = count("taken", () => lock().poll(cx)) as Guard;
      const waiting = lock();
      count("pending", () => waiting.poll(cx));
      count("polled again", () => waiting.poll(cx));
      count("released", () => guard.release());
      const own = count("granted", () => waiting.poll(cx)) as Guard;
      const dropped = lock();
      dropped.poll(cx);
      count("dropped", () => dropped.drop(cx));
      own.release();
    } finally {
      restore();
    }
    for (const [label, times] of Object.entries(ledger)) assert.ok(times >= 1, label);
    assert.ok(touches.every((write) => write));
  });

for (const [name, lock] of LOCKS)
  test(`${name} that gave its guard is no wait any more: to drop it releases nothing`, () => {
    const cx = new Context(noopWaker);
    const future = lock();
    const guard = future.poll(cx) as Guard;
    future.drop(cx);
    assert.equal(guard.isReleased, false);
    const next = lock();
    assert.equal(next.poll(cx), PENDING);
    guard.release();
    (next.poll(cx) as Guard).release();
  });
