/**
 * The condvar under the interleavings of the atomic steps of three threads, where they are too many, those with few interruptions: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bell } from "./bell.js";
import { explored, put, take, takeAsTask } from "./condvar.kit.js";
import { type ModelledThread, withFault } from "./explorer.kit.js";
import { ONE_RING, SLEEPERS } from "./layout.js";

test("Condvar.notifyAll() reaches all threads that wait", () => {
  explored([take, take, put(2, "notifyAll")]);
});

test("Condvar.notifyAll() reaches a thread and a task that wait for the same", () => {
  explored([take, takeAsTask, put(2, "notifyAll")], { interruptions: 4 });
});

// A notification that comes while the one before takes back the flag of sleepers was lost once: by this it was found.
test("Condvar.notifyOne() twice reaches two threads that wait, whatever comes between", () => {
  const twice = (shared: Parameters<typeof take>[0], thread: ModelledThread): void => {
    put(1, "notifyOne")(shared, thread);
    put(1, "notifyOne")(shared, thread);
  };
  explored([take, take, twice], { interruptions: 4 });
  explored([take, takeAsTask, twice], { interruptions: 3 });
});

test("exploreSteps() finds a ring that looks at the flags before it counts, and takes back what was announced in between", () => {
  const ringOne = function (this: Bell): void {
    const { words, at } = this;
    const state = Atomics.load(words, at);
    if ((state & SLEEPERS) === 0) return;
    const next = state + ONE_RING;
    Atomics.store(words, at, next);
    // What the real one does as well, but without counting it as a ring.
    if (Atomics.notify(words, at, 1) === 0) Atomics.compareExchange(words, at, next, next & ~SLEEPERS);
  };
  withFault(Bell.prototype, { ringOne }, () =>
    assert.throws(
      () => explored([take, take, put(1, "notifyOne"), put(1, "notifyOne")], { interruptions: 2 }),
      /sleeps for ever/,
    ),
  );
});
