/**
 * The life of the process: exit codes, signals, what is said before the end, and what keeps it alive. Real processes, real signals.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { after, describe, test } from "node:test";
import { notOnBun, notOnDeno } from "../base/hosts.kit.js";
import { pathToFileURL } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "heddle-main-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "program.mjs");
const IMPORTS = `
import { createServer } from "node:http";
import { writeSync } from "node:fs";
import { async, fromPromise, join, main, pending, ready, run, Runtime, sleep, spawn, yieldNow } from ${JSON.stringify(new URL("../index.js", import.meta.url).href)};
import { PENDING, pollFn } from ${JSON.stringify(new URL("../lowlevel.js", import.meta.url).href)};
const say = (line) => writeSync(1, line + "\\n");
`;

interface Life {
  code: number | null;
  signal: string | null;
  /** What it said, a line each. */
  lines: string[];
  stderr: string;
}

interface Conditions {
  /** The signal that it is sent once it has said a line. */
  signals?: Record<string, NodeJS.Signals>;
  env?: Record<string, string>;
  flags?: string[];
}

/** Runs a program in a process of its own, to its end, without warnings: on a slow machine one is that it blocked. */
function life(program: string, { signals = {}, env = {}, flags = [] }: Conditions = {}): Promise<Life> {
  writeFileSync(file, IMPORTS + program);
  const child = spawn(execPath, [...flags, file], {
    env: { ...process.env, NODE_ENV: "", HEDDLE_WARNINGS: "off", NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").slice(0, -1)) {
      lines.push(line);
      if (signals[line] !== undefined) child.kill(signals[line]);
    }
  });
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, lines, stderr })));
}

/** The warnings with `code` on a standard error stream, whatever else it holds. */
function warningsIn(stderr: string, code: string): string[] {
  const reports = places(stderr).split(/^(?=heddle: )/m);
  return reports.filter((report) => report.startsWith(`heddle: warning [${code}]`));
}

/** What is printed, with the program's own place taken out: `(program.mjs:7)`. */
const places = (text: string): string =>
  // HOST: Bun names it by its path.
  text
    .replaceAll(pathToFileURL(file).href, "program.mjs")
    .replaceAll(file, "program.mjs")
    .replaceAll(/(mjs:\d+):\d+/g, "$1");

// The first line of a program, below its imports.
const FIRST = IMPORTS.split("\n").length;
const at = (line: number): string => `program.mjs:${FIRST - 1 + line}`;

describe("the exit code", () => {
  test("main() is refused a second time, and the first goes on", async () => {
    const ended = await life(`
      main(async(function* () {
        yield* sleep(5);
        say("done");
      })());
      try {
        main(ready(1));
      } catch (error) {
        say(error.code);
      }
    `);
    assert.deepEqual({ code: ended.code, lines: ended.lines }, { code: 0, lines: ["runtime.second-main", "done"] });
  });

  test("main() ends with 0 when its future does, and says nothing", async () => {
    const ended = await life(`
      main(async(function* () {
        yield* sleep(1);
        say("done");
        return 7;
      })());
    `);
    assert.deepEqual(ended, { code: 0, signal: null, lines: ["done"], stderr: "" });
  });

  test("main() keeps a process.exitCode that the program has set", async () => {
    const { code, stderr } = await life(`
      main(async(function* () {
        yield* sleep(1);
        process.exitCode = 3;
      })());
    `);
    assert.deepEqual({ code, stderr }, { code: 3, stderr: "" });
  });

  test("main() ends with 1 after an error, and prints it with the whole of its stack", async () => {
    const { code, stderr } = await life(`\
const inner = async(function* inner() {
  yield* sleep(1);
  throw new RangeError("broken");
});
const middle = async(function* () {
  yield* inner();
});
main(async(function* outer() {
  yield* join(ready(1), middle());
})());
`);
    assert.equal(code, 1);
    assert.equal(
      places(stderr),
      `RangeError: broken\n    at inner (${at(3)})\n    at async ${at(6)}\n    at async outer (${at(9)})\n`,
    );
  });

  test("main() prints no line of the host's where that has had its turn before the error", async () => {
    const { code, stderr } = await life(`\
const inner = async(function* inner() {
  for (const since = performance.now(); performance.now() - since < 10;);
  yield* yieldNow();
  throw new RangeError("broken");
});
main(async(function* outer() {
  yield* join(ready(1), inner());
})());
`);
    assert.equal(code, 1);
    assert.equal(places(stderr), `RangeError: broken\n    at inner (${at(4)})\n    at async outer (${at(7)})\n`);
  });

  test("main() prints thrown values that are no errors", async () => {
    const { code, stderr } = await life(`main(async(function* () { throw "only a word"; })());`);
    assert.deepEqual({ code, stderr }, { code: 1, stderr: "only a word\n" });
  });

  test("main() of something that is no future ends with 1 and says what to pass", async () => {
    const { code, stderr } = await life(`main(async(function* () {}));`);
    assert.equal(code, 1);
    assert.match(stderr, /^TypeError: Cannot call main\(…\) as 'future' must be a future: received function/);
    assert.match(stderr, /\nhelp: call the function/);
  });

  test("main() inside a task is refused, and the task goes on", async () => {
    const { code, lines, stderr } = await life(`
      main(async(function* () {
        try {
          main(ready(1));
        } catch (error) {
          say(error.code);
        }
        yield* sleep(1);
        say("goes on");
      })());
    `);
    assert.deepEqual({ code, lines, stderr }, { code: 0, lines: ["runtime.nested", "goes on"], stderr: "" });
  });
});

describe("signals", { skip: notOnDeno("it does not tell with what code a process ended that was signalled") }, () => {
  // Two calls with cleanups that await, a task beside them, and statements that must not run. The cleanup of `stuck` never ends.
  const cleaning = (stuck = ""): string => `
    const call = async(function* (name, inner) {
      try {
        yield* inner;
        say("AFTER " + name);
      } catch {
        say("CATCH " + name);
      } finally {
        say(name + " cleans");
        yield* sleep(name === "${stuck}" ? 60_000 : 5);
        say(name + " is clean");
      }
      say("END " + name);
    });
    const begin = async(function* () {
      say("ready");
      yield* sleep(60_000);
    });
    const program = async(function* () {
      spawn(call("beside", pending()));
      yield* call("outer", call("inner", begin()));
    });
    process.on("exit", () => say("exit"));
    main(program());
  `;

  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    test(`main() ends with ${expected} after ${signal}, when all awaiting cleanups have run to their end`, async () => {
      const { code, lines, stderr } = await life(cleaning(), { signals: { ready: signal } });
      assert.deepEqual({ code, stderr }, { code: expected, stderr: "" });
      assert.deepEqual(lines, [
        "ready",
        "inner cleans",
        "inner is clean",
        "outer cleans", // not before the call inside is clean
        "outer is clean",
        "beside cleans", // main is over: the other tasks are aborted
        "beside is clean",
        "exit",
      ]);
    });
  }

  test("main() gives up the cleanups at the second signal, at once", async () => {
    const { code, lines, stderr } = await life(cleaning("inner"), {
      signals: { ready: "SIGINT", "inner cleans": "SIGINT" },
    });
    assert.deepEqual({ code, stderr }, { code: 130, stderr: "" });
    assert.deepEqual(lines, ["ready", "inner cleans", "exit"]);
  });

  test("main() takes another signal for the second too, and ends with its code", async () => {
    const { code, lines } = await life(cleaning("outer"), {
      signals: { ready: "SIGINT", "outer cleans": "SIGTERM" },
    });
    assert.equal(code, 143);
    assert.deepEqual(lines, ["ready", "inner cleans", "inner is clean", "outer cleans", "exit"]);
  });

  test("main() gives up the cleanups of the other tasks as well at the second signal", async () => {
    const { code, lines } = await life(cleaning("beside"), {
      signals: { ready: "SIGTERM", "beside cleans": "SIGTERM" },
    });
    assert.equal(code, 143);
    assert.deepEqual(lines.slice(-3), ["outer is clean", "beside cleans", "exit"]);
  });

  test("main() prints the error of a cleanup, and ends with the signal's code", async () => {
    const { code, stderr } = await life(
      `
      main(async(function* () {
        try {
          say("ready");
          yield* sleep(60_000);
        } finally {
          throw new Error("cannot clean");
        }
      })());
    `,
      { signals: { ready: "SIGINT" } },
    );
    assert.equal(code, 130);
    assert.match(stderr, /^Error: cannot clean\n/);
  });

  test("main() leaves signals to the host when it is over", async () => {
    const { code, signal, lines } = await life(
      `
      const alive = setInterval(() => {
        if (process.listenerCount("SIGINT") + process.listenerCount("SIGTERM") > 0) return;
        clearInterval(alive);
        setTimeout(() => {}, 60_000);
        say("ready");
      }, 1);
      main(sleep(1));
    `,
      { signals: { ready: "SIGTERM" } },
    );
    assert.deepEqual({ code, signal, lines }, { code: null, signal: "SIGTERM", lines: ["ready"] });
  });

  test("run() leaves signals to the host: only main() takes them", async () => {
    const { code, signal } = await life(`run(async(function* () { say("ready"); yield* sleep(60_000); })());`, {
      signals: { ready: "SIGINT" },
    });
    assert.deepEqual({ code, signal }, { code: null, signal: "SIGINT" });
  });
});

describe("a program that can never go on", () => {
  test("main() ends with 13 and a dump of all tasks when nothing can wake them any more", async () => {
    const { code, stderr } = await life(`\
const other = async(function* other() {
  yield* pending();
});
main(async(function* stuck() {
  spawn(other());
  yield* join(sleep(1), pending());
})(), { name: "my program" });
`);
    assert.equal(code, 13);
    assert.equal(
      places(stderr),
      [
        "heddle: Cannot go on: the default runtime waits for what can never happen, and nothing else is left to do",
        'task "my program" (#1) waiting',
        "    waits for join(…)",
        "    - branch",
        "        waits for pending()",
        `    at stuck (${at(6)})`,
        'task "other" (#2) waiting',
        "    waits for pending()",
        `    at other (${at(2)})`,
        "help: look for a lost wake-up, a channel whose other end is gone, or a lock that is never released\n",
      ].join("\n"),
    );
  });

  test("main() says which of the tasks wait for each other in a circle, and what to do about it", async () => {
    const { code, stderr } = await life(`\
const { Mutex } = await import(${JSON.stringify(new URL("../sync.js", import.meta.url).href)});
const [left, right] = [new Mutex(), new Mutex()];
const takeBoth = async(function* takeBoth(first, second) {
  yield* first.lock();
  yield* sleep(1);
  yield* second.lock();
});
main(async(function* () {
  const other = spawn(takeBoth(right, left), { name: "other" });
  yield* takeBoth(left, right);
})(), { name: "my program" });
`);
    assert.equal(code, 13);
    assert.equal(stderr.match(/^help: /gm)!.length, 1);
    assert.equal(
      places(stderr.slice(stderr.indexOf("2 tasks"))),
      [
        "2 tasks wait for each other in a circle",
        '    task "my program" (#1) waits for mutex.lock(), held by task "other" (#2)',
        `        at takeBoth (${at(6)})`,
        `        at ${at(10)}`,
        '    task "other" (#2) waits for mutex.lock(), held by task "my program" (#1)',
        `        at takeBoth (${at(6)})`,
        "help: take locks in the same order everywhere, and do not wait for a task while you hold what it needs; to abort one lets the others go on\n",
      ].join("\n"),
    );
  });

  test(
    "run() at the top level ends with 13 and a dump too",
    { skip: notOnBun("it waits for ever at a top level that cannot go on") },
    async () => {
      const { code, lines, stderr } = await life(`
      say("begins");
      await run(async(function* stuck() { yield* pollFn(() => PENDING); })());
      say("NEVER");
    `);
      assert.deepEqual({ code, lines }, { code: 13, lines: ["begins"] });
      assert.match(stderr, /^heddle: Cannot go on: the default runtime waits/);
      assert.match(stderr, /task "stuck" \(#1\) waiting\n    waits for pollFn\(…\)\n    at stuck \(file:/);
    },
  );

  test("Runtime.run() says the name of the runtime that is stuck, and nothing of one that is not", async () => {
    const { code, stderr } = await life(`
      const [mine, other] = [new Runtime({ name: "mine" }), new Runtime({ name: "other" })];
      await other.run(sleep(1));
      other.spawn(pending());
      mine.run(pending());
    `);
    assert.equal(code, 13);
    assert.equal(stderr.match(/Cannot go on/g)!.length, 1);
    assert.match(stderr, /^heddle: Cannot go on: mine waits/);
  });

  test("a task that nobody waits for outside may be left waiting: that is no reason to complain", async () => {
    const ended = await life(`
      const runtime = new Runtime();
      runtime.spawn(pending());
      await runtime.run(sleep(1));
      say("ends");
    `);
    assert.deepEqual(ended, { code: 0, signal: null, lines: ["ends"], stderr: "" });
  });

  test("main() that the host can still wake is not stuck", async () => {
    const ended = await life(`
      let waker;
      const later = pollFn((cx) => {
        if (waker !== undefined) return "woken";
        waker = cx.waker;
        setTimeout(() => waker.wake(), 30);
        return PENDING;
      });
      main(async(function* () { say(yield* later); })());
    `);
    assert.deepEqual(ended, { code: 0, signal: null, lines: ["woken"], stderr: "" });
  });

  test("main() whose last hope appears only in beforeExit goes on", async () => {
    const { lines } = await life(`
      let waker;
      main(pollFn((cx) => {
        if (waker !== undefined) return say("woken");
        waker = cx.waker;
        return PENDING;
      }));
      process.once("beforeExit", () => setTimeout(() => waker.wake(), 1));
    `);
    assert.deepEqual(lines, ["woken"]);
  });
});

describe("what must not be lost at the end", () => {
  const FORGETFUL = `\
const greet = async(function* greet() {});
const program = async(function* forgetful() {
  greet();
  yield* sleep(1);
});
`;
  const warning = `heddle: warning [future.never-polled] The future of greet() was made and never awaited, so nothing of it has run
    at forgetful (${at(3)})
help: await it with yield*, or start it with spawn(…)\n`;

  for (const start of ["main(program())", "run(program())", "await run(program())"]) {
    test(`${start} warns at the end of a future that was never polled`, async () => {
      const { code, stderr } = await life(FORGETFUL + start, { env: { HEDDLE_WARNINGS: "" } });
      assert.equal(code, 0);
      assert.deepEqual(warningsIn(stderr, "future.never-polled"), [warning]);
    });
  }

  test("main() warns of nothing where NODE_ENV is production or HEDDLE_WARNINGS is off", async () => {
    for (const env of [{ NODE_ENV: "production", HEDDLE_WARNINGS: "" }, { HEDDLE_WARNINGS: "off" }] as Record<
      string,
      string
    >[]) {
      const { code, stderr } = await life(`${FORGETFUL}main(program());`, { env });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    }
  });

  const LOST = `\
const failing = async(function* failing() {
  yield* sleep(1);
  throw new Error("broken");
});
const program = async(function* () {
  const kept = (globalThis.kept = spawn(failing(), { name: "lost" }));
  while (!kept.isFinished) yield* sleep(1);
  say("goes on");
  if (globalThis.early) process.exit();
});
`;
  const failure = `heddle: task "lost" (#2) failed, and nobody joined it: Error: broken\n    at failing (${at(3)})\n`;

  for (const start of ["main(program())", "await run(program())"]) {
    test(`${start} prints the failure of a task that nobody joined once, and ends with 1`, async () => {
      const { code, lines, stderr } = await life(LOST + start);
      assert.deepEqual({ code, lines }, { code: 1, lines: ["goes on"] });
      assert.equal(places(stderr), failure);
    });
  }

  test("a failure that nobody joined is printed when the process ends early too", async () => {
    const { code, lines, stderr } = await life(`${LOST}globalThis.early = true; main(program());`);
    assert.deepEqual({ code, lines }, { code: 1, lines: ["goes on"] });
    assert.equal(places(stderr), failure);
  });

  test("a failure that nobody joined leaves a process.exitCode that was set", async () => {
    const { code, stderr } = await life(`${LOST}process.exitCode = 4; main(program());`);
    assert.equal(code, 4);
    assert.equal(places(stderr), failure);
  });

  test("run() whose promise nobody handles ends the process with its error, as any promise does", async () => {
    const { code, lines, stderr } = await life(`\
const failing = async(function* failing() {
  yield* sleep(1);
  throw new Error("broken");
});
run(failing());
process.on("exit", () => say("exit"));
`);
    assert.deepEqual({ code, lines }, { code: 1, lines: ["exit"] });
    // Node says it, with the line that threw above it.
    assert.match(places(stderr), new RegExp(`\nError: broken\n    at failing \\(${at(3)}\\)\n`));
    assert.equal(stderr.split("Error: broken").length, 2, "said once");
  });

  test("run() that was aborted, and whose promise nobody handles, is no failure", async () => {
    const ended = await life(`
      const runtime = new Runtime();
      runtime.run(pending());
      run(pending(), { signal: AbortSignal.timeout(1) });
      setTimeout(async () => {
        await runtime.shutdown();
        say("shut down");
      }, 5);
    `);
    assert.deepEqual(ended, { code: 0, signal: null, lines: ["shut down"], stderr: "" });
  });

  test("main() aborts the other tasks when it is over, and waits for their cleanups", async () => {
    const ended = await life(`
      const beside = async(function* (name) {
        try {
          yield* sleep(60_000);
          say("AFTER");
        } finally {
          yield* sleep(10);
          say(name + " is clean");
          spawn(async(function* () { say("NEVER"); })());
        }
      });
      main(async(function* () {
        spawn(beside("a"));
        spawn(beside("b"));
        yield* sleep(1);
        say("main is over");
      })());
    `);
    assert.deepEqual(ended, { code: 0, signal: null, lines: ["main is over", "a is clean", "b is clean"], stderr: "" });
  });

  test("main() shuts down all runtimes that were not, when it is over", async () => {
    const { code, lines, stderr } = await life(
      `
        const beside = async(function* (name) {
          try {
            yield* sleep(60_000);
            say("AFTER");
          } finally {
            yield* sleep(5);
            say(name + " is clean");
          }
        });
        const other = new Runtime({ name: "other" });
        const paused = new Runtime({ startPaused: true });
        main(async(function* () {
          other.spawn(beside("other"));
          paused.spawn(async(function* () { try { yield* pending(); } finally { yield* sleep(60_000); say("paused is clean"); } })());
          const over = new Runtime({ name: "over" });
          yield* fromPromise(async () => setImmediate(() => over.shutdown()));
          yield* sleep(1);
          say("main is over");
          setTimeout(() => other.spawn(beside("late")).catch((error) => say(error.name)), 30);
        })());
      `,
    );
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.equal(lines[0], "main is over");
    assert.deepEqual(lines.slice(1).sort(), ["AbortError", "other is clean", "paused is clean"]);
  });

  test("main() that failed ends with 1, though a cleanup of another runtime waits for what can never happen", async () => {
    const { code, lines } = await life(`
      const stopped = new Runtime({ startPaused: true, autoAdvance: false });
      main(async(function* () {
        stopped.spawn(async(function* () { try { yield* pending(); } finally { yield* sleep(1); say("NEVER"); } })());
        yield* sleep(1);
        throw new Error("broken");
      })());
    `);
    assert.deepEqual({ code, lines }, { code: 1, lines: [] });
  });

  test("main() cleans the other tasks up after an error too", async () => {
    const { code, lines } = await life(`
      main(async(function* () {
        spawn(async(function* () { try { yield* pending(); } finally { yield* sleep(5); say("clean"); } })());
        yield* sleep(1);
        throw new Error("broken");
      })());
    `);
    assert.deepEqual({ code, lines }, { code: 1, lines: ["clean"] });
  });
});

describe("what keeps the process alive", () => {
  test("main() lives as long as what it waits for outside: a promise with something behind it, a server", async () => {
    const ended = await life(`
      const server = createServer((request, response) => response.end("answer"));
      const listening = () => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      const get = () => fetch("http://127.0.0.1:" + server.address().port).then((response) => response.text());
      main(async(function* () {
        yield* fromPromise(listening);
        say(yield* fromPromise(get));
        yield* fromPromise(new Promise((resolve) => setTimeout(resolve, 20)));
        say("closes");
        server.closeAllConnections();
        yield* fromPromise(new Promise((resolve) => server.close(resolve)));
        say("ends");
      })());
    `);
    assert.deepEqual(ended, { code: 0, signal: null, lines: ["answer", "closes", "ends"], stderr: "" });
  });

  test(
    "main() that waits behind an open server is not stuck, and a signal ends it",
    { skip: notOnDeno("it does not tell with what code a process ended that was signalled") },
    async () => {
      const ended = await life(
        `
      const server = createServer().listen(0, "127.0.0.1", () => say("listens"));
      main(async(function* () {
        try {
          yield* pending();
        } finally {
          yield* fromPromise(new Promise((resolve) => server.close(resolve)));
          say("closed");
        }
      })());
    `,
        { signals: { listens: "SIGTERM" } },
      );
      assert.deepEqual(ended, { code: 143, signal: null, lines: ["listens", "closed"], stderr: "" });
    },
  );

  test("main() that is over keeps nothing alive, and leaves alive what is not its own", async () => {
    const { code, lines } = await life(`
      main(async(function* () {
        spawn(sleep(60_000));
        yield* sleep(1);
        setTimeout(() => say("not its own"), 50);
        say("main is over");
      })());
    `);
    assert.deepEqual({ code, lines }, { code: 0, lines: ["main is over", "not its own"] });
  });

  test("an idle runtime keeps no process alive", async () => {
    const ended = await life(`
      const runtime = new Runtime();
      await runtime.run(sleep(1));
      const paused = new Runtime({ startPaused: true });
      await paused.run(sleep(60_000));
      say("ends");
    `);
    assert.deepEqual(ended, { code: 0, signal: null, lines: ["ends"], stderr: "" });
  });
});
