/**
 * The warning about futures that were never polled. The garbage collector is asked to come, in this process.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../base/garbage.kit.js";
import {
  async,
  type Future,
  join,
  joinAll,
  map,
  pending,
  race,
  ready,
  Runtime,
  select,
  sleep,
  spawn,
  timeout,
  type Warning,
  when,
  yieldNow,
} from "../index.js";
import { warningsOf } from "../runtime/forgotten.kit.js";

const macrotask = () => new Promise((resolve) => setImmediate(resolve));

const call = async(function* theCall(_n?: number) {
  yield* yieldNow();
});

const failing = async(function* () {
  throw new Error("failed");
});

test("a call that is never awaited is reported once, with its name, the line that made it, and what to do", async () => {
  const warnings = await warningsOf(function* forgetful() {
    call();
    yield* sleep(1);
  });
  assert.equal(warnings.length, 1);
  const { code, message } = warnings[0]!;
  assert.equal(code, "future.never-polled");
  assert.match(message, /theCall\(\) was made and never awaited/);
  assert.match(message, /at forgetful \(.*unpolled\.test\.[jt]s:\d+/);
  assert.match(message, /\nhelp: await it with yield\*, or start it with spawn/);
});

test("each forgotten call is reported, and only those", async () => {
  const warnings = await warningsOf(function* () {
    for (let n = 0; n < 6; n++) {
      const future = call(n);
      if (n % 2 === 0) yield* future;
    }
  });
  assert.equal(warnings.length, 3);
});

const FORGOTTEN: [string, () => Future<unknown>][] = [
  ["sleep", () => sleep(10)],
  ["timeout", () => timeout(ready(1), 10)],
  ["join", () => join(ready(1))],
  ["select", () => select({ a: ready(1) })],
  ["map", () => map(ready(1), String)],
];

for (const [name, make] of FORGOTTEN) {
  test(`a forgotten ${name}() is reported by its name`, async () => {
    const messages = (
      await warningsOf(function* () {
        make();
        yield* yieldNow();
      })
    ).map(({ message }) => message);
    assert.equal(messages.length, 1);
    assert.ok(messages[0]!.includes(`${name}(`), messages[0]);
  });
}

/** What is done with a future that was handed to somebody. */
const USES: Record<string, () => Generator<any, unknown, any>> = {
  awaited: function* () {
    yield* call();
  },
  "spawned, not joined": function* () {
    spawn(call());
    yield* sleep(1);
  },
  "aborted before it began": function* () {
    const handles = [spawn(call()), spawn(join(call(), sleep(1))), spawn(sleep(1)), spawn(timeout(call(), 1))];
    for (const handle of handles) handle.abort();
    for (const handle of handles) yield* handle.settled();
  },
  "dropped by a select before it began": function* () {
    const branches = { a: ready(1), b: call(), c: sleep(1), d: timeout(call(), 1), e: join(sleep(1)) };
    yield* select(branches, { biased: true });
  },
  "switched off by a guard": function* () {
    yield* select({ a: ready(1), b: when(false, call()), c: when(false, sleep(1)), d: when(false, join(call())) });
  },
  "behind the winner of a race": function* () {
    yield* race<Future<unknown>>([ready(1), call(), sleep(1), map(call(), String)]);
  },
  "behind the failure of a join": function* () {
    yield* joinAll<Future<unknown>>([failing(), call(), sleep(1), timeout(sleep(1), 1)]);
  },
  "in a combinator that was dropped": function* () {
    yield* timeout(join(pending(), call(), race([sleep(100)])), 1);
  },
};

for (const [name, body] of Object.entries(USES)) {
  test(`a future is not reported that was ${name}`, async () => {
    const messages = (await warningsOf(body)).map(({ message }) => message);
    assert.deepEqual(messages, []);
  });
}

test("nothing is reported while the future may still be awaited", async () => {
  const warnings: Warning[] = [];
  const runtime = new Runtime({
    startPaused: true,
    blockedAfter: { minutes: 1 },
    onWarning: (warning) => warnings.push(warning),
  });
  const main = async(function* () {
    const kept = call();
    for (let i = 0; i < 3; i++) {
      yield* sleep(1);
      collectGarbage();
    }
    yield* kept;
  });
  await runtime.run(main());
  await macrotask();
  assert.deepEqual(warnings, []);
});

test("nothing is reported when warnings are off", async () => {
  const runtime = new Runtime({ startPaused: true, warnings: false, onWarning: () => assert.fail("reported") });
  const main = async(function* () {
    call();
    yield* sleep(1);
  });
  await runtime.run(main());
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await macrotask();
  }
});
