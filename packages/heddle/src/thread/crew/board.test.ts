/**
 * Boards: who puts a job there, who takes it, and what is left of those that were called off. All on one thread; with several threads it is tested
 * by what is built on it (spawn.test.ts, pool.slow.test.ts).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, put, takeOldest, waiting } from "./board.js";
import { Board, Desk, RING, SLOTS } from "./layout.js";
import { FREE, memberOf, phaseOf, POSTED, QUEUED, RUNNING, SEALED, stateOf } from "./slot.js";

/** Whether a letter comes. */
const nothing = (): boolean => false;

function set(desk: Desk, slot: number, ticket: number, phase: number): void {
  desk.words[desk.state(slot)] = stateOf(ticket, 0, phase);
}

function setUp(slots: number): { board: Board; desk: Desk } {
  const board = new Board(4);
  const desk = new Desk();
  for (let slot = 0; slot < slots; slot++) {
    set(desk, slot, 1, QUEUED);
    put(board, slot, 1);
  }
  return { board, desk };
}

test("takeOldest() takes in the order of put(), each job once, for the member that takes it", () => {
  const { board, desk } = setUp(3);
  const taken = [0, 1, 2, 3].map((member) => takeOldest(board, desk, member, nothing));
  assert.deepEqual(taken, [0, 1, 2, -1]);
  for (const member of [0, 1, 2]) {
    const state = desk.words[desk.state(member)]!;
    assert.deepEqual([memberOf(state), phaseOf(state)], [member, RUNNING]);
  }
  assert.equal(waiting(board), 0);
});

test("takeOldest() passes over a job that was called off, and one that its slot has had since", () => {
  const { board, desk } = setUp(3);
  set(desk, 0, 1, FREE);
  set(desk, 1, 2, QUEUED);
  assert.equal(takeOldest(board, desk, 0, nothing), 2);
  assert.equal(takeOldest(board, desk, 0, nothing), -1);
});

test("takeOldest() asks for each letter that has its turn, until one comes, and takes nothing then", () => {
  const { board, desk } = setUp(4);
  for (const slot of [0, 2]) set(desk, slot, 1, SEALED);
  const asked: number[] = [];
  const comes = new Set([2]);
  const ask = (slot: number): boolean => asked.push(slot) > 0 && comes.has(slot);
  assert.equal(takeOldest(board, desk, 0, ask), 1);
  assert.equal(takeOldest(board, desk, 0, ask), -1);
  assert.deepEqual([asked, waiting(board)], [[0, 2], 1]);
  assert.equal(takeOldest(board, desk, 0, ask), 3);
});

test("two entries of one job let it be taken once", () => {
  const { board, desk } = setUp(1);
  put(board, 0, 1);
  assert.equal(takeOldest(board, desk, 0, nothing), 0);
  assert.equal(takeOldest(board, desk, 1, nothing), -1);
});

test("begin() takes a job in the phase it is told, and no other", () => {
  const desk = new Desk();
  set(desk, 5, 9, POSTED);
  assert.equal(begin(desk, 5, 9, 1, QUEUED), false);
  assert.equal(begin(desk, 5, 8, 1, POSTED), false);
  assert.equal(begin(desk, 5, 9, 1, POSTED), true);
  assert.equal(begin(desk, 5, 9, 2, POSTED), false);
});

test("put() refuses an entry when the ring is full, and takes one again when one was taken", () => {
  const { board, desk } = setUp(0);
  set(desk, 0, 1, QUEUED);
  for (let i = 0; i < RING; i++) assert.equal(put(board, 0, 1), true);
  assert.equal(put(board, 0, 1), false);
  takeOldest(board, desk, 0, nothing);
  assert.equal(put(board, 0, 1), true);
});

test("the counts of a board come round", () => {
  const board = new Board(1);
  const desk = new Desk();
  board.words[board.head] = board.words[board.tail] = 0x7fffffff;
  for (let slot = 0; slot < 3; slot++) {
    set(desk, slot, 1, QUEUED);
    assert.equal(put(board, slot, 1), true);
  }
  assert.equal(waiting(board), 3);
  assert.deepEqual(
    [0, 0, 0, 0].map(() => takeOldest(board, desk, 0, nothing)),
    [0, 1, 2, -1],
  );
});

test("Desk.take() answers each slot that was reported, once", () => {
  const desk = new Desk();
  const reported = [0, 31, 32, 1023, 1024, SLOTS - 1];
  for (const slot of reported) desk.report(slot);
  assert.equal(desk.hasNews, true);
  const taken: number[] = [];
  assert.equal(
    desk.take((slot) => taken.push(slot)),
    reported.length,
  );
  assert.deepEqual(taken, reported);
  assert.equal(desk.hasNews, false);
});
