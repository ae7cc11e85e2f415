/**
 * The laws of cancellation, over random programs that are left alone, aborted at any time or any poll, or ended by force:
 *
 * (a) nothing goes on behind a `yield*` that has not come to its end, and no `catch` sees a cancellation;
 * (b) every `finally` that was entered runs once, and to its end unless it was ended by force (one that was reached without a
 *     cancellation is ordinary code, and can be cancelled);
 * (c) a call unwinds only after all that it awaits has;
 * (d) every task ends once, and no task, wake or timer is left;
 * (e) a handle's outcome is what the plain model of the program says.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { AbortedError, async, type JoinHandle, Runtime, sleep, yieldNow } from "heddle";
import { type Call, predict, program, Run } from "./programs.js";

/** A law over random programs. */
export interface Law {
  readonly name: string;
  readonly property: fc.IAsyncProperty<any>;
}

/** A runtime that counts how often each task ends. */
function observed(): { runtime: Runtime; ends: Map<number, number> } {
  const ends = new Map<number, number>();
  const runtime = new Runtime({
    startPaused: true,
    rngSeed: 1,
    warnings: false,
    onUnhandled: () => {},
    probe: {
      spawned: (task) => ends.set(task.id, 0),
      ended: (task) => ends.set(task.id, ends.get(task.id)! + 1),
    },
  });
  return { runtime, ends };
}

/** Fails with a dump where a program would wait for ever, instead of ending the process: time is virtual, so whatever can go on does so at once. */
async function notStuck<T>(runtime: Runtime, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  promise.then(over, over);
  let polls = -1;
  for (let quietRounds = 0; !isOver; quietRounds++) {
    if (quietRounds === QUIET_ROUNDS) throw new Error(`stuck:\n${String(runtime.dump())}`);
    const before = polls;
    polls = runtime.metrics().polls;
    if (polls !== before) quietRounds = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}

const QUIET_ROUNDS = 50;

const messagesOf = (error: unknown): string[] => [
  (error as Error).message,
  ...((error as { suppressed?: unknown[] }).suppressed ?? []).flatMap(messagesOf),
];

function close(run: Run, runtime: Runtime, ends: Map<number, number>, isForced = false): void {
  run.audit(runtime, isForced);
  assert.deepEqual(run.violations, []);
  assert.ok(
    [...ends.values()].every((count) => count === 1),
    "every task ends exactly once",
  );
}

/** Law (e): what the handle says is what became of the outermost call, with what was thrown by cleanups of dropped calls. */
async function checkOutcome(run: Run, handle: JoinHandle<void>): Promise<void> {
  const error = await handle.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const thrown = (run.cleanupErrors.get(handle.id) ?? []).flatMap(messagesOf);
  const { outcome } = run.main;
  if (outcome === "returned" && thrown.length === 0) {
    assert.equal(error, undefined);
    return;
  }
  assert.ok(error !== undefined, "a failure is never lost");
  if ((outcome === "cancelled" || outcome === "not begun") && thrown.length === 0) {
    assert.ok(error instanceof AbortedError);
    assert.equal(error.cause, "law");
    return;
  }
  if (outcome === "threw") assert.equal(error, run.main.error, "the task's own error comes first");
  const said = messagesOf(error);
  for (const message of thrown) assert.ok(said.includes(message), `${message} is kept: ${said}`);
}

async function leaveAlone(call: Call): Promise<void> {
  const { runtime, ends } = observed();
  const run = new Run(call);
  const handle = runtime.spawn(run.future);
  await notStuck(runtime, runtime.run(handle.settled()));
  await checkOutcome(run, handle);
  const expected = predict(call, 0);
  if (expected !== null) {
    assert.equal(run.main.outcome, expected.fails ? "threw" : "returned");
    assert.equal(run.main.endedAt, expected.at);
  }
  await notStuck(runtime, runtime.shutdown());
  close(run, runtime, ends);
}

async function abortAt(call: Call, when: { ms: number } | { polls: number }, again: number): Promise<void> {
  const { runtime, ends } = observed();
  const run = new Run(call);
  const handle = runtime.spawn(run.future);
  const saboteur = async(function* () {
    if ("ms" in when) yield* sleep(when.ms);
    else for (let i = 0; i < when.polls; i++) yield* yieldNow();
    handle.abort("law");
    // Cleanups are shielded: more of it must change nothing.
    for (let i = 0; i < 3 && !handle.isFinished; i++) {
      yield* sleep(again);
      handle.abort("again");
    }
    yield* handle.settled();
  });
  await notStuck(runtime, runtime.run(saboteur()));
  await checkOutcome(run, handle);
  await notStuck(runtime, runtime.shutdown());
  close(run, runtime, ends);
}

async function shutDownAt(call: Call, ms: number): Promise<void> {
  const { runtime, ends } = observed();
  const run = new Run(call);
  const handle = runtime.spawn(run.future);
  await notStuck(runtime, runtime.run(sleep(ms)));
  await notStuck(runtime, runtime.shutdown());
  assert.ok(handle.isFinished);
  close(run, runtime, ends);
}

async function endByForce(call: Call, ms: number, limit: number): Promise<void> {
  const { runtime, ends } = observed();
  const run = new Run(call);
  const handle = runtime.spawn(run.future);
  await notStuck(runtime, runtime.run(sleep(ms)));
  await notStuck(runtime, runtime.shutdown({ timeout: limit }));
  assert.ok(handle.isFinished);
  close(run, runtime, ends, true);
}

const again = fc.integer({ min: 1, max: 300 });
const moment = fc.integer({ min: 0, max: 1500 });

export const LAWS: Law[] = [
  {
    name: "a program that is left alone ends as the model says, and leaves nothing",
    property: fc.asyncProperty(program, leaveAlone),
  },
  {
    name: "a program that is aborted at any time unwinds whole, innermost first, and leaves nothing",
    property: fc.asyncProperty(program, fc.record({ ms: moment }), again, abortAt),
  },
  {
    name: "a program that is aborted after any poll unwinds whole, innermost first, and leaves nothing",
    property: fc.asyncProperty(program, fc.record({ polls: fc.nat(12) }), again, abortAt),
  },
  {
    name: "a runtime that is shut down at any time ends every program whole",
    property: fc.asyncProperty(program, moment, shutDownAt),
  },
  {
    name: "a runtime that is shut down with a deadline ends every program by force, each finally once",
    property: fc.asyncProperty(program, moment, fc.nat(500), endByForce),
  },
];
