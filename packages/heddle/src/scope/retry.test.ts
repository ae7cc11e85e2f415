import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, ready, retry, type RetryOptions, Runtime, sleep, spawn, yieldNow } from "../index.js";
import { Instant } from "../time/instant.js";

const paused = (rngSeed = 1): Runtime => new Runtime({ startPaused: true, rngSeed, warnings: false });
const now = (): number => Instant.now().milliseconds;
const plain = { initial: 10, jitter: 0 };

/** Fails so many times, then succeeds; tells of each attempt. */
function flaky(failures: number, trace: string[], length = 0): (attempt: number) => Future<string> {
  return async(function* (attempt: number) {
    trace.push(`${attempt} at ${now()}`);
    if (length > 0) yield* sleep(length);
    if (attempt <= failures) throw new Error(`failure ${attempt}`);
    return "done";
  });
}

const outcome = async(function* (future: Future<unknown>) {
  try {
    return `${yield* future} at ${now()}`;
  } catch (error) {
    const { message, suppressed = [] } = error as Error & { suppressed?: Error[] };
    return [`${message.split("\n")[0]} at ${now()}`, ...suppressed.map((earlier) => `+ ${earlier.message}`)].join(" ");
  }
});

const tried = async (failures: number, options: RetryOptions, length = 0): Promise<[string, string[]]> => {
  const trace: string[] = [];
  return [await paused().run(outcome(retry(flaky(failures, trace, length), options))), trace];
};

test("retry() tries again, later and later, until an attempt succeeds", async () => {
  assert.deepEqual(await tried(0, {}), ["done at 0", ["1 at 0"]]);
  assert.deepEqual(await tried(3, { attempts: 4, backoff: plain }), [
    "done at 70",
    ["1 at 0", "2 at 10", "3 at 30", "4 at 70"],
  ]);
  assert.deepEqual(
    await tried(4, { attempts: Infinity, backoff: { ...plain, factor: 3, max: { milliseconds: 50 } } }),
    ["done at 140", ["1 at 0", "2 at 10", "3 at 40", "4 at 90", "5 at 140"]],
  );
});

test("retry() throws the last error when the attempts are used up, with those before it attached, oldest first", async () => {
  const [said] = await tried(9, { attempts: 3, backoff: plain });
  assert.equal(said, "failure 3 at 30 + failure 1 + failure 2");
  const [many] = await tried(99, { attempts: 50, backoff: { initial: 0 } });
  assert.match(many, /^failure 50 at 0 \+ failure 40 \+ .* \+ failure 49$/, "the latest ten");
  assert.equal(many.split("+").length, 11);
});

test("retry() goes on only when() says so", async () => {
  const asked: unknown[] = [];
  const when = (error: Error, attempt: number): boolean => {
    asked.push([error.message, attempt]);
    return attempt < 2;
  };
  const [said] = await tried(9, { attempts: 5, backoff: plain, when });
  assert.equal(said, "failure 2 at 10 + failure 1");
  assert.deepEqual(asked, [
    ["failure 1", 1],
    ["failure 2", 2],
  ]);
  const mistaken = (): never => {
    throw new Error("when failed");
  };
  assert.equal((await tried(9, { when: mistaken }))[0], "when failed at 0 + failure 1");
});

test("retry() waits a random part less, from the runtime's seed", async () => {
  const times = async (seed: number, jitter: number): Promise<number[]> => {
    const at: number[] = [];
    const fn = async(function* () {
      at.push(now());
      throw new Error("failure");
    });
    await paused(seed)
      .run(retry(fn, { attempts: 4, backoff: { initial: 100, factor: 1, jitter } }))
      .catch(() => {});
    return at;
  };
  assert.deepEqual(await times(1, 0.5), await times(1, 0.5));
  assert.notDeepEqual(await times(1, 0.5), await times(2, 0.5));
  const at = await times(3, 0.5);
  const waits = at.slice(1).map((time, i) => time - at[i]);
  assert.ok(
    waits.every((wait) => wait >= 50 && wait <= 100),
    `${waits}`,
  );
  assert.ok(new Set(waits).size > 1);
});

test("retry() does not wait for an attempt that there is no time for, and drops the one that is running when time is over", async () => {
  assert.deepEqual(await tried(9, { attempts: 9, backoff: plain, timeout: 50 }), [
    "failure 3 at 30 + failure 1 + failure 2",
    ["1 at 0", "2 at 10", "3 at 30"],
  ]);
  const [said] = await tried(9, { attempts: 9, backoff: plain, timeout: 55 }, 20);
  assert.equal(said, "failure 2 at 50 + failure 1", "the third would begin at 70");
  assert.equal(
    (await tried(9, { backoff: plain, timeout: 45 }, 20))[0],
    "Cannot finish attempt 2 in time: 45 ms passed at 45 + failure 1",
  );
  const deadline = new Instant(15);
  assert.equal((await tried(0, { deadline }, 20))[0], "Cannot finish attempt 1 in time: the deadline passed at 15");
});

test("retry() that is dropped drops the attempt, or the wait for the next", async () => {
  const runtime = paused();
  const trace: string[] = [];
  const main = async(function* () {
    const waiting = spawn(retry(flaky(9, trace), { backoff: { initial: 1000 } }));
    const working = spawn(
      retry(
        async(function* () {
          try {
            yield* sleep(1000);
          } finally {
            trace.push("dropped");
          }
        }),
        { timeout: 5000 },
      ),
    );
    yield* yieldNow();
    for (const handle of [waiting, working]) {
      handle.abort();
      yield* handle.settled();
    }
    return now();
  });
  assert.equal(await runtime.run(main()), 0);
  assert.deepEqual(trace, ["1 at 0", "dropped"]);
  assert.equal(runtime.metrics().timers, 0);
});

test("retry() says in a dump what it waits for", async () => {
  const runtime = paused();
  const handle = runtime.spawn(retry(flaky(9, []), {}));
  await runtime.run(sleep(1));
  assert.match(String(runtime.dump()), /waits for attempt 2/);
  handle.abort();
  await runtime.shutdown();
});

test("retry() refuses what is no function, and options that are none", async () => {
  const refused = (options: unknown, fn: unknown = () => ready(1)): string => {
    try {
      void retry(fn as () => Future<number>, options as RetryOptions);
      return "accepted";
    } catch (error) {
      return String(error).split("\n")[0];
    }
  };
  assert.deepEqual(
    [
      refused({}, ready(1)),
      refused({ attempts: 0 }),
      refused({ attempts: "3" }),
      refused({ backoff: { factor: 0.5 } }),
      refused({ backoff: { jitter: 2 } }),
      refused({ backoff: { initial: -1 } }),
      refused({ when: 5 }),
      refused({ timeout: -1 }),
    ],
    [
      "TypeError: Cannot retry as 'fn' must be a function: received an instance of Ready",
      "RangeError: Cannot retry as 'attempts' must be an integer >= 1: received 0",
      `TypeError: Cannot retry as 'attempts' must be an integer >= 1: received "3"`,
      "RangeError: Cannot retry as 'factor' must be a number >= 1: received 0.5",
      "RangeError: Cannot retry as 'jitter' must be a number from 0 to 1: received 2",
      "RangeError: Cannot retry as 'initial' must be a number of milliseconds >= 0: received -1",
      "TypeError: Cannot retry as 'when' must be a function: received 5",
      "RangeError: Cannot retry as 'timeout' must be a number of milliseconds >= 0: received -1",
    ],
  );
  assert.match(
    await paused().run(outcome(retry((() => 5) as never, { attempts: 1 }))),
    /^Cannot retry as 'fn' must give a future: received 5 at 0/,
  );
});
