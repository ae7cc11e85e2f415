/**
 * The shared read-write lock under many interleavings, with threads that die: see `explorer.kit.ts`.
 */
import { test } from "node:test";
import {
  downgrading,
  explored,
  reader,
  readingTask,
  slotted,
  survivor,
  writer,
  writingTask,
} from "./shared-rw-lock.kit.js";

test("SharedRwLock waits for no reader that has died, at any step", () => {
  explored([reader, writer], { mortal: [0] });
});

test("SharedRwLock is poisoned by a writer that dies while it writes, and by no other", () => {
  explored([writer, survivor], { mortal: [0] });
});

test("SharedRwLock serves tasks and blocked threads, in every interleaving", () => {
  explored([writer, writer]);
  explored([reader, writer]);
  explored([readingTask, writer]);
  explored([reader, writingTask]);
});

test("SharedRwLock lets nobody write between a writer and the reader that it becomes", () => {
  explored([reader, downgrading]);
  explored([writer, downgrading]);
});

test("SharedRwLock lets two readers in beside a writer, and two writers beside a reader", () => {
  explored([reader, reader, writer], { setup: slotted, interruptions: 2 });
  explored([reader, writer, writer], { setup: slotted, interruptions: 2 });
});
