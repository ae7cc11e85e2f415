import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteQueue } from "./byte-queue.js";

test("ByteQueue does what an array of bytes does, over random sequences of operations", () => {
  const operation = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), size: fc.nat(1500) }),
    fc.record({ kind: fc.constant("pushByte" as const), size: fc.constant(1) }),
    fc.record({ kind: fc.constant("room" as const), size: fc.nat(1500) }),
    fc.record({ kind: fc.constant("take" as const), size: fc.nat(2000) }),
    fc.record({ kind: fc.constant("discard" as const), size: fc.nat(100_000) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const queue = new ByteQueue();
      let model: number[] = [];
      let next = 0;
      const fresh = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => next++ & 0xff);
      for (const { kind, size } of operations) {
        if (kind === "push") {
          const bytes = fresh(size);
          queue.push(bytes);
          model.push(...bytes);
        } else if (kind === "pushByte") {
          const bytes = fresh(1);
          queue.pushByte(bytes[0]!);
          model.push(...bytes);
        } else if (kind === "room") {
          const bytes = fresh(size);
          const room = queue.room(size);
          assert.ok(room.length >= size);
          room.set(bytes);
          queue.commit(size >> 1);
          model.push(...bytes.subarray(0, size >> 1));
        } else if (kind === "take") {
          assert.deepEqual([...queue.take(size)], model.slice(0, size));
          model = model.slice(size);
        } else {
          queue.discard(size);
          model = model.slice(size);
        }
        assert.equal(queue.length, model.length);
        assert.deepEqual([...queue.bytes], model);
        for (const at of [0, model.length - 1, model.length, 7]) assert.equal(queue.at(at), model[at]);
        assert.equal(queue.indexOf(65, 3), model.indexOf(65, 3));
        assert.equal(queue.indexOf(65, 0, 100), model.slice(0, 100).indexOf(65));
      }
    }),
    { numRuns: 50 },
  );
});

test("ByteQueue.take() gives bytes that later changes leave alone", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(1, 2, 3));
  const taken = queue.take(2);
  queue.push(Uint8Array.of(4, 5, 6, 7));
  assert.deepEqual([...taken, ...queue.take(9)], [1, 2, 3, 4, 5, 6, 7]);
  assert.throws(() => queue.push("text" as never), { name: "TypeError", message: /^Cannot queue bytes as/ });
});
