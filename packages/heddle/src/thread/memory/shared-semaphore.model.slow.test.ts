/**
 * The shared semaphore under many interleavings, with threads that die: see `explorer.kit.ts`.
 */
import { test } from "node:test";
import { blocking, explored, task } from "./shared-semaphore.kit.js";

test("SharedSemaphore has the permits of a thread that dies, at any step, and of a head that does, for others", () => {
  explored([blocking(1), blocking(2)], { mortal: [0] });
  explored([blocking(2), task(2)], { mortal: [0] });
});

test("SharedSemaphore serves one that wants several beside two that want one", () => {
  explored([blocking(2), blocking(1)]);
  explored([blocking(2), blocking(2)]);
  explored([task(2), blocking(1)]);
  explored([task(1), blocking(2)]);
  explored([blocking(2), blocking(1), blocking(1)], { interruptions: 2 });
  explored([task(2), blocking(1), blocking(1)], { interruptions: 2 });
});
