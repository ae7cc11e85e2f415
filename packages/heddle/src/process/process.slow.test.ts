/**
 * Commands on a larger scale, and in processes of their own: much output, many at once, too few descriptors, and what keeps a program alive.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { execPath } from "node:process";
import { test } from "node:test";
import { commandOf } from "../base/program.kit.js";
import { joinAll, run } from "../index.js";
import { Command } from "../process.js";
import { children, pipes, sh } from "./process.kit.js";

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const IMPORTS = `
import { async, join, joinAll, main, run, sleep } from ${url("../index.js")};
import { readToString } from ${url("../io.js")};
import { Command } from ${url("../process.js")};
import { readdirSync } from "node:fs";
`;

/** Runs a program in a process of its own, after `setup` by the shell. What it printed. */
function printed(program: string, setup = ":"): string {
  const [host, args] = commandOf(IMPORTS + program);
  const script = `${setup}; exec "$0" "$@"`;
  const env = { ...process.env, NODE_OPTIONS: "", HEDDLE_WARNINGS: "" };
  return execFileSync("sh", ["-c", script, host, ...args], { encoding: "utf8", env, timeout: 30_000 });
}

test("Command.output() takes 10 MB from both pipes at once", async () => {
  const size = 10_000_000;
  const script = `const fs = require("node:fs"); const part = Buffer.alloc(100_000, "x");
    for (let n = 0; n < 100; n++) for (const fd of [2, 1]) for (let at = 0; at < part.length;) at += fs.writeSync(fd, part, at);`;
  const { status, stdout, stderr } = await run(new Command(execPath).args(["-e", script]).output());
  assert.deepEqual([status.code, stdout.length, stderr.length], [0, size, size]);
  assert.ok(stdout.every((byte) => byte === 120) && stderr.every((byte) => byte === 120));
});

test("Command.output() sends 10 MB through a filter, whose output comes meanwhile", async () => {
  const input = new Uint8Array(10_000_000).map((_, at) => at % 251);
  const { stdout } = await run(new Command("cat").output({ input }));
  assert.ok(Buffer.from(stdout.buffer, stdout.byteOffset, stdout.length).equals(input));
});

test("Command.output() serves fifty at once, each its own", async () => {
  const before = pipes().length;
  const outputs = await run(
    joinAll(Array.from({ length: 50 }, (_, n) => sh(`cat; exit ${n}`).output({ input: `number ${n}` }))),
  );
  outputs.forEach(({ status, ...output }, n) => {
    assert.equal(status.code, n);
    assert.equal(new TextDecoder().decode(output.stdout), `number ${n}`);
  });
  assert.deepEqual([children(), pipes().length <= before], [[], true]);
});

test("Command.spawn() says that there are too few descriptors, and leaks none", () => {
  const program = `
    const open = () => readdirSync("/proc/self/fd").length;
    await run(new Command("true").output());
    const before = open();
    const all = await run(async(function* () {
      const children = [];
      try {
        for (;;) children.push(yield* new Command("sleep", { args: ["1000"], stdin: "pipe", stdout: "pipe", stderr: "pipe" }).spawn());
      } catch (error) {
        console.log(error.code, error.message, error.cause.code);
      }
      for (const child of children) {
        yield* child.kill();
        child[Symbol.dispose]();
      }
      return children.length;
    })());
    console.log(all > 5);
    for (let turn = 0; turn < 1000 && open() > before; turn++) await new Promise(setImmediate);
    console.log(open() <= before, (await run(new Command("echo").arg("well").output())).stdoutText());
  `;
  // Wherever in a start it is that they run out: a start with three pipes needs eight, and leaves three. The modules, which are opened at
  // once, need some seventy.
  for (const limit of [96, 97, 98, 99])
    assert.equal(
      printed(program, `ulimit -n ${limit}`),
      'process.too-many-open-files Cannot run "sleep": this process has as many files and pipes open as it may\n' +
        "help: run fewer commands at a time, or raise the limit (ulimit -n) EMFILE\ntrue\ntrue well\n\n",
    );
});

test("Command.spawn(): a child that is forgotten does not keep the program alive, and runs on", () => {
  const program = `
    main(async(function* () {
      const child = yield* new Command("sleep", { args: ["1000"], stdin: "null", stdout: "pipe", stderr: "null" }).spawn();
      console.log(child.id);
    })());
  `;
  const id = Number(printed(program));
  assert.ok(process.kill(id, "SIGKILL"));
});

test("Child.wait() and a read of its output keep the program alive", () => {
  const program = `
    await run(async(function* () {
      const child = yield* new Command("sh", { args: ["-c", "sleep 0.1; echo said; exec 1>&-; sleep 0.1; exit 5"], stdout: "pipe" }).spawn();
      console.log((yield* readToString(child.stdout)).trim());
      console.log((yield* child.wait()).code);
    })());
  `;
  assert.equal(printed(program), "said\n5\n");
});

test("main() aborted by a signal has a child with killOnDrop killed", () => {
  const program = `
    main(async(function* () {
      const child = yield* new Command("sleep", { args: ["1000"], killOnDrop: true, stdin: "null", stdout: "null", stderr: "null" }).spawn();
      console.log(child.id);
      process.kill(process.pid, "SIGTERM");
      yield* child.wait();
    })());
  `;
  let id = 0;
  try {
    printed(program);
    assert.fail("it ended well");
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    assert.equal(status, 143);
    id = Number(stdout);
  }
  assert.throws(() => execFileSync("grep", ["-q", "^State:.[^Z]", `/proc/${id}/status`], { stdio: "ignore" }));
});

test("Child that is forgotten with pipes is collected, and its pipes are closed", () => {
  const program = `
    import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc");
    const open = () => readdirSync("/proc/self/fd").length;
    await run(new Command("true").output());
    const before = open();
    await run(async(function* () {
      for (let n = 0; n < 5; n++) yield* new Command("sh", { args: ["-c", "read line"], stdin: "pipe", stdout: "pipe", stderr: "pipe" }).spawn();
    })());
    const during = open();
    for (let turn = 0; turn < 100 && open() > before; turn++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(during > before, open() <= before);
  `;
  assert.equal(printed(program), "true true\n");
});

test("Command.output() and the like without yield* start nothing, and are reported", () => {
  const program = `
    import { Runtime } from ${url("../index.js")};
    const onWarning = ({ code, message }) => console.log(code, message.split(" was ")[0]);
    const runtime = new Runtime({ blockedAfter: { minutes: 1 }, onWarning });
    await runtime.run(async(function* () {
      new Command("echo").arg("output").output();
      new Command("echo").arg("status").status();
      const child = yield* new Command("true").spawn();
      child.wait();
      yield* child.kill();
    })());
  `;
  const lines = ["output()", "status()", "wait()"].map((label) => `future.never-polled The future of ${label}`);
  // The collector finds them in any order.
  const reports = printed(program).trimEnd().split("\n");
  assert.deepEqual(new Set(reports), new Set(lines));
  assert.equal(reports.length, lines.length);
});
