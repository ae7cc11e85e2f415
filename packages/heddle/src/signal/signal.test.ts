import assert from "node:assert/strict";
import process from "node:process";
import { after, test } from "node:test";
import { notOnDeno } from "../base/hosts.kit.js";
import { Worker } from "node:worker_threads";
import { async, fromCallback, join, pin, Runtime, run, select, sleep, spawn, yieldNow } from "../index.js";
import { Context } from "../lowlevel.js";
import { ctrlC, signal, type SignalKind } from "../signal.js";

// They stay for the rest of the process, as they should.
after(() => {
  for (const kind of ["SIGHUP", "SIGINT", "SIGUSR2", "SIGWINCH"]) process.removeAllListeners(kind);
});

/** Sends this process a signal, and is ready when the host has delivered it. */
const raised = (kind: SignalKind) =>
  fromCallback<void>((resolve) => {
    // Nothing in the host's loop waits for a signal.
    const alive = setInterval(() => {}, 1000);
    process.once(kind, () => {
      clearInterval(alive);
      resolve();
    });
    process.kill(process.pid, kind);
  });

/** Counts wakes. */
class Counter {
  wakes = 0;
  wake(): void {
    this.wakes++;
  }
}

test("Signal.recv() waits for a delivery", async () => {
  const trace: string[] = [];
  const listener = async(function* () {
    const hangups = signal("SIGHUP");
    trace.push("listens");
    for (let n = 1; n <= 2; n++) {
      yield* hangups.recv();
      trace.push(`delivery ${n}`);
    }
  });
  const main = async(function* () {
    const handle = spawn(listener());
    yield* yieldNow();
    for (let n = 1; n <= 2; n++) {
      trace.push(`raise ${n}`);
      yield* raised("SIGHUP");
      yield* yieldNow();
    }
    yield* handle;
  });
  await run(main());
  assert.deepEqual(trace, ["listens", "raise 1", "delivery 1", "raise 2", "delivery 2"]);
});

test("Signal.recv() gives several deliveries between two waits once, and none from before it listened", async () => {
  const main = async(function* () {
    const early = signal("SIGUSR2");
    yield* raised("SIGUSR2");
    yield* raised("SIGUSR2");
    const late = signal("SIGUSR2");
    yield* early.recv();
    const outcomes = [];
    outcomes.push((yield* select({ early: early.recv(), late: late.recv(), none: sleep(1) })).key);
    yield* raised("SIGUSR2");
    yield* join(early.recv(), late.recv());
    return outcomes;
  });
  assert.deepEqual(await run(main()), ["none"]);
});

test("Signal.recv() sees each delivery in every listener of every runtime", async () => {
  const seen: string[] = [];
  const listener = async(function* (name: string) {
    const windows = signal("SIGWINCH");
    seen.push(`${name} listens`);
    yield* windows.recv();
    seen.push(`${name} heard`);
  });
  const runtimes = [new Runtime(), new Runtime()];
  const waits = ["a", "b", "c", "d"].map((name, i) => runtimes[i % 2]!.run(listener(name)));
  await run(yieldNow());
  await new Promise(setImmediate);
  assert.deepEqual(
    [...seen].sort(),
    ["a", "b", "c", "d"].map((name) => `${name} listens`),
  );
  seen.length = 0;
  await run(raised("SIGWINCH"));
  await Promise.all(waits);
  assert.deepEqual(
    [...seen].sort(),
    ["a", "b", "c", "d"].map((name) => `${name} heard`),
  );
});

test("Signal.recv() that is dropped loses nothing, whenever it is dropped", async () => {
  const outcomes: string[] = [];
  const main = async(function* () {
    const hangups = signal("SIGHUP");
    // Before its first poll.
    hangups.recv();
    yield* raised("SIGHUP");
    yield* hangups.recv();
    outcomes.push("made only");
    // While it waits.
    yield* select({ wait: hangups.recv(), other: sleep(1) });
    yield* raised("SIGHUP");
    yield* hangups.recv();
    outcomes.push("waited");
    // Woken, and dropped before it was polled again.
    const counter = new Counter();
    const wait = pin(hangups.recv());
    wait.poll(new Context(counter));
    yield* raised("SIGHUP");
    outcomes.push(`woken ${counter.wakes}`);
    wait.drop();
    yield* hangups.recv();
    outcomes.push("woken, then dropped");
  });
  await run(main());
  assert.deepEqual(outcomes, ["made only", "waited", "woken 1", "woken, then dropped"]);
});

test("Signal.recv() serves one task at a time, and says what to do", async () => {
  const main = async(function* () {
    const hangups = signal("SIGHUP");
    const first = spawn(hangups.recv());
    yield* yieldNow();
    let refused: any;
    try {
      yield* hangups.recv();
    } catch (error) {
      refused = error;
    }
    yield* raised("SIGHUP");
    yield* first;
    // Once nobody waits, anybody may.
    yield* raised("SIGHUP");
    yield* hangups.recv();
    return refused;
  });
  const { name, code, message } = await run(main());
  assert.deepEqual([name, code], ["BusyError", "signal.busy"]);
  assert.equal(
    message,
    "Cannot wait for SIGHUP from two places: another one awaits this Signal" +
      '\nhelp: make one for each with signal("SIGHUP"): every one sees each delivery',
  );
});

test(
  "ctrlC() listens from its first poll on, each call anew",
  { skip: notOnDeno("its test runner takes SIGINT for itself") },
  async () => {
    const main = async(function* () {
      const outcomes = [];
      const early = ctrlC();
      const polled = spawn(ctrlC());
      yield* yieldNow();
      yield* raised("SIGINT");
      yield* polled;
      outcomes.push((yield* select({ early, none: sleep(1) })).key);
      const waiting = spawn(ctrlC());
      yield* yieldNow();
      yield* raised("SIGINT");
      yield* waiting;
      return outcomes;
    });
    assert.deepEqual(await run(main()), ["none"]);
  },
);

test("signal() puts one listener into the process for each kind, however many listen", () => {
  for (let n = 0; n < 20; n++) signal("SIGHUP");
  assert.equal(process.listenerCount("SIGHUP"), 1);
});

test("signal() refuses what no program can handle, and what is no signal, saying so", () => {
  for (const kind of ["SIGKILL", "SIGSTOP", "SIGSEGV", "SIGILL", "SIGFPE", "SIGBUS"])
    assert.throws(() => signal(kind as SignalKind), { name: "HeddleError", code: "signal.forbidden" }, kind);
  assert.throws(() => signal("SIGKILL" as SignalKind), {
    message:
      'Cannot listen for SIGKILL: the system ends the process without asking it\nhelp: listen for "SIGTERM", which asks the process to end',
  });
  for (const kind of ["SIGNONSENSE", "sighup", "toString", 1, undefined])
    assert.throws(() => signal(kind as SignalKind), {
      name: "TypeError",
      message: /^Cannot listen for a signal as 'kind' must/,
    });
});

test("signal() is refused on another thread, where no signal would ever come", async () => {
  const program = `
    import { parentPort } from "node:worker_threads";
    import { signal } from ${JSON.stringify(new URL("../signal.js", import.meta.url).href)};
    try {
      signal("SIGHUP");
    } catch (error) {
      parentPort.postMessage(error.code);
    }`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  assert.equal(await new Promise((resolve) => worker.once("message", resolve)), "signal.not-main-thread");
});
