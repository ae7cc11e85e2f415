/**
 * What dumps say of calls on other threads, and of what those threads wait for themselves.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { async, joinSettled, run, Runtime as CoreRuntime, select, yieldNow } from "../index.js";
import { Runtime, type RuntimeOptions, spawnBlocking, thread, type ThreadDump } from "../thread.js";
import { endsNoThreads } from "./hosts.kit.js";
import * as work from "./work.kit.js";

const shared = (words: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * words));

/** No thread is too slow for it. */
const PATIENT = { timeout: 60_000 };

/** A runtime whose only worker is blocked until the test is over. */
async function blocked(t: TestContext, options: RuntimeOptions = {}) {
  const gate = shared(2);
  const runtime = new Runtime({ name: "mill", workerThreads: 1, maxBlockingThreads: 1, ...options });
  t.after(async () => {
    open(gate);
    await runtime.shutdown();
  });
  const handle = runtime.spawnOn(work.block, gate);
  await Atomics.waitAsync(gate, 1, 0).value;
  return { runtime, gate, handle };
}

function open(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

const waitFor = async(function* (future: any) {
  return (yield* future) as unknown;
});

/** Dumps of threads as they are told apart: their names and states. */
const states = ({ threads }: ThreadDump) => threads.map(({ name, state }) => `${name} ${state}`);

test("Runtime.dump() lists the calls on other threads: which run and where, which wait, and who awaits them", async (t) => {
  const { runtime, gate, handle } = await blocked(t);
  const small = runtime.spawnOn(work.first, 1);
  const sent = runtime.spawnOn(work.waitThere, shared(1), 0);
  const large = runtime.spawnOn(work.same, new Map([["no place", "in a slot"]]));
  void Promise.resolve(handle);
  runtime.spawn(waitFor(handle), { name: "patient" });
  runtime.spawn(waitFor(select({ small, large, settled: handle.settled() })), { name: "choosy" });
  await runtime.run(yieldNow());

  const worker = { name: "mill worker 1", id: runtime.dump().calls[0]!.thread!.id };
  assert.deepEqual(runtime.dump().calls, [
    {
      id: handle.id,
      name: "block",
      state: "running",
      thread: worker,
      awaitedBy: ['task "patient" (#1)', 'task "choosy" (#2)', "one outside of tasks"],
    },
    { id: small.id, name: "first", state: "queued", thread: null, awaitedBy: ['task "choosy" (#2)'] },
    { id: sent.id, name: "waitThere", state: "queued", thread: null, awaitedBy: [] },
    { id: large.id, name: "same", state: "queued", thread: null, awaitedBy: ['task "choosy" (#2)'] },
  ]);
  const text = String(runtime.dump());
  for (const line of [
    `    waits for thread task "block" (#${handle.id})`,
    `thread task "block" (#${handle.id}) runs on "mill worker 1" (thread ${worker.id}), awaited by task "patient" (#1) and task "choosy" (#2) and one outside of tasks`,
    `thread task "first" (#${small.id}) waits for a thread, awaited by task "choosy" (#2)`,
    `thread task "waitThere" (#${sent.id}) waits for a thread, awaited by nobody`,
  ])
    assert.ok(text.split("\n").includes(line), `${line}\nis in\n${text}`);

  open(gate);
  await run(joinSettled([handle, small, sent, large]));
  assert.deepEqual(runtime.dump().calls, [], "nothing of what is over");
});

test("Runtime.dump() says to which thread a call was sent that has not opened it", async (t) => {
  const runtime = new Runtime({ name: "mill", workerThreads: 1 });
  t.after(() => runtime.shutdown());
  const handle = runtime.spawnOn(work.same, new Map([["no place", "in a slot"]]));
  const [{ state, thread }] = runtime.dump().calls as [ReturnType<Runtime["dump"]>["calls"][number]];
  assert.deepEqual([state, thread?.name], ["queued", "mill worker 1"]);
  assert.ok(
    String(runtime.dump()).includes(
      `thread task "same" (#${handle.id}) waits for its turn on "mill worker 1" (thread ${thread!.id}), awaited by nobody`,
    ),
  );
  await handle;
});

test("Runtime.dump() of a runtime without threads lists its calls on those that all share, and no other's", async (t) => {
  const gate = shared(2);
  t.after(() => open(gate));
  const runtime = new CoreRuntime();
  const handle = runtime.enter(() => spawnBlocking(work.block, gate));
  await Atomics.waitAsync(gate, 1, 0).value;
  assert.deepEqual(
    runtime.dump().calls.map(({ name, state }) => [name, state]),
    [["block", "running"]],
  );
  assert.deepEqual(new CoreRuntime().dump().calls, []);
  open(gate);
  await handle;
});

test("Runtime.dump() names the tasks of other runtimes that await its calls", async (t) => {
  const { runtime, handle } = await blocked(t);
  const front = new CoreRuntime({ name: "front" });
  const waiting = front.spawn(waitFor(handle), { name: "desk" });
  await front.run(yieldNow());
  assert.deepEqual(runtime.dump().calls[0]!.awaitedBy, ['task "desk" (#1) of front']);
  waiting.abort();
  await front.shutdown();
});

test("Runtime.dumpAll() asks each worker where its own tasks stand, and whose calls they are", async (t) => {
  const runtime = new Runtime({ name: "mill", workerThreads: 1 });
  t.after(() => runtime.shutdown());
  const marks = shared(1);
  const handle = runtime.spawnOn(work.waitThere, marks, 60_000);
  await Atomics.waitAsync(marks, 0, 0).value;
  const other = new Runtime({ name: "other mill", workerThreads: 1 });
  t.after(() => other.shutdown());
  await other.spawnOn(work.nothing);

  const dump = await runtime.dumpAll(PATIENT);
  assert.deepEqual(states(dump), ["mill worker 1 answered"], "not those of other runtimes");
  const [worker] = dump.threads;
  const [task] = worker!.runtimes[0]!.tasks;
  assert.equal(worker!.id, dump.runtimes[0]!.calls[0]!.thread!.id);
  assert.deepEqual(worker!.has, [{ id: handle.id, name: "waitThere", task: task!.id }]);
  assert.equal(task!.waitsFor, "sleep(…)");
  assert.match(task!.calls[0]!, /^waitThere \(.*work\.kit\.[jt]s:\d+:\d+\)$/);
  assert.match(
    String(dump),
    new RegExp(
      `^    thread "mill worker 1" \\(#${worker!.id}\\) has thread task "waitThere" \\(#${handle.id}\\) as its task #${task!.id}\n        task "waitThere" \\(#${task!.id}\\) waiting\n            waits for sleep\\(…\\)$`,
      "m",
    ),
  );
  handle.abort();
});

test("Runtime.dumpAll() says of a thread that cannot answer that it is busy, and with what", async (t) => {
  const { runtime, handle } = await blocked(t);
  const dump = await runtime.dumpAll({ timeout: 1 });
  assert.deepEqual(states(dump), ["mill worker 1 busy"]);
  assert.deepEqual(dump.threads[0]!.has, [{ id: handle.id, name: "block", task: null }]);
  assert.deepEqual(dump.threads[0]!.runtimes, []);
  assert.match(
    String(dump),
    /^    thread "mill worker 1" \(#\d+\) is busy with thread task "block" \(#\d+\): it did not answer in time$/m,
  );
});

test("thread.dump() has the threads of all runtimes here, and theirs", async (t) => {
  const runtime = new Runtime({ name: "mill", workerThreads: 1 });
  t.after(() => runtime.shutdown());
  await runtime.spawnOn(work.nothing);
  const marks = shared(1);
  const handle = thread.with({ name: "alone" }).spawn(work.waitElsewhere, marks, 60_000);
  await Atomics.waitAsync(marks, 0, 0).value;

  const dump = await thread.dump(PATIENT);
  assert.deepEqual([dump.id, dump.name, dump.state], [0, "main", "answered"]);
  const named = (name: string) => dump.threads.find((it) => it.name === name)!;
  assert.deepEqual([named("mill worker 1").state, named("mill worker 1").runtimes], ["answered", []]);
  const alone = named("alone");
  assert.deepEqual(alone.has, [{ id: handle.id, name: "alone", task: 1 }]);
  assert.deepEqual(
    alone.runtimes[0]!.calls.map(({ name, state, awaitedBy }) => [name, state, awaitedBy]),
    [["waitThere", "running", ['task "waitElsewhere" (#1)']]],
  );
  assert.deepEqual(states(alone), ["blocking 1 answered"]);
  assert.deepEqual(
    alone.threads[0]!.has.map(({ name, task }) => [name, task]),
    [["waitThere", 1]],
  );
  const text = String(dump);
  assert.match(text, /^    thread "mill worker 1" \(#\d+\) is idle$/m);
  assert.match(
    text,
    /^        thread "blocking 1" \(#\d+\) has thread task "waitThere" \(#1\) as its task #1\n            task .*\n                waits for sleep\(…\)$/m,
  );
  assert.ok(dump instanceof alone.threads[0]!.constructor, "what came through ports is of the class again");
  handle.abort();
  await run(handle.settled());
});

test("thread.dump() does not wait for a thread that ends meanwhile", { skip: endsNoThreads }, async () => {
  const gate = shared(2);
  const handle = thread.with({ name: "doomed" }).spawn(work.block, gate);
  await Atomics.waitAsync(gate, 1, 0).value;
  const dumping = thread.dump(PATIENT);
  handle.abort("enough", { terminate: true });
  const doomed = (await dumping).threads.find(({ name }) => name === "doomed")!;
  assert.equal(doomed.state, "ended");
  await assert.rejects(Promise.resolve(handle), { name: "AbortError" });
});

test("thread.dump() checks its options", async () => {
  await assert.rejects(thread.dump({ timeout: -1 }), /^RangeError: Cannot dump as 'timeout'/);
  await assert.rejects(
    thread.dump({ timeot: 1 } as any),
    /^TypeError: Cannot dump as 'timeot' is not an option\nhelp: /,
  );
});
