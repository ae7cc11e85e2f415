/**
 * How a letter is handed over, under every interleaving of the atomic steps of its owner and two members, any of whom may die at any step: see
 * `memory/explorer.kit.ts`. The steps are those of the real `Mailbox`, `reserve`, `Dispatcher`, `Board` and `Sleeper`; the ports are words of their own.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exploreSteps, type ModelledThread, withFault } from "../memory/explorer.kit.js";
import { begin, put, takeOldest, waiting } from "./board.js";
import { Dispatcher, type Occupant } from "./dispatcher.js";
import { announce, ASLEEP, AWAKE, DOZING, Mailbox, READY, reserve, ring, Sleeper, tellAsked } from "./door.js";
import { Board, Desk } from "./layout.js";
import { DONE, memberOf, phaseOf, POSTED, QUEUED, RUNNING, SEALED, stateOf, ticketOf } from "./slot.js";

interface Crew {
  readonly desk: Desk;
  readonly board: Board;
  /** What is in the port of each member: a slot + 1. */
  readonly ports: Int32Array;
}

const MEMBERS = 2;

function setUp() {
  const desk = new Desk(undefined, 2);
  const board = new Board(MEMBERS, undefined, 4);
  const ports = new Int32Array(new SharedArrayBuffer(4 * MEMBERS));
  return { buffers: [desk.memory, board.memory, ports.buffer as SharedArrayBuffer], context: { desk, board, ports } };
}

const LETTER = "letter";
const SMALL = "small";

interface Steps {
  readonly jobs: readonly (typeof LETTER | typeof SMALL)[];
  /** Calls the last one off again. */
  readonly recalls?: boolean;
}

/** The owner: hands out its jobs, answers who asks, and takes what is reported. */
const owner =
  ({ jobs, recalls = false }: Steps) =>
  ({ desk, board, ports }: Crew, thread: ModelledThread): void => {
    const dispatcher = new Dispatcher(desk);
    const sleeper = new Sleeper(desk.words, desk.door, () => collect());
    const sealed: Occupant[] = [];
    const post = (job: Occupant, isSealed: boolean): boolean => {
      for (const door of READY)
        for (let member = 0; member < MEMBERS; member++) {
          if (!reserve(board, member, door)) continue;
          if (!isSealed) dispatcher.open(job);
          dispatcher.publish(job, POSTED, member);
          Atomics.store(ports, member, job.slot + 1);
          // The host says so, to a thread that does not look.
          Atomics.notify(ports, member);
          announce(board, member);
          return true;
        }
      return false;
    };
    const enter = (job: Occupant): void => {
      put(board, job.slot, job.ticket);
      for (let member = 0; member < MEMBERS; member++) if (ring(board.words, board.door(member))) break;
    };
    const asked = (job: Occupant): void => {
      const oldest = sealed[0]!;
      const isSent = post(oldest, true);
      if (isSent) sealed.shift();
      if (!isSent || oldest !== job) enter(job);
    };
    const collect = (): void => {
      sleeper.answer();
      for (;;) {
        desk.take((slot) => {
          const phase = phaseOf(Atomics.load(desk.words, desk.state(slot)));
          if (phase === DONE) thread.note(`settled ${slot}`);
          const job = sealed.find((each) => each.slot === slot);
          if (phase === SEALED) asked(job!);
        });
        sleeper.close();
        if (!desk.hasNews) return sleeper.wait();
        sleeper.answer();
      }
    };
    let last: Occupant;
    for (const kind of jobs) {
      last = { slot: -1, ticket: 0, reported() {}, mailed() {}, failed() {}, asked() {} };
      if (kind === LETTER && sealed.length === 0 && post(last, false)) continue;
      dispatcher.open(last);
      dispatcher.publish(last, kind === LETTER ? SEALED : QUEUED, 0);
      if (kind === LETTER) sealed.push(last);
      enter(last);
    }
    if (recalls) {
      const { slot } = last!;
      const isRecalled = dispatcher.recall(last!);
      thread.note(isRecalled ? `recalled ${slot}` : "too late");
      if (isRecalled && sealed.includes(last!)) sealed.splice(sealed.indexOf(last!), 1);
    }
    collect();
  };

/** A member, as `Member` is: opens letters first, takes jobs until there are none, looks once more, then sleeps until it is rung or has mail. */
const member =
  (index: number, { isBusy = false } = {}) =>
  ({ desk, board, ports }: Crew, thread: ModelledThread): void => {
    const door = board.door(index);
    const sleeper = new Sleeper(board.words, door, () => awake());
    const mailbox = new Mailbox(board, index, sleeper);
    let isUnanswered = false;
    const finish = (slot: number): void => {
      thread.note(`took ${slot}`);
      assert.equal(Atomics.load(board.words, door), AWAKE, "whoever has begun something cannot be sent a letter");
      assert.equal(Atomics.load(ports, index), 0, "nobody begins something while a letter is in its port");
      const at = desk.state(slot);
      Atomics.store(desk.words, at, stateOf(ticketOf(Atomics.load(desk.words, at)), index, DONE));
      desk.report(slot);
      ring(desk.words, desk.door);
    };
    const open = (): void => {
      const slot = Atomics.exchange(ports, index, 0) - 1;
      if (slot < 0) return;
      mailbox.opens();
      if (begin(desk, slot, ticketOf(Atomics.load(desk.words, desk.state(slot))), index, POSTED)) finish(slot);
    };
    const ask = (slot: number): boolean => {
      if (isUnanswered) tellAsked(desk, slot);
      else isUnanswered = !mailbox.ask(desk, slot, 1);
      return mailbox.isExpected;
    };
    const work = (): void => {
      isUnanswered = false;
      for (;;) {
        const slot = takeOldest(board, desk, index, ask);
        if (slot >= 0) finish(slot);
        else if (!mailbox.isExpected) {
          mailbox.looks();
          const comes = waiting(board) > 0 || mailbox.isThere;
          if (mailbox.rises() && !comes) {
            sleeper.close(isBusy ? DOZING : ASLEEP);
            if (waiting(board) === 0) return sleeper.wait();
            if (!mailbox.rises()) return;
          }
        }
        if (mailbox.isExpected) open();
        if (mailbox.isExpected) return;
      }
    };
    const awake = (): void => {
      if (mailbox.rises()) work();
    };
    const listen = (): void => {
      const mail = Atomics.waitAsync(ports, index, 0);
      const hear = (): void => {
        open();
        listen();
        awake();
      };
      if (mail.async) void mail.value.then(hear);
      else hear();
    };
    listen();
    awake();
  };

/** A member that something blocks for ever, though its door says that it may come. */
const blocked =
  (index: number) =>
  ({ board }: Crew): void => {
    Atomics.store(board.words, board.door(index), DOZING);
  };

interface Plan {
  readonly mortal?: readonly number[];
  readonly interruptions?: number;
  readonly timeouts?: number;
  readonly second?: (crew: Crew, thread: ModelledThread) => void;
}

function explore(steps: Steps, { mortal = [], interruptions = 1, timeouts, second = member(1) }: Plan = {}) {
  return exploreSteps<Crew>({
    setup: setUp,
    threads: [owner(steps), member(0), second],
    interruptions,
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(mortal.length > 0 ? { mortal } : {}),
    check({ desk, ports }, [owned, ...members]) {
      const settled = owned!.filter((note) => String(note).startsWith("settled"));
      const recalled = owned!.filter((note) => String(note).startsWith("recalled"));
      const taken = members.flatMap((notes) => notes ?? []);
      assert.equal(new Set(taken).size, taken.length, "a job was taken twice");
      assert.equal(new Set(settled).size, settled.length, "a job was settled twice");
      if (mortal.length === 0) {
        assert.equal(settled.length + recalled.length, steps.jobs.length, "a job was lost");
        assert.equal(taken.length, settled.length);
        assert.deepEqual([...ports], [0, 0], "a letter was not opened");
        return;
      }
      if (members.includes(null)) desk.take((slot) => settled.push(`settled ${slot}`));
      // What then is not settled can be found by looking at the slots: nobody has it, or it was sent to the one who died, or begun there.
      for (let slot = 0; slot < steps.jobs.length; slot++) {
        if (settled.includes(`settled ${slot}`)) continue;
        const state = desk.words[desk.state(slot)]!;
        const phase = phaseOf(state);
        const isWithDead =
          members[memberOf(state)] === null && (phase === POSTED || phase === RUNNING || phase === DONE);
        assert.ok(
          phase === QUEUED || phase === SEALED || isWithDead,
          `slot ${slot} is in phase ${phase} with member ${memberOf(state)}`,
        );
      }
    },
  });
}

test("each letter is opened once, by a thread that has begun nothing since it was chosen, and nobody sleeps through one", () => {
  // Every interleaving with so many interruptions: with one more, one job takes minutes.
  assert.ok(explore({ jobs: [LETTER] }).states > 1000);
  for (const jobs of [
    [LETTER, LETTER],
    [SMALL, LETTER],
    [LETTER, SMALL],
  ] as const)
    explore({ jobs }, { interruptions: 0 });
});

test("a letter comes to a thread that has something to do, and whoever is blocked keeps none", () => {
  explore({ jobs: [LETTER] }, { interruptions: 0, second: member(1, { isBusy: true }) });
  explore({ jobs: [SMALL, LETTER] }, { second: blocked(1) });
});

test("a letter whose owner does not answer in time is sent all the same, once", () => {
  explore({ jobs: [LETTER] }, { timeouts: 1, second: blocked(1) });
});

test("a letter that is called off is either opened or recalled, never both", () => {
  explore({ jobs: [LETTER], recalls: true }, { timeouts: 1, second: blocked(1) });
});

test("whatever a member dies in the middle of, no letter is lost that was not sent to it", () => {
  explore({ jobs: [LETTER] }, { mortal: [1], second: blocked(1) });
  explore({ jobs: [LETTER] }, { mortal: [1], interruptions: 0 });
});

const faults: [what: string, explored: () => void, found: RegExp][] = [
  [
    "a thread that does not hear that it was chosen",
    () =>
      withFault(Sleeper.prototype, { answer: answersDeafly }, () => {
        explore({ jobs: [SMALL, LETTER] }, { second: blocked(1), interruptions: 2 });
      }),
    /nobody begins something while a letter is in its port|cannot be sent a letter/,
  ],
  [
    "a thread that looks for work, and takes some without saying so",
    () =>
      withFault(Mailbox.prototype, { rises: () => true }, () => {
        explore({ jobs: [SMALL, LETTER] }, { second: blocked(1) });
      }),
    /whoever has begun something cannot be sent a letter/,
  ],
  [
    "a thread that goes on when it has asked in vain, and does not look whether it was chosen at the last moment",
    () =>
      withFault(Mailbox.prototype, { ask: asksHastily }, () => {
        explore({ jobs: [LETTER, SMALL] }, { timeouts: 1, second: blocked(1) });
      }),
    /nobody begins something while a letter is in its port|lost|cannot be sent/,
  ],
];

const answerDoor = Object.getOwnPropertyDescriptor(Sleeper.prototype, "answer")!.value as (this: Sleeper) => number;
function answersDeafly(this: Sleeper): number {
  answerDoor.call(this);
  return AWAKE;
}

const askOwner = Object.getOwnPropertyDescriptor(Mailbox.prototype, "ask")!.value as Mailbox["ask"];
const expected = Object.getOwnPropertyDescriptor(Mailbox.prototype, "rises")!.value as Mailbox["rises"];
function asksHastily(this: Mailbox, desk: Desk, slot: number, milliseconds: number): boolean {
  let isAnswered = false;
  withFault(Mailbox.prototype, { rises: () => (isAnswered = true) }, () =>
    askOwner.call(this, desk, slot, milliseconds),
  );
  return isAnswered && this.isThere && !expected.call(this);
}

for (const [what, explored, found] of faults)
  test(`exploreSteps() finds ${what}`, () => {
    assert.throws(explored, found);
  });
