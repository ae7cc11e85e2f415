import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNow } from "../base/clock.js";
import {
  async,
  fromPromise,
  type Future,
  type HeddleError,
  pending,
  pin,
  ready,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { Resource, type Holder, currentTask, Context, noopWaker } from "../lowlevel.js";
import { Mutex } from "../sync.js";
import { testRuntime, type TestRuntime, type TestRuntimeOptions, untilIdle } from "../test.js";
import { advance, Instant } from "../time.js";

const HOUR = 3_600_000;

/** Runs `body`, finishes, and answers with the message of what finishing has against it, without places. */
async function findingsOf(body: (kit: TestRuntime) => Future<unknown>, options?: TestRuntimeOptions): Promise<string> {
  const kit = testRuntime({ name: "t", ...options });
  await kit.run(kit.enter(() => body(kit)));
  return kit.finish().then(
    () => "clean",
    (error: HeddleError) => {
      assert.equal(error.code, "test.unclean");
      return withoutPlaces(error.message);
    },
  );
}

/** Leaves out where things are: the lines of stacks, and files. */
function withoutPlaces(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*at (?!\w+ \(.*\.test\.)/.test(line))
    .join("\n")
    .replaceAll(/\([^()]*\.test\.[jt]s:\d+:\d+\)/g, "(here)");
}

const HEAD = 'Cannot pass "t" as a test must leave nothing behind:';
const HELP = "help: before it ends, await, abort or drop what the test started";

test("TestRuntime stands still and jumps, and says the time", async () => {
  const kit = testRuntime();
  const start = hostNow();
  await kit.run(sleep({ hours: 5 }));
  assert.equal(kit.now(), 5 * HOUR);
  assert.ok(hostNow() - start < 2000);
  await kit.finish();
});

test("TestRuntime.finish() has nothing against a test that leaves nothing", async () => {
  const body = async(function* () {
    const handle = spawn(sleep(5));
    yield* select({ handle, lost: sleep(100) });
    // Ends by itself without time moving.
    spawn(yieldNow());
  });
  assert.equal(await findingsOf(() => body()), "clean");
});

test("TestRuntime.finish() names the tasks that are left and where they stand, and runs their cleanups", async () => {
  const log: string[] = [];
  const listen = async(function* listen() {
    try {
      yield* pending();
    } finally {
      yield* sleep(HOUR);
      log.push("cleaned");
    }
  });
  const body = async(function* () {
    spawn(listen(), { name: "server" });
    spawn(sleep(5));
  });
  assert.equal(
    await findingsOf(() => body()),
    [
      HEAD,
      '    - task "server" (#2) is still alive',
      "        waits for pending()",
      "        at listen (here)",
      '    - task "task" (#3) is still alive',
      "        waits for sleep(…)",
      HELP,
    ].join("\n"),
  );
  assert.deepEqual(log, ["cleaned"]);
});

test("TestRuntime.finish() finds a timer that belongs to no task", async () => {
  let pinned;
  const text = await findingsOf((kit) => {
    pinned = pin(sleep(500));
    kit.enter(() => pinned!.poll(new Context(noopWaker)));
    return ready(1);
  });
  assert.equal(text, [HEAD, "    - a timer is still pending, due in 500 ms", HELP].join("\n"));
});

test("TestRuntime.finish() finds what is held by tasks that are over", async () => {
  class Lock extends Resource {
    holder: Holder | null = null;
    get kind(): string {
      return "lock";
    }
    override get holders(): readonly Holder[] {
      return this.holder === null ? [] : [this.holder];
    }
    take(): void {
      this.touch(true);
      this.holder = currentTask();
    }
    free(): void {
      this.touch(true);
      this.holder = null;
    }
  }
  const outer = new Lock("outer");
  const body = async(function* () {
    const [kept, freed] = [new Lock("accounts"), new Lock()];
    const careless = async(function* careless() {
      kept.take();
      freed.take();
      outer.take();
      yield* sleep(1);
      freed.free();
    });
    yield* spawn(careless());
  });
  assert.equal(
    await findingsOf(() => body()),
    [
      HEAD,
      '    - lock "accounts" is still held by task "careless" (#2)',
      '    - lock "outer" is still held by task "careless" (#2)',
      HELP,
    ].join("\n"),
  );
});

test("TestRuntime.finish() finds the guard of a mutex that was never released", async () => {
  const kept: unknown[] = []; // or the garbage collector would say it as well
  const text = await findingsOf(() =>
    (function* () {
      const mutex = new Mutex("value", { name: "accounts" });
      const guard = yield* mutex.lock();
      kept.push(guard);
    })(),
  );
  assert.match(text, /- mutex "accounts" is still held by task /);
});

test("TestRuntime.finish() gives the errors that nobody joined, the first of them as cause", async () => {
  const boom = new RangeError("boom");
  const body = async(function* () {
    spawn(
      (function* () {
        throw boom;
      })(),
      { name: "bad" },
    );
  });
  const kit = testRuntime({ name: "t" });
  await kit.run(body());
  const error: HeddleError = await kit.finish().then(
    () => assert.fail("clean"),
    (reason) => reason,
  );
  assert.equal(error.cause, boom);
  assert.match(error.message, /- task "bad" \(#2\) failed, and nobody joined it: RangeError: boom\n {8} +at /);
});

test("TestRuntime.finish() finds futures that were never awaited, without waiting for the garbage collector", async () => {
  const save = async(function* save() {
    yield* sleep(1);
  });
  const body = async(function* () {
    save();
    yield* sleep(1);
  });
  const text = await findingsOf(() => body());
  assert.match(text, /- warning \[future\.never-polled\] The future of save\(\) was made and never awaited/);
  assert.equal(await findingsOf(() => body(), { warnings: "off" }), "clean");
});

test("TestRuntime.finish() runs the checks of atEnd(), and reports each that throws", async () => {
  const text = await findingsOf((kit) => {
    kit.atEnd(() => {});
    kit.atEnd(() => {
      throw new Error("one is wrong");
    });
    return ready(1);
  });
  assert.match(text, /- a check at the end failed: Error: one is wrong/);
});

test("TestRuntime.finish() gives up on a task that never rests and on cleanups that never end", async () => {
  const body = async(function* () {
    spawn(
      (function* () {
        for (;;) yield* yieldNow();
      })(),
      { name: "restless" },
    );
    spawn(
      (function* () {
        try {
          yield* pending();
        } finally {
          yield* pending();
        }
      })(),
      { name: "stubborn" },
    );
  });
  const text = await findingsOf(() => body(), { patience: 20 });
  assert.match(text, /task "restless" \(#2\) is still alive/);
  assert.match(text, /task "stubborn" \(#3\) is still alive/);
});

test("TestRuntime.finish() twice is once", async () => {
  const kit = testRuntime();
  await Promise.all([kit.finish(), kit.finish()]);
  await kit[Symbol.asyncDispose]();
});

test("TestRuntime.run() fails with a dump when nothing can run any more", async () => {
  const stuck = async(function* stuck() {
    yield* pending();
  });
  const kit = testRuntime({ name: "t", patience: 20 });
  const error: HeddleError = await kit.run(stuck()).then(
    () => assert.fail("it ended"),
    (reason) => reason,
  );
  assert.equal(error.code, "test.stuck");
  assert.equal(
    withoutPlaces(error.message),
    [
      'Cannot go on with "t": nothing can run, and no time can pass that would change it',
      'task "stuck" (#1) waiting',
      "    waits for pending()",
      "    at stuck (here)",
      "help: look for a lost wake-up, a channel whose other end is gone, or a lock that is never released",
    ].join("\n"),
  );
  await kit.finish(); // said once is enough
});

test("TestRuntime.run() says that time moves by hand only, or that nothing comes from outside, when that is it", async () => {
  const byHand = testRuntime({ patience: 20, autoAdvance: false });
  await assert.rejects(
    byHand.run(sleep(5)),
    /: nothing can run before time moves, and it moves only by advance\(…\)\n/,
  );
  const outside = testRuntime({ patience: 10 });
  await assert.rejects(
    outside.run(timeout(fromPromise(new Promise(() => {})), 5)),
    /: what it awaits from outside has not come for 40 ms\n[^]*help: .*\{ waitForHost: false \}/,
  );
  await Promise.all([byHand.finish(), outside.finish()]);
});

test("TestRuntime.run() is patient while real time passes that something waits for", async () => {
  const kit = testRuntime({ patience: 4, startPaused: false });
  await kit.run(sleep(40));
  await kit.finish();
});

test("TestRuntime waits for real promises before time jumps, unless told not to", async () => {
  const body = async(function* () {
    try {
      yield* timeout(
        fromPromise(new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))))),
        10,
      );
      return "came";
    } catch {
      return `elapsed at ${Instant.now().milliseconds}`;
    }
  });
  const [waits, jumps] = [testRuntime(), testRuntime({ waitForHost: false })];
  assert.deepEqual(await Promise.all([waits.run(body()), jumps.run(body())]), ["came", "elapsed at 10"]);
  await Promise.all([waits.finish(), jumps.finish()]);
});

test("TestRuntime with autoAdvance: false moves by advance() only", async () => {
  const kit = testRuntime({ autoAdvance: false });
  const body = async(function* () {
    const handle = spawn(sleep(10));
    yield* untilIdle();
    const before = [kit.now(), handle.isFinished];
    yield* advance(10);
    return [...before, kit.now(), handle.isFinished];
  });
  assert.deepEqual(await kit.run(body()), [0, false, 10, true]);
  await kit.finish();
});

test("TestRuntime makes the same random choices for the same seed", async () => {
  const choices = (seed: number | string) => {
    const kit = testRuntime({ seed });
    return [kit.seed, kit.randomNumber(), kit.randomNumber()];
  };
  assert.deepEqual(choices(7).slice(1), choices("7").slice(1));
  assert.notDeepEqual(choices(7), choices(8));
  const [one, other] = [testRuntime(), testRuntime()];
  assert.notEqual(one.seed, other.seed); // 1 in 2^32
});

test("testRuntime() takes its seed from the environment, but for a test that has its own", () => {
  process.env["HEDDLE_SEED"] = "123";
  try {
    assert.deepEqual([testRuntime().seed, testRuntime({ seed: 5 }).seed], ["123", 5]);
  } finally {
    delete process.env["HEDDLE_SEED"];
  }
});

test("testRuntime() refuses wrong options and says which there are", () => {
  assert.throws(() => testRuntime({ sed: 1 } as never), {
    message:
      "Cannot make a test runtime as 'sed' is not an option\n" +
      "help: the options are name, seed, startPaused, autoAdvance, waitForHost, warnings, patience",
  });
  assert.throws(
    () => testRuntime({ warnings: "no" as never }),
    /'warnings' must be "fail", "print" or "off": received "no"/,
  );
  assert.throws(() => testRuntime({ patience: -1 }), RangeError);
});
