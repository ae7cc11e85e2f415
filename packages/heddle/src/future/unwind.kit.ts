/**
 * What the tests of unwinding share: every way to drop a future, every kind of cleanup, and what unwinding a stack of them says.
 */
import assert from "node:assert/strict";
import {
  abortable,
  any,
  async,
  type Future,
  FuturesOrdered,
  FuturesUnordered,
  join,
  joinAll,
  map,
  pin,
  race,
  type Runtime,
  select,
  shared,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { Leaf, PENDING } from "../lowlevel.js";
import { pausedQuietly } from "../runtime/paused.kit.js";

export type Log = (event: string) => void;

/** Never ready. Says when it is dropped. */
export class Wait extends Leaf<never> {
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

export const failing = async(function* () {
  yield* sleep(1);
  throw new Error("failed");
});

// ---------------------------------------------------------------- the cleanups

export interface Cleanup {
  readonly name: string;
  readonly awaits: boolean;
  /** One call with this cleanup, which awaits `inner`. */
  readonly call: (log: Log, n: number, inner: Future<unknown>) => Future<unknown>;
  /** What the cleanup of call `n` says, whole. The first event comes before it first awaits. */
  readonly events: (n: number) => string[];
}

export const farewell = async(function* (log: Log, n: number) {
  try {
    yield* yieldNow();
    yield* sleep(5);
    log(`${n} says goodbye`);
  } finally {
    yield* sleep(5);
    log(`${n} hangs up`);
  }
});

export const CLEANUPS: Cleanup[] = [
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
export function stack(cleanup: Cleanup, depth: number, log: Log): Future<unknown> {
  let future: Future<unknown> = new Wait(log);
  for (let n = depth; n >= 1; n--) future = cleanup.call(log, n, future);
  return future;
}

/** What unwinding that stack says: the leaf, then each cleanup to its end, innermost first. */
export function unwound(cleanup: Cleanup, depth: number): string[] {
  const events = ["leaf dropped"];
  for (let n = depth; n >= 1; n--) events.push(...cleanup.events(n));
  return events;
}

// ---------------------------------------------------------------- the ways

export interface Way {
  readonly name: string;
  /** Whether it drops at once, before its own next statement, or asks for it and goes on first. */
  readonly drops: "at once" | "later";
  /** Drops `victim` after it was polled, and says `dropper goes on`. The task that it is ends when all is over. */
  readonly dropper: (victim: Future<unknown>, log: Log) => Future<unknown>;
  /** Whether the dropper's own outcome is AbortedError. */
  readonly isAborted?: boolean;
}

export const GOES_ON = "dropper goes on";

export const WAYS: Way[] = [
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
export async function drive(
  way: Way,
  victim: (log: Log) => Future<unknown>,
): Promise<{ trace: string[]; error: unknown }> {
  const trace: string[] = [];
  const log: Log = (event) => trace.push(event);
  const runtime = pausedQuietly();
  const error = await runtime.run(way.dropper(victim(log), log)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  trace.push("over");
  assertNothingLeft(runtime);
  return { trace, error };
}

export function assertNothingLeft(runtime: Runtime): void {
  const { liveTasks, queuedTasks, timers } = runtime.metrics();
  assert.deepEqual({ liveTasks, queuedTasks, timers }, { liveTasks: 0, queuedTasks: 0, timers: 0 });
}
