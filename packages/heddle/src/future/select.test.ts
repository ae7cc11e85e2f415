import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import {
  async,
  coop,
  type Future,
  type HeddleError,
  map,
  matching,
  pin,
  ready,
  Runtime,
  select,
  sleep,
  spawn,
  when,
  yieldNow,
} from "../index.js";
import { PENDING, pollFn } from "../lowlevel.js";
import { testWith } from "../test.js";

const test = testWith(nodeTest, { seed: 1 });
const paused = (rngSeed = 1) => new Runtime({ startPaused: true, rngSeed });

const after = <T>(milliseconds: number, value: T): Future<T> => map(sleep(milliseconds), () => value);

test("select() gives the key and the value of the first branch to be ready, and narrows on the key", function* () {
  const won = yield* select({ number: after(20, 7), text: after(10, "seven") });
  assert.equal(won.key === "text" ? won.value.length : won.value + 1, 5);
});

test("select() makes the future of a branch whose guard is false, and never polls it", function* () {
  const trace: string[] = [];
  const make = (name: string): Future<string> => {
    trace.push(`made ${name}`);
    return pollFn(() => {
      trace.push(`polled ${name}`);
      return name;
    });
  };
  assert.deepEqual(yield* select({ off: when(false, make("off")), on: when(true, make("on")) }), {
    key: "on",
    value: "on",
  });
  assert.deepEqual(trace, ["made off", "made on", "polled on"]);
});

/** A branch that is looked at in every poll of its select, and is ready when it is told to be. */
const watched = (name: string, looks: string[], isReady: () => boolean): Future<string> =>
  pollFn((cx) => {
    looks.push(name);
    if (isReady()) return name;
    cx.waker.wake();
    return PENDING;
  });

nodeTest("select() begins at a branch drawn anew at each poll, and goes round in order", async () => {
  const looks: string[] = [];
  let isOver = false;
  const names = ["a", "b", "c", "d"];
  const branches = Object.fromEntries(names.map((name) => [name, watched(name, looks, () => isOver)]));
  const runtime = paused();
  const main = async(function* () {
    const handle = spawn(select(branches));
    for (let i = 0; i < 100; i++) yield* yieldNow();
    isOver = true;
    yield* handle;
  });
  await runtime.run(main());
  looks.pop(); // the winner ended the last round
  const rounds = new Map<string, number>();
  for (let i = 0; i + 4 <= looks.length; i += 4) {
    const round = looks.slice(i, i + 4).join("");
    rounds.set(round, (rounds.get(round) ?? 0) + 1);
  }
  assert.deepEqual([...rounds.keys()].toSorted(), ["abcd", "bcda", "cdab", "dabc"], "rotations, not shuffles");
  for (const [round, count] of rounds) assert.ok(count >= 10, `${round} came ${count} times in 100`);
});

nodeTest("select() is fair between branches that are always ready, and repeats itself with the seed", async () => {
  const wins = (seed: number) =>
    paused(seed).run(
      async(function* () {
        let text = "";
        for (let i = 0; i < 300; i++) text += (yield* select({ a: ready(0), b: ready(0), c: ready(0) })).key;
        return text;
      })(),
    );
  const text = await wins(1);
  for (const key of ["a", "b", "c"]) {
    const count = text.split(key).length - 1;
    assert.ok(count > 60 && count < 140, `${key} won ${count} of 300`);
  }
  assert.equal(await wins(1), text);
  assert.notEqual(await wins(2), text);
});

test("select({ biased }) polls from the first branch down, each time", function* () {
  const looks: string[] = [];
  let isOver = false;
  const handle = spawn(
    select(
      {
        a: watched("a", looks, () => false),
        b: watched("b", looks, () => isOver),
        c: watched("c", looks, () => isOver),
      },
      { biased: true },
    ),
  );
  for (let i = 0; i < 20; i++) yield* yieldNow();
  isOver = true;
  assert.equal((yield* handle).key, "b");
  assert.match(looks.join(""), /^(abc)+ab$/);
});

test("select() disables a branch whose value does not match, and goes on with the rest", function* () {
  const trace: string[] = [];
  const odd = async(function* () {
    yield* sleep(10);
    trace.push("3 came");
    return 3;
  });
  assert.deepEqual(yield* select({ even: matching(odd(), (n) => n % 2 === 0), late: after(20, "late") }), {
    key: "late",
    value: "late",
  });
  assert.deepEqual(trace, ["3 came"]);
});

test("select() takes a branch whose value matches", function* () {
  const main = select({ even: matching(after(10, 4), (n) => n % 2 === 0), late: sleep(20) });
  assert.deepEqual(yield* main, { key: "even", value: 4 });
});

test("select({ else }) gives its value when no branch is left", function* () {
  const none = () => "nothing left";
  const allOff = select({ a: when(false, ready(1)), b: when(false, ready(2)) }, { else: none });
  assert.deepEqual(yield* allOff, { key: "else", value: "nothing left" });
  const mismatched = select({ a: matching(after(10, 1), () => false), b: when(false, ready(1)) }, { else: none });
  assert.deepEqual(yield* mismatched, { key: "else", value: "nothing left" });
  assert.deepEqual(yield* select({}, { else: none }), { key: "else", value: "nothing left" });
});

nodeTest("select() without `else` fails when no branch is left, and says what to do", async () => {
  const isExhausted = (error: HeddleError) => error.code === "select.exhausted" && error.message.includes("\nhelp: ");
  await assert.rejects(paused().run(select({ a: when(false, ready(1)) })), isExhausted);
  await assert.rejects(paused().run(select({ a: matching(after(1, 1), () => false) })), isExhausted);
  await assert.rejects(paused().run(select({})), isExhausted);
});

test("select() drops the losers before the winner's value is seen", function* () {
  const trace: string[] = [];
  const loser = async(function* () {
    try {
      yield* sleep(1000);
    } finally {
      trace.push("loser dropped");
    }
  });
  const main = async(function* () {
    const won = yield* select({ loser: loser(), winner: after(10, "winner") });
    trace.push(String(won.value));
  });
  yield* main();
  assert.deepEqual(trace, ["loser dropped", "winner"]);
});

test("select() fails with the error of a branch, and drops the others first", function* () {
  const trace: string[] = [];
  const failure = new Error("failed");
  const loser = async(function* () {
    try {
      yield* sleep(1000);
    } finally {
      trace.push("loser dropped");
    }
  });
  const failing = async(function* () {
    yield* sleep(1);
    throw failure;
  });
  const main = async(function* () {
    try {
      yield* select({ loser: loser(), failing: failing() });
    } catch (error) {
      trace.push("caught");
      assert.equal(error, failure);
    }
  });
  yield* main();
  assert.deepEqual(trace, ["loser dropped", "caught"]);
});

test("select() with a pinned future keeps its progress through any number of rounds", function* () {
  const main = async(function* () {
    const steps: number[] = [];
    const slow = pin(
      async(function* () {
        for (let i = 0; i < 3; i++) {
          yield* sleep(10);
          steps.push(i);
        }
        return "done";
      })(),
    );
    let ticks = 0;
    for (;;) {
      const won = yield* select({ slow, tick: sleep(4) });
      if (won.key === "slow") return [won.value, steps, ticks];
      ticks++;
    }
  });
  assert.deepEqual(yield* main(), ["done", [0, 1, 2], 7]);
});

test("select() with a handle leaves its task alone when it loses", function* () {
  const main = async(function* () {
    const handle = spawn(after(30, "task"));
    const keys: string[] = [];
    for (;;) {
      const won = yield* select({ handle, tick: sleep(12) });
      keys.push(won.key);
      if (won.key === "handle") return [keys, won.value];
    }
  });
  assert.deepEqual(yield* main(), [["tick", "tick", "handle"], "task"]);
});

nodeTest("select() with no budget left polls nothing, and is polled again with a fresh one", async () => {
  let polls = 0;
  const runtime = new Runtime({ startPaused: true, probe: { pollBegins: () => polls++ } });
  const main = async(function* () {
    while (coop.hasBudgetRemaining()) yield* coop.consumeBudget();
    const spentIn = polls;
    let polledIn = -1;
    const { value } = yield* select({
      a: pollFn(() => {
        polledIn = polls;
        return "polled";
      }),
    });
    return [value, polledIn - spentIn];
  });
  assert.deepEqual(await runtime.run(main()), ["polled", 1]);
});

test("select() polls only the branches that were woken", function* () {
  let polls = 0;
  const idle = pollFn<void>(() => {
    polls++;
    return PENDING;
  });
  const restless = async(function* () {
    for (let i = 0; i < 10; i++) yield* sleep(1);
  });
  assert.equal((yield* select({ idle, restless: restless() })).key, "restless");
  assert.equal(polls, 1);
});
