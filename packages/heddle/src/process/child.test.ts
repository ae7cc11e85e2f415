/**
 * Child with real processes: waiting, killing, groups, and who ends it.
 */
import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { async, join, joinAll, run, select, sleep, spawn, timeout, yieldNow } from "../index.js";
import { readToString, writeAll } from "../io.js";
import { Command } from "../process.js";
import { testWith } from "../test.js";
import { Instant } from "../time.js";
import { children, host, isRunning, pipes, refusal, sh, started, until } from "./process.kit.js";

const test = testWith(nodeTest);

/** Says that it is ready, then ignores the polite requests to end. */
const STUBBORN = "trap '' TERM INT HUP; echo ready; while :; do sleep 1000; done";

test("Child.wait() closes the standard input first, and gives the same to all who wait, also later", function* () {
  const child = yield* new Command("cat").stdin("pipe").stdout("null").spawn();
  assert.equal(child.tryWait(), undefined);
  assert.ok(isRunning(child.id));
  const [one, two] = yield* join(child.wait(), child.wait());
  assert.equal(one, two);
  assert.equal(one.code, 0);
  assert.equal(yield* child.wait(), one);
  assert.equal(child.tryWait(), one);
});

test("Child.wait() still sends what was written, and writing after it fails", function* () {
  const child = yield* new Command("cat").stdin("pipe").stdout("pipe").spawn();
  const text = "x".repeat(300_000);
  const stdin = child.stdin!;
  const echo = spawn(readToString(child.stdout!));
  yield* writeAll(stdin, text);
  const waiting = spawn(child.wait());
  yield* yieldNow();
  assert.match((yield* refusal(stdin.write(new Uint8Array(1)))).code!, /^io\.(closed|disconnected)$/);
  assert.equal((yield* waiting).code, 0);
  assert.equal((yield* echo).length, text.length);
});

test("Child.takeStdin() lets one task write while another one waits", function* () {
  const child = yield* new Command("wc").arg("-c").stdin("pipe").stdout("pipe").spawn();
  const stdin = child.takeStdin()!;
  assert.equal(child.stdin, undefined);
  const writing = async(function* () {
    yield* yieldNow();
    yield* writeAll(stdin, "x".repeat(200_000));
    yield* stdin.shutdown();
  });
  const [status, count] = yield* join(child.wait(), readToString(child.stdout!), writing());
  assert.deepEqual([status.code, count.trim()], [0, "200000"]);
});

test("Child.stdout can be read after the end: what was written is not lost", function* () {
  const child = yield* sh("printf 1234567890; printf err >&2", { stdout: "pipe", stderr: "pipe" }).spawn();
  yield* child.wait();
  for (let turn = 0; turn < 20; turn++) yield* host();
  assert.deepEqual(yield* join(readToString(child.stdout!), readToString(child.stderr!)), ["1234567890", "err"]);
});

test("Child.wait() that is dropped loses nothing", function* () {
  const { child } = yield* started("echo ready; exec cat", { stdin: "pipe" });
  const stdin = child.takeStdin()!;
  for (let turn = 0; turn < 5; turn++)
    assert.equal((yield* select({ over: child.wait(), turn: host() }, { biased: true })).key, "turn");
  stdin[Symbol.dispose]();
  assert.equal((yield* child.wait()).code, 0);
  child[Symbol.dispose]();
});

test("Child.kill() sends SIGKILL and waits, and does nothing once it is over", function* () {
  const { child } = yield* started(STUBBORN, { processGroup: true });
  assert.equal((yield* child.kill()).signal, "SIGKILL");
  assert.ok(!isRunning(child.id));
  assert.equal((yield* child.kill()).signal, "SIGKILL");
  assert.equal(child.startKill(), false);
  child[Symbol.dispose]();
});

test("Child.startKill() sends any signal, and does not wait", function* () {
  const { child } = yield* started("trap 'echo hangup; exit 7' HUP; echo ready; while :; do sleep 0.01; done");
  assert.equal(child.startKill("SIGHUP"), true);
  assert.equal(child.tryWait(), undefined);
  assert.equal((yield* child.wait()).code, 7);
  child[Symbol.dispose]();
});

test("Child.startKill() and kill() refuse what is no signal", function* () {
  const child = yield* new Command("true").spawn();
  for (const signal of ["SIGNONE", 9, "toString"])
    assert.throws(() => child.startKill(signal as never), /must be the name of a signal of this system: received/);
  assert.throws(() => child.kill("kill" as never), TypeError);
  yield* child.wait();
});

test("Child.terminate() asks, and a process that obeys has the time it needs", function* () {
  const { child } = yield* started("trap 'echo bye; exit 4' TERM; echo ready; while :; do sleep 0.01; done");
  assert.equal((yield* child.terminate(1)).code, 4);
  assert.equal(Instant.now().milliseconds, 0);
  child[Symbol.dispose]();
});

test(
  "Child.terminate() kills a process that ignores it, after the grace",
  function* () {
    const { child } = yield* started(STUBBORN, { processGroup: true });
    const begun = Instant.now();
    assert.equal((yield* child.terminate({ seconds: 5 })).signal, "SIGKILL");
    assert.equal(begun.elapsed(), 5000);
    child[Symbol.dispose]();
  },
  { waitForHost: false },
);

test("Command.processGroup() has signals reach all that the process has started", function* () {
  const { child, line } = yield* started("sleep 1000 & echo $!; wait", { processGroup: true });
  const grandchild = Number(line);
  assert.ok(isRunning(child.id) && isRunning(grandchild));
  assert.equal((yield* child.kill("SIGTERM")).signal, "SIGTERM");
  yield* until("the group is gone", () => !isRunning(grandchild));
  child[Symbol.dispose]();
});

test("Child, dropped by using, runs on without killOnDrop, and its pipes are closed", function* () {
  const before = pipes().length;
  let id = 0;
  {
    using child = yield* new Command("sleep").args(["1000"]).stdin("pipe").stdout("pipe").stderr("pipe").spawn();
    id = child.id;
  }
  yield* until("the pipes are closed", () => pipes().length <= before);
  assert.deepEqual(children(), [String(id)]);
  process.kill(id, "SIGKILL");
  yield* until("it is over", () => children().length === 0);
});

test("Child, dropped by using, is killed with killOnDrop, with its group", function* () {
  let grandchild = 0;
  {
    const { child, line } = yield* started("sleep 1000 & echo $!; wait", { killOnDrop: true, processGroup: true });
    using _dropped = child;
    grandchild = Number(line);
    assert.ok(isRunning(grandchild));
  }
  yield* until("the group is gone", () => !isRunning(grandchild));
  yield* until("we were told", () => children().length === 0);
});

test("Command.killOnDrop() has the child killed at the end of the task that spawned it, however that ends", function* () {
  const ids: number[] = [];
  const starting = async(function* (end: () => void, waits: boolean) {
    const child = yield* new Command("sleep", { args: ["1000"], killOnDrop: true }).spawn();
    ids.push(child.id);
    end();
    if (waits) yield* child.wait();
  });
  const failing = spawn(
    starting(() => {
      throw new Error("no luck");
    }, false),
  );
  const ending = spawn(starting(() => {}, false));
  const aborted = spawn(starting(() => {}, true));
  yield* until("all were started", () => ids.length === 3);
  aborted.abort();
  yield* joinAll([failing.settled(), ending.settled(), aborted.settled()]);
  yield* until("all are over", () => children().length === 0);
});

test("Command.spawn() without killOnDrop outlives the task that spawned it", function* () {
  const child = yield* spawn(new Command("sleep").arg("1000").spawn());
  for (let turn = 0; turn < 20; turn++) yield* host();
  assert.equal(child.tryWait(), undefined);
  assert.equal((yield* child.kill()).signal, "SIGKILL");
});

nodeTest("Child, disposed of by await using, is killed and waited for", async () => {
  let id = 0;
  {
    await using child = await run(new Command("sleep").args(["1000"]).stdout("pipe").spawn());
    id = child.id;
    assert.ok(isRunning(id));
  }
  assert.ok(!isRunning(id));
  assert.deepEqual(children(), []);
});

test("Child.waitWithOutput() gives the rest of what was not read yet", function* () {
  const child = yield* sh("cat; echo err >&2", { stdin: "pipe", stdout: "pipe", stderr: "pipe" }).spawn();
  yield* writeAll(child.stdin!, "abcdef");
  const into = new Uint8Array(3);
  let read = 0;
  while (read < 3) read += yield* child.stdout!.read(into.subarray(read));
  const output = yield* child.waitWithOutput({ input: "ghi" });
  assert.deepEqual([output.stdoutText(), output.stderrText(), output.status.code], ["defghi", "err\n", 0]);
});

test("Child.waitWithOutput() kills what writes more than the limit, and waits until it is over", function* () {
  const child = yield* new Command("yes").stdout("pipe").stderr("null").spawn();
  const error = yield* refusal(child.waitWithOutput({ limit: 100_000 }));
  assert.deepEqual(error, {
    code: "process.too-much-output",
    says: 'Cannot take the output of "yes" as there may be at most 100000 bytes of each: there are more, and it was killed',
    cause: "io.too-long",
  });
  assert.equal(child.tryWait()?.signal, "SIGKILL");
  assert.deepEqual(children(), []);
});

test("Child.waitWithOutput() takes exactly the limit", function* () {
  const output = yield* sh("printf 12345; printf 12345 >&2").output({ limit: 5 });
  assert.deepEqual([output.stdoutText(), output.stderrText()], ["12345", "12345"]);
  assert.equal((yield* refusal(sh("printf 123456 >&2").output({ limit: 5 }))).code, "process.too-much-output");
});

test("Child.waitWithOutput() while another task reads is refused, and drops the child", function* () {
  const child = yield* sh("exec cat", { stdin: "pipe", stdout: "pipe", killOnDrop: true }).spawn();
  const reading = spawn(child.stdout!.read(new Uint8Array(1)));
  yield* yieldNow();
  assert.equal((yield* refusal(child.waitWithOutput())).code, "io.busy");
  assert.ok(child.tryWait() !== undefined);
  assert.equal((yield* refusal(reading)).code, "io.closed");
});

test("timeout(Command.output()) with killOnDrop: the process is over before the task is", function* () {
  const task = spawn(
    async(function* () {
      yield* timeout(new Command("sleep").arg("1000").killOnDrop().output(), 0);
    })(),
  );
  const error = yield* refusal(task);
  assert.equal(error.code, "time.elapsed");
  assert.deepEqual(children(), []);
});

test("a test's clock stands still while a process runs", function* () {
  const { status } = yield* timeout(sh("echo; cat /dev/null").output(), 1);
  assert.equal(status.code, 0);
  yield* timeout((yield* new Command("true").spawn()).wait(), 1);
  assert.equal(Instant.now().milliseconds, 0);
  const child = yield* new Command("sleep").arg("1000").spawn();
  yield* select({ over: child.wait(), now: yieldNow() });
  // Nobody waits for it any more.
  yield* sleep(5);
  assert.equal(Instant.now().milliseconds, 5);
  yield* child.kill();
});

test("Child.wait() is seen in a dump, with the process that it waits for", function* (kit) {
  const child = yield* new Command("sleep", { args: ["1000"], killOnDrop: true }).spawn();
  const waiting = spawn(child.wait(), { name: "waiting" });
  yield* yieldNow();
  assert.match(String(kit.dump()), new RegExp(`waits for the end of "sleep", process ${child.id}\\n +at wait`));
  yield* child.kill();
  yield* waiting;
});
