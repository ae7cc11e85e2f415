/**
 * The shared semaphore under those interleavings of the atomic steps of two threads in which few are interrupted; all are in `shared-semaphore.model.slow.test.ts`: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withFault } from "./explorer.kit.js";
import { SEM_PERMIT } from "./layout.js";
import { blocking, explored, task } from "./shared-semaphore.kit.js";
import { SharedSemaphore } from "./shared-semaphore.js";

test("SharedSemaphore gives no more permits than there are, and all come back", () => {
  explored([blocking(2), blocking(1)], { interruptions: 2 });
});

test("SharedSemaphore serves a task and a blocked thread, whichever wants more", () => {
  explored([task(2), blocking(1)], { interruptions: 1 });
});

test("exploreSteps() finds a ring that comes before what it is for", () => {
  const giveBack = function (this: SharedSemaphore, permits: readonly number[]): void {
    // Rings for all.
    this.threadEnded();
    for (const permit of permits) Atomics.store(new Int32Array(this.buffer), SEM_PERMIT + permit, 0);
  };
  withFault(SharedSemaphore.prototype, { giveBack }, () =>
    assert.throws(() => explored([blocking(2), blocking(1)]), /sleeps for ever/),
  );
});
