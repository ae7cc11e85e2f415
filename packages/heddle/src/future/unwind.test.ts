/**
 * Unwinding, as a matrix: every way to drop a future × every kind of cleanup × shallow and deep stacks. Each case compares
 * the whole list of events, so what must not run (a `catch`, a statement after the cancelled `yield*`) is checked by its
 * absence.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  abortable,
  AbortedError,
  any,
  async,
  coop,
  type Future,
  FuturesOrdered,
  FuturesUnordered,
  type HeddleError,
  join,
  joinAll,
  joinSettled,
  map,
  matching,
  pin,
  race,
  ready,
  Runtime,
  select,
  shared,
  sleep,
  spawn,
  task,
  taskLocal,
  timeout,
  yieldNow,
} from "../index.js";
import { Leaf, PENDING } from "../lowlevel.js";

type Log = (event: string) => void;

// Calls that are dropped before they begin leave their arguments unawaited: no warnings, please.
const paused = () => new Runtime({ startPaused: true, rngSeed: 1, warnings: false });

/** Never ready. Says when it is dropped. */
class Wait extends Leaf<never> {
  readonly #log: Log;
  constructor(log: Log) {
    super();
    this.#log = log;
  }
  poll(): typeof PENDING {
    return PENDING;
  }
  override drop(): void {
    this.#log("leaf dropped");
  }
}

const failing = async(function* () {
  yield* sleep(1);
  throw new Error("failed");
});

// ---------------------------------------------------------------- the cleanups

interface Cleanup {
  readonly name: string;
  readonly awaits: boolean;
  /** One call with this cleanup, which awaits `inner`. */
  readonly call: (log: Log, n: number, inner: Future<unknown>) => Future<unknown>;
  /** What the cleanup of call `n` says, whole. The first event comes before it first awaits. */
  readonly events: (n: number) => string[];
}

const farewell = async(function* (log: Log, n: number) {
  try {
    yield* yieldNow();
    yield* sleep(5);
    log(`${n} says goodbye`);
  } finally {
    yield* sleep(5);
    log(`${n} hangs up`);
  }
});

const CLEANUPS: Cleanup[] = [
  {
    name: "a finally",
    awaits: false,
    events: (n) => [`${n} cleans`],
    call: async(function* (log: Log, n: number, inner: Future<unknown>) {
      try {
        yield* inner;
        log(`AFTER ${n}`);
      } catch {
        log(`CATCH ${n}`);
      } finally {
        log(`${n} cleans`);
      }
      log(`END ${n}`);
    }),
  },
  {
    name: "Symbol.dispose called in a finally",
    awaits: false,
    events: (n) => [`${n} cleans`],
    call: async(function* (log: Log, n: number, inner: Future<unknown>) {
      const resource = { [Symbol.dispose]: () => log(`${n} cleans`) };
      try {
        yield* inner;
        log(`AFTER ${n}`);
      } finally {
        resource[Symbol.dispose]();
      }
      log(`END ${n}`);
    }),
  },
  {
    name: "using",
    awaits: false,
    events: (n) => [`${n} cleans the second`, `${n} cleans the first`],
    call: async(function* (log: Log, n: number, inner: Future<unknown>) {
      using _first = { [Symbol.dispose]: () => log(`${n} cleans the first`) };
      using _second = { [Symbol.dispose]: () => log(`${n} cleans the second`) };
      yield* inner;
      log(`AFTER ${n}`);
    }),
  },
  {
    name: "a finally that awaits",
    awaits: true,
    events: (n) => [`${n} begins`, `${n} ends`],
    call: async(function* (log: Log, n: number, inner: Future<unknown>) {
      try {
        yield* inner;
        log(`AFTER ${n}`);
      } catch {
        log(`CATCH ${n}`);
      } finally {
        log(`${n} begins`);
        yield* sleep(10);
        log(`${n} ends`);
      }
      log(`END ${n}`);
    }),
  },
  {
    name: "a finally that awaits calls with cleanups of their own",
    awaits: true,
    events: (n) => [`${n} begins`, `${n} says goodbye`, `${n} hangs up`, `${n} ends`],
    call: async(function* (log: Log, n: number, inner: Future<unknown>) {
      try {
        yield* inner;
        log(`AFTER ${n}`);
      } catch {
        log(`CATCH ${n}`);
      } finally {
        log(`${n} begins`);
        yield* farewell(log, n);
        log(`${n} ends`);
      }
      log(`END ${n}`);
    }),
  },
];

/** Calls 1 to `depth`, one in the other, around a leaf that is never ready. */
function stack(cleanup: Cleanup, depth: number, log: Log): Future<unknown> {
  let future: Future<unknown> = new Wait(log);
  for (let n = depth; n >= 1; n--) future = cleanup.call(log, n, future);
  return future;
}

/** What unwinding that stack says: the leaf, then each cleanup to its end, innermost first. */
function unwound(cleanup: Cleanup, depth: number): string[] {
  const events = ["leaf dropped"];
  for (let n = depth; n >= 1; n--) events.push(...cleanup.events(n));
  return events;
}

// ---------------------------------------------------------------- the ways

interface Way {
  readonly name: string;
  /** Whether it drops at once, before its own next statement, or asks for it and goes on first. */
  readonly drops: "at once" | "later";
  /** Drops `victim` after it was polled, and says `dropper goes on`. The task that it is ends when all is over. */
  readonly dropper: (victim: Future<unknown>, log: Log) => Future<unknown>;
  /** Whether the dropper's own outcome is AbortedError. */
  readonly isAborted?: boolean;
}

const GOES_ON = "dropper goes on";

const WAYS: Way[] = [
  {
    name: "select, for a loser",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      yield* select({ victim, winner: sleep(1) });
      log(GOES_ON);
    }),
  },
  {
    name: "race, for a loser",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      yield* race([victim, sleep(1)]);
      log(GOES_ON);
    }),
  },
  {
    name: "any, for a loser",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      yield* any([failing(), victim, sleep(2)]);
      log(GOES_ON);
    }),
  },
  {
    name: "timeout, when its time is over",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      try {
        yield* timeout(victim, 1);
      } catch {
        log(GOES_ON);
      }
    }),
  },
  {
    name: "join, for the rest after a failure",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      try {
        yield* join(victim, failing());
      } catch {
        log(GOES_ON);
      }
    }),
  },
  {
    name: "joinAll, for the rest after a failure",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      try {
        yield* joinAll([failing(), victim]);
      } catch {
        log(GOES_ON);
      }
    }),
  },
  {
    name: "select inside a timeout inside a join, for a loser two combinators in",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      try {
        yield* join(timeout(select({ victim }), 1000), failing());
      } catch {
        log(GOES_ON);
      }
    }),
  },
  {
    name: "abortable, when it is aborted",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const { future, handle } = abortable(victim);
      spawn(map(sleep(1), () => handle.abort()));
      try {
        yield* future;
      } catch {
        log(GOES_ON);
      }
    }),
  },
  {
    name: "Pinned.drop()",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const pinned = pin(victim);
      yield* select({ pinned, tick: sleep(1) });
      yield* sleep(1);
      pinned.drop();
      log(GOES_ON);
    }),
  },
  {
    name: "FuturesUnordered.clear()",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const set = new FuturesUnordered<unknown>();
      set.push(victim);
      yield* select({ next: set.next(), tick: sleep(1) });
      yield* sleep(1);
      set.clear();
      log(GOES_ON);
    }),
  },
  {
    name: "FuturesOrdered.clear()",
    drops: "at once",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const set = new FuturesOrdered<unknown>();
      set.push(victim);
      yield* select({ next: set.next(), tick: sleep(1) });
      set.clear();
      log(GOES_ON);
    }),
  },
  {
    name: "JoinHandle.abort()",
    drops: "later",
    isAborted: true,
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const handle = spawn(victim);
      yield* sleep(1);
      handle.abort();
      log(GOES_ON);
      yield* handle;
    }),
  },
  {
    name: "JoinHandle.abort(), for a task that awaits it in a branch",
    drops: "later",
    isAborted: true,
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const handle = spawn(join(sleep(1000), victim));
      yield* sleep(1);
      handle.abort();
      log(GOES_ON);
      yield* handle;
    }),
  },
  {
    name: "the end of the task, for what it left pinned",
    drops: "later",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const pinned = pin(victim);
      yield* select({ pinned, tick: sleep(1) });
      log(GOES_ON);
    }),
  },
  {
    name: "the end of the task, for an undrained FuturesUnordered",
    drops: "later",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const set = new FuturesUnordered<unknown>();
      set.push(victim);
      set.push(sleep(1));
      yield* set.next();
      log(GOES_ON);
    }),
  },
  {
    name: "the end of the task, for an undrained FuturesOrdered",
    drops: "later",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      const set = new FuturesOrdered<unknown>();
      set.push(sleep(1));
      set.push(victim);
      yield* set.next();
      log(GOES_ON);
    }),
  },
  {
    name: "the end of the task, for a shared future that nobody else awaits",
    drops: "later",
    dropper: async(function* (victim: Future<unknown>, log: Log) {
      yield* select({ shared: shared(victim), tick: sleep(1) });
      log(GOES_ON);
    }),
  },
];

/** Runs one way as a task. Answers its events, and its error if it had one. */
async function drive(way: Way, victim: (log: Log) => Future<unknown>): Promise<{ trace: string[]; error: unknown }> {
  const trace: string[] = [];
  const log: Log = (event) => trace.push(event);
  const runtime = paused();
  const error = await runtime.run(way.dropper(victim(log), log)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  trace.push("over");
  assertNothingLeft(runtime);
  return { trace, error };
}

function assertNothingLeft(runtime: Runtime): void {
  const { liveTasks, queuedTasks, timers } = runtime.metrics();
  assert.deepEqual({ liveTasks, queuedTasks, timers }, { liveTasks: 0, queuedTasks: 0, timers: 0 });
}

const DEPTHS = [1, 3, 50];

describe("unwinding is complete, innermost first, and seen by no catch", () => {
  for (const way of WAYS) {
    for (const cleanup of CLEANUPS) {
      test(`${way.name}: ${cleanup.name}, at depths ${DEPTHS}`, async () => {
        for (const depth of DEPTHS) {
          const { trace, error } = await drive(way, (log) => stack(cleanup, depth, log));
          const expected = unwound(cleanup, depth);
          // A dropper does not wait: at its first await the cleanup is left behind. It finishes before the task does.
          const before = way.drops === "later" ? 0 : cleanup.awaits ? 2 : expected.length;
          expected.splice(before, 0, GOES_ON);
          assert.deepEqual(trace, [...expected, "over"]);
          if (way.isAborted === true) assert.ok(error instanceof AbortedError);
          else assert.equal(error, undefined);
        }
      });
    }
  }
});

describe("unwinding at shutdown", () => {
  for (const cleanup of CLEANUPS) {
    test(`Runtime.shutdown() waits: ${cleanup.name}, at depths ${DEPTHS}`, async () => {
      for (const depth of DEPTHS) {
        const trace: string[] = [];
        const runtime = paused();
        const handle = runtime.spawn(stack(cleanup, depth, (event) => trace.push(event)));
        await runtime.run(sleep(1));
        const end = runtime.shutdown();
        trace.push("asked");
        await end;
        trace.push("over");
        assert.deepEqual(trace, ["asked", ...unwound(cleanup, depth), "over"]);
        assert.ok(handle.isFinished);
        await assert.rejects(handle.then(), AbortedError);
        assertNothingLeft(runtime);
      }
    });

    test(`Runtime.shutdown({ timeout }) ends cleanups where they await: ${cleanup.name}, at depths ${DEPTHS}`, async () => {
      for (const depth of DEPTHS) {
        const trace: string[] = [];
        const runtime = paused();
        const handle = runtime.spawn(stack(cleanup, depth, (event) => trace.push(event)));
        await runtime.run(sleep(1));
        await runtime.shutdown({ timeout: 3 });
        trace.push("over");
        const expected = ["leaf dropped"];
        for (let n = depth; n >= 1; n--) {
          // Every cleanup is begun, so that what it does at once is done; none may await any more.
          expected.push(...(cleanup.awaits ? cleanup.events(n).slice(0, 1) : cleanup.events(n)));
        }
        assert.deepEqual(trace, [...expected, "over"]);
        assert.ok(handle.isFinished);
        await assert.rejects(handle.then(), AbortedError);
        assertNothingLeft(runtime);
      }
    });
  }

  test("Runtime.shutdown({ timeout }) leaves cleanups alone that are over in time", async () => {
    const cleanup = CLEANUPS[3]!;
    const trace: string[] = [];
    const runtime = paused();
    runtime.spawn(stack(cleanup, 3, (event) => trace.push(event)));
    await runtime.run(sleep(1));
    await runtime.shutdown({ timeout: 31 });
    assert.deepEqual(trace, unwound(cleanup, 3));
    assertNothingLeft(runtime);
  });

  test("Runtime.shutdown({ timeout }) ends a stack of any depth whose cleanups all await", async () => {
    const cleanup = CLEANUPS[3]!;
    const trace: string[] = [];
    const runtime = paused();
    const handle = runtime.spawn(stack(cleanup, 500, (event) => trace.push(event)));
    await runtime.run(sleep(1));
    await runtime.shutdown({ timeout: 3 });
    assert.equal(trace.length, 501, "the leaf, and the beginning of each cleanup");
    await assert.rejects(handle.then(), AbortedError);
  });

  test("Runtime.shutdown({ timeout }) gives up on a finally that awaits again whenever it is ended, and says so", async () => {
    const trace: string[] = [];
    const stubborn = async(function* stubborn() {
      for (;;) {
        try {
          yield* sleep(1000);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally
          continue;
        }
      }
    });
    const outer = async(function* () {
      try {
        yield* stubborn();
      } finally {
        trace.push("outer cleans");
      }
    });
    const runtime = paused();
    const outcome = runtime.run(outer()).catch((reason: HeddleError) => reason);
    await runtime.run(sleep(1));
    await runtime.shutdown({ timeout: 3 });
    const error = (await outcome) as HeddleError;
    assert.equal(error.code, "task.unstoppable");
    assert.match(error.message, /stubborn\(\)/);
    assert.deepEqual(trace, ["outer cleans"], "its callers can still be unwound");
    assertNothingLeft(runtime);
  });

  test("Runtime.shutdown({ timeout }) ends what a task has dropped and not finished, and what it left pinned", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const cleanup = CLEANUPS[3]!;
    const main = async(function* () {
      const pinned = pin(cleanup.call(log, 2, new Wait(log)));
      yield* select({ pinned, tick: sleep(1) });
      yield* select({ dropped: cleanup.call(log, 1, new Wait(log)), tick: sleep(1) });
      log("dropped");
      yield* sleep(1000);
    });
    const runtime = paused();
    runtime.spawn(main());
    await runtime.run(sleep(5));
    await runtime.shutdown({ timeout: 3 });
    assert.deepEqual(trace, [
      "leaf dropped",
      "1 begins", // at 2 ms; it would end at 12
      "dropped",
      "leaf dropped",
      "2 begins", // aborted at 5 ms; all is ended at 8
    ]);
    assertNothingLeft(runtime);
  });
});

// ---------------------------------------------------------------- shielding

describe("a cleanup is shielded", () => {
  const cleanup = CLEANUPS[4]!;

  test("JoinHandle.abort() during an awaiting cleanup changes nothing, however often", async () => {
    const trace: string[] = [];
    const main = async(function* () {
      const handle = spawn(stack(cleanup, 3, (event) => trace.push(event)));
      yield* sleep(1);
      handle.abort("first");
      for (let i = 0; i < 40; i++) {
        yield* sleep(1);
        handle.abort("again");
      }
      return yield* handle.settled();
    });
    const outcome = await paused().run(main());
    assert.deepEqual(trace, unwound(cleanup, 3));
    assert.equal(outcome.status === "rejected" && outcome.reason.cause, "first");
  });

  test("JoinHandle.abort() of a task whose dropped branch still cleans up unwinds the task, and lets the branch finish", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const body = async(function* () {
      try {
        yield* select({ loser: CLEANUPS[3]!.call(log, 1, new Wait(log)), winner: sleep(1) });
        log("selected");
        yield* sleep(1000);
        log("AFTER");
      } finally {
        log("body cleans");
      }
    });
    const main = async(function* () {
      const handle = spawn(body());
      yield* sleep(3);
      handle.abort();
      yield* yieldNow();
      log(`finished: ${handle.isFinished}`);
      yield* handle.settled();
      log("over");
    });
    await paused().run(main());
    assert.deepEqual(trace, [
      "leaf dropped",
      "1 begins",
      "selected",
      "body cleans",
      "finished: false",
      "1 ends",
      "over",
    ]);
  });

  test("Runtime.shutdown() during an awaiting cleanup lets it finish", async () => {
    const trace: string[] = [];
    const runtime = paused();
    const handle = runtime.spawn(stack(cleanup, 3, (event) => trace.push(event)));
    await runtime.run(sleep(1));
    handle.abort();
    await runtime.run(sleep(12));
    await runtime.shutdown();
    assert.deepEqual(trace, unwound(cleanup, 3));
  });

  test("a cleanup may use everything: combinators, spawned tasks, and errors that it catches itself", async () => {
    const trace: string[] = [];
    const body = async(function* () {
      try {
        yield* sleep(1000);
      } finally {
        const handle = spawn(map(sleep(5), () => "spawned"));
        const { key } = yield* select({ slow: sleep(100), quick: sleep(1) });
        trace.push(key);
        trace.push(...(yield* join(ready("joined"), handle)));
        try {
          yield* timeout(sleep(100), 10);
        } catch (error) {
          trace.push((error as Error).name);
        }
      }
    });
    const main = async(function* () {
      const handle = spawn(body());
      yield* sleep(1);
      handle.abort();
      return yield* handle.settled();
    });
    const runtime = paused();
    const outcome = await runtime.run(main());
    assert.deepEqual(trace, ["quick", "joined", "spawned", "ElapsedError"]);
    assert.ok(outcome.status === "rejected" && outcome.reason instanceof AbortedError);
    assertNothingLeft(runtime);
  });

  test("a task is not finished, and no joiner woken, before the cleanups of what it dropped are over", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const body = async(function* () {
      yield* select({ loser: CLEANUPS[3]!.call(log, 1, new Wait(log)), winner: sleep(1) });
      log("body returns");
      return "value";
    });
    const main = async(function* () {
      const handle = spawn(body());
      yield* sleep(5);
      log(`finished: ${handle.isFinished}`);
      log(yield* handle);
    });
    await paused().run(main());
    assert.deepEqual(trace, ["leaf dropped", "1 begins", "body returns", "finished: false", "1 ends", "value"]);
  });
});

// ---------------------------------------------------------------- errors

const THROWING: { name: string; call: (n: number, inner: Future<unknown>) => Future<unknown> }[] = [
  {
    name: "a finally that throws",
    call: async(function* (n: number, inner: Future<unknown>) {
      try {
        yield* inner;
      } finally {
        // oxlint-disable-next-line no-unsafe-finally
        throw new Error(`cleanup ${n}`);
      }
    }),
  },
  {
    name: "a finally that awaits and then throws",
    call: async(function* (n: number, inner: Future<unknown>) {
      try {
        yield* inner;
      } finally {
        yield* sleep(2);
        // oxlint-disable-next-line no-unsafe-finally
        throw new Error(`cleanup ${n}`);
      }
    }),
  },
  {
    name: "a finally that awaits what fails",
    call: async(function* (n: number, inner: Future<unknown>) {
      const fail = async(function* () {
        yield* yieldNow();
        throw new Error(`cleanup ${n}`);
      });
      try {
        yield* inner;
      } finally {
        yield* fail();
      }
    }),
  },
];

/** Drops with an error. */
class Splinter extends Wait {
  override drop(): void {
    throw new Error("cleanup leaf");
  }
}

function throwingStack(call: (typeof THROWING)[number]["call"], log: Log): Future<unknown> {
  return call(1, call(2, call(3, new Splinter(log))));
}

const messages = (error: unknown): string[] => [
  (error as Error).message,
  ...((error as { suppressed?: Error[] }).suppressed ?? []).map((later) => later.message),
];

describe("errors of cleanups: the first is kept, the others are attached, and each cleanup runs all the same", () => {
  const all = ["cleanup leaf", "cleanup 3", "cleanup 2", "cleanup 1"];

  for (const throwing of THROWING) {
    for (const way of WAYS) {
      test(`${way.name}: ${throwing.name}`, async () => {
        const { error } = await drive(way, (log) => throwingStack(throwing.call, log));
        assert.deepEqual(messages(error), all);
      });
    }

    test(`Runtime.shutdown(): ${throwing.name}`, async () => {
      const runtime = paused();
      const outcome = runtime.run(throwingStack(throwing.call, () => {})).catch(messages);
      await runtime.run(sleep(1));
      await runtime.shutdown();
      assert.deepEqual(await outcome, all);
    });

    test(`a task that fails by itself keeps its own error first: ${throwing.name}`, async () => {
      const body = async(function* () {
        yield* select({ loser: throwingStack(throwing.call, () => {}), winner: sleep(1) });
        throw new Error("own");
      });
      const error = await paused()
        .run(body())
        .catch((reason: unknown) => reason);
      assert.deepEqual(messages(error), ["own", ...all]);
    });
  }

  test("Runtime.shutdown({ timeout }): what cleanups throw when they are ended where they await is kept", async () => {
    const call = async(function* (n: number, inner: Future<unknown>) {
      try {
        yield* inner;
      } finally {
        try {
          yield* sleep(100);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally
          throw new Error(`cleanup ${n}`);
        }
      }
    });
    const runtime = paused();
    const outcome = runtime.run(throwingStack(call, () => {})).catch(messages);
    await runtime.run(sleep(1));
    await runtime.shutdown({ timeout: 3 });
    assert.deepEqual(await outcome, all);
  });

  test("no catch around the dropper sees a cleanup's error: the task fails when it ends", async () => {
    const trace: string[] = [];
    const body = async(function* () {
      try {
        yield* select({ loser: throwingStack(THROWING[0]!.call, () => {}), winner: sleep(1) });
        trace.push("selected");
      } catch {
        trace.push("CATCH");
      }
      yield* sleep(100);
      trace.push("body over");
    });
    await assert.rejects(paused().run(body()), { message: "cleanup leaf" });
    assert.deepEqual(trace, ["selected", "body over"]);
  });
});

// ---------------------------------------------------------------- branches first

describe("a call that is unwound waits for the branches of what it awaits, before its own finally runs", () => {
  const cleanup = CLEANUPS[3]!;
  const local = taskLocal<number>();

  const COMBINATORS: [string, (victim: Future<unknown>) => Future<unknown>][] = [
    ["join", (victim) => join(sleep(1000), victim)],
    ["joinAll", (victim) => joinAll([victim])],
    ["joinSettled", (victim) => joinSettled([victim, ready(1)])],
    ["race", (victim) => race([victim])],
    ["any", (victim) => any([victim, failing()])],
    ["select", (victim) => select({ victim, sleep: sleep(1000) })],
    ["timeout", (victim) => timeout(victim, 1000)],
    ["map", (victim) => map(victim, String)],
    ["abortable", (victim) => abortable(victim).future],
    ["taskLocal.scope", (victim) => local.scope(1, victim)],
    ["coop.unconstrained", (victim) => coop.unconstrained(victim)],
    ["join in timeout", (victim) => timeout(join(victim, sleep(1000)), 1000)],
    ["map in join", (victim) => join(map(victim, String))],
    ["select in race in timeout", (victim) => timeout(race([select({ victim })]), 1000)],
  ];

  const awaiting = async(function* (future: Future<unknown>, log: Log) {
    try {
      yield* future;
      log("AFTER");
    } catch {
      log("CATCH");
    } finally {
      log("call cleans");
    }
  });

  for (const [name, combine] of COMBINATORS) {
    test(`${name}: aborted`, async () => {
      const way = WAYS.find((candidate) => candidate.name === "JoinHandle.abort()")!;
      const { trace } = await drive(way, (log) => awaiting(combine(stack(cleanup, 2, log)), log));
      assert.deepEqual(trace, [GOES_ON, ...unwound(cleanup, 2), "call cleans", "over"]);
    });

    test(`${name}: in a branch that loses`, async () => {
      const { trace } = await drive(WAYS[0]!, (log) => awaiting(combine(stack(cleanup, 2, log)), log));
      const [leaf, begins, ...rest] = unwound(cleanup, 2);
      assert.deepEqual(trace, [leaf, begins, GOES_ON, ...rest, "call cleans", "over"]);
    });

    test(`${name}: by force`, async () => {
      const trace: string[] = [];
      const log: Log = (event) => trace.push(event);
      const runtime = paused();
      runtime.spawn(awaiting(combine(stack(cleanup, 2, log)), log));
      await runtime.run(sleep(1));
      await runtime.shutdown({ timeout: 3 });
      assert.deepEqual(trace, ["leaf dropped", "2 begins", "1 begins", "call cleans"]);
      assertNothingLeft(runtime);
    });
  }

  test("join: all branches unwind at once, each in its own time, and the call goes last", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const leaving = async(function* (name: string, milliseconds: number) {
      try {
        yield* sleep(1000);
      } finally {
        log(`${name} begins`);
        yield* sleep(milliseconds);
        log(`${name} ends`);
      }
    });
    const main = async(function* () {
      const handle = spawn(awaiting(join(leaving("slow", 20), leaving("quick", 5), leaving("medium", 10)), log));
      yield* sleep(1);
      handle.abort();
      yield* handle.settled();
    });
    await paused().run(main());
    assert.deepEqual(trace, [
      "slow begins",
      "quick begins",
      "medium begins",
      "quick ends",
      "medium ends",
      "slow ends",
      "call cleans",
    ]);
  });
});

// ---------------------------------------------------------------- plain generators

describe("plain generators", () => {
  function* plain(log: Log, name: string, inner: Future<unknown>, awaits: boolean): Generator<any, void, any> {
    try {
      yield* inner;
      log(`AFTER ${name}`);
    } catch {
      log(`CATCH ${name}`);
    } finally {
      log(`${name} begins`);
      if (awaits) yield* sleep(10);
      log(`${name} ends`);
    }
    log(`END ${name}`);
  }

  const abort = WAYS.find((way) => way.name === "JoinHandle.abort()")!;

  test("spawned, their finally may await: the runtime owns their frame", async () => {
    const { trace } = await drive(abort, (log) => plain(log, "plain", new Wait(log), true));
    assert.deepEqual(trace, [GOES_ON, "leaf dropped", "plain begins", "plain ends", "over"]);
  });

  test("as branches, their finally may await", async () => {
    const { trace } = await drive(WAYS[0]!, (log) => plain(log, "plain", new Wait(log), true));
    assert.deepEqual(trace, ["leaf dropped", "plain begins", GOES_ON, "plain ends", "over"]);
  });

  test("inlined with yield*, they unwind innermost first like calls, as long as their finally does not await", async () => {
    for (const way of [abort, WAYS[0]!]) {
      const { trace } = await drive(way, (log) =>
        plain(log, "outer", plain(log, "middle", plain(log, "inner", new Wait(log), false), false), true),
      );
      assert.deepEqual(
        trace.filter((event) => event !== GOES_ON),
        [
          "leaf dropped",
          "inner begins",
          "inner ends",
          "middle begins",
          "middle ends",
          "outer begins",
          "outer ends",
          "over",
        ],
      );
    }
  });

  test("inlined around calls of async functions, they unwind in their turn", async () => {
    const owned = async(plain);
    const { trace } = await drive(abort, (log) =>
      owned(log, "outer", plain(log, "inlined", owned(log, "inner", new Wait(log), true), false), true),
    );
    assert.deepEqual(trace, [
      GOES_ON,
      "leaf dropped",
      "inner begins",
      "inner ends",
      "inlined begins",
      "inlined ends",
      "outer begins",
      "outer ends",
      "over",
    ]);
  });

  test("inlined, a finally that awaits is an error which names the helper, and the calls around it still unwind", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    function* theHelper() {
      try {
        yield* new Wait(log);
        log("AFTER helper");
      } finally {
        log("helper begins");
        yield* sleep(10);
        log("HELPER ENDS");
      }
    }
    const inner = async(function* () {
      try {
        yield* theHelper();
        log("AFTER inner");
      } catch {
        log("CATCH inner");
      } finally {
        log("inner begins");
        yield* sleep(1);
        log("inner ends");
      }
      log("END inner");
    });
    const outer = async(function* () {
      try {
        yield* inner();
        log("AFTER outer");
      } finally {
        log("outer cleans");
      }
    });
    const main = async(function* () {
      const handle = spawn(outer());
      yield* sleep(1);
      handle.abort();
      return yield* handle.settled();
    });
    const runtime = paused();
    const outcome = await runtime.run(main());
    assert.deepEqual(trace, ["leaf dropped", "helper begins", "inner begins", "inner ends", "outer cleans"]);
    const { code, message } = (outcome as PromiseRejectedResult).reason as HeddleError;
    assert.equal(code, "future.inlined-cleanup");
    assert.match(message, /theHelper.*unwind\.test/);
    assert.match(message, /help: wrap it in async/);
    assertNothingLeft(runtime);
  });

  test("inlined two deep, the error names the one whose finally awaits", async () => {
    const outcomeOf = async (future: Future<unknown>) => {
      const runtime = paused();
      const main = async(function* () {
        const handle = spawn(future);
        yield* sleep(1);
        handle.abort();
        return yield* handle.settled();
      });
      const outcome = await runtime.run(main());
      assertNothingLeft(runtime);
      return ((outcome as PromiseRejectedResult).reason as HeddleError).message;
    };
    function* harmless(inner: Future<unknown>): Generator<any, void, any> {
      yield* inner;
    }
    function* guilty(inner: Future<unknown>): Generator<any, void, any> {
      try {
        yield* inner;
      } finally {
        yield* sleep(1);
      }
    }
    const caller = async(function* (inner: Future<unknown>) {
      yield* inner;
    });
    assert.match(await outcomeOf(caller(harmless(guilty(sleep(1000))))), /guilty/);
    assert.match(await outcomeOf(caller(guilty(harmless(sleep(1000))))), /guilty/);
    function* plainCleanup() {
      yield* sleep(1);
    }
    function* delegating(): Generator<any, void, any> {
      try {
        yield* sleep(1000);
      } finally {
        yield* plainCleanup();
      }
    }
    assert.match(await outcomeOf(caller(delegating())), /delegating/);
  });

  test("a finally of a call may await plain generators inline: it is the call's own frame", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    function* deeper() {
      try {
        yield* sleep(5);
        log("deeper slept");
      } finally {
        yield* sleep(5);
        log("deeper cleaned");
      }
    }
    function* plainCleanup() {
      log("cleanup begins");
      yield* deeper();
      yield* yieldNow();
      log("cleanup ends");
    }
    for (const body of [
      async(function* () {
        try {
          yield* sleep(1000);
          log("AFTER");
        } finally {
          yield* plainCleanup();
        }
      })(),
      (function* () {
        try {
          yield* sleep(1000);
          log("AFTER");
        } finally {
          yield* plainCleanup();
        }
      })(),
      // The call awaits one plain generator when it is dropped, and another in its finally.
      async(function* () {
        try {
          yield* (function* () {
            yield* sleep(1000);
            log("AFTER");
          })();
        } finally {
          yield* plainCleanup();
        }
      })(),
    ]) {
      trace.length = 0;
      const main = async(function* () {
        const handle = spawn(body);
        yield* sleep(1);
        handle.abort();
        return yield* handle.settled();
      });
      const runtime = paused();
      const outcome = await runtime.run(main());
      assert.deepEqual(trace, ["cleanup begins", "deeper slept", "deeper cleaned", "cleanup ends"]);
      assert.ok((outcome as PromiseRejectedResult).reason instanceof AbortedError);
      assertNothingLeft(runtime);
    }
  });
});

// ---------------------------------------------------------------- edges

describe("edges of unwinding", () => {
  test("JoinHandle.abort() before the first poll: nothing of the task runs, cleanups neither", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const main = async(function* () {
      const handle = spawn(stack(CLEANUPS[0]!, 3, log));
      handle.abort("early");
      return yield* handle.settled();
    });
    const runtime = paused();
    const outcome = (await runtime.run(main())) as PromiseRejectedResult;
    assert.deepEqual(trace, []);
    assert.equal(outcome.reason.cause, "early");
  });

  test("select drops branches that were never polled without running anything of them", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const main = async(function* () {
      yield* select({ winner: ready(1), loser: stack(CLEANUPS[0]!, 1, log) }, { biased: true });
    });
    await paused().run(main());
    assert.deepEqual(trace, []);
  });

  test("a finally that returns replaces the cancellation by nothing: the call is over, its caller unwinds on", async () => {
    const trace: string[] = [];
    const inner = async(function* () {
      try {
        yield* sleep(1000);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally
        return "replaced";
      }
    });
    const outer = async(function* () {
      try {
        trace.push(`AFTER ${yield* inner()}`);
      } finally {
        trace.push("outer cleans");
      }
    });
    const main = async(function* () {
      const handle = spawn(outer());
      yield* sleep(1);
      handle.abort();
      return yield* handle.settled();
    });
    const outcome = (await paused().run(main())) as PromiseRejectedResult;
    assert.deepEqual(trace, ["outer cleans"]);
    assert.ok(outcome.reason instanceof AbortedError);
  });

  test("a combinator that cannot start one of its futures drops those that it has started", async () => {
    const mistakes: [string, (victim: Future<unknown>) => Future<unknown>][] = [
      ["join of a number", (victim) => join(victim, 42 as never)],
      ["join of the same call twice", (victim) => join(victim, victim)],
      ["joinAll of a promise", (victim) => joinAll([victim, Promise.resolve() as never])],
      ["race of nothing", (victim) => race([victim, undefined as never])],
      ["any of a function", (victim) => any([victim, (() => {}) as never])],
      ["joinSettled of a number", (victim) => joinSettled([victim, 42 as never])],
    ];
    for (const [name, combine] of mistakes) {
      const trace: string[] = [];
      const log: Log = (event) => trace.push(event);
      const main = async(function* () {
        try {
          yield* combine(stack(CLEANUPS[0]!, 1, log));
        } catch (error) {
          log((error as Error).name);
        }
      });
      const runtime = paused();
      await runtime.run(main());
      const thrown = trace.pop();
      assert.ok(thrown === "TypeError" || thrown === "BusyError", `${name}: ${thrown}`);
      assert.deepEqual(trace, ["leaf dropped", "1 cleans"], name);
      assertNothingLeft(runtime);
    }
  });

  test("select drops its branches when a `matching` throws", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const refuse = () => {
      throw new Error("no match");
    };
    const main = async(function* () {
      try {
        yield* select({ victim: stack(CLEANUPS[0]!, 1, log), other: matching(sleep(1), refuse) });
      } catch (error) {
        log((error as Error).message);
      }
    });
    const runtime = paused();
    await runtime.run(main());
    assert.deepEqual(trace, ["leaf dropped", "1 cleans", "no match"]);
    assertNothingLeft(runtime);
  });

  test("spawn() in a cleanup during a shutdown aborts the new task at once and leaves the running one as it was", async () => {
    const trace: string[] = [];
    const body = async(function* () {
      try {
        yield* sleep(1000);
      } finally {
        const late = spawn(stack(CLEANUPS[0]!, 1, (event) => trace.push(event)));
        trace.push(`finished: ${late.isFinished}`, `in ${task.name()}`);
        yield* select({ loser: stack(CLEANUPS[0]!, 1, (event) => trace.push(event)), winner: ready(1) });
        const outcome = yield* late.settled();
        trace.push(outcome.status);
      }
    });
    const runtime = paused();
    runtime.spawn(body(), { name: "body" });
    await runtime.run(sleep(1));
    await runtime.shutdown();
    assert.deepEqual(
      trace.filter((event) => event !== "leaf dropped" && event !== "1 cleans"),
      ["finished: true", "in body", "rejected"],
    );
  });

  test("a cleanup may go on with what it pinned, pushed and shared after the body of its task is over", async () => {
    const trace: string[] = [];
    const loser = async(function* () {
      try {
        yield* sleep(1000);
      } finally {
        const pinned = pin(map(sleep(5), () => "pinned"));
        const set = new FuturesUnordered<string>();
        set.push(map(sleep(6), () => "pushed"));
        const common = shared(map(sleep(7), () => "shared"));
        yield* select({ pinned, next: set.next(), common, tick: sleep(1) });
        trace.push(yield* pinned, String(yield* set.next()), yield* common);
      }
    });
    const body = async(function* () {
      yield* select({ loser: loser(), winner: sleep(1) });
      trace.push("body over");
    });
    const runtime = paused();
    await runtime.run(body());
    assert.deepEqual(trace, ["body over", "pinned", "pushed", "shared"]);
    assertNothingLeft(runtime);
  });

  test("what a cleanup itself leaves pinned or undrained is dropped before the task is over", async () => {
    const trace: string[] = [];
    const log: Log = (event) => trace.push(event);
    const body = async(function* () {
      try {
        yield* sleep(1000);
      } finally {
        const pinned = pin(stack(CLEANUPS[3]!, 1, log));
        yield* select({ pinned, tick: sleep(1) });
        const set = new FuturesUnordered<unknown>();
        set.push(stack(CLEANUPS[3]!, 2, log));
        yield* select({ next: set.next(), tick: sleep(1) });
        log("cleanup over");
      }
    });
    for (const way of WAYS) {
      trace.length = 0;
      const runtime = paused();
      await runtime.run(way.dropper(body(), () => {})).catch(() => {});
      assert.deepEqual(
        trace.toSorted(),
        [
          "1 begins",
          "1 begins",
          "1 ends",
          "1 ends",
          "2 begins",
          "2 ends",
          "cleanup over",
          "leaf dropped",
          "leaf dropped",
        ],
        way.name,
      );
      assertNothingLeft(runtime);
    }
  });
});
