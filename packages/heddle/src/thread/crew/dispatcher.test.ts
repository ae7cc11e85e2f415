/**
 * The dispatcher's side of the desk, on one thread that plays both sides.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Dispatcher, type Occupant } from "./dispatcher.js";
import { ASLEEP, ring } from "./door.js";
import { SLOTS } from "./layout.js";
import { DONE, FREE, phaseOf, POSTED, putValue, QUEUED, RUNNING, SEALED, stateOf } from "./slot.js";

function occupant(heard: string[], name: string): Occupant {
  return {
    slot: -1,
    ticket: 0,
    reported: () => void heard.push(`${name} reported`),
    mailed: () => void heard.push(`${name} mailed`),
    failed: () => void heard.push(`${name} failed`),
    asked: () => void heard.push(`${name} asked`),
  };
}

/** What a member does with a job. */
function move(dispatcher: Dispatcher, job: Occupant, phase: number): void {
  const { desk } = dispatcher;
  Atomics.store(desk.words, desk.state(job.slot), stateOf(job.ticket, 0, phase));
}

test("Dispatcher settles a job that is reported, once", () => {
  const dispatcher = new Dispatcher();
  const heard: string[] = [];
  const job = occupant(heard, "a");
  dispatcher.open(job);
  dispatcher.publish(job, QUEUED, 0);
  putValue(dispatcher.desk, job.slot, 1);
  move(dispatcher, job, DONE);
  dispatcher.desk.report(job.slot);
  dispatcher.drain();
  dispatcher.drain();
  assert.deepEqual(heard, ["a reported"]);
});

test("Dispatcher tells a job that is sealed that it was asked for, each time, and no other", () => {
  const dispatcher = new Dispatcher();
  const heard: string[] = [];
  const job = occupant(heard, "a");
  dispatcher.open(job);
  for (const phase of [SEALED, SEALED, POSTED]) {
    dispatcher.publish(job, phase, 0);
    dispatcher.desk.report(job.slot);
    dispatcher.drain();
  }
  assert.deepEqual(heard, ["a asked", "a asked"]);
});

test("Dispatcher gives no job the outcome of one that its slot had before, though that was reported", () => {
  const dispatcher = new Dispatcher();
  const heard: string[] = [];
  const first = occupant(heard, "first");
  dispatcher.open(first);
  dispatcher.publish(first, QUEUED, 0);
  move(dispatcher, first, DONE);
  const { slot } = first;
  dispatcher.desk.report(slot);
  // Its thread has ended: the owner looks at the slot by itself, and settles it.
  dispatcher.close(first);
  for (const phase of [POSTED, QUEUED, RUNNING]) {
    const second = occupant(heard, "second");
    assert.equal(dispatcher.open(second), slot);
    dispatcher.publish(second, phase, 0);
    dispatcher.desk.report(slot);
    dispatcher.drain();
    dispatcher.close(second);
  }
  assert.deepEqual(heard, []);
});

test("Dispatcher.recall() takes back what nobody has begun, and nothing else", () => {
  const dispatcher = new Dispatcher();
  for (const [phase, isTaken] of [
    [QUEUED, true],
    [SEALED, true],
    [POSTED, true],
    [RUNNING, false],
    [DONE, false],
  ] as const) {
    const job = occupant([], "job");
    const slot = dispatcher.open(job);
    dispatcher.publish(job, phase, 0);
    assert.equal(dispatcher.recall(job), isTaken);
    if (!isTaken) dispatcher.close(job);
    const state = Atomics.load(dispatcher.desk.words, dispatcher.desk.state(slot));
    assert.deepEqual([phaseOf(state), job.slot], [FREE, -1]);
  }
});

test("Dispatcher.jobOf() knows a job by its ticket, not by its slot alone", () => {
  const dispatcher = new Dispatcher();
  const first = occupant([], "first");
  const slot = dispatcher.open(first);
  const { ticket } = first;
  assert.equal(dispatcher.jobOf(slot, ticket), first);
  dispatcher.close(first);
  const second = occupant([], "second");
  assert.equal(dispatcher.open(second), slot);
  assert.equal(dispatcher.jobOf(slot, ticket), null);
  assert.equal(dispatcher.jobOf(slot, second.ticket), second);
});

test("Dispatcher.open() leaves as many slots as it is told, and has all again when they are given back", () => {
  const dispatcher = new Dispatcher();
  const jobs: Occupant[] = [];
  for (;;) {
    const job = occupant([], "job");
    if (dispatcher.open(job, 512) < 0) break;
    jobs.push(job);
  }
  assert.equal(jobs.length, SLOTS - 512);
  assert.equal(dispatcher.hasRoom(511), true);
  for (const job of jobs) dispatcher.close(job);
  assert.equal(dispatcher.hasRoom(SLOTS - 1), true);
});

test("Dispatcher.block() leaves nobody asleep behind an open door: what is over afterwards is heard of", async () => {
  const dispatcher = new Dispatcher();
  const { desk } = dispatcher;
  const heard: string[] = [];
  const job = occupant(heard, "a");
  dispatcher.open(job);
  dispatcher.publish(job, RUNNING, 0);
  dispatcher.expect();
  while (Atomics.load(desk.words, desk.door) !== ASLEEP) await new Promise(setImmediate);
  assert.equal(dispatcher.block(1), false);
  move(dispatcher, job, DONE);
  desk.report(job.slot);
  ring(desk.words, desk.door);
  for (let turn = 0; turn < 1000 && heard.length === 0; turn++) await new Promise(setImmediate);
  assert.deepEqual(heard, ["a reported"]);
  dispatcher.forget();
});
