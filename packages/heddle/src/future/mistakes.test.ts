/**
 * Every way to use a future that does not work: an error of the right class and code, with advice, and with the user's own
 * line in its stack.
 */
import assert from "node:assert/strict";
import { findSourceMap } from "node:module";
import { test } from "node:test";
import {
  abortable,
  any,
  async,
  BusyError,
  CancellationToken,
  coop,
  type Future,
  FuturesUnordered,
  fuse,
  HeddleError,
  join,
  joinAll,
  joinSettled,
  JoinSet,
  lazy,
  map,
  matching,
  pin,
  race,
  ready,
  run,
  select,
  shared,
  shielded,
  sleep,
  spawn,
  taskLocal,
  timeout,
  toPromise,
  when,
  yieldNow,
} from "../index.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

let line = 0;

/** Remembers the line it is called on, and gives back what it is given. */
function here<T>(value: T): T {
  const lines = new Error().stack!.split("\n").filter((text) => text.includes("mistakes.test."));
  line = lineOf(lines[1]!);
  return value;
}

const lineOf = (text: string): number => Number(/mistakes\.test\.[jt]s:(\d+)/.exec(text)![1]);

// The place of a bare yield is asked of the inspector, which knows nothing of source maps.
function sourceLineOf(text: string): number {
  const [, path, row, column] = /(?:file:\/\/)?(\/.*mistakes\.test\.js):(\d+):(\d+)/.exec(text) ?? [];
  const map = path === undefined ? undefined : findSourceMap(path);
  return map === undefined ? lineOf(text) : originOf(map.findEntry(Number(row) - 1, Number(column) - 1));
}

const originOf = (entry: object): number => (entry as { originalLine: number }).originalLine + 1;

/** Runs the body of a task that must fail at the line where it called `here`. Answers the error. */
async function mistake(body: () => Generator<any, unknown, any>): Promise<HeddleError> {
  const error = await pausedQuietly()
    .run(async(body as () => Generator<any, unknown, any>)())
    .then(
      () => assert.fail("it was not refused"),
      (reason: unknown) => reason as HeddleError,
    );
  assertPlace(error);
  return error;
}

function assertPlace(error: Error): void {
  const lines = error.stack!.split("\n").filter((text) => /mistakes\.test\.[jt]s:\d/.test(text));
  assert.ok(lines.map(sourceLineOf).includes(line), `line ${line} is not in ${error.stack}`);
  assert.match(error.message, /\nhelp: /);
}

const call = async(function* theCall() {
  yield* sleep(10);
  return "value";
});

test("a call that is over cannot be awaited again: future.completed", async () => {
  const error = await mistake(function* () {
    const future = call();
    yield* future;
    yield* here(future);
  });
  assert.ok(error instanceof HeddleError);
  assert.equal(error.code, "future.completed");
  assert.match(error.message, /theCall\(\)/);
});

test("a call that failed, or was dropped, cannot be awaited again either", async () => {
  const fail = async(function* () {
    throw new Error("failed");
  });
  const failed = await mistake(function* () {
    const future = fail();
    try {
      yield* future;
    } catch {}
    yield* here(future);
  });
  assert.equal(failed.code, "future.completed");
  const dropped = await mistake(function* () {
    const future = call();
    yield* select({ future, tick: sleep(1) });
    yield* here(future);
  });
  assert.equal(dropped.code, "future.completed");
});

test("a call cannot be awaited from two places: BusyError", async () => {
  const twoBranches = await mistake(function* () {
    const future = call();
    yield* here(join(future, future));
  });
  assert.ok(twoBranches instanceof BusyError);
  assert.equal(twoBranches.code, "future.busy");
  assert.match(twoBranches.message, /theCall\(\)/);
  const twoTasks = await mistake(function* () {
    const future = call();
    spawn(future);
    yield* yieldNow();
    yield* here(future);
  });
  assert.equal(twoTasks.code, "future.busy");
});

test("a call that somebody has taken cannot be taken again, although it has not begun: BusyError", async () => {
  const takers: ((future: Future<string>) => unknown)[] = [
    spawn,
    pin,
    shared,
    (future) => new FuturesUnordered().push(future),
  ];
  for (const first of takers) {
    for (const second of takers) {
      const error = await mistake(function* () {
        const future = call();
        first(future);
        second(here(future));
      });
      assert.equal(error.code, "future.busy");
    }
    const awaited = await mistake(function* () {
      const future = call();
      first(future);
      yield* here(future);
    });
    assert.equal(awaited.code, "future.busy");
  }
});

test("a call cannot await itself, at once or later, directly or through others", async () => {
  const atOnce: Future<unknown> = async(function* (): Generator<any, unknown, any> {
    return yield* here(atOnce);
  })();
  const later: Future<unknown> = async(function* (): Generator<any, unknown, any> {
    yield* yieldNow();
    return yield* here(later);
  })();
  const through: Future<unknown> = async(function* (): Generator<any, unknown, any> {
    yield* yieldNow();
    return yield* async(function* (): Generator<any, unknown, any> {
      yield* yieldNow();
      return yield* here(through);
    })();
  })();
  for (const future of [atOnce, later, through]) {
    const error = await pausedQuietly()
      .run(future)
      .then(
        () => assert.fail("it was not refused"),
        (reason: unknown) => reason as HeddleError,
      );
    assertPlace(error);
    assert.equal(error.code, "future.awaits-itself");
  }
});

test("a bare yield is a TypeError at that place, with advice for what was yielded", async () => {
  const number = await mistake(function* () {
    yield here(5);
  });
  assert.ok(number instanceof TypeError);
  assert.match(number.message, /bare yield.*received 5/);
  assert.match(number.message, /\n {4}at .*mistakes\.test\.[jt]s:\d+:\d+\n/, "the line is in the message");
  const promise = await mistake(function* () {
    yield here(Promise.resolve());
  });
  assert.match(promise.message, /help: write yield\* fromPromise\(promise\)/);
  const future = await mistake(function* () {
    yield here(call());
  });
  assert.match(future.message, /help: .*yield\*/);
});

test("a bare yield is found in every position: after a suspension, in a branch, in a plain generator, in a cleanup", async () => {
  function* plain(): Generator<any, void, any> {
    yield* yieldNow();
    yield here(5);
  }
  const bodies: (() => Generator<any, unknown, any>)[] = [
    function* () {
      yield* sleep(1);
      yield here(5);
    },
    function* () {
      yield* join(async(plain)());
    },
    function* () {
      yield* join(plain());
    },
    function* () {
      try {
        yield* sleep(1);
      } finally {
        yield here(5);
      }
    },
  ];
  for (const body of bodies) {
    const error = await mistake(body);
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /bare yield/);
  }
});

test("yield* of a promise, a function or a number is a TypeError with advice", async () => {
  for (const [value, advice] of [
    [Promise.resolve(1), /fromPromise/],
    [call, /help: /],
    [42, /help: /],
    [undefined, /help: /],
  ] as const) {
    const error = await mistake(function* () {
      yield* here(value as unknown as Future<unknown>);
    });
    assert.ok(error instanceof TypeError, String(value));
    assert.match(error.message, advice);
  }
});

test("yield* of an array or a string is a TypeError with advice", async () => {
  for (const value of [[call()], "text", new Set([ready(1)])]) {
    const error = await mistake(function* () {
      yield* here(value as unknown as Future<unknown>);
    });
    assert.ok(error instanceof TypeError);
  }
});

const NOT_FUTURES: [unknown, RegExp][] = [
  [42, /received 42/],
  [undefined, /received undefined/],
  [null, /received null/],
  ["text", /received "text"/],
  [Promise.resolve(1), /fromPromise/],
  [call, /call the function/],
  [[ready(1)], /received an instance of Array/],
  [{}, /received an instance of Object/],
];

/** Where each is refused: at the call. */
const TAKERS: Record<string, (value: never) => unknown> = {
  join: (value) => join(ready(1), value),
  joinAll: (value) => joinAll([value]),
  joinSettled: (value) => joinSettled([value]),
  race: (value) => race([value, ready(1)]),
  any: (value) => any([value, sleep(1)]),
  select: (value) => select({ value }),
  when: (value) => select({ other: ready(1), value: when(false, value) }),
  timeout: (value) => timeout(value, 10),
  map: (value) => map(value, String),
  abortable: (value) => abortable(value),
  shielded: (value) => shielded(value),
  "coop.unconstrained": (value) => coop.unconstrained(value),
  "taskLocal.scope": (value) => taskLocal<number>().scope(1, value),
  runUntilCancelled: (value) => new CancellationToken().runUntilCancelled(value),
  spawn: (value) => spawn(value),
  toPromise: (value) => toPromise(value),
  pin: (value) => pin(value),
  fuse: (value) => fuse(value),
  shared: (value) => shared(value),
  "FuturesUnordered.push": (value) => new FuturesUnordered().push(value),
};

for (const [name, use] of Object.entries(TAKERS)) {
  test(`${name}() of what is not a future is a TypeError which says what it was given`, async () => {
    for (const [value, expected] of NOT_FUTURES) {
      const error = await mistake(function* () {
        use(here(value as never));
      });
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /must be a future/);
      assert.match(error.message, expected);
    }
  });
}

test("join(), race(), select() and their kin say which of what they were given is not a future", () => {
  const cases: [() => unknown, string][] = [
    [() => join(ready(1), 2 as never), "Cannot call join(…) as argument 2 must be a future: received 2"],
    [() => joinAll([ready(1), 2 as never]), "Cannot call joinAll(…) as 'futures[1]' must be a future: received 2"],
    [() => joinSettled([3 as never]), "Cannot call joinSettled(…) as 'futures[0]' must be a future: received 3"],
    [() => race([ready(1), null as never]), "Cannot call race(…) as 'futures[1]' must be a future: received null"],
    [() => any(new Set(["a" as never])), "Cannot call any(…) as 'futures[0]' must be a future: received \"a\""],
    [() => select({ a: ready(1), b: 2 as never }), 'Cannot call select(…) as branch "b" must be a future: received 2'],
    [() => timeout(1 as never, 5), "Cannot call timeout(…) as 'future' must be a future: received 1"],
  ];
  for (const [make, expected] of cases) {
    assert.throws(make, (error: Error) => {
      assert.ok(error instanceof TypeError);
      assert.equal(error.message.split("\n")[0], expected);
      return true;
    });
  }
});

test("join() takes whatever can be awaited: generators, handles, pinned futures, futures written by hand", async () => {
  function* plain(): Generator<any, string, any> {
    yield* sleep(1);
    return "plain";
  }
  class ByHand {
    *[Symbol.iterator](): Generator<any, string, any> {
      yield* yieldNow();
      return "by hand";
    }
  }
  const polled = { poll: () => "polled" } as unknown as Future<string>;
  const main = async(function* () {
    return yield* join(call(), plain(), spawn(ready("spawned")), pin(ready("pinned")), new ByHand(), polled);
  });
  assert.deepEqual(await pausedQuietly().run(main()), ["value", "plain", "spawned", "pinned", "by hand", "polled"]);
});

test("run(), toPromise() and Runtime.run() of what is not a future are TypeErrors that speak of them", () => {
  for (const [value] of NOT_FUTURES) {
    const refused = (name: string) =>
      new RegExp(`^TypeError: Cannot call ${name}\\(…\\) as 'future' must be a future: received `);
    assert.throws(() => pausedQuietly().run(value as never), refused("run"));
    assert.throws(() => run(value as never), refused("run"));
    assert.throws(() => toPromise(value as never), refused("toPromise"));
  }
});

test("map(), lazy() and matching() of what is not a function are TypeErrors at the call", () => {
  const expected = { name: "TypeError", message: /must be a function: received 5\nhelp: / };
  assert.throws(() => map(ready(1), 5 as never), expected);
  assert.throws(() => lazy(5 as never), expected);
  assert.throws(() => matching(ready(1), 5 as never), expected);
});

test("select() of a future is a TypeError at the call: what it has are no branches", () => {
  function* plain(): Generator<any, void, any> {}
  for (const future of [call(), ready(1), plain()])
    assert.throws(() => select(future as never), /^TypeError: .*'branches' must be an object of futures: received an/);
});

// Each takes a future for a collection, in JavaScript; the compiler does not mind.
const ITERATING: Record<string, (future: Future<unknown>) => void> = {
  "for…of": (future) => {
    for (const _ of future);
  },
  "a loop that is left": (future) => {
    for (const _ of future) break;
  },
  spread: (future) => void [...future],
  "Array.from()": (future) => void Array.from(future),
  destructuring: (future) => {
    const [_first, _second] = future;
  },
};

for (const [name, iterate] of Object.entries(ITERATING)) {
  test(`${name} of a future that has to wait is refused, and goes round for ever with none: future.iterated`, async () => {
    const futures: Record<string, () => Future<unknown>> = {
      "theCall()": call,
      "sleep(…)": () => sleep(5),
      "join(…)": () => join(sleep(5), call()),
      "select(…)": () => select({ tick: sleep(5) }),
      'task "task"': () => spawn(sleep(5)),
    };
    for (const [label, make] of Object.entries(futures)) {
      const error = await mistake(function* () {
        iterate(here(make()));
      });
      assert.equal(error.code, "future.iterated");
      assert.ok(error.message.includes(`Cannot iterate over the future of ${label}`), error.message);
    }
  });

  test(`${name} of a future, and caught: the task goes on, and what it awaits afterwards is whole`, async () => {
    for (const make of [call, () => sleep(5), () => join(sleep(5), call())]) {
      const main = async(function* () {
        assert.throws(() => iterate(make()), { code: "future.iterated" });
        yield* sleep(1);
        return [yield* call(), yield* join(call(), ready("ready"))];
      });
      assert.deepEqual(await pausedQuietly().run(main()), ["value", ["value", "ready"]]);
    }
  });
}

test("a budget that is spent is no loop: what waits without one is polled when its turn comes", async () => {
  const main = async(function* () {
    const tasks = Array.from({ length: 300 }, () =>
      spawn(
        async(function* () {
          for (let i = 0; i < 300; i++) yield* ready(i);
          return 1;
        })(),
      ),
    );
    let sum = 0;
    for (const one of yield* joinAll(tasks)) sum += one;
    return sum;
  });
  assert.equal(await pausedQuietly().run(main()), 300);
});

test("a plain generator that one has taken cannot be taken again: it would give nothing, or never end", async () => {
  function* plain(): Generator<any, string, any> {
    yield* sleep(1);
    return "plain";
  }
  const twice = await mistake(function* () {
    const generator = plain();
    yield* here(join(generator, generator));
  });
  assert.ok(twice instanceof BusyError);
  assert.match(twice.message, /Cannot await the generator from two places/);
  const again = await mistake(function* () {
    const generator = plain();
    yield* spawn(generator);
    spawn(here(generator));
  });
  assert.equal(again.code, "future.completed");
  assert.match(again.message, /\nhelp: call its function again /);
});

test("yield* of a function says to call it", async () => {
  const fn = call as unknown as Future<unknown>;
  const main = async(function* () {
    yield* fn;
  });
  await assert.rejects(pausedQuietly().run(main()), /^TypeError: [^\n]*\nhelp: call the function/);
});

test("joinAll(), race() and any() of what is not iterable are TypeErrors at the call", () => {
  for (const combine of [joinAll, joinSettled, race, any]) {
    assert.throws(() => combine(42 as never), /TypeError: Cannot .*'futures' must be iterable: received 42\nhelp: /);
  }
  assert.throws(() => select(null as never), /TypeError: .*'branches' must be an object of futures/);
});

test("joinAll(), race(), any() and JoinSet.from() of one future are TypeErrors at once: it would iterate for ever", async () => {
  const runtime = pausedQuietly();
  function* plain(): Generator<any, void, any> {
    yield* sleep(1);
  }
  const error = (of: string) =>
    new RegExp(`^TypeError: Cannot .*'futures' must be an array of futures: received ${of}\\nhelp: write \\[a, b\\]`);
  await runtime.run(
    (function* () {
      const joinSetFrom = (futures: Iterable<Future<any>>) => JoinSet.from(futures);
      for (const given of [joinAll, joinSettled, race, any, joinSetFrom]) {
        const combine = given as (futures: unknown) => unknown;
        assert.throws(() => combine(sleep(1)), error("the future of sleep\\(…\\)"));
        assert.throws(() => combine(async(plain)()), error("the future of plain\\(\\)"));
        assert.throws(() => combine(spawn(ready(1))), error("the future of task .*"));
        assert.throws(() => combine(plain()), error("a future"));
      }
    })(),
  );
  assert.equal(runtime.metrics().timers, 0);
});

test("async() of what is not a generator function is a TypeError at the call", () => {
  for (const fn of [() => {}, async () => {}, 42, undefined, class {}]) {
    assert.throws(() => async(fn as never), /TypeError: .*must be a generator function: received .*\nhelp: /);
  }
});

test("a future polled outside of any task is a NoRuntimeError", () => {
  for (const future of [ready(1), sleep(1), call()]) {
    const iterator = future[Symbol.iterator]();
    assert.throws(() => iterator.next(), { name: "NoRuntimeError" });
  }
});
