import assert from "node:assert/strict";
import { test } from "node:test";
import { Context } from "../future/context.js";
import type { Leaf } from "../future/leaf.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";
import { PolledReader } from "./polled-reader.js";

/** Notes what is asked of it; gives what `now` says. */
class Noting extends PolledReader {
  now: Poll<number> = PENDING;
  readonly log: string[] = [];
  constructor() {
    super(null);
  }
  pollRead(): Poll<number> {
    this.log.push("poll");
    return this.now;
  }
  override waits(isWaiting: boolean): void {
    this.log.push(isWaiting ? "waits" : "over");
  }
  wake(): void {
    this.wakeReader();
  }
}

const leaf = (future: Future<number>): Leaf<number> => future as Leaf<number>;

test("PolledReader tells when a read waits and when it is over, whatever becomes of others", () => {
  const reader = new Noting();
  let wakes = 0;
  const cx = new Context({ wake: () => void wakes++ });
  const first = leaf(reader.read(new Uint8Array(1)));
  assert.equal(first.poll(cx), PENDING);
  const second = leaf(reader.read(new Uint8Array(1)));
  assert.throws(() => second.poll(cx), { code: "io.busy" });
  leaf(reader.read(new Uint8Array(1))).drop(cx); // dropped before its first poll: the first still waits
  reader.wake();
  reader.now = 1;
  assert.equal(first.poll(cx), 1);
  reader.wake(); // nobody waits
  reader.now = PENDING;
  const third = leaf(reader.read(new Uint8Array(1)));
  third.poll(cx);
  third.drop(cx);
  reader.wake();
  assert.deepEqual(reader.log, ["poll", "waits", "poll", "over", "poll", "waits", "over"]);
  assert.equal(wakes, 1);
});

test("PolledReader.read() uses a future again only once it is over", () => {
  const reader = new Noting();
  const cx = new Context({ wake() {} });
  const [first, second] = [reader.read(new Uint8Array(1)), reader.read(new Uint8Array(1))];
  assert.notEqual(first, second);
  reader.now = 1;
  leaf(first).poll(cx);
  assert.equal(reader.read(new Uint8Array(1)), first);
  assert.notEqual(reader.read(new Uint8Array(1)), second);
});

test("PolledReader.read() that was dropped is over for good: whoever kept it does not disturb the next one", () => {
  const reader = new Noting();
  let wakes = 0;
  const cx = new Context({ wake: () => void wakes++ });
  for (const isPolled of [false, true]) {
    const lost = leaf(reader.read(new Uint8Array(1)));
    if (isPolled) lost.poll(cx);
    lost.drop(cx);
    const next = leaf(reader.read(new Uint8Array(1)));
    next.poll(cx);
    lost.drop(cx); // it lost a second time
    assert.throws(() => lost.poll(new Context({ wake() {} })), { code: "io.busy" });
    reader.wake();
    reader.now = 1;
    assert.equal(next.poll(cx), 1);
    assert.throws(() => lost.poll(cx), { code: "future.completed" });
    reader.now = PENDING;
  }
  assert.equal(wakes, 2);
});
