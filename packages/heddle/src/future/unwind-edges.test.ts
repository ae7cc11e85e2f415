/**
 * Unwinding where generators are not calls of async functions, and its edges.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AbortedError,
  any,
  async,
  type Future,
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
  select,
  shared,
  sleep,
  spawn,
  task,
  yieldNow,
} from "../index.js";
import { type Log, Wait, CLEANUPS, stack, GOES_ON, WAYS, drive, assertNothingLeft } from "./unwind.kit.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

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
    const runtime = pausedQuietly();
    const outcome = await runtime.run(main());
    assert.deepEqual(trace, ["leaf dropped", "helper begins", "inner begins", "inner ends", "outer cleans"]);
    const { code, message } = (outcome as PromiseRejectedResult).reason as HeddleError;
    assert.equal(code, "future.inlined-cleanup");
    assert.match(message, /theHelper.*unwind-edges\.test/);
    assert.match(message, /help: wrap it in async/);
    assertNothingLeft(runtime);
  });

  test("inlined two deep, the error names the one whose finally awaits", async () => {
    const outcomeOf = async (future: Future<unknown>) => {
      const runtime = pausedQuietly();
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
      const runtime = pausedQuietly();
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
    const runtime = pausedQuietly();
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
    await pausedQuietly().run(main());
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
    const outcome = (await pausedQuietly().run(main())) as PromiseRejectedResult;
    assert.deepEqual(trace, ["outer cleans"]);
    assert.ok(outcome.reason instanceof AbortedError);
  });

  test("a combinator that cannot start one of its futures drops those that it has started", async () => {
    // What iterates may be a future, until it is asked for its iterator: this one cannot be unwound.
    const numbers = { [Symbol.iterator]: () => [1][Symbol.iterator]() } as never;
    const mistakes: [string, (victim: Future<unknown>) => Future<unknown>][] = [
      ["join of numbers", (victim) => join(victim, numbers)],
      ["join of the same call twice", (victim) => join(victim, victim)],
      ["joinAll of numbers", (victim) => joinAll([victim, numbers])],
      ["race of numbers", (victim) => race([victim, numbers])],
      ["any of numbers", (victim) => any([victim, numbers])],
      ["joinSettled of numbers", (victim) => joinSettled([victim, numbers])],
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
      const runtime = pausedQuietly();
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
    const runtime = pausedQuietly();
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
    const runtime = pausedQuietly();
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
    const runtime = pausedQuietly();
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
      const runtime = pausedQuietly();
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
