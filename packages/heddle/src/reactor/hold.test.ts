import assert from "node:assert/strict";
import { test } from "node:test";
import { Hold } from "./hold.js";

/** How many timers keep the process alive. */
const held = (): number => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

test("Hold keeps the process alive from the first add() to the last remove(), and never with more than one timer", () => {
  const before = held();
  const trace: number[] = [];
  const step = (act?: () => void): void => {
    act?.();
    trace.push(held() - before);
  };
  const hold = new Hold();
  step();
  step(() => hold.add());
  step(() => hold.add());
  step(() => hold.remove());
  step(() => hold.remove());
  // The second time round the timer is there already.
  step(() => hold.add());
  step(() => hold.remove());
  assert.deepEqual(trace, [0, 1, 1, 1, 0, 1, 0]);
});
