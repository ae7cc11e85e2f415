/**
 * How letters wait.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { receiveMessageOnPort } from "node:worker_threads";
import { Envelopes } from "./envelopes.js";
import type { Job } from "./job.js";

/** A job that brings `data` along, with a place on the board. */
function jobWith(data: unknown, transfer: object[] = [], slot = 0): Job<any> {
  return { entry: { id: 7 }, parcel: { data, extras: null, transfer }, slot } as unknown as Job<any>;
}

/** Seals what a job brings along, and opens it again. */
function sealed(data: unknown, transfer?: object[]) {
  const envelopes = new Envelopes();
  const job = jobWith(data, transfer);
  envelopes.seal(job);
  assert.deepEqual([job.parcel, envelopes.count, envelopes.has(job)], [null, 1, true]);
  const envelope = envelopes.take(job)!;
  assert.deepEqual([envelopes.count, envelopes.take(job)], [0, undefined]);
  if (Array.isArray(envelope)) return { isInPort: false, letter: envelope };
  const { message: letter } = receiveMessageOnPort(envelope)!;
  envelope.close();
  return { isInPort: true, letter };
}

test("Envelopes keep a clone of what is light, and a port for what is heavy", () => {
  const circle: Record<string, unknown> = { list: [1, "text", new Map([[{ a: 1 }, new Set([2])]])] };
  circle["self"] = circle;
  const shared = new Int32Array(new SharedArrayBuffer(1 << 20));
  for (const [data, isHeavy] of [
    [[new Set([1]), new Date(0), new Uint8Array(100)], false],
    [[shared], false],
    [[circle], true],
    [["x".repeat(10_000)], true],
    [[new Uint8Array(10_000)], true],
    // A clone of a view takes its whole buffer along.
    [[new Uint8Array(10_000).subarray(0, 1)], true],
    [[new Map([[1, new Array(1000).fill({})]])], true],
  ] as const) {
    const { isInPort, letter } = sealed(data);
    assert.deepEqual(letter, [7, data, null]);
    assert.equal(isInPort, isHeavy);
  }
});

test("Envelopes have what was there at the time, whatever becomes of it, and are where it is moved to", () => {
  const envelopes = new Envelopes();
  const [set, view, buffer] = [new Set([1]), new Int32Array(new SharedArrayBuffer(4)), new ArrayBuffer(8)];
  const job = jobWith([set, view]);
  envelopes.seal(job);
  set.add(2);
  view[0] = 3;
  assert.deepEqual(envelopes.take(job), [7, [new Set([1]), view], null]);
  const { isInPort, letter } = sealed([buffer], [buffer]);
  assert.deepEqual([isInPort, letter[1][0].byteLength, buffer.byteLength], [true, 8, 0]);
});

test("Envelopes give the oldest of those on the board, and know nothing of what was discarded", () => {
  const envelopes = new Envelopes();
  const jobs = [jobWith([1]), jobWith([2], [new ArrayBuffer(1)]), jobWith([3]), jobWith([4], [], -1)];
  for (const job of jobs) envelopes.seal(job);
  assert.deepEqual([envelopes.oldest, envelopes.jobs], [jobs[0], jobs]);
  for (const job of jobs.slice(0, 3)) {
    assert.equal(envelopes.oldest, job);
    envelopes.discard(job);
  }
  assert.deepEqual([envelopes.oldest, envelopes.count], [null, 1]);
});

test("Envelopes refuse what the host does not clone, and keep nothing of it", () => {
  const envelopes = new Envelopes();
  assert.throws(() => envelopes.seal(jobWith([new Proxy({}, {})])), { name: "DataCloneError" });
  assert.equal(envelopes.count, 0);
});
