/**
 * Warnings of other threads come to whoever hears those of the runtime that handed out the work.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Warning } from "../index.js";
import { Runtime, thread } from "../thread.js";
import { blockAWhile } from "./work.kit.js";

const heard: Warning[] = [];
let more = (): void => {};
const hear = (warning: Warning): void => {
  heard.push(warning);
  more();
};
const runtime = new Runtime({ name: "workshop", workerThreads: 1, onWarning: hear });
const quiet = new Runtime({ name: "quiet", workerThreads: 1, warnings: false });
after(() => Promise.all([runtime.shutdown(), quiet.shutdown()]));

/** A warning, which may come after the outcome of the work that it is about. */
const next = (): Promise<void> | undefined =>
  heard.length > 0 ? undefined : new Promise<void>((resolve) => (more = resolve));

test("onWarning of a runtime hears what its workers warn of, and which one it was", async () => {
  await runtime.spawnOn(blockAWhile, 150);
  await next();
  const [warning] = heard.splice(0);
  assert.equal(warning!.code, "task.blocked");
  assert.match(warning!.message, /^On workshop worker 1: Task "blockAWhile" \(#\d+\) blocked the thread for \d+ ms/);
});

test("blockedAfter of a runtime counts on its workers, and on threads that its tasks have started", async (t) => {
  const strict = new Runtime({ name: "strict", workerThreads: 1, blockedAfter: 5, onWarning: hear });
  const patient = new Runtime({ name: "patient", workerThreads: 1, blockedAfter: { hours: 1 }, onWarning: hear });
  t.after(() => Promise.all([strict.shutdown(), patient.shutdown()]));
  await patient.spawnOn(blockAWhile, 150);
  await strict.spawnOn(blockAWhile, 20);
  await next();
  assert.match(
    heard.splice(0)[0]!.message,
    /^On strict worker 1: Task "blockAWhile" \(#1\) blocked the thread for \d+ ms/,
  );
  await strict.enter(() => thread.with({ name: "loom" }).spawn(blockAWhile, 20));
  await next();
  assert.match(heard.splice(0)[0]!.message, /^On loom: Task "blockAWhile"/);
  await patient.shutdown();
  assert.deepEqual(heard, [], "the patient one never complains");
});

test("onWarning of a runtime hears what threads warn of that its tasks have started", async () => {
  await runtime.enter(() => thread.with({ name: "loom" }).spawn(blockAWhile, 150));
  await next();
  assert.match(heard.splice(0)[0]!.message, /^On loom: Task "blockAWhile"/);
});

test("a runtime without warnings has threads without warnings", async (t) => {
  // What nobody hears would be printed.
  const printed = t.mock.method(process.stderr, "write", () => true);
  await quiet.spawnOn(blockAWhile, 150);
  await quiet.shutdown();
  assert.deepEqual([printed.mock.callCount(), heard], [0, []]);
});
