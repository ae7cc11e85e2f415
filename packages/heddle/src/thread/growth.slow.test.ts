/**
 * When a pool starts more threads than there are processors.
 */
import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { Runtime } from "../thread.js";
import { first } from "./slow-module.kit.js";
import { block } from "./work.kit.js";

const cores = availableParallelism();

/** A runtime that may have as many blocking threads as processors, and three more. Answers how many were started. */
function pool(): { runtime: Runtime; started: () => number } {
  let count = 0;
  const runtime = new Runtime({ maxBlockingThreads: cores + 3, onThreadStart: () => count++ });
  return { runtime, started: () => count };
}

test("spawnBlocking() starts more threads than processors when those that there are block", async () => {
  const { runtime, started } = pool();
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const handles = Array.from({ length: cores + 2 }, () => runtime.spawnBlocking(block, gate));
  for (let inside = 0; inside < cores + 2; inside = Atomics.load(gate, 1))
    await Atomics.waitAsync(gate, 1, inside).value;
  assert.ok(started() >= cores + 2, `${started()}`);
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await Promise.all(handles);
  await runtime.shutdown();
});

test("spawnBlocking() starts no more threads than processors while those that there are load their modules", async () => {
  const { runtime, started } = pool();
  const values = Array.from({ length: 4 * cores }, (_, i) => i);
  assert.deepEqual(await Promise.all(values.map((value) => runtime.spawnBlocking(first, value))), values);
  assert.ok(started() <= cores, `${started()} threads on ${cores} processors`);
  await runtime.shutdown();
});
