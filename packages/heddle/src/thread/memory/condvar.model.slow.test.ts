/**
 * The condvar under the interleavings of the atomic steps of three threads, where they are too many, those with few interruptions: see `explorer.kit.ts`.
 */
import { test } from "node:test";
import { explored, put, take, takeAsTask } from "./condvar.kit.js";
import type { ModelledThread } from "./explorer.kit.js";

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
