/**
 * Summons: who is rung for jobs on a board.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { put, waiting } from "./board.js";
import { ASLEEP, AWAKE, DOZING } from "./door.js";
import { Board } from "./layout.js";
import { type Callees, Summons } from "./summons.js";

const MEMBERS = 4;

/** A board with four members, of which the first has a job, and the others sleep. */
function oneBusy() {
  const board = new Board(MEMBERS);
  const { words } = board;
  for (let member = 1; member < MEMBERS; member++) words[board.door(member)] = ASLEEP;
  words[board.live(0)] = 1;
  const callees: Callees = {
    member: (member) => ({ member, posted: 0 }),
    loadOf: ({ member }) => words[board.live(member)]!,
    grow: () => null,
  };
  const summons = new Summons(board, callees, (error) => assert.fail(String(error)));
  const submit = (jobs: number): void => {
    for (let slot = 0; slot < jobs; slot++) {
      put(board, slot, 1);
      summons.call();
    }
  };
  const doors = () => Array.from({ length: MEMBERS }, (_, member) => words[board.door(member)]);
  return {
    board,
    summons,
    submit,
    doors,
    vainly: () => words[board.vain]!++,
    takesOne: () => words[board.head]!++,
  };
}

test("for each job one more is rung, while there are any who sleep", () => {
  const { submit, doors } = oneBusy();
  submit(2);
  assert.deepEqual(doors(), [AWAKE, ASLEEP, AWAKE, AWAKE]);
  submit(3);
  assert.deepEqual(doors(), [AWAKE, AWAKE, AWAKE, AWAKE]);
});

test("who only waits for what it has begun is rung when nobody sleeps, the one with the least first, and each when it insists", () => {
  const { board, submit, doors, summons } = oneBusy();
  for (const [member, jobs] of [
    [1, 3],
    [2, 1],
    [3, 2],
  ] as const) {
    board.words[board.door(member)] = DOZING;
    board.words[board.live(member)] = jobs;
  }
  submit(1);
  assert.deepEqual(doors(), [AWAKE, DOZING, AWAKE, DOZING]);
  assert.deepEqual([summons.insist(), doors()], [true, [AWAKE, AWAKE, AWAKE, AWAKE]]);
  assert.equal(summons.insist(), false);
});

test("after one was rung for nothing jobs are left to who is awake, and a round later all are rung if that one took none", () => {
  const { submit, doors, vainly, summons } = oneBusy();
  vainly();
  submit(8);
  assert.deepEqual(doors(), [AWAKE, ASLEEP, ASLEEP, ASLEEP]);
  summons.lookAgain();
  assert.deepEqual(doors(), [AWAKE, AWAKE, AWAKE, AWAKE]);
});

test("nobody is rung as long as who is awake gets on", () => {
  const { submit, doors, vainly, summons, takesOne, board } = oneBusy();
  vainly();
  submit(3);
  for (let jobs = 3; jobs > 0; jobs--) {
    takesOne();
    summons.lookAgain();
  }
  assert.equal(waiting(board), 0);
  assert.deepEqual(doors(), [AWAKE, ASLEEP, ASLEEP, ASLEEP]);
});
