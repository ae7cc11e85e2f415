/**
 * The warning about polls that block the thread.
 */
import assert from "node:assert/strict";
import { afterEach, test, type TestContext } from "node:test";
import { async, Runtime, type RuntimeOptions, sleep, spawn, type Warning, yieldNow } from "../index.js";

// HOST: Deno does not take mocks back after a test.
let unmock = (): void => {};
afterEach(() => unmock());

function observed(options: RuntimeOptions = {}): { runtime: Runtime; warnings: Warning[] } {
  const warnings: Warning[] = [];
  const onWarning = (warning: Warning) => warnings.push(warning);
  return { runtime: new Runtime({ blockedAfter: 10, onWarning, ...options }), warnings };
}

/** Answers how to let time pass. The host's clock would count the time that other programs take as well. */
function stoppedClock(t: TestContext): (milliseconds: number) => void {
  let now = 0;
  const mocked = t.mock.method(performance, "now", () => now);
  unmock = () => mocked.mock.restore();
  return (milliseconds) => void (now += milliseconds);
}

test("a poll that blocks the thread is reported with the task, the time and where it stands afterwards", async (t) => {
  const block = stoppedClock(t);
  const { runtime, warnings } = observed();
  const greedy = async(function* greedy() {
    yield* yieldNow();
    block(15);
    yield* yieldNow();
  });
  await runtime.run(greedy(), { name: "hungry" });
  const { code, message } = warnings[0]!;
  assert.equal(code, "task.blocked");
  assert.match(message, /^Task "hungry" \(#1\) blocked the thread for \d+ ms/);
  assert.match(message, /greedy \(.*blocked\.test\.[jt]s:\d+/);
  assert.match(message, /\nhelp: /);
  assert.equal(warnings.length, 1);
});

test("a poll that blocks and ends its task is reported as well", async (t) => {
  const block = stoppedClock(t);
  const { runtime, warnings } = observed();
  await runtime.run(
    async(function* () {
      block(15);
    })(),
    { name: "brief" },
  );
  assert.match(warnings[0]!.message, /Task "brief"/);
});

test("the time a paused clock jumps over is not blocked time, nor is waiting", async (t) => {
  stoppedClock(t);
  const { runtime, warnings } = observed({ startPaused: true });
  await runtime.run(sleep({ hours: 1 }));
  assert.deepEqual(warnings, []);
});

test("many short polls are not reported, however long they take together", async (t) => {
  const pass = stoppedClock(t);
  const { runtime, warnings } = observed({ blockedAfter: 50 });
  const busy = async(function* () {
    for (let i = 0; i < 20; i++) {
      pass(4);
      yield* yieldNow();
    }
  });
  const main = async(function* () {
    for (const handle of [spawn(busy()), spawn(busy())]) yield* handle;
  });
  await runtime.run(main());
  assert.deepEqual(warnings, []);
});

test("nothing is reported when warnings are off", async (t) => {
  const block = stoppedClock(t);
  const { runtime, warnings } = observed({ warnings: false });
  await runtime.run(
    async(function* () {
      block(15);
    })(),
  );
  assert.deepEqual(warnings, []);
});
