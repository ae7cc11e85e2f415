/**
 * What jobs do where two sides meet.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Runtime } from "../../thread.js";
import { block, fibonacci } from "../work.kit.js";
import { dispatcher } from "./dispatcher.js";
import type { Job } from "./job.js";

test("Job.abortQuietly() says nothing of a job that begins while it looks, and takes back one that does not", async () => {
  const warnings: string[] = [];
  const one = new Runtime({ maxBlockingThreads: 1, onWarning: ({ code }) => warnings.push(code) });
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const running = one.enter(() => one.spawnBlocking(block, gate)) as Job<number>;
  await Atomics.waitAsync(gate, 1, 0).value;
  const queued = one.enter(() => one.spawnBlocking(fibonacci, 5)) as Job<number>;
  running.abortQuietly("enough");
  const begins = Object.assign(dispatcher(), { recall: () => false });
  queued.abortQuietly("enough");
  Reflect.deleteProperty(begins, "recall");
  assert.deepEqual([running.isOver, queued.isOver], [false, false]);
  queued.abortQuietly("enough");
  assert.equal(queued.isOver, true);
  await assert.rejects(Promise.resolve(queued), { name: "AbortError", cause: "enough" });
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await running;
  await one.shutdown();
  assert.deepEqual(warnings, []);
});
