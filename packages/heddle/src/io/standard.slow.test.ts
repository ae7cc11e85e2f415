/**
 * The standard streams, in processes of their own.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { notOnDeno } from "../base/hosts.kit.js";
import { commandOf } from "../base/program.kit.js";

const prelude = `
  import { async, END, run, sleep, timeout } from ${JSON.stringify(new URL("../index.js", import.meta.url).href)};
  import * as io from ${JSON.stringify(new URL("../io.js", import.meta.url).href)};
`;
// What they warn of depends on how busy the machine is.
const env = { ...process.env, HEDDLE_WARNINGS: "off" };

const command = (program: string): [string, string[]] => commandOf(prelude + program);

const counting = `
  const main = async(function* () {
    const input = new io.BufReader(io.stdin);
    let lines = 0;
    while ((yield* io.readLine(input)) !== END) lines++;
    yield* io.writeAll(io.stdout, lines + " lines");
  });
  await run(main());
`;

test("stdin gives what is piped into the process, and the program ends with it", () => {
  const { stdout, stderr, status } = spawnSync(...command(counting), {
    env,
    input: "a line\n".repeat(30_000),
    encoding: "utf8",
  });
  assert.deepEqual([stdout, stderr, status], ["30000 lines", "", 0]);
});

test("stdin gives what is in a file", { skip: notOnDeno("it gives no open file to a process that it starts") }, () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-io-"));
  const path = join(folder, "lines");
  writeFileSync(path, "one\ntwo\nthree");
  const file = openSync(path, "r");
  const { stdout, status } = spawnSync(...command(counting), { env, stdio: [file, "pipe", "inherit"] });
  closeSync(file);
  rmSync(folder, { recursive: true });
  assert.deepEqual([stdout.toString(), status], ["3 lines", 0]);
});

test(
  "stdin does not keep a process alive that reads no more of it",
  { skip: notOnDeno("a read of the standard input cannot be called off") },
  async () => {
    const program = `
    const main = async(function* () {
      const first = new Uint8Array(1);
      yield* io.stdin.read(first);
      yield* timeout(io.stdin.read(first), 20);
    });
    await run(main()).catch((error) => console.log(error.code));
  `;
    const child = spawn(...command(program), { env, stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.write("x");
    // The input stays open: only a read that waits may hold the process.
    const closed = once(child, "close");
    let output = "";
    for await (const chunk of child.stdout) output += String(chunk);
    const [status] = (await closed) as [number];
    assert.deepEqual([output, status], ["time.elapsed\n", 0]);
    child.stdin.destroy();
  },
);

test("stdout and stderr keep the order with console.log, and survive shutdown()", () => {
  const program = `
    const main = async(function* () {
      yield* io.writeAll(io.stdout, "one ");
      console.log("two");
      yield* io.stdout.shutdown();
      yield* io.writeAll(io.stdout, "three");
      yield* io.stdout.flush();
      yield* io.writeAll(io.stderr, "err");
    });
    await run(main());
  `;
  const { stdout, stderr, status } = spawnSync(...command(program), { env, encoding: "utf8" });
  assert.deepEqual([stdout, stderr, status], ["one two\nthree", "err", 0]);
});

test("stdout fails with DisconnectedError when nobody reads the pipe any more", async () => {
  const program = `
    const main = async(function* () {
      for (;;) {
        yield* io.writeAll(io.stdout, "x".repeat(100_000));
        yield* io.stdout.flush();
      }
    });
    const error = await run(main()).catch((error) => error);
    console.error(error.name, error.code);
  `;
  const child = spawn(...command(program), { env, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.once("data", () => child.stdout.destroy());
  let said = "";
  for await (const chunk of child.stderr) said += String(chunk);
  assert.equal(said, "DisconnectedError io.disconnected\n");
});

test("heddle/io opens no standard stream when it is imported", () => {
  const program = `
    const touched = ["stdin", "stdout", "stderr"].filter((name) => process[name].listenerCount("error") > 0);
    process.stdout.write(JSON.stringify([touched, typeof io.stdin.read, typeof io.stdout.write, typeof run]));
  `;
  const { stdout } = spawnSync(...command(program), { env, encoding: "utf8", input: "" });
  assert.deepEqual(JSON.parse(stdout), [[], "function", "function", "function"]);
});
