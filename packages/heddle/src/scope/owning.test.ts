/**
 * owning(): what a future was given is released once, whatever becomes of the future. Ledgers: every release and every step in order.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AbortedError,
  async,
  type Future,
  join,
  JoinSet,
  owning,
  race,
  ready,
  Runtime,
  scope,
  select,
  sleep,
  spawn,
  timeout,
  when,
} from "../index.js";
import { pin } from "../lowlevel.js";
import { Instant } from "../time/instant.js";

const now = (): number => Instant.now().milliseconds;

interface Ledger {
  readonly runtime: Runtime;
  readonly trace: string[];
  readonly unhandled: unknown[];
  /** Is released at once. */
  readonly plain: (name: string) => Disposable;
  /** Takes as many milliseconds of the runtime's time to be released. */
  readonly slow: (name: string, length: number) => AsyncDisposable;
  /** Works so long, and notes how it ended. */
  readonly work: (name: string, length: number) => Future<string>;
}

function ledger(): Ledger {
  const unhandled: unknown[] = [];
  const runtime = new Runtime({
    startPaused: true,
    warnings: false,
    onUnhandled: (error) => void unhandled.push(error),
  });
  const trace: string[] = [];
  const released = async(function* (name: string, length: number) {
    yield* sleep(length);
    trace.push(`${name} released at ${now()}`);
  });
  return {
    runtime,
    trace,
    unhandled,
    plain: (name) => ({ [Symbol.dispose]: () => void trace.push(`${name} released`) }),
    slow: (name, length) => ({
      [Symbol.asyncDispose]: () => {
        trace.push(`${name} begins`);
        return runtime.spawn(released(name, length));
      },
    }),
    work: async(function* (name: string, length: number) {
      let isDone = false;
      trace.push(`${name} begins`);
      try {
        yield* sleep(length);
        isDone = true;
        return name;
      } finally {
        trace.push(`${name} ${isDone ? "done" : "dropped"}`);
      }
    }),
  };
}

describe("owning() releases", () => {
  test("owning() releases when the future has ended, the last resource first, and gives the value", async () => {
    const { runtime, trace, plain, work } = ledger();
    assert.equal(await runtime.run(owning([plain("a"), plain("b")], work("x", 1))), "x");
    assert.deepEqual(trace, ["x begins", "x done", "b released", "a released"]);
  });

  test("owning() releases when the future fails, and throws its error", async () => {
    const { runtime, trace, plain } = ledger();
    const wrong = new Error("wrong");
    const failing = async(function* () {
      yield* sleep(1);
      throw wrong;
    });
    await assert.rejects(runtime.run(owning(plain("a"), failing())), wrong);
    assert.deepEqual(trace, ["a released"]);
  });

  test("owning() releases after the cleanups of a future that is dropped, which may await", async () => {
    const { runtime, trace, plain } = ledger();
    const guest = async(function* () {
      try {
        yield* sleep(60_000);
      } finally {
        yield* sleep(5);
        trace.push(`left at ${now()}`);
      }
    });
    await assert.rejects(runtime.run(timeout(owning(plain("a"), guest()), 10)));
    assert.deepEqual(trace, ["left at 15", "a released"]);
  });

  test("owning() releases what a task was given that is aborted before its first poll", async () => {
    const { runtime, trace, plain, work } = ledger();
    const main = async(function* () {
      const handle = spawn(owning([plain("a"), plain("b")], work("x", 1)));
      handle.abort("not needed");
      return (yield* handle.settled()).status;
    });
    assert.equal(await runtime.run(main()), "rejected");
    assert.deepEqual(trace, ["b released", "a released"]); // nothing of x has run
  });

  test("owning() has its task wait for a release that awaits, also before the first poll", async () => {
    const { runtime, trace, plain, slow, work } = ledger();
    const main = async(function* () {
      const handle = spawn(owning([plain("a"), slow("b", 7), plain("c")], work("x", 1)));
      handle.abort();
      yield* handle.settled();
      trace.push(`over at ${now()}`);
    });
    await runtime.run(main());
    assert.deepEqual(trace, ["c released", "b begins", "b released at 7", "a released", "over at 7"]);
  });

  test("owning() is not disturbed by a second abort while it releases, be it before or after the end", async () => {
    for (const isPolled of [false, true]) {
      const { runtime, trace, slow } = ledger();
      const main = async(function* () {
        const handle = spawn(owning(slow("a", 5), ready("x")));
        if (isPolled) yield* sleep(1);
        handle.abort();
        yield* sleep(1);
        handle.abort();
        yield* handle.settled();
      });
      await runtime.run(main());
      assert.deepEqual(trace, ["a begins", "a released at 5"]);
    }
  });

  test("owning() releases when its task was detached, and not before that ends", async () => {
    const { runtime, trace, plain, work } = ledger();
    const main = async(function* () {
      spawn(owning(plain("a"), work("x", 5))).detach();
      yield* sleep(1);
      trace.push("detached");
      yield* sleep(10);
    });
    await runtime.run(main());
    assert.deepEqual(trace, ["x begins", "detached", "x done", "a released"]);
  });

  test("owning() releases in a shutdown: aborted in time, and by force after it", async () => {
    const { runtime, trace, plain, slow, work } = ledger();
    runtime.spawn(owning(plain("a"), work("x", 1))); // never polled
    runtime.spawn(owning([plain("b"), slow("c", 60_000)], work("y", 1))); // its release takes longer than there is time
    await runtime.shutdown({ timeout: 10 });
    assert.deepEqual(trace, ["a released", "c begins", "b released"]);
    // After it nothing of a task runs.
    runtime.spawn(owning(plain("d"), work("z", 1))).catch(() => {});
    assert.deepEqual(trace.slice(3), ["d released"]);
  });
});

describe("owning() anywhere", () => {
  test("owning() releases what the losers of a race own, polled or not", async () => {
    const { runtime, trace, plain, work } = ledger();
    assert.equal(await runtime.run(race([owning(plain("a"), ready(1)), owning(plain("b"), work("x", 5))])), 1);
    assert.deepEqual(trace, ["a released", "b released"]); // decided before the second was polled
    trace.length = 0;
    await runtime.run(race([sleep(1), owning(plain("c"), work("y", 5))]));
    assert.deepEqual(trace, ["y begins", "y dropped", "c released"]);
  });

  test("owning() releases what a branch owns that is not to run at all", async () => {
    const { runtime, trace, plain, work } = ledger();
    await runtime.run(select({ a: when(false, owning(plain("a"), work("x", 1))), b: sleep(1) }));
    assert.deepEqual(trace, ["a released"]);
  });

  test("owning() releases what tasks of sets and scopes own", async () => {
    const { runtime, trace, plain, work } = ledger();
    const main = async(function* () {
      const set = new JoinSet<string>();
      set.spawn(owning(plain("a"), work("x", 1)));
      yield* set.shutdown();
      yield* scope(function* (s) {
        s.spawn(owning(plain("b"), work("y", 1))).abort();
      });
    });
    await runtime.run(main());
    assert.deepEqual(trace, ["a released", "b released"]);
  });

  test("owning() that is pinned releases when the pin is dropped, also outside of any task", async () => {
    const { runtime, trace, plain, work } = ledger();
    runtime.enter(() => pin(owning(plain("a"), work("x", 1))).drop());
    assert.deepEqual(trace, ["a released"]);
  });

  test("owning() in owning() releases from the inside", async () => {
    const { runtime, trace, plain, work } = ledger();
    const both = (): Future<string> => owning(plain("outer"), owning(plain("inner"), work("x", 1)));
    await runtime.run(both());
    assert.deepEqual(trace, ["x begins", "x done", "inner released", "outer released"]);
    trace.length = 0;
    const main = async(function* () {
      const handle = spawn(both());
      handle.abort();
      yield* handle.settled();
    });
    await runtime.run(main());
    assert.deepEqual(trace, ["inner released", "outer released"]);
  });

  test("owning() prefers the release that awaits, as `await using` does", async () => {
    const { runtime, trace, plain, slow } = ledger();
    await runtime.run(owning({ ...plain("wrong"), ...slow("right", 1) }, ready(0)));
    assert.deepEqual(trace, ["right begins", "right released at 1"]);
  });
});

describe("owning() and errors", () => {
  const broken = (message: string): Disposable => ({
    [Symbol.dispose]: () => {
      throw new Error(message);
    },
  });

  test("owning() releases the others when one release fails, and throws that, or attaches it to the future's own error", async () => {
    const { runtime, trace, plain } = ledger();
    await assert.rejects(runtime.run(owning([plain("a"), broken("b"), plain("c")], ready(0))), /^Error: b$/);
    assert.deepEqual(trace, ["c released", "a released"]);
    const failing = async(function* () {
      yield* sleep(1);
      throw new Error("own");
    });
    await assert.rejects(runtime.run(owning([broken("a"), broken("b")], failing())), (error: any) => {
      assert.deepEqual([error.message, error.suppressed.map(String)], ["own", ["Error: b", "Error: a"]]);
      return true;
    });
  });

  test("owning() fails its task with the error of a release before the first poll", async () => {
    const { runtime, trace, plain, work } = ledger();
    const main = async(function* () {
      const handle = spawn(owning([plain("a"), broken("b")], work("x", 1)));
      handle.abort();
      yield* join(handle);
    });
    await assert.rejects(runtime.run(main()), /^Error: b$/);
    assert.deepEqual(trace, ["a released"]);
  });

  test("owning() is an AbortedError for who joins, when all was released", async () => {
    const { runtime, plain, work } = ledger();
    const handle = runtime.spawn(owning(plain("a"), work("x", 1)));
    handle.abort("enough");
    await assert.rejects(handle.then(), AbortedError);
  });

  test("owning() refuses at the call what cannot be released, and what is no future", () => {
    assert.throws(() => owning([{} as Disposable], ready(0)), {
      name: "TypeError",
      message:
        "Cannot own a resource as it must have Symbol.dispose or Symbol.asyncDispose: received an instance of Object",
    });
    assert.throws(() => owning(null as never, ready(0)), /received null/);
    assert.throws(() => owning([], Promise.resolve() as never), {
      name: "TypeError",
      message: /^Cannot own resources as 'future' must be a future: received /,
    });
  });
});
