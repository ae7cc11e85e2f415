/**
 * The shared read-write lock under those interleavings of the atomic steps of two threads in which few are interrupted; all are in `shared-rw-lock.model.slow.test.ts`: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withFault } from "./explorer.kit.js";
import { LOCK_OWNER } from "./layout.js";
import { explored, reader, readingTask, slotted, writer, writingTask } from "./shared-rw-lock.kit.js";
import { SharedRwLock } from "./shared-rw-lock.js";

test("SharedRwLock lets a writer in alone", () => {
  explored([writer, writer], { interruptions: 2 });
  explored([reader, writer], { setup: slotted, interruptions: 1 });
});

test("SharedRwLock serves tasks and blocked threads", () => {
  explored([readingTask, writer], { setup: slotted, interruptions: 1 });
  explored([reader, writingTask], { setup: slotted, interruptions: 1 });
});

test("exploreSteps() finds a reader that does not look at the writer again behind its slot", () => {
  const tryEnterRead = function (this: SharedRwLock<any>): boolean {
    if (Atomics.load(new Int32Array(this.buffer), LOCK_OWNER) !== 0) return false;
    this.enterReadAsWriter();
    return true;
  };
  withFault(SharedRwLock.prototype, { tryEnterRead }, () =>
    assert.throws(() => explored([reader, writer], { setup: slotted }), /a writer is not alone/),
  );
});
