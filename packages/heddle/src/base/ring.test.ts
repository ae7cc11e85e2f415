import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { collectGarbage } from "./garbage.kit.js";
import fc from "fast-check";
import { Ring } from "./ring.js";

test("Ring.shift() returns items in the order they were pushed, through growth and wrap-around", () => {
  const command = fc.oneof(
    fc.record({ push: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ shift: fc.integer({ min: 0, max: 40 }) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const ring = new Ring<number>();
      const model: number[] = [];
      let serial = 0;
      for (const command of commands) {
        if ("push" in command) {
          for (let i = 0; i < command.push; i++) {
            ring.push(serial);
            model.push(serial++);
          }
        } else for (let i = 0; i < command.shift; i++) assert.equal(ring.shift(), model.shift());
        assert.equal(ring.length, model.length);
        assert.deepEqual([...ring], model);
      }
    }),
  );
});

test("Ring.shift() returns undefined when empty and leaves the ring usable", () => {
  const ring = new Ring<string>();
  assert.equal(ring.shift(), undefined);
  assert.equal(ring.length, 0);
  ring.push("a");
  assert.equal(ring.shift(), "a");
  assert.equal(ring.shift(), undefined);
  assert.equal(ring.length, 0);
});

test("Ring.shift() hands out an undefined that was pushed and counts it", () => {
  const ring = new Ring<undefined>();
  ring.push(undefined);
  assert.equal(ring.length, 1);
  assert.equal(ring.shift(), undefined);
  assert.equal(ring.length, 0);
});

test("Ring keeps its order through shrinking after bursts of every size", () => {
  const ring = new Ring<number>();
  const calm = new Array(40).fill(1);
  for (const burst of [5000, ...calm, 5000, 3000, 20_000, ...calm, ...calm, 1500, 16, 17]) {
    for (let i = 0; i < burst; i++) ring.push(i);
    for (let i = 0; i < burst; i++) assert.equal(ring.shift(), i);
    assert.equal(ring.length, 0);
  }
});

test("Ring[Symbol.iterator]() takes nothing out", () => {
  const ring = new Ring<number>();
  for (const item of [1, 2, 3]) ring.push(item);
  assert.deepEqual([...ring], [1, 2, 3]);
  assert.deepEqual([...ring], [1, 2, 3]);
  assert.equal(ring.length, 3);
});

test("Ring.shift() lets go of the items", async () => {
  const ring = new Ring<object>();
  const refs = Array.from({ length: 3 }, () => {
    const item = {};
    ring.push(item);
    return new WeakRef(item);
  });
  ring.shift();
  await turn();
  collectGarbage();
  assert.deepEqual(
    refs.map((ref) => ref.deref() !== undefined),
    [false, true, true],
  );
  assert.equal(ring.length, 2);
});

test("Ring gives the memory of a burst back once it has run empty often enough", () => {
  const ring = new Ring<number>();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 300_000; i++) ring.push(i);
  while (ring.length > 0) ring.shift();
  for (let turn = 0; turn < 16 * 9; turn++) {
    ring.push(turn);
    ring.shift();
  }
  collectGarbage();
  const kept = process.memoryUsage().heapUsed - before;
  assert.ok(kept < 500_000, `${kept} bytes of 4 MB are still held`);
  ring.push(1); // the ring is still there to hold them
  assert.equal(ring.shift(), 1);
});
