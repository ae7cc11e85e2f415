/**
 * The shared mutex under every interleaving of the atomic steps of two threads, and what is found if it is wrong: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ScheduleError } from "./explorer.kit.js";
import { LOCK_OWNER } from "./layout.js";
import { SharedMutex } from "./shared-mutex.js";
import { blocking, dropped, explored, impatient, setup, survivor, task } from "./shared-mutex.kit.js";

test("SharedMutex lets one thread in at a time, and wakes the one that sleeps", () => {
  const { states, ends } = explored([blocking(), blocking(2)]);
  assert.ok(states > 100 && ends > 0);
});

test("SharedMutex lets in a task and a blocked thread, whichever comes first", () => {
  explored([task, blocking(2)]);
});

test("SharedMutex.lock() that is dropped, at any moment, leaves the lock to the others", () => {
  explored([dropped, blocking()], { interruptions: 2 });
});

test("SharedMutex.lockBlocking() that comes too late leaves the lock to the others", () => {
  const ends = new Set<unknown>();
  explored([impatient, blocking()], {
    timeouts: 1,
    check: (_, notes) => ends.add(String(notes)),
  });
  assert.deepEqual(ends, new Set(["gave up,in", "in,in"]));
});

test("SharedMutex is poisoned by a thread that dies while it has it, at any step, and leaves nobody asleep", () => {
  const seen = new Set<unknown>();
  for (const victim of [blocking(), task]) {
    explored([victim, survivor], {
      mortal: [0],
      check: (_, notes) => {
        for (const note of notes[1]!) seen.add(note);
        if (notes[0] !== null) assert.deepEqual(notes[1], ["in"]);
      },
    });
  }
  assert.deepEqual(seen, new Set(["in", "recovered"]));
});

/** A mutex with a fault. */
function planted(
  change: (mutex: SharedMutex) => Partial<SharedMutex>,
): (buffer: SharedArrayBuffer) => SharedMutex<any> {
  return (buffer) => {
    const mutex = SharedMutex.from(buffer);
    return Object.assign(mutex, change(mutex));
  };
}

test("exploreSteps() finds a release that is not atomic", () => {
  const from = planted((mutex) => ({
    unlock() {
      // Reads who waits, then frees the lock: who announces itself in between is not seen.
      const word = Atomics.load(mutex.words, LOCK_OWNER);
      Atomics.store(mutex.words, LOCK_OWNER, 0);
      if ((word & 1) !== 0) Atomics.notify(mutex.words, LOCK_OWNER, 1);
    },
  }));
  assert.throws(() => explored([blocking(1, from), blocking(1, from)]), {
    constructor: ScheduleError,
    message: /^thread \d sleeps for ever\nafter these \d+ steps:\n/,
  });
});

test("exploreSteps() finds a lock that is taken in two steps", () => {
  const from = planted((mutex) => ({
    lockBlocking() {
      const { words } = mutex;
      while (Atomics.load(words, LOCK_OWNER) !== 0) Atomics.wait(words, LOCK_OWNER, 16);
      Atomics.store(words, LOCK_OWNER, 16);
      const release = (): void => {
        Atomics.store(words, LOCK_OWNER, 0);
        Atomics.notify(words, LOCK_OWNER);
      };
      return { value: undefined, isReleased: false, release, [Symbol.dispose]() {} };
    },
  }));
  assert.throws(() => explored([blocking(1, from), blocking(1, from)]), /two are inside/);
});

test("exploreSteps() finds that a thread that has slept takes the lock without the flag of those who sleep behind it", () => {
  const from = planted((mutex) => {
    const take = mutex.take.bind(mutex);
    return { take: (_flags: number, waiting: number) => take(0, waiting) };
  });
  assert.throws(() => explored([blocking(1, from), blocking(1, from), blocking(1, from)]), /sleeps for ever/);
});

test("exploreSteps() says which states there are, and refuses to go on without end", () => {
  assert.throws(() => explored([blocking(), blocking()], { mostStates: 10 }), /^Error: more than 10 states$/);
  assert.equal(setup().buffers.length, 2);
});
