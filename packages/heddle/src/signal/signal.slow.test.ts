/**
 * Signals and the life of the process: what they end, what keeps it alive. Real signals to real processes.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { commandOf } from "../base/program.kit.js";

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const IMPORTS = `
import { writeSync } from "node:fs";
import { async, main, pending, run, select, sleep, spawn } from ${url("../index.js")};
import { ctrlC, signal } from ${url("../signal.js")};
const say = (line) => writeSync(1, line + "\\n");
`;

interface Life {
  /** The exit code, or the signal that ended it. */
  end: number | string | null;
  lines: string[];
  stderr: string;
}

/** Runs a program in a process of its own, to its end. When it says a line of `signals`, those are sent to it. */
function life(program: string, signals: Record<string, NodeJS.Signals[]> = {}): Promise<Life> {
  const child = spawn(...commandOf(IMPORTS + program), {
    env: { ...process.env, NODE_ENV: "", HEDDLE_WARNINGS: "off", NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").slice(0, -1)) {
      lines.push(line);
      for (const signal of signals[line] ?? []) child.kill(signal);
    }
  });
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ end: code ?? signal, lines, stderr })));
}

test("ctrlC() alone keeps a program alive, which goes on when it comes", async () => {
  const ended = await life(
    `main(async(function* () {
       setTimeout(say, 20, "waits");
       yield* ctrlC();
       say("goes on");
     })());`,
    { waits: ["SIGINT"] },
  );
  assert.deepEqual(ended, { end: 0, lines: ["waits", "goes on"], stderr: "" });
});

test("recv() keeps run() alive as well, without main", async () => {
  const ended = await life(
    `const hangups = signal("SIGHUP");
     setTimeout(say, 20, "waits");
     await run(async(function* () {
       for (let n = 1; n <= 2; n++) {
         yield* hangups.recv();
         say("hangup " + n);
       }
     })());`,
    { waits: ["SIGHUP"], "hangup 1": ["SIGHUP"] },
  );
  assert.deepEqual(ended, { end: 0, lines: ["waits", "hangup 1", "hangup 2"], stderr: "" });
});

test("signal() by itself keeps nothing alive, nor does a wait that was dropped", async () => {
  const ended = await life(
    `const terms = signal("SIGTERM");
     await run(select({ term: terms.recv(), int: ctrlC(), done: sleep(5) }));
     say("done");`,
  );
  assert.deepEqual(ended, { end: 0, lines: ["done"], stderr: "" });
});

test("a program that is stuck is still found out, after a wait for a signal was dropped", async () => {
  const ended = await life(
    `main(async(function* () {
       yield* select({ int: ctrlC(), done: sleep(5) });
       yield* pending();
     })());`,
  );
  assert.deepEqual([ended.end, ended.lines], [13, []]);
  assert.match(ended.stderr, /^heddle: Cannot go on: /);
});

test("main() does not abort at a signal that the program listens for, also after the listener is forgotten", async () => {
  const ended = await life(
    `main(async(function* () {
       try {
         yield* select({ int: ctrlC(), ready: sleep(60_000), started: async(function* () { say("one"); yield* pending(); })() });
         const last = signal("SIGUSR2");
         say("two");
         yield* last.recv();
         say("three");
       } finally {
         say("cleans");
       }
     })());`,
    { one: ["SIGINT"], two: ["SIGINT", "SIGUSR2"] },
  );
  assert.deepEqual(ended, { end: 0, lines: ["one", "two", "three", "cleans"], stderr: "" });
});

test("main() still aborts at the other of its two signals", async () => {
  const ended = await life(
    `main(async(function* () {
       try {
         const int = signal("SIGINT");
         setTimeout(say, 20, "waits");
         yield* int.recv();
       } finally {
         say("cleans");
       }
     })());`,
    { waits: ["SIGTERM"] },
  );
  assert.deepEqual(ended, { end: 143, lines: ["waits", "cleans"], stderr: "" });
});

test("signal() replaces the default action for the rest of the process, and other signals keep theirs", async () => {
  const program = `
    signal("SIGHUP");
    process.on("SIGUSR2", () => process.exit(7));
    setInterval(() => {}, 1000);
    say("listens");`;
  assert.deepEqual((await life(program, { listens: ["SIGHUP", "SIGUSR2"] })).end, 7);
  assert.deepEqual((await life(program, { listens: ["SIGTERM"] })).end, "SIGTERM");
});
