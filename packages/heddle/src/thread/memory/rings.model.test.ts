/**
 * The rings under the interleavings of the atomic steps of two threads, copies of bytes among them, in which one is interrupted once: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedByteRing } from "./byte-ring.js";
import { withFault } from "./explorer.kit.js";
import { closer, exploredBytes, exploredRing, popper, pusher, reader, writer } from "./rings.kit.js";
import { BYTES_DATA, BYTES_TAIL } from "./layout.js";

test("SharedByteRing gives the bytes in order, and the end behind them", () => {
  exploredBytes(2, [writer([1, 2]), reader], {
    interruptions: 1,
    check: (_, notes) => assert.deepEqual(notes[1], [1, 2, "end"]),
  });
});

test("SharedRing gives the records in order, through one cell and through two", () => {
  for (const capacity of [1, 2])
    exploredRing(capacity, [pusher(1), popper(1)], {
      interruptions: 1,
      check: (_, notes) => assert.deepEqual(notes[1], [1]),
    });
});

test("SharedRing.close() comes behind what was pushed before it", () => {
  exploredRing(
    2,
    [
      (shared, thread) => {
        pusher(1)(shared, thread);
        closer(shared, thread);
      },
      popper(2),
    ],
    { interruptions: 1, check: (_, notes) => assert.deepEqual(notes[1], [1, "end"]) },
  );
});

test("exploreSteps() finds a tail that is published before the bytes", () => {
  const put = function (this: SharedByteRing, bytes: Uint8Array): void {
    const words = new Int32Array(this.buffer, 0, BYTES_DATA);
    const tail = Atomics.load(words, BYTES_TAIL);
    Atomics.store(words, BYTES_TAIL, tail + bytes.length);
    new Uint8Array(this.buffer, BYTES_DATA * 4).set(bytes, tail & (this.capacity - 1));
  };
  const check = (_: unknown, notes: readonly (readonly unknown[] | null)[]): void =>
    assert.deepEqual(notes[1], [1, 2, "end"]);
  withFault(SharedByteRing.prototype, { put }, () =>
    assert.throws(
      () => exploredBytes(4, [writer([1, 2]), reader], { check, interruptions: 1 }),
      /Expected values to be/,
    ),
  );
});
