/**
 * The shared mutex under every interleaving of the atomic steps of two and three threads: see `explorer.kit.ts`.
 */
import { test } from "node:test";
import { blocking, dropped, explored, survivor, task } from "./shared-mutex.kit.js";

test("SharedMutex wakes all who sleep, one after the other: two threads that lock it twice", () => {
  explored([blocking(2), blocking(2)]);
});

test("SharedMutex wakes all who sleep, one after the other: three threads", () => {
  explored([blocking(), blocking(), blocking()]);
});

test("SharedMutex serves tasks of two threads beside a thread that blocks", () => {
  explored([task, task, blocking()]);
});

test("SharedMutex leaves nobody asleep when one of three dies, at any step", () => {
  explored([blocking(), survivor, survivor], { mortal: [0], timeouts: 2, interruptions: 2 });
});

test("SharedMutex.lock() that is dropped, at any moment, leaves the lock to the others, in every interleaving", () => {
  explored([dropped, blocking()]);
});
