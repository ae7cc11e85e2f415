/**
 * The condvar under every interleaving of the atomic steps of two threads, and what is found if it is wrong: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bell } from "./bell.js";
import { Condvar } from "./condvar.js";
import { explored, put, take, takeAsTask } from "./condvar.kit.js";
import { withFault } from "./explorer.kit.js";
import { CONDVAR_BELL, ONE_RING, SLEEPERS } from "./layout.js";

test("Condvar.notifyOne() reaches a thread that waits, whenever it comes", () => {
  explored([take, put(1, "notifyOne")]);
});

test("Condvar.notifyOne() reaches a task that waits, whenever it comes", () => {
  explored([takeAsTask, put(1, "notifyOne")]);
});

test("Condvar.notifyAll() reaches a thread and a task that wait, whenever it comes", () => {
  explored([take, put(1, "notifyAll")]);
  explored([takeAsTask, put(1, "notifyAll")]);
});

test("exploreSteps() finds a wait that releases the mutex before it has announced itself", () => {
  const waitWhileBlocking = function (this: Condvar, guard: any, fn: any): boolean {
    while (fn(guard.value)) {
      guard.release();
      Atomics.wait(this.bell.words, this.bell.at, this.bell.announce(SLEEPERS));
      guard.lock.blockFor(undefined);
      guard.isHeld = true;
    }
    return true;
  };
  withFault(Condvar.prototype, { waitWhileBlocking }, () =>
    assert.throws(() => explored([take, put(1, "notifyOne")]), /thread 1 sleeps for ever/),
  );
});

test("exploreSteps() finds a ring that forgets the pumps", () => {
  const ringOne = function (this: Bell): void {
    Atomics.add(this.words, CONDVAR_BELL, ONE_RING);
    Atomics.notify(this.words, CONDVAR_BELL, 1);
  };
  withFault(Bell.prototype, { ringOne }, () => {
    assert.throws(() => explored([takeAsTask, put(1, "notifyOne")]), /thread 1 has a task that waits for ever/);
  });
});
