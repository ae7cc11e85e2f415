import assert from "node:assert/strict";
import { test } from "node:test";
import { NoRuntimeError, Runtime } from "../index.js";
import { Alarm } from "./alarm.js";
import { Context, type Waker } from "./context.js";
import { PENDING } from "./poll.js";

class Count implements Waker {
  wakes = 0;
  readonly cx = new Context(this);
  wake(): void {
    this.wakes++;
  }
}

function onRuntime(play: (advance: (milliseconds: number) => void, timers: () => number) => void): void {
  const runtime = new Runtime({ startPaused: true, warnings: false });
  const advance = (milliseconds: number): void => {
    runtime.clock.advance(milliseconds);
    runtime.timers.clockChanged();
  };
  runtime.enter(() => play(advance, () => runtime.metrics().timers));
}

test("Alarm wakes who polled it last, once, and never early", () => {
  onRuntime((advance, timers) => {
    advance(0.5);
    const alarm = new Alarm(10);
    const [first, last] = [new Count(), new Count()];
    advance(5);
    assert.equal(alarm.poll(first.cx), PENDING, "the delay counts from here");
    assert.equal(alarm.poll(last.cx), PENDING);
    assert.equal(timers(), 1);
    advance(10);
    assert.equal(alarm.poll(last.cx), PENDING, "at 15.5, rounded up to 16");
    advance(0.5);
    assert.deepEqual([first.wakes, last.wakes, timers()], [0, 1, 0]);
    assert.equal(alarm.poll(last.cx), undefined);
    assert.equal(alarm.poll(last.cx), undefined);
    assert.equal(last.wakes, 1);
  });
});

test("Alarm.cancel() wakes nobody any more, and it may be polled again", () => {
  onRuntime((advance, timers) => {
    const alarm = new Alarm(10);
    const count = new Count();
    alarm.cancel();
    void alarm.poll(count.cx);
    alarm.cancel();
    assert.equal(timers(), 0);
    void alarm.poll(count.cx);
    advance(10);
    assert.equal(count.wakes, 1);
    const past = new Alarm(0);
    assert.equal(past.poll(count.cx), undefined);
  });
});

test("Alarm needs a runtime, and says so", () => {
  assert.throws(() => new Alarm(1).poll(new Count().cx), NoRuntimeError);
});
