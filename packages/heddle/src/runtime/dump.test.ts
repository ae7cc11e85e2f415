import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  async,
  type DumpedAwait,
  type DumpedTask,
  type Future,
  join,
  pending,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { paused } from "./paused.kit.js";

/** The names of the calls of one await, without their places. */
const names = (site: DumpedAwait): string[] => site.calls.map((call) => call.replace(/[ (,].*/, ""));

const inner = async(function* inner(future: Future<unknown>) {
  yield* future;
});
const outer = async(function* outer(future: Future<unknown>) {
  yield* inner(future);
});

/** Spawns a future, lets it come to where it waits, and dumps it. */
async function dumpOf(future: Future<unknown>): Promise<DumpedTask> {
  const runtime = paused();
  const handle = runtime.spawn(future, { name: "dumped" });
  await runtime.run(yieldNow());
  const dumped = runtime.dump().tasks.find(({ id }) => id === handle.id)!;
  handle.abort();
  await runtime.shutdown();
  return dumped;
}

test("Runtime.dump() says where a task stands: its calls, innermost first, with file, line and column", async () => {
  const { name, state, calls, waitsFor } = await dumpOf(outer(sleep(1000)));
  assert.deepEqual([name, state], ["dumped", "waiting"]);
  assert.equal(calls.length, 2);
  assert.match(calls[0]!, /^inner \(.*dump\.test\.[jt]s:\d+:\d+\)$/);
  assert.match(calls[1]!, /^outer \(.*dump\.test\.[jt]s:\d+:\d+\)$/);
  assert.match(waitsFor, /sleep/);
});

test("Runtime.dump() gives the place of the yield* where a call stands now", async () => {
  const runtime = paused();
  const walking = async(function* walking() {
    yield* sleep(1);
    yield* sleep(1);
    yield* sleep(1);
  });
  const handle = runtime.spawn(walking());
  const lines: number[] = [];
  for (let i = 0; i < 3; i++) {
    await runtime.run(yieldNow());
    const call = runtime.dump().tasks.find(({ id }) => id === handle.id)!.calls[0]!;
    lines.push(Number(/:(\d+):\d+\)?$/.exec(call)![1]));
    await runtime.run(sleep(1));
  }
  await handle;
  assert.deepEqual([lines[1]! - lines[0]!, lines[2]! - lines[1]!], [1, 1], `lines ${lines}`);
});

test("Runtime.dump() shows the branches of a combinator as trees of their own", async () => {
  const dumped = await dumpOf(outer(join(inner(sleep(1000)), select({ a: outer(pending()), b: sleep(1000) }))));
  assert.deepEqual(names(dumped), ["inner", "outer"]);
  assert.match(dumped.waitsFor, /^join/);
  assert.equal(dumped.branches.length, 2);
  const [first, second] = dumped.branches as [DumpedAwait, DumpedAwait];
  assert.deepEqual(names(first), ["inner"]);
  assert.match(first.waitsFor, /sleep/);
  assert.match(second.waitsFor, /select/);
  assert.equal(second.branches.length, 2);
  assert.deepEqual(names(second.branches[0]!), ["inner", "outer"]);
  assert.match(second.branches[1]!.waitsFor, /sleep/);
});

test("Runtime.dump() leaves out branches that are over", async () => {
  const dumped = await dumpOf(join(yieldNow(), sleep(1000), timeout(sleep(2000), 3000)));
  const runtime = paused();
  const handle = runtime.spawn(join(sleep(1), sleep(1000)));
  await runtime.run(sleep(10));
  const later = runtime.dump().tasks.find(({ id }) => id === handle.id)!;
  assert.equal(later.branches.length, 1);
  assert.ok(dumped.branches.length >= 2);
  await runtime.shutdown();
});

test("Runtime.dump() says which task a task waits for", async () => {
  const runtime = paused();
  const main = async(function* () {
    yield* inner(spawn(sleep(1000), { name: "the slow one" }));
  });
  runtime.spawn(main(), { name: "waiting" });
  await runtime.run(sleep(1));
  const dumped = runtime.dump().tasks.find(({ name }) => name === "waiting")!;
  assert.match(dumped.waitsFor, /task "the slow one" \(#\d+\)/);
  await runtime.shutdown();
});

test("Runtime.dump() shows plain generators that are awaited inline", async () => {
  function* plain(): Generator<any, void, any> {
    yield* sleep(1000);
  }
  const dumped = await dumpOf(outer(plain()));
  assert.deepEqual(names(dumped), ["plain", "inner", "outer"]);
});

test("Runtime.dump() tells tasks that run, are ready, wait and unwind apart, oldest first", async () => {
  const runtime = paused();
  const cleaning = async(function* () {
    try {
      yield* pending();
    } finally {
      yield* sleep(1000);
    }
  });
  const main = async(function* () {
    const unwinding = spawn(cleaning(), { name: "unwinding" });
    spawn(pending(), { name: "waiting" });
    yield* sleep(1);
    unwinding.abort();
    yield* sleep(1);
    spawn(pending(), { name: "ready" });
    return runtime.dump().tasks.map(({ name, state }) => `${name}: ${state}`);
  });
  const states = await runtime.run(main(), { name: "running" });
  assert.deepEqual(states, ["running: running", "unwinding: unwinding", "waiting: waiting", "ready: ready"]);
  await runtime.shutdown();
});

test("Runtime.dump() changes nothing: every task goes on as if nobody had looked", async () => {
  const runtime = paused();
  const trace: string[] = [];
  const working = async(function* working() {
    try {
      for (let i = 0; i < 3; i++) {
        yield* join(inner(sleep(10)), timeout(outer(sleep(5)), 100));
        trace.push(`round ${i}`);
      }
      return "done";
    } finally {
      trace.push("finally");
    }
  });
  const handle = runtime.spawn(working());
  for (let i = 0; i < 12; i++) {
    runtime.dump();
    await runtime.run(sleep(2));
  }
  assert.equal(await handle, "done");
  assert.deepEqual(trace, ["round 0", "round 1", "round 2", "finally"]);
});

test("String(dump) prints every task, and says so when there is none", async () => {
  const runtime = paused();
  runtime.spawn(outer(join(sleep(1000), pending())), { name: "printed" });
  await runtime.run(yieldNow());
  const text = String(runtime.dump());
  assert.match(text, /task "printed" \(#1\) waiting/);
  assert.match(text, /waits for join/);
  assert.match(text, /at inner \(.*dump\.test/);
  await runtime.shutdown();
  assert.equal(String(runtime.dump()), "no tasks");
});

// ---------------------------------------------------------------- whole texts

/** A dump with the code that stands at each place instead of the place: `at inner: yield* future;`. */
function withCode(text: string): string[] {
  return text.split("\n").map((line) =>
    line.replace(
      /at (?:(\S+) \()?(?:file:\/\/)?([^()]*):(\d+):(\d+)\)?$/,
      (_, name: string | undefined, file: string, row: string) => {
        const code = readFileSync(file, "utf8").split("\n")[Number(row) - 1]!.trim();
        return `at ${name ?? "<anonymous>"}: ${code}`;
      },
    ),
  );
}

test("String(dump) is a tree of awaits with the line of each, for every kind of combinator and call", async () => {
  const runtime = paused();
  function* plain(): Generator<any, void, any> {
    yield* sleep(4000);
  }
  const branching = async(function* branching() {
    const first = join(inner(sleep(1000)), plain());
    yield* select({ first, second: timeout(outer(pending()), 2000), third: sleep(3000) });
  });
  const joining = async(function* joining(handle: Future<unknown>) {
    const unnamed = async(function* () {
      yield* handle;
    });
    yield* unnamed();
  });
  const unwinding = async(function* unwinding() {
    try {
      yield* pending();
    } finally {
      yield* outer(sleep(1000));
    }
  });
  const handle = runtime.spawn(branching(), { name: 'a "quoted" name' });
  runtime.spawn(joining(handle));
  const aborted = runtime.spawn(unwinding());
  await runtime.run(yieldNow());
  aborted.abort();
  await runtime.run(yieldNow());
  runtime.spawn(inner(sleep(1)));
  assert.deepEqual(withCode(String(runtime.dump())), [
    'task "a \\"quoted\\" name" (#1) waiting',
    "    waits for select(…)",
    "    - branch",
    "        waits for join(…)",
    "        - branch",
    "            waits for sleep(…)",
    "            at inner: yield* future;",
    "        - branch",
    "            waits for sleep(…)",
    "            at plain: yield* sleep(4000);",
    "    - branch",
    "        waits for timeout(…)",
    "        - branch",
    "            waits for pending()",
    "            at inner: yield* future;",
    "            at outer: yield* inner(future);",
    "    - branch",
    "        waits for sleep(…)",
    "    at branching: yield* select({ first, second: timeout(outer(pending()), 2000), third: sleep(3000) });",
    'task "joining" (#2) waiting',
    '    waits for task "a \\"quoted\\" name" (#1)',
    "    at <anonymous>: yield* handle;",
    "    at joining: yield* unnamed();",
    'task "unwinding" (#3) unwinding',
    "    waits for sleep(…)",
    "    at inner: yield* future;",
    "    at outer: yield* inner(future);",
    "    at unwinding: yield* outer(sleep(1000));", // it stands in its finally
    'task "inner" (#6) ready',
    "    waits for its turn",
    "    at inner(), not started",
  ]);
  await runtime.shutdown();
});

test("Runtime.dump() says of the task that asks for it that it is running, and how far its callers are", async () => {
  const runtime = paused();
  const asking = async(function* asking() {
    yield* yieldNow();
    return withCode(String(runtime.dump()));
  });
  const calling = async(function* calling() {
    return yield* asking();
  });
  assert.deepEqual(await runtime.run(calling()), [
    'task "calling" (#1) running',
    "    waits for asking()",
    "    at asking(), running",
    "    at calling: return yield* asking();",
  ]);
});

test("Runtime.dump() runs nothing, not even a call that was put off because the budget was spent", async () => {
  const runtime = paused();
  let runs = 0;
  const nothing = async(function* nothing() {
    runs++;
  });
  const greedy = async(function* greedy() {
    for (;;) yield* nothing();
  });
  const look = async(function* () {
    const before = runs;
    const texts = [1, 2].map(() => withCode(String(runtime.dump())).slice(0, 4));
    return [runs - before, texts] as const;
  });
  // In a call of a call: those may overdraw their budget.
  const looking = async(function* () {
    yield* yieldNow();
    return yield* look();
  });
  runtime.spawn(greedy());
  const [ran, texts] = await runtime.run(looking());
  assert.equal(ran, 0);
  for (const text of texts) {
    assert.deepEqual(text.slice(0, 3), [
      'task "greedy" (#1) ready',
      "    waits for nothing()",
      "    at nothing(), not started",
    ]);
    assert.match(text[3]!, /^ {4}at greedy: .*yield\* nothing\(\);$/);
  }
  await runtime.shutdown();
});
