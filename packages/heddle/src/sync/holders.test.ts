import assert from "node:assert/strict";
import { test } from "node:test";
import { async, Runtime, spawn, yieldNow } from "../index.js";
import { current, currentRoot } from "../future/current.js";
import { markOf } from "../future/stack.js";
import { Holders } from "./holders.js";

test("Holders lists tasks once each, the oldest first, and uses slots again", async () => {
  const holders = new Holders();
  const names = () => holders.list().map(({ name }) => name);
  const comeAndGo = async(function* () {
    const slot = holders.enter(currentRoot(), markOf(current.stack));
    yield* yieldNow();
    holders.leave(slot);
    return slot;
  });
  await new Runtime({ startPaused: true, rngSeed: 1 }).run(
    async(function* () {
      const slots: number[] = [];
      const own = holders.enter(currentRoot(), markOf(current.stack));
      for (let round = 0; round < 3; round++) {
        const tasks = ["one", "two"].map((name) => spawn(comeAndGo(), { name }));
        yield* yieldNow();
        const again = holders.enter(currentRoot(), markOf(current.stack));
        assert.deepEqual(names(), ["main", "one", "two"]);
        for (const task of tasks) slots.push(yield* task);
        holders.leave(again);
      }
      assert.ok(slots.length === 6 && Math.max(...slots) < 3, `slots ${slots} of at most three at once`);
      holders.leave(own);
    })(),
    { name: "main" },
  );
  assert.deepEqual(names(), []);
});

test("Holders does not count who holds outside of tasks", () => {
  const holders = new Holders();
  const slot = holders.enter(null, 0);
  assert.deepEqual(holders.list(), []);
  holders.leave(slot);
});
