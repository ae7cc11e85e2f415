import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  async,
  fromCallback,
  fromPromise,
  type Future,
  join,
  pending,
  run,
  select,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { Mutex } from "../sync.js";
import { currentTask, type Holder, Leaf, PENDING, Resource } from "../lowlevel.js";
import { type Exploration, explore, ExploreError, type ExploreOptions } from "../test.js";
import { Instant } from "../time.js";

async function faultOf<T>(program: () => Future<T>, options?: ExploreOptions<T>): Promise<ExploreError> {
  let found: Exploration;
  try {
    found = await explore(program, options);
  } catch (error) {
    assert.ok(error instanceof ExploreError, String(error));
    return error;
  }
  assert.fail(`nothing was found in ${JSON.stringify(found)}`);
}

/** A message without folders, lines and columns. */
const text = (error: Error): string => error.message.replaceAll(/\([^()]*\/([^/()]+)\.[jt]s:\d+:\d+\)/g, "($1)");

const lineOf = (error: Error, index: number): string => text(error).split("\n")[index]!;

/** Two tasks that each read a count, wait, and write it. */
const racy = async(function* racy() {
  let count = 0;
  const increment = async(function* increment() {
    const before = count;
    yield* yieldNow();
    count = before + 1;
  });
  const one = spawn(increment(), { name: "one" });
  const two = spawn(increment(), { name: "two" });
  yield* join(one, two);
  return count;
});
const isTwo = (count: number): void => assert.equal(count, 2);

describe("explore()", () => {
  test("explore() runs a program of one task once, and says that this was all", async () => {
    let runs = 0;
    const program = async(function* () {
      runs++;
      yield* yieldNow();
    });
    const found = await explore(program);
    assert.deepEqual({ ...found, runs }, { schedules: 1, pruned: 0, steps: 2, longest: 2, exhausted: true, runs: 1 });
  });

  test("explore() runs every order of steps that may share anything: three tasks of one step in all six", async () => {
    const orders = new Set<string>();
    const program = async(function* () {
      let order = "";
      const say = async(function* (name: string) {
        order += name;
      });
      for (const name of "abc") spawn(say(name));
      for (let i = 0; i < 3; i++) yield* yieldNow();
      while (order.length < 3) yield* sleep(1);
      return order;
    });
    const { exhausted } = await explore(program, { after: (order) => void orders.add(order) });
    assert.equal(exhausted, true);
    assert.deepEqual([...orders].sort(), ["abc", "acb", "bac", "bca", "cab", "cba"]);
  });

  test("explore() takes plain generators, and gives `after` what the program returns", async () => {
    const values: number[] = [];
    await explore(
      function* () {
        yield* yieldNow();
        return 7;
      },
      { after: (value) => void values.push(value) },
    );
    assert.deepEqual(values, [7]);
  });

  test("explore() tells the schedule of what it found, step by step, and how to have it again", async () => {
    const error = await faultOf(racy, { after: isTwo });
    assert.equal(
      text(error).replace(/"Expected.*(?=\n)/, "…"),
      [
        "Cannot run this program in every order: 'after' fails with AssertionError …",
        "schedule, 6 steps with 4 switches, the shortest found after 4 schedules:",
        "   1  main (#1)  join(…) at racy (explore.test)",
        "   2  one (#2)   yieldNow() at increment (explore.test)",
        "   3  two (#3)   yieldNow() at increment (explore.test)",
        "   4  two (#3)   ends; wakes main (#1)",
        "   5  one (#2)   ends",
        "   6  main (#1)  ends",
        'replay: explore(program, { replay: "1:1.2.3*2.2.1" })',
        "help: the error is `cause`; the schedule ran to its end, and left behind what `after` does not accept",
      ].join("\n"),
    );
    assert.equal((error.cause as Error).name, "AssertionError");
    assert.deepEqual({ code: error.code, schedules: error.schedules }, { code: "explore.refuted", schedules: 4 });
    assert.ok(error.message.includes(error.trace));
    assert.match(error.trace, /yieldNow\(\) at increment \(\S*explore\.test\.[jt]s:\d+:\d+\)\n/);
  });

  test("explore() shortens: a fault that shows only behind detours is told without them", async () => {
    const program = async(function* () {
      let steps = "";
      const walk = async(function* (name: string) {
        for (let i = 0; i < 4; i++) {
          steps += name;
          yield* yieldNow();
        }
      });
      const bug = async(function* () {
        yield* yieldNow();
        if (steps.includes("ab")) throw new Error(`saw ${steps}`);
      });
      spawn(walk("a"));
      spawn(walk("b"));
      yield* spawn(bug(), { name: "bug" });
    });
    const error = await faultOf(program, { maxSchedules: 1e6 });
    // main, one step of each walk, both steps of the bug, main.
    assert.equal(error.replay, "1:1.2.3.4*2.1");
  });
});

describe("what explore() finds", () => {
  test("explore() finds an error out of the program, and gives it as the cause", async () => {
    const oops = new Error("oops");
    const error = await faultOf(
      async(function* () {
        yield* yieldNow();
        throw oops;
      }),
    );
    assert.equal(lineOf(error, 0), 'Cannot run this program in every order: it fails with Error "oops"');
    assert.deepEqual([error.code, error.cause], ["explore.failed", oops]);
  });

  test("explore() finds a task that fails and is not joined, in the order where nobody asks it", async () => {
    const program = (isJoined: boolean) =>
      async(function* () {
        const child = async(function* () {
          throw new Error("oops");
        });
        const handle = spawn(child(), { name: "child" });
        yield* yieldNow();
        if (isJoined) yield* handle.settled();
      });
    const error = await faultOf(program(false));
    assert.equal(error.code, "explore.unjoined");
    assert.match(text(error), /: task "child" \(#2\) fails with Error "oops", and nobody joins it\n/);
    assert.equal((await explore(program(true))).exhausted, true);
  });

  test("explore() finds tasks that wait for ever, and says where, and who holds what", async () => {
    class Lock extends Resource {
      #holder: Holder | null = null;
      get kind(): string {
        return "lock";
      }
      override get holders(): Holder[] {
        return this.#holder === null ? [] : [this.#holder];
      }
      tryTake(): boolean {
        this.touch(true);
        if (this.#holder !== null) return false;
        this.#holder = currentTask();
        return true;
      }
    }
    const program = async(function* twice() {
      const lock = new Lock("accounts");
      while (lock.tryTake());
      yield* pending();
    });
    const error = await faultOf(program);
    assert.equal(error.code, "explore.deadlock");
    const lines = text(error).split("\n").slice(0, 3);
    assert.deepEqual(lines, [
      "Cannot run this program in every order: nothing can go on any more",
      '    task "main" (#1) waits for pending() at twice (explore.test)',
      '    lock "accounts" is held by task "main" (#1)',
    ]);
  });

  test("explore() says of a deadlock who waits for whom in a circle", async () => {
    const program = async(function* dine() {
      const [left, right] = [new Mutex(undefined, { name: "left" }), new Mutex(undefined, { name: "right" })];
      const takeBoth = async(function* takeBoth(first: Mutex, second: Mutex) {
        using _first = yield* first.lock();
        yield* yieldNow();
        using _second = yield* second.lock();
      });
      const ada = spawn(takeBoth(left, right), { name: "ada" });
      const alan = spawn(takeBoth(right, left), { name: "alan" });
      yield* join(ada, alan);
    });
    const error = await faultOf(program);
    assert.equal(error.code, "explore.deadlock");
    const lines = text(error).split("\n");
    assert.deepEqual(
      lines.slice(1, 7).map((line) => line.trim()),
      [
        'task "main" (#1) waits for join(…) at dine (explore.test)',
        'task "ada" (#2) waits for mutex "right" lock(), held by task "alan" (#3) at takeBoth (explore.test)',
        'task "alan" (#3) waits for mutex "left" lock(), held by task "ada" (#2) at takeBoth (explore.test)',
        'mutex "left" is held by task "ada" (#2)',
        'mutex "right" is held by task "alan" (#3)',
        "2 tasks wait for each other in a circle: ada (#2) → alan (#3) → ada (#2)",
      ],
    );
  });

  test("explore() says of a deadlock which error came before it", async () => {
    const program = async(function* () {
      spawn(
        (function* () {
          throw new Error("oops");
        })(),
        { name: "child" },
      );
      yield* pending();
    });
    const error = await faultOf(program);
    assert.equal(error.code, "explore.deadlock");
    assert.match(error.message, /task "child" \(#2\) fails with Error "oops", and nobody joins it/);
    assert.equal((error.cause as Error).message, "oops");
  });

  test("explore() finds a lost wake: a task that waits goes on when it is polled all the same, in a branch too", async () => {
    for (const isBranch of [false, true]) {
      const program = async(function* () {
        let isOpen = false;
        class Opened extends Leaf<void> {
          poll() {
            return isOpen ? undefined : PENDING;
          }
        }
        const guest = async(function* guest() {
          if (isBranch) yield* select({ opened: new Opened(), never: pending() });
          else yield* new Opened();
        });
        const handle = spawn(guest(), { name: "guest" });
        yield* yieldNow();
        isOpen = true;
        yield* handle;
      });
      const error = await faultOf(program);
      assert.equal(error.code, "explore.lost-wake");
      const what = isBranch ? "select(…)" : "Opened";
      assert.equal(lineOf(error, 1), `    task "guest" (#2) waits for ${what} at guest (explore.test)`);
    }
  });

  test("explore() finds a program that does not end", async () => {
    const program = async(function* () {
      for (;;) yield* yieldNow();
    });
    const error = await faultOf(program, { maxSteps: 100 });
    assert.equal(error.code, "explore.livelock");
    assert.match(error.message, /it has not ended after 100 steps/);
    assert.match(error.trace, /… 40 more …/);
    assert.equal(error.replay, "1:1*100");
  });

  test("explore() finds what a task still holds when it is over", async () => {
    class Permit extends Resource {
      held: Holder[] = [];
      get kind(): string {
        return "permit";
      }
      override get holders(): Holder[] {
        return this.held;
      }
    }
    const program = async(function* () {
      const permit = new Permit();
      const take = async(function* () {
        permit.held.push(currentTask()!);
      });
      yield* spawn(take(), { name: "taker" });
    });
    const error = await faultOf(program);
    assert.equal(error.code, "explore.leak");
    assert.match(text(error), /: task "taker" \(#2\) is over and still holds a permit\n/);
  });

  test("explore() refuses what waits for the world outside", async () => {
    for (const [future, label] of [
      [() => fromPromise(new Promise(() => {})), "fromPromise(…)"],
      [() => fromCallback(() => {}), "fromCallback(…)"],
    ] as const) {
      const error = await faultOf(
        async(function* () {
          yield* future();
        }),
      );
      assert.equal(error.code, "explore.outside");
      assert.ok(error.message.includes(`task "main" (#1) waits for ${label}, which nothing in the program settles`));
    }
  });

  test("explore() refuses a program that does something else in the same order", async () => {
    let runs = 0;
    const program = async(function* () {
      runs++;
      const idle = async(function* () {
        yield* yieldNow();
      });
      const handles = Array.from({ length: 1 + (runs % 2) }, () => spawn(idle()));
      for (const handle of handles) yield* handle;
    });
    await assert.rejects(explore(program), { code: "explore.nondeterministic" });
  });
});

describe("what explore() leaves alone", () => {
  test("explore() lets time jump only when nothing is ready, and to the next deadline", async () => {
    const program = async(function* () {
      const log: string[] = [];
      const nap = async(function* (name: string, milliseconds: number) {
        yield* sleep(milliseconds);
        log.push(`${name} at ${Instant.now().milliseconds}`);
      });
      const naps = [spawn(nap("b", 20)), spawn(nap("a", 10))];
      yield* yieldNow();
      log.push(`main at ${Instant.now().milliseconds}`);
      for (const handle of naps) yield* handle;
      return log;
    });
    const seen = new Set<string>();
    const { exhausted } = await explore(program, { after: (log) => void seen.add(log.join(", ")) });
    assert.equal(exhausted, true);
    assert.deepEqual([...seen], ["main at 0, a at 10, b at 20"]);
  });

  test("explore() tells in the schedule when time had jumped", async () => {
    const error = await faultOf(
      async(function* () {
        yield* sleep(1500);
        throw new Error("late");
      }),
    );
    assert.deepEqual(error.trace.split("\n").slice(1), [
      "      at 1.50 s:",
      '   2  main (#1)  fails with Error "late"',
    ]);
  });

  test("explore() waits for native promises that settle by themselves, before time jumps too", async () => {
    const native = async (): Promise<string> => {
      for (let i = 0; i < 5; i++) await Promise.resolve();
      return "settled";
    };
    const program = async(function* () {
      const won = yield* select({ native: fromPromise(native()), nap: sleep(1) });
      const turn = yield* fromPromise(new Promise<string>((resolve) => void setImmediate(resolve, "turned")));
      return [won.key, turn];
    });
    await explore(program, { after: (value) => assert.deepEqual(value, ["native", "turned"]) });
  });

  test("explore() gives each task its own random choices, the same in every order", async () => {
    const choices = new Set<string>();
    const program = async(function* () {
      const choose = async(function* () {
        let choice = "";
        for (let i = 0; i < 8; i++) choice += (yield* select({ a: yieldNow(), b: yieldNow() })).key;
        return choice;
      });
      return yield* join(spawn(choose()), spawn(choose()));
    });
    const { schedules } = await explore(program, {
      preemptions: 1,
      after: (pair) => void choices.add(pair.join(" ")),
    });
    assert.ok(schedules > 10);
    assert.equal(choices.size, 1);
    const [one, two] = [...choices][0]!.split(" ");
    assert.notEqual(one, two);
  });

  test("explore() ends tasks that were detached, once the program is over", async () => {
    let ended = 0;
    const program = async(function* () {
      const serve = async(function* () {
        try {
          yield* pending();
        } finally {
          ended++;
        }
      });
      spawn(serve()).detach();
    });
    const { schedules } = await explore(program);
    assert.equal(ended, schedules);
    const undetached = async(function* () {
      spawn(pending(), { name: "server" });
    });
    assert.equal((await faultOf(undetached)).code, "explore.deadlock");
  });

  test("explore() can run beside another exploration, and beside a runtime", async () => {
    const [first, second, value] = await Promise.all([
      explore(racy, { shared: "tracked" }),
      faultOf(racy, { after: isTwo }),
      run(
        (function* () {
          yield* sleep(1);
          return "ran";
        })(),
      ),
    ]);
    assert.deepEqual([first.exhausted, second.code, value], [true, "explore.refuted", "ran"]);
  });

  test("explore() is refused inside a task", async () => {
    const inside = async(function* () {
      return yield* fromPromise(explore(racy).catch((error: { code: string }) => error.code));
    });
    assert.equal(await run(inside()), "runtime.nested");
  });
});

describe("explore({ replay })", () => {
  test("explore() replays exactly the schedule of a failure, and fails in the same way", async () => {
    const error = await faultOf(racy, { after: isTwo });
    const again = await faultOf(racy, { after: isTwo, replay: error.replay });
    assert.deepEqual([again.code, again.replay, again.trace], [error.code, error.replay, error.trace]);
    assert.equal(lineOf(again, 0).slice(0, 60), "Cannot run this program in this order: 'after' fails with As");
  });

  test("explore() says how much it has run when a replay passes", async () => {
    const { replay } = await faultOf(racy, { after: isTwo });
    assert.deepEqual(await explore(racy, { replay }), {
      schedules: 1,
      pruned: 0,
      steps: 6,
      longest: 6,
      exhausted: false,
    });
  });

  test("explore() refuses a replay that does not fit the program", async () => {
    for (const [replay, what] of [
      ["1:1.4", `its step 2 polls task #4, where only task "one" (#2), task "two" (#3) can go on`],
      ["1:1.2", `it ends after 2 steps, where task "two" (#3), task "one" (#2) can go on`],
      ["1:1.2*2.3*2.1.7", `it has 7 steps, and the program is over after 6`],
    ] as const)
      await assert.rejects(explore(racy, { replay }), {
        code: "explore.replay",
        message:
          `Cannot replay this schedule: ${what}\n` +
          "help: the program has changed since the schedule was printed: explore it again",
      });
  });

  test("explore() repeats the random choices of the seed that the schedule names", async () => {
    const program = async(function* () {
      const choose = async(function* () {
        let choice = "";
        for (let i = 0; i < 8; i++) choice += (yield* select({ a: yieldNow(), b: yieldNow() })).key;
        return choice;
      });
      throw new Error(yield* spawn(choose()));
    });
    const [seven, eight] = [await faultOf(program, { seed: 7 }), await faultOf(program, { seed: 8 })];
    const again = await faultOf(program, { replay: seven.replay });
    assert.equal((again.cause as Error).message, (seven.cause as Error).message);
    assert.notEqual((eight.cause as Error).message, (seven.cause as Error).message);
  });
});

describe("explore({ strategy })", () => {
  for (const strategy of ["random", "pct"] as const) {
    test(`explore() finds a fault by ${strategy} schedules, always after the same ones`, async () => {
      const [one, two] = [
        await faultOf(racy, { strategy, after: isTwo, seed: 5 }),
        await faultOf(racy, { strategy, after: isTwo, seed: 5 }),
      ];
      assert.deepEqual([one.schedules, one.replay, one.trace], [two.schedules, two.replay, two.trace]);
      // The same on every host.
      assert.deepEqual([one.schedules, one.replay], [strategy === "random" ? 3 : 2, "5:1.3.2*2.3.1"]);
      assert.equal((await faultOf(racy, { after: isTwo, replay: one.replay })).code, "explore.refuted");
    });

    test(`explore() runs as many ${strategy} schedules as it is told, and does not say that this was all`, async () => {
      const { schedules, exhausted } = await explore(racy, { strategy, iterations: 30 });
      assert.deepEqual({ schedules, exhausted }, { schedules: 30, exhausted: false });
    });
  }

  test("explore() with a bound runs the orders with so few preemptions, and says whether these were all", async () => {
    const counts = [];
    for (let preemptions = 0; preemptions < 4; preemptions++) {
      const { schedules, exhausted } = await explore(racy, { preemptions });
      counts.push([schedules, exhausted]);
    }
    const all = (await explore(racy)).schedules;
    assert.deepEqual(counts, [
      [4, false],
      [10, false],
      [14, true],
      [14, true],
    ]);
    assert.equal(all, 14);
  });

  test("explore() stops at `maxSchedules`, and says that there are more", async () => {
    const { schedules, exhausted } = await explore(racy, { maxSchedules: 3 });
    assert.deepEqual({ schedules, exhausted }, { schedules: 3, exhausted: false });
  });
});

test("explore() says which option is wrong", async () => {
  const wrong: [unknown, RegExp][] = [
    [{ strategy: "all" }, /'strategy' must be "exhaustive" or "random" or "pct": received "all"/],
    [{ shared: 1 }, /'shared' must be "opaque" or "tracked": received 1/],
    [{ preemptions: -1 }, /'preemptions' must be an integer >= 0: received -1/],
    [{ maxSteps: 0 }, /'maxSteps' must be an integer >= 1: received 0/],
    [{ preemptions: 1, strategy: "pct" }, /'preemptions' bounds the exhaustive strategy only: 'strategy' is "pct"/],
    [{ seed: {} }, /'seed' must be a number or a string: received an instance of Object/],
    [{ after: 1 }, /'after' must be a function: received 1/],
    [{ replay: "nonsense" }, /'replay' must be what a failed exploration printed: received "nonsense"/],
    [{ tasks: 3 }, /'tasks' is not an option\nhelp: the options are strategy, shared, preemptions/],
  ];
  for (const [options, message] of wrong)
    await assert.rejects(explore(racy, options as ExploreOptions<number>), message);
  await assert.rejects(explore(42 as never), /'program' must be a function that returns a future: received 42/);
});
