/**
 * The record ring under many interleavings of several threads, some of which die: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { closer, exploredBytes, exploredRing, popper, pusher, reader, writer } from "./rings.kit.js";

const byText = (one: unknown, other: unknown): number => String(one).localeCompare(String(other));
const all = (notes: readonly (readonly unknown[] | null)[]): unknown[] =>
  notes.flatMap((each) => each ?? []).sort(byText);

test("SharedByteRing gives the bytes in order, in every interleaving", () => {
  exploredBytes(1, [writer([1, 2]), reader], {
    check: (_, notes) => assert.deepEqual(notes[1], [1, 2, "end"]),
  });
  exploredBytes(2, [writer([1, 2, 3]), reader], {
    interruptions: 2,
    check: (_, notes) => assert.deepEqual(notes[1], [1, 2, 3, "end"]),
  });
});

test("SharedByteRing gives what was written before the writer died, at any step, and says so", () => {
  const ends = new Set<string>();
  exploredBytes(1, [writer([1, 2]), reader], {
    mortal: [0],
    timeouts: 1,
    interruptions: 1,
    check: (_, notes) => ends.add(String(notes[1])),
  });
  assert.deepEqual(ends, new Set(["1,2,end", "1,2,gone", "1,gone", "gone", ""]));
});

test("SharedRing gives the records in order, in every interleaving", () => {
  for (const capacity of [1, 2])
    exploredRing(capacity, [pusher(1, 2), popper(2)], {
      check: (_, notes) => assert.deepEqual(notes[1], [1, 2]),
    });
});

test("SharedRing loses nothing between two that push and one that pops, and keeps the order of each", () => {
  for (const capacity of [1, 2])
    exploredRing(capacity, [pusher(1, 2), pusher(3), popper(3)], {
      interruptions: 2,
      check: (_, notes) => {
        assert.deepEqual(all(notes), [1, 2, 3]);
        assert.ok(notes[2]!.indexOf(1) < notes[2]!.indexOf(2));
      },
    });
});

test("SharedRing wakes both who wait to pop, whichever record is written first", () => {
  exploredRing(2, [pusher(1), pusher(2), popper(1), popper(1)], {
    interruptions: 2,
    check: (_, notes) => assert.deepEqual(all(notes), [1, 2]),
  });
});

test("SharedRing wakes both who wait to push, whichever cell is free first", () => {
  exploredRing(1, [pusher(1), pusher(2), popper(1), popper(1)], {
    interruptions: 2,
    check: (_, notes) => assert.deepEqual(all(notes), [1, 2]),
  });
});

test("SharedRing goes on behind one that dies while it pushes, at any step", () => {
  const ends = new Set<string>();
  const pushesTwo = pusher(2, 3);
  exploredRing(2, [pusher(1), (shared, thread) => (pushesTwo(shared, thread), closer(shared, thread)), popper(4)], {
    mortal: [0],
    timeouts: 2,
    interruptions: 2,
    check: (_, notes) => {
      const popped = notes[2]!.filter((note) => note !== "end" && note !== 1);
      assert.deepEqual(popped, [2, 3]);
      ends.add(String(notes[2]));
    },
  });
  assert.ok(ends.size > 1);
});

test("SharedRing goes on behind one that dies while it pops, at any step", () => {
  exploredRing(1, [popper(1), popper(2), pusher(1, 2, 3)], {
    mortal: [0],
    timeouts: 2,
    interruptions: 2,
    check: (_, notes) => {
      // What the victim had taken is gone with it; nothing else is, and nothing comes twice.
      const popped = notes[1] as number[];
      assert.ok(popped.length === 2 && popped[0]! < popped[1]!);
    },
  });
});

test("SharedRing tells all who pop that it is the end", () => {
  exploredRing(1, [popper(2), popper(2), (shared, thread) => (pusher(1)(shared, thread), closer(shared, thread))], {
    interruptions: 2,
    check: (_, notes) => assert.deepEqual(all(notes), [1, "end", "end", "end"]),
  });
});
