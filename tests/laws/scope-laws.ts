/**
 * The laws of scopes, over random trees of them that are left alone, aborted, timed out, or shut down at any time:
 *
 * (a) when a scope is over, however it ends, so is every task that was spawned in it, and so is what it deferred;
 * (b) every task ends exactly once, and no task or timer is left;
 * (c) no error is lost: each that was thrown was caught by the program, came out of the root, or was reported;
 * (d) of the errors of one scope's children, those behind the first are attached in the order of spawning.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { async, type Future, type JoinHandle, Runtime, type Scope, scope, select, sleep, timeout } from "heddle";

/** What a body or a child does, one after the other. */
type Step =
  | { do: "sleep"; ms: number }
  | { do: "throw" }
  | { do: "abort" }
  | { do: "join"; which: number }
  | { do: "defer"; ms: number; fails: boolean }
  | { do: "spawn"; call: Call }
  | { do: "scope"; call: Call; limit: number; how: "plain" | "timeout" | "select" | "option" };

interface Call {
  readonly steps: readonly Step[];
  /** How long its cleanup takes; it fails then, or not. */
  readonly cleanup: number;
  readonly cleanupFails: boolean;
}

const ms = fc.nat(30);

const { call } = fc.letrec<{ call: Call; step: Step }>((tie) => ({
  step: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("sleep" as const), ms }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("throw" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("abort" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const), which: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("defer" as const), ms, fails: fc.boolean() }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant("spawn" as const), call: tie("call") }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("scope" as const),
        call: tie("call"),
        limit: ms,
        how: fc.constantFrom("plain", "timeout", "select", "option"),
      }),
    },
  ),
  call: fc.record({
    steps: fc.array(tie("step"), { maxLength: 5 }),
    cleanup: fc.oneof(fc.constant(0), ms),
    cleanupFails: fc.boolean(),
  }),
}));

/** An error that knows where it was thrown. */
class Thrown extends Error {
  suppressed?: unknown[];
  constructor(
    readonly scope: number,
    readonly order: number,
    what: string,
  ) {
    super(`${what} of ${order} in scope ${scope}`);
  }
}

/** One run of a program, and what was seen of it. */
class Run {
  readonly violations: string[] = [];
  readonly thrown: Thrown[] = [];
  readonly caught: unknown[] = [];
  #scopes = 0;

  fail(scopeId: number, order: number, what: string): never {
    const error = new Thrown(scopeId, order, what);
    this.thrown.push(error);
    throw error;
  }

  /** A scope, watched from outside. */
  watched: (program: Call, options: { timeout?: number }) => Future<void> = async(function* (
    this: Run,
    program: Call,
    options: { timeout?: number },
  ) {
    const id = ++this.#scopes;
    const handles: JoinHandle<void>[] = [];
    let owed = 0;
    try {
      yield* scope((s) => this.call(program, { s, id, order: 0, handles, owe: (n) => (owed += n) }), options);
    } catch (error) {
      this.checkOrder(error, id);
      throw error;
    } finally {
      const alive = handles.filter((handle) => !handle.isFinished).length;
      if (alive > 0) this.violations.push(`scope ${id} is over and ${alive} of its tasks are not`);
      if (owed !== 0) this.violations.push(`scope ${id} is over and ${owed} of its cleanups are not`);
    }
  });

  /** Law (d). What the first one's own task has attached to it stands before the others. */
  checkOrder(first: unknown, id: number): void {
    if (!(first instanceof Thrown) || first.scope !== id) return;
    const orders = (first.suppressed ?? []).flatMap((error) =>
      error instanceof Thrown && error.scope === id && error.order !== first.order ? [error.order] : [],
    );
    if (orders.some((order, i) => order < orders[i - 1])) this.violations.push(`scope ${id} attaches ${orders}`);
  }

  call: (program: Call, place: Place) => Future<void> = async(function* (this: Run, program: Call, place: Place) {
    const { s, id, order, handles } = place;
    let isDropped = true;
    try {
      for (const step of program.steps) {
        switch (step.do) {
          case "sleep":
            yield* sleep(step.ms);
            break;
          case "throw":
            this.fail(id, order, "error");
          case "abort":
            s.abort("law");
            break;
          case "join":
            try {
              // Only what was spawned by the same call or before: a task that waits for itself would wait for ever.
              if (order === 0 && handles[step.which] !== undefined) yield* handles[step.which];
            } catch (error) {
              this.caught.push(error);
            }
            break;
          case "defer":
            place.owe(1);
            s.defer(() => this.cleanup(step, place));
            break;
          case "spawn": {
            const child = this.call(step.call, { ...place, order: handles.length + 1 });
            handles.push(s.spawn(child));
            break;
          }
          case "scope":
            yield* this.nested(step);
        }
      }
      isDropped = false;
    } catch (error) {
      isDropped = false;
      throw error;
    } finally {
      if (isDropped) {
        yield* sleep(program.cleanup);
        if (program.cleanupFails && order > 0) this.fail(id, order, "cleanup");
        if (program.cleanupFails) this.fail(-id, order, "cleanup");
      }
    }
  });

  cleanup = async(function* (this: Run, step: { ms: number; fails: boolean }, { id, owe }: Place) {
    try {
      yield* sleep(step.ms);
      if (step.fails) this.fail(-id, Infinity, "deferred");
    } finally {
      owe(-1);
    }
  });

  /** A scope inside, whose failure is caught. */
  nested: (step: Step & { do: "scope" }) => Future<void> = async(function* (
    this: Run,
    { call: program, limit, how }: Step & { do: "scope" },
  ) {
    try {
      if (how === "timeout") yield* timeout(this.watched(program, {}), limit);
      else if (how === "select") yield* select({ it: this.watched(program, {}), tick: sleep(limit) });
      else yield* this.watched(program, how === "option" ? { timeout: limit } : {});
    } catch (error) {
      this.caught.push(error);
    }
  });

  /** Law (c). */
  checkErrors(seen: readonly unknown[]): void {
    const known = new Set<unknown>();
    const queue = [...seen, ...this.caught];
    for (const error of queue) {
      if (known.has(error)) continue;
      known.add(error);
      queue.push(...((error as { suppressed?: unknown[] } | undefined)?.suppressed ?? []));
    }
    for (const error of this.thrown) if (!known.has(error)) this.violations.push(`lost: ${error.message}`);
  }
}

interface Place {
  readonly s: Scope;
  readonly id: number;
  readonly order: number;
  readonly handles: JoinHandle<void>[];
  owe(this: void, count: number): void;
}

async function check(
  program: Call,
  sabotage: (runtime: Runtime, root: JoinHandle<void>) => Future<void>,
): Promise<void> {
  const ends = new Map<number, number>();
  const reported: unknown[] = [];
  const runtime = new Runtime({
    startPaused: true,
    rngSeed: 1,
    warnings: false,
    onUnhandled: (error) => reported.push(error),
    probe: {
      spawned: (task) => ends.set(task.id, 0),
      ended: (task) => ends.set(task.id, ends.get(task.id)! + 1),
    },
  });
  const run = new Run();
  const root = runtime.spawn(run.watched(program, {}));
  await runtime.run(sabotage(runtime, root));
  const outcome = await runtime.run(root.settled());
  await runtime.shutdown();
  run.checkErrors([...(outcome.status === "rejected" ? [outcome.reason] : []), ...reported]);
  assert.deepEqual(run.violations, []);
  assert.deepEqual([...new Set(ends.values())], [1], "every task ends exactly once");
  const { liveTasks, timers } = runtime.metrics();
  assert.deepEqual({ liveTasks, timers }, { liveTasks: 0, timers: 0 });
}

const leaveAlone = async(function* () {});
const abortAfter = async(function* (root: JoinHandle<void>, when: number) {
  yield* sleep(when);
  root.abort("law");
});

/** A law over random programs. */
export interface Law {
  readonly name: string;
  readonly property: fc.IAsyncProperty<any>;
}

export const LAWS: Law[] = [
  {
    name: "scope: a tree of scopes that is left alone outlives no task and loses no error",
    property: fc.asyncProperty(call, (program) => check(program, leaveAlone)),
  },
  {
    name: "scope: a tree of scopes that is aborted at any time outlives no task and loses no error",
    property: fc.asyncProperty(call, fc.nat(60), (program, when) =>
      check(program, (_, root) => abortAfter(root, when)),
    ),
  },
];
