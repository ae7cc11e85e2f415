/**
 * How a job is handed over, under every interleaving of the atomic steps of its owner and two members, any of whom may die at any step: see
 * `memory/explorer.kit.ts`. The steps are those of the real `Dispatcher`, `Desk`, `Board` and `Sleeper`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exploreSteps, type ModelledThread, withFault } from "../memory/explorer.kit.js";
import { put, takeOldest, waiting } from "./board.js";
import { Dispatcher, type Occupant } from "./dispatcher.js";
import { ring, Sleeper } from "./door.js";
import { Board, Desk } from "./layout.js";
import { DONE, memberOf, phaseOf, QUEUED, RUNNING, stateOf, ticketOf } from "./slot.js";

interface Crew {
  readonly desk: Desk;
  readonly board: Board;
}

const MEMBERS = 2;

function setUp() {
  const desk = new Desk(undefined, 2);
  const board = new Board(MEMBERS, undefined, 4);
  return { buffers: [desk.memory, board.memory], context: { desk, board } };
}

const job = (): Occupant => ({ slot: -1, ticket: 0, reported() {}, mailed() {}, failed() {}, asked() {} });

interface Steps {
  /** How many jobs there are. */
  readonly jobs: number;
  /** Puts each on the board twice, as after a death. */
  readonly twice?: boolean;
  /** Calls the last one off again. */
  readonly recalls?: boolean;
}

/** The owner: hands out its jobs, rings, and takes what is reported. */
const owner =
  ({ jobs, twice = false, recalls = false }: Steps) =>
  ({ desk, board }: Crew, thread: ModelledThread): void => {
    const dispatcher = new Dispatcher(desk);
    const sleeper = new Sleeper(desk.words, desk.door, () => collect());
    const collect = (): void => {
      sleeper.answer();
      for (;;) {
        desk.take((slot) => thread.note(`settled ${slot}`));
        sleeper.close();
        if (!desk.hasNews) return sleeper.wait();
        sleeper.answer();
      }
    };
    let last = job();
    for (let i = 0; i < jobs; i++) {
      last = job();
      const slot = dispatcher.open(last);
      dispatcher.publish(last, QUEUED, 0);
      for (let times = twice ? 2 : 1; times > 0; times--) put(board, slot, last.ticket);
      for (let member = 0; member < MEMBERS; member++) if (ring(board.words, board.door(member))) break;
    }
    if (recalls) {
      const { slot } = last;
      thread.note(dispatcher.recall(last) ? `recalled ${slot}` : "too late");
    }
    collect();
  };

/** A member: takes jobs until there are none, then sleeps until it is rung. */
const member =
  (index: number) =>
  ({ desk, board }: Crew, thread: ModelledThread): void => {
    const sleeper = new Sleeper(board.words, board.door(index), () => work());
    const work = (): void => {
      sleeper.answer();
      for (;;) {
        const slot = takeOldest(board, desk, index, () => false);
        if (slot < 0) {
          sleeper.close();
          if (waiting(board) === 0) return sleeper.wait();
          sleeper.answer();
          continue;
        }
        thread.note(`took ${slot}`);
        const at = desk.state(slot);
        Atomics.store(desk.words, at, stateOf(ticketOf(Atomics.load(desk.words, at)), index, DONE));
        desk.report(slot);
        ring(desk.words, desk.door);
      }
    };
    work();
  };

function explore(steps: Steps, { mortal = [] as number[], interruptions = 2 } = {}) {
  return exploreSteps<Crew>({
    setup: setUp,
    threads: [owner(steps), member(0), member(1)],
    interruptions,
    ...(mortal.length > 0 ? { mortal } : {}),
    check({ desk }, [owned, ...members]) {
      const settled = owned!.filter((note) => String(note).startsWith("settled"));
      const recalled = owned!.filter((note) => String(note).startsWith("recalled"));
      const taken = members.flatMap((notes) => notes ?? []);
      assert.equal(new Set(taken).size, taken.length, "a job was taken twice");
      assert.equal(new Set(settled).size, settled.length, "a job was settled twice");
      if (mortal.length === 0) {
        assert.equal(settled.length + recalled.length, steps.jobs, "a job was lost");
        assert.equal(taken.length, settled.length);
        return;
      }
      // The owner hears that a thread has ended, and looks: the dead one may have opened its door, and not rung.
      if (members.includes(null)) desk.take((slot) => settled.push(`settled ${slot}`));
      // What then is not settled can be found by looking at the slots: nobody has it, or the one who died.
      for (let slot = 0; slot < steps.jobs; slot++) {
        if (settled.includes(`settled ${slot}`)) continue;
        const state = desk.words[desk.state(slot)]!;
        const phase = phaseOf(state);
        const isWithDead = members[memberOf(state)] === null && (phase === RUNNING || phase === DONE);
        assert.ok(phase === QUEUED || isWithDead, `slot ${slot} is in phase ${phase} with member ${memberOf(state)}`);
      }
    },
  });
}

test("each job is taken once and settled once, and nobody sleeps through one", () => {
  // Every interleaving with so many interruptions: with one more, two jobs take minutes.
  for (const { states } of [explore({ jobs: 1 }), explore({ jobs: 2 }, { interruptions: 1 })])
    assert.ok(states > 1000, `only ${states} states`);
});

test("a job with two entries is taken once", () => {
  explore({ jobs: 1, twice: true });
});

test("a job that is called off is either taken or recalled, never both", () => {
  explore({ jobs: 1, recalls: true });
});

test("whatever a member dies in the middle of, each of its jobs can be found, and the others are settled", () => {
  explore({ jobs: 2 }, { mortal: [1], interruptions: 1 });
});

const faults: [what: string, explored: () => void, found: RegExp][] = [
  [
    "a sleeper that does not look again once its door is closed",
    () =>
      withFault(Sleeper.prototype, { close(this: Sleeper) {}, wait: sleepsAtOnce }, () => {
        explore({ jobs: 2 });
      }),
    /lost/,
  ],
  [
    "a summary that is written before the bit that it is of",
    () =>
      withFault(Desk.prototype, { report: summaryFirst }, () => {
        explore({ jobs: 2 });
      }),
    /lost/,
  ],
];

/** Closes the door only now, when it has looked already. */
const closeDoor = Object.getOwnPropertyDescriptor(Sleeper.prototype, "close")!.value as (this: Sleeper) => void;
const waitForRing = Object.getOwnPropertyDescriptor(Sleeper.prototype, "wait")!.value as (this: Sleeper) => void;
function sleepsAtOnce(this: Sleeper): void {
  closeDoor.call(this);
  waitForRing.call(this);
}

function summaryFirst(this: Desk, slot: number): void {
  // The places of the two are those of `layout.ts`: a line, and two lines, behind the door.
  Atomics.or(this.words, this.door + 16, 1 << (slot >>> 5));
  Atomics.or(this.words, this.door + 32 + (slot >>> 5), 1 << (slot & 31));
}

for (const [what, explored, found] of faults)
  test(`exploreSteps() finds ${what}`, () => {
    assert.throws(explored, found);
  });
