/**
 * The rings under many interleavings of several threads, some of which die: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { closer, exploredBytes, exploredRing, latecomer, popper, pusher, reader, writer } from "./rings.kit.js";

const byText = (one: unknown, other: unknown): number => String(one).localeCompare(String(other));
const all = (notes: readonly (readonly unknown[] | null)[]): unknown[] =>
  notes.flatMap((each) => each ?? []).sort(byText);

test("SharedByteRing gives the bytes in order, and the end behind them", () => {
  exploredBytes(1, [writer([1, 2]), reader], {
    interruptions: 2,
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
    interruptions: 0,
    check: (_, notes) => ends.add(String(notes[1])),
  });
  for (const end of ["1,2,end", "1,2,gone", "1,gone", "gone"]) assert.ok(ends.has(end), end);
});

test("SharedRing gives the records in order, through one cell and through two", () => {
  for (const capacity of [1, 2])
    exploredRing(capacity, [pusher(1, 2), popper(2)], {
      interruptions: 2,
      check: (_, notes) => assert.deepEqual(notes[1], [1, 2]),
    });
});

test("SharedRing loses nothing between two that push and one that pops, and keeps the order of each", () => {
  for (const capacity of [1, 2])
    exploredRing(capacity, [pusher(1, 2), pusher(3), popper(3)], {
      interruptions: 1,
      check: (_, notes) => {
        assert.deepEqual(all(notes), [1, 2, 3]);
        assert.ok(notes[2]!.indexOf(1) < notes[2]!.indexOf(2));
      },
    });
});

test("SharedRing wakes both who wait to pop, whichever record is written first, and both who wait to push", () => {
  for (const capacity of [1, 2])
    exploredRing(capacity, [pusher(1), pusher(2), popper(1), popper(1)], {
      interruptions: 1,
      check: (_, notes) => assert.deepEqual(all(notes), [1, 2]),
    });
});

test("SharedRing goes on behind one that dies while it pushes, at any step", () => {
  const ends = new Set<string>();
  const others: typeof closer = (shared, thread) => {
    pusher(2, 3)(shared, thread);
    closer(shared, thread);
  };
  exploredRing(2, [latecomer(1), others, popper(4)], {
    mortal: [0],
    timeouts: 1,
    interruptions: 0,
    check: (_, notes) => {
      assert.deepEqual(
        notes[2]!.filter((note) => note !== "end" && note !== 1),
        [2, 3],
      );
      ends.add(String(notes[2]));
    },
  });
  assert.ok(ends.size > 1);
});

test("SharedRing goes on behind one that dies while it pops, at any step", () => {
  const ends = new Set<string>();
  exploredRing(1, [popper(1), popper(1), pusher(1, 2)], {
    mortal: [0],
    timeouts: 1,
    interruptions: 0,
    check: (_, notes) => {
      // What the victim had taken is gone with it, and nothing else.
      assert.equal(notes[1]!.length, 1);
      ends.add(`${String(notes[0])} ${String(notes[1])}`);
    },
  });
  assert.ok(ends.has("null 1") && ends.has("null 2"));
});

test("SharedRing tells all who pop that it is the end", () => {
  const source: typeof closer = (shared, thread) => {
    pusher(1)(shared, thread);
    closer(shared, thread);
  };
  exploredRing(1, [popper(2), popper(2), source], {
    interruptions: 2,
    check: (_, notes) => assert.deepEqual(all(notes), [1, "end", "end", "end"]),
  });
});
