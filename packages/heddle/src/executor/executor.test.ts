import assert from "node:assert/strict";
import { readFile } from "node:fs";
import { afterEach, describe, test, type TestContext } from "node:test";
import { async, fromCallback, fromPromise, Runtime, spawn, yieldNow } from "../index.js";
import { Executor, type Household, type Limits, type Runnable, type Turns } from "./executor.js";

// HOST: Deno does not take mocks back after a test.
let unmock = (): void => {};
afterEach(() => unmock());

// ---------------------------------------------------------------- alone, on a host that is a list

const NO_LIMITS: Limits = { turnTasks: 1_000_000, turnMilliseconds: Infinity, blockedMilliseconds: Infinity };

/** An executor whose turns the test takes, and all that it tells. */
class Bench implements Household, Turns {
  readonly probe = null;
  readonly trace: string[] = [];
  readonly executor: Executor;
  #soon: (() => void)[] = [];
  #later: (() => void)[] = [];
  #ids = 0;

  constructor(limits: Partial<Limits> = {}) {
    this.executor = new Executor(this, this, { ...NO_LIMITS, ...limits });
  }
  soon(turn: () => void): void {
    this.trace.push("asks soon");
    this.#soon.push(turn);
  }
  later(turn: () => void): void {
    this.trace.push("asks later");
    this.#later.push(turn);
  }
  enterTurn(): void {
    this.trace.push("[");
  }
  leaveTurn(): void {
    this.trace.push("]");
  }
  parked(): void {
    this.trace.push("parked");
  }
  blocked(milliseconds: number, tasks: readonly (Runnable | null)[]): void {
    this.trace.push(`blocked ${milliseconds}: ${tasks.map((task) => task!.name).join(" ")}`);
  }
  /** Microtasks: until there are none. */
  drain(): void {
    for (let turn = this.#soon.shift(); turn !== undefined; turn = this.#soon.shift()) turn();
  }
  /** The host has looked round once. */
  look(): void {
    this.drain();
    for (const turn of this.#later.splice(0)) {
      turn();
      this.drain();
    }
  }
  /** An event of the host's that wakes a task. */
  event(name: string, mayWait = true): void {
    this.executor.wakeInEvent({ wake: () => this.executor.schedule(this.task(name)) }, mayWait);
  }
  /** What has happened since it was last asked. */
  news(): string[] {
    return this.trace.splice(0);
  }
  /** Makes a task. `run` answers whether it is to be run again. */
  task(name: string, run: () => boolean | void = () => {}): Runnable {
    const { trace } = this;
    return {
      id: ++this.#ids,
      name,
      run() {
        trace.push(name);
        return run() === true;
      },
    };
  }
}

/** The host's time, by hand. */
function scriptedTime(t: TestContext): { readonly pass: (milliseconds: number) => void } {
  let now = 1000;
  const mocked = t.mock.method(performance, "now", () => now);
  unmock = () => mocked.mock.restore();
  return { pass: (milliseconds) => void (now += milliseconds) };
}

describe("a turn", () => {
  test("Executor.schedule() asks the host for one turn, in which all tasks run in the order they were woken", () => {
    const bench = new Bench();
    for (const name of ["c", "a", "b"]) bench.executor.schedule(bench.task(name));
    assert.deepEqual(bench.news(), ["asks soon"]); // nothing has run, and it asked once
    bench.drain();
    assert.deepEqual(bench.news(), ["[", "c", "a", "b", "]", "parked"]);
  });

  test("Executor.runNow() begins the turn that is due, which then is not taken again", () => {
    const bench = new Bench();
    bench.executor.runNow();
    assert.deepEqual(bench.news(), []); // nothing is due
    bench.executor.schedule(bench.task("a"));
    bench.executor.runNow();
    assert.deepEqual(bench.news(), ["asks soon", "[", "a", "]", "parked"]);
    bench.executor.schedule(bench.task("b"));
    bench.drain(); // the microtask of the first turn, and that of the second
    assert.deepEqual(bench.news(), ["asks soon", "[", "b", "]", "parked"]);
  });

  test("Executor.wakeInEvent() runs whoever was woken before it returns, and asks the host for nothing", () => {
    const bench = new Bench();
    const [a, b] = [bench.task("a"), bench.task("b")];
    const waker = {
      wake() {
        bench.executor.schedule(a);
        bench.executor.schedule(b);
      },
    };
    bench.executor.wakeInEvent(waker, true);
    assert.deepEqual(bench.news(), ["[", "a", "b", "]", "parked"]);
    assert.deepEqual([bench.executor.isParked, bench.executor.stats.turns], [true, 1]);
    bench.executor.wakeInEvent({ wake() {} }, true);
    assert.deepEqual(bench.news(), []); // a waker that wakes nobody begins no turn
    assert.equal(bench.executor.isParked, true);
  });

  test("Executor.wakeInEvent() begins a turn that is due already, with those before who were woken before", () => {
    const bench = new Bench();
    bench.executor.schedule(bench.task("before"));
    const late = bench.task("late");
    bench.executor.wakeInEvent({ wake: () => bench.executor.schedule(late) }, true);
    assert.deepEqual(bench.news(), ["asks soon", "[", "before", "late", "]", "parked"]);
    bench.drain(); // the microtask that was asked for finds nothing to do
    assert.deepEqual(bench.news(), []);
  });

  test("Executor.wakeInEvent() lets the error of a waker out, and goes on", () => {
    const bench = new Bench();
    const wrong = new Error("wrong");
    const failing = (task?: Runnable) => ({
      wake() {
        if (task !== undefined) bench.executor.schedule(task);
        throw wrong;
      },
    });
    assert.throws(() => bench.executor.wakeInEvent(failing(), true), wrong);
    assert.deepEqual([bench.news(), bench.executor.isParked], [[], true]);
    assert.throws(() => bench.executor.wakeInEvent(failing(bench.task("woken before")), true), wrong);
    bench.drain();
    assert.deepEqual(bench.news(), ["asks soon", "[", "woken before", "]", "parked"]);
  });

  test("Executor.wakeInEvent() is a wake like any other within a turn, and when the host has to have its own first", () => {
    const bench = new Bench({ turnTasks: 2 });
    const inner = bench.task("inner");
    bench.executor.schedule(
      bench.task("outer", () => {
        bench.executor.wakeInEvent({ wake: () => bench.executor.schedule(inner) }, true);
        bench.trace.push("goes on first");
      }),
    );
    bench.drain();
    assert.deepEqual(bench.news(), ["asks soon", "[", "outer", "goes on first", "inner", "]", "asks later", "parked"]);
    bench.executor.wakeInEvent({ wake: () => bench.executor.schedule(bench.task("spent")) }, true);
    assert.deepEqual(bench.news(), ["asks later"]);
    bench.look();
    assert.deepEqual(bench.news(), ["[", "spent", "]", "parked"]);
  });

  test("Executor.wakeInEvent() now and then puts a turn off to see how many events come together, and answers each as it comes if they are few", () => {
    const bench = new Bench();
    /** Answers events one by one until one is put off. */
    const eventsAlone = (): number => {
      for (let count = 0; ; count++) {
        bench.event("alone");
        const news = bench.news();
        if (news.includes("asks later")) return count;
        assert.deepEqual(news, ["[", "alone", "]", "parked"]);
      }
    };
    const count = eventsAlone();
    for (const name of ["b", "c"]) bench.event(name);
    assert.deepEqual(bench.news(), []); // they wait for the turn that was asked for
    assert.equal(bench.executor.isParked, false);
    bench.look();
    assert.deepEqual(bench.news(), ["[", "alone", "b", "c", "]", "parked"]);
    assert.equal(eventsAlone(), count);
  });

  test("Executor.wakeInEvent() has a crowd of events wait for one turn, as long as they come in crowds", () => {
    const bench = new Bench();
    for (let isPutOff = false; !isPutOff; isPutOff = bench.news().includes("asks later")) bench.event("first");
    const crowd = Array.from({ length: 20 }, (_, index) => `c${index}`);
    for (const name of crowd) bench.event(name);
    bench.look();
    assert.deepEqual(bench.news(), ["[", "first", ...crowd, "]", "parked"]);
    for (let round = 0; round < 3; round++) {
      for (const name of crowd) bench.event(name);
      assert.deepEqual(bench.news(), ["asks later"]); // the first of each crowd is put off now
      bench.look();
      assert.deepEqual(bench.news(), ["[", ...crowd, "]", "parked"]);
    }
    bench.event("by itself");
    assert.deepEqual(bench.news(), ["asks later"]);
    bench.look();
    bench.event("after it");
    assert.deepEqual(bench.news(), ["[", "by itself", "]", "parked", "[", "after it", "]", "parked"]);
  });

  test("Executor.wakeInEvent() answers an event that may not wait as it comes, unless a turn was put off already", () => {
    const bench = new Bench();
    for (let isPutOff = false; !isPutOff; isPutOff = bench.news().includes("asks later")) bench.event("short", true);
    for (let count = 0; count < 20; count++) bench.event("short", true);
    bench.event("long", false);
    assert.deepEqual(bench.news(), []);
    bench.look();
    assert.equal(bench.news().at(-3), "long");
    // A crowd, and yet:
    bench.event("long", false);
    assert.deepEqual(bench.news(), ["[", "long", "]", "parked"]);
    bench.event("short", true);
    assert.deepEqual(bench.news(), ["asks later"]);
  });

  test("a turn that is put off runs whoever else is woken meanwhile, and begins with all its time", () => {
    const bench = new Bench({ turnTasks: 20 });
    // Of twenty each the host has to have its turn first; events that are put off are of the rest.
    while (bench.executor.stats.turns < 64) {
      bench.event("one");
      bench.look();
    }
    bench.news();
    bench.event("put off");
    bench.executor.schedule(bench.task("a promise"));
    const many = Array.from({ length: 18 }, (_, index) => `m${index}`);
    for (const name of many) bench.event(name);
    assert.deepEqual(bench.news(), ["asks later"]);
    bench.look();
    assert.deepEqual(bench.news(), ["[", "put off", "a promise", ...many, "]", "asks later", "parked"]);
  });

  test("Executor.runNow() does nothing within a turn, nor when the host has to have its own first", () => {
    const bench = new Bench({ turnTasks: 1 });
    bench.executor.schedule(
      bench.task("a", () => {
        bench.executor.schedule(bench.task("b"));
        bench.executor.runNow();
      }),
    );
    bench.drain();
    assert.deepEqual(bench.news(), ["asks soon", "[", "a", "]", "asks later"]);
    bench.executor.runNow();
    assert.deepEqual(bench.news(), []);
    bench.look();
    assert.deepEqual(bench.news(), ["[", "b", "]", "asks later", "parked"]);
  });

  test("Executor.schedule() during a turn goes behind what is ready, and asks for no other turn", () => {
    const bench = new Bench();
    const [later, last] = [bench.task("later"), bench.task("last")];
    bench.executor.schedule(bench.task("first", () => bench.executor.schedule(later)));
    bench.executor.schedule(bench.task("second", () => bench.executor.schedule(last)));
    bench.drain();
    assert.deepEqual(bench.news(), ["asks soon", "[", "first", "second", "later", "last", "]", "parked"]);
  });

  test("Executor runs a task that was woken while it ran again, behind those that are ready", () => {
    const bench = new Bench();
    let runs = 0;
    bench.executor.schedule(bench.task("self", () => ++runs < 3));
    bench.executor.schedule(bench.task("other"));
    bench.drain();
    assert.deepEqual(bench.news(), ["asks soon", "[", "self", "other", "self", "self", "]", "parked"]);
  });

  test("Executor.isParked is false from the first wake until nothing is left to run", () => {
    const bench = new Bench();
    const seen = [bench.executor.isParked];
    bench.executor.schedule(bench.task("a", () => void seen.push(bench.executor.isParked)));
    seen.push(bench.executor.isParked);
    bench.drain();
    seen.push(bench.executor.isParked);
    assert.deepEqual(seen, [true, false, false, true]);
  });

  test("Executor goes on with the others when a task throws, which is a bug", () => {
    const bench = new Bench();
    bench.executor.schedule(bench.task("throws", () => assert.fail("a bug")));
    bench.executor.schedule(bench.task("other"));
    assert.throws(() => bench.drain(), /a bug/);
    bench.drain();
    assert.deepEqual(bench.news(), ["asks soon", "[", "throws", "]", "asks soon", "[", "other", "]", "parked"]);
  });
});

describe("the limits of a turn", () => {
  test("Executor lets the host look round after turnTasks polls", () => {
    const bench = new Bench({ turnTasks: 3 });
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) bench.executor.schedule(bench.task(name));
    bench.drain();
    assert.deepEqual(bench.news(), ["asks soon", "[", "a", "b", "c", "]", "asks later"]);
    bench.look();
    assert.deepEqual(bench.news(), ["[", "d", "e", "f", "]", "asks later"]);
    bench.look();
    assert.deepEqual(bench.news(), ["[", "g", "]", "parked"]);
  });

  test("Executor lets the host look round after turnTime", (t) => {
    const { pass } = scriptedTime(t);
    const bench = new Bench({ turnMilliseconds: 2 });
    for (const name of ["a", "b", "c"]) bench.executor.schedule(bench.task(name, () => pass(1)));
    bench.drain();
    assert.deepEqual(bench.news(), ["asks soon", "[", "a", "b", "]", "asks later"]);
    bench.look();
    assert.deepEqual(bench.news(), ["[", "c", "]", "parked"]);
  });

  test("Executor reads the clock after every 64 polls at the least", (t) => {
    const { pass } = scriptedTime(t);
    const bench = new Bench({ turnMilliseconds: 2 });
    let runs = 0;
    const endless = bench.task("endless", () => {
      runs++;
      // A long row of polls that take no time, then slow ones.
      if (runs > 1000) pass(10);
      return true;
    });
    bench.executor.schedule(endless);
    bench.drain();
    assert.ok(runs > 1000 && runs <= 1064, `${runs} runs`);
  });

  test("Executor counts polls and time over turns between which the host did not look round", (t) => {
    // An endless chain of native promises: each turn is a microtask of its own, and short.
    const { pass } = scriptedTime(t);
    for (const [limits, milliseconds] of [
      [{ turnTasks: 5 }, 0],
      [{ turnMilliseconds: 5 }, 1],
    ] as const) {
      const bench = new Bench(limits);
      const task = bench.task("t", () => pass(milliseconds));
      for (let i = 0; i < 7; i++) {
        bench.executor.schedule(task);
        bench.drain();
      }
      const asked = bench.news().filter((event) => event === "t" || event.startsWith("asks"));
      assert.deepEqual(asked, [
        ...Array.from({ length: 5 }, () => ["asks soon", "t"]).flat(),
        "asks later", // the fifth reached the limit …
        "asks later", // … and the sixth has to wait until the host has looked round
      ]);
      bench.look();
      bench.executor.schedule(task);
      assert.deepEqual(
        bench.news().filter((event) => event === "t" || event.startsWith("asks")),
        ["t", "t", "asks soon"],
      );
    }
  });

  test("Executor answers the first wake after a pause at once, however busy it was before", (t) => {
    const { pass } = scriptedTime(t);
    const bench = new Bench({ turnTasks: 10, turnMilliseconds: 2 });
    const slow = bench.task("slow", () => pass(50));
    bench.executor.schedule(slow);
    bench.look();
    // The host had its turn meanwhile.
    bench.look();
    bench.news();
    bench.executor.schedule(slow);
    assert.deepEqual(bench.news(), ["asks soon"]);
  });
});

describe("blocked polls", () => {
  test("Executor says which poll took too long", (t) => {
    const { pass } = scriptedTime(t);
    const bench = new Bench({ blockedMilliseconds: 100 });
    for (let i = 1; i <= 16; i++) bench.executor.schedule(bench.task(`t${i}`, () => pass(i % 5 === 0 ? 100 : 99)));
    bench.drain();
    assert.deepEqual(
      bench.news().filter((event) => event.startsWith("blocked")),
      ["blocked 100: t5", "blocked 100: t10", "blocked 100: t15"],
    );
  });

  test("Executor says which polls share the blame when it did not read the clock between them", (t) => {
    const { pass } = scriptedTime(t);
    const bench = new Bench({ blockedMilliseconds: 100 });
    // The strides after the 16 first: 2, 4, 8.
    for (let i = 1; i <= 30; i++)
      bench.executor.schedule(bench.task(`t${i}`, () => pass(i === 18 || i === 20 ? 150 : 0)));
    bench.drain();
    assert.deepEqual(
      bench.news().filter((event) => event.startsWith("blocked")),
      ["blocked 150: t17 t18", "blocked 150: t19 t20 t21 t22"],
    );
  });

  test("Executor says it of the last poll of a turn too, and blames nobody for the time between turns", (t) => {
    const { pass } = scriptedTime(t);
    const bench = new Bench({ blockedMilliseconds: 100 });
    for (let i = 1; i <= 19; i++) bench.executor.schedule(bench.task(`t${i}`, () => pass(i === 19 ? 100 : 0)));
    bench.drain();
    pass(1000);
    bench.executor.schedule(bench.task("quick"));
    bench.drain();
    assert.deepEqual(
      bench.news().filter((event) => event.startsWith("blocked")),
      ["blocked 100: t19"],
    );
  });
});

test("Executor.stats counts polls, turns, parks and the time they took", (t) => {
  const { pass } = scriptedTime(t);
  const bench = new Bench({ turnTasks: 2 });
  const { executor } = bench;
  assert.deepEqual(executor.stats, { queued: 0, polls: 0, turns: 0, parks: 0, busyMilliseconds: 0 });
  for (const name of ["a", "b", "c"]) executor.schedule(bench.task(name, () => pass(1)));
  assert.deepEqual(executor.stats, { queued: 3, polls: 0, turns: 0, parks: 0, busyMilliseconds: 0 });
  bench.drain();
  assert.deepEqual(executor.stats, { queued: 1, polls: 2, turns: 1, parks: 0, busyMilliseconds: 2 });
  pass(1000);
  bench.look();
  assert.deepEqual(executor.stats, { queued: 0, polls: 3, turns: 2, parks: 1, busyMilliseconds: 3 });
  for (let i = 0; i < 5; i++) executor.schedule(bench.task("more"));
  bench.look();
  bench.look();
  bench.look();
  assert.deepEqual(executor.stats, { queued: 0, polls: 8, turns: 5, parks: 2, busyMilliseconds: 3 });
});

// ---------------------------------------------------------------- in the house, on the real host

test("Executor gives the host its turn once in turnTasks polls, whether in one long turn or in many short ones", async () => {
  const loads = {
    "yields, all in one turn": () => yieldNow(),
    "promises that are settled, each a turn": () => fromPromise(Promise.resolve()),
  };
  for (const [name, wait] of Object.entries(loads)) {
    const runtime = new Runtime({ warnings: false, turnTasks: 100, turnTime: Infinity });
    const load = async(function* () {
      for (let i = 0; i < 1000; i++) yield* wait();
    });
    // The host's looks are counted by an immediate that asks for itself again.
    let looks = 0;
    let immediate = setImmediate(function look() {
      looks++;
      immediate = setImmediate(look);
    });
    await runtime.run(load());
    clearImmediate(immediate);
    assert.ok(looks >= 9 && looks <= 11, `${looks} looks in 1000 ${name}`);
  }
});

describe("the way from an event to its task", () => {
  test("Executor runs a task that an event of the host's woke before the host does anything else", async () => {
    const trace: string[] = [];
    // Code that runs for the first time is slow: it must not spend the turn before the event comes.
    const runtime = new Runtime({ warnings: false, turnTime: 1000 });
    const event = fromCallback<void>((resolve) => {
      readFile(new URL(import.meta.url), () => {
        setImmediate(() => trace.push("immediate"));
        setTimeout(() => trace.push("timer"), 0);
        trace.push("event");
        resolve();
        trace.push("event ends");
      });
    });
    const joiner = async(function* () {
      yield* spawn(
        async(function* () {
          yield* event;
          trace.push("task");
        })(),
      );
      trace.push("its joiner");
    });
    await runtime.run(joiner());
    trace.push("outside");
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.deepEqual(trace.slice(0, 5), ["event", "event ends", "task", "its joiner", "outside"]);
    assert.deepEqual(trace.slice(5).sort(), ["immediate", "timer"]);
  });

  test("Executor runs it at once also after a long poll, when the host has had its turn since", async () => {
    const trace: string[] = [];
    const runtime = new Runtime({ warnings: false, turnTime: 20 });
    const busy = async(function* () {
      for (const start = performance.now(); performance.now() - start < 60;);
      yield* fromCallback<void>((resolve) => {
        setImmediate(() => setImmediate(resolve));
      });
      yield* fromCallback<void>((resolve) => {
        readFile(new URL(import.meta.url), () => {
          setImmediate(() => trace.push("immediate"));
          resolve();
        });
      });
      trace.push("task");
    });
    await runtime.run(busy());
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(trace, ["task", "immediate"]);
  });

  test("Executor runs a first spawn in a microtask, behind those that are waiting already", async () => {
    const trace: string[] = [];
    const runtime = new Runtime({ warnings: false, turnTime: 1000 });
    const say = async(function* (text: string) {
      trace.push(text);
    });
    void Promise.resolve().then(() => trace.push("microtask before"));
    runtime.spawn(say("task"));
    runtime.spawn(say("task beside it"));
    void Promise.resolve().then(() => trace.push("microtask after"));
    trace.push("synchronous");
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(trace, ["synchronous", "microtask before", "task", "task beside it", "microtask after"]);
  });

  test("Executor runs all tasks that one event woke in one turn, in the order they were woken", async () => {
    const trace: string[] = [];
    const wakers: (() => void)[] = [];
    const runtime = new Runtime({ warnings: false, turnTime: 1000 });
    const waiter = async(function* (name: string) {
      yield* fromCallback<void>((resolve) => void wakers.push(resolve));
      trace.push(name);
    });
    for (const name of ["a", "b", "c"]) runtime.spawn(waiter(name));
    await new Promise((resolve) => setImmediate(resolve));
    const before = runtime.metrics();
    for (const at of [1, 2, 0]) wakers[at]!();
    await new Promise((resolve) => setImmediate(resolve));
    const after = runtime.metrics();
    assert.deepEqual(trace, ["b", "c", "a"]);
    assert.deepEqual([after.turns - before.turns, after.polls - before.polls, after.parks - before.parks], [1, 3, 1]);
  });
});
