/**
 * Cleanups: nothing disturbs them, none of their errors is lost, and the branches of what a call awaits come before its own.
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
  join,
  joinAll,
  joinSettled,
  map,
  race,
  ready,
  select,
  sleep,
  spawn,
  taskLocal,
  timeout,
  yieldNow,
} from "../index.js";
import {
  type Log,
  Wait,
  failing,
  CLEANUPS,
  stack,
  unwound,
  GOES_ON,
  WAYS,
  drive,
  assertNothingLeft,
} from "./unwind.kit.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

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
    const outcome = await pausedQuietly().run(main());
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
    await pausedQuietly().run(main());
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
    const runtime = pausedQuietly();
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
    const runtime = pausedQuietly();
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
    await pausedQuietly().run(main());
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
      const runtime = pausedQuietly();
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
      const error = await pausedQuietly()
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
    const runtime = pausedQuietly();
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
    await assert.rejects(pausedQuietly().run(body()), { message: "cleanup leaf" });
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
      const runtime = pausedQuietly();
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
    await pausedQuietly().run(main());
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
