import assert from "node:assert/strict";
import { test } from "node:test";
import { async, joinAll, spawn, yieldNow } from "../index.js";
import { type Exploration, explore, tracked } from "../test.js";

/** So many tasks of three steps each, that all touch one thing, or each its own. */
const programOf = (tasks: number, isSharing: boolean) =>
  async(function* () {
    const cells = Array.from({ length: tasks }, () => tracked({ value: 0 }));
    const work = async(function* (cell: { value: number }) {
      cell.value++;
      yield* yieldNow();
      cell.value++;
      yield* yieldNow();
      cell.value++;
    });
    const handles = cells.map((own) => spawn(work(isSharing ? cells[0]! : own)));
    for (const handle of handles) yield* handle;
  });

const counted = async (found: Promise<Exploration>): Promise<number> => {
  const { schedules, exhausted } = await found;
  assert.equal(exhausted, true);
  return schedules;
};

test("Reduction runs one schedule of tasks that share nothing, however many there are", async () => {
  const counts = [];
  for (const tasks of [2, 3, 4, 8]) counts.push(await counted(explore(programOf(tasks, false), { shared: "tracked" })));
  assert.deepEqual(counts, [1, 1, 1, 1]);
});

test("Reduction runs each order once of tasks that share one thing: two of three steps have 6! / (3! 3!)", async () => {
  assert.equal(await counted(explore(programOf(2, true), { shared: "tracked" })), 20);
});

test("Reduction does not permute pairs of tasks that do not share with each other", async () => {
  const program = async(function* () {
    const cells = [tracked({ value: 0 }), tracked({ value: 0 })];
    const work = async(function* (cell: { value: number }) {
      const before = cell.value;
      yield* yieldNow();
      cell.value = before + 1;
    });
    yield* joinAll([0, 1, 0, 1].map((at) => spawn(work(cells[at]!))));
  });
  // Each pair for itself has 4: reads and writes of one cell, less the order of the two reads.
  assert.equal(await counted(explore(program, { shared: "tracked" })), 16);
});
