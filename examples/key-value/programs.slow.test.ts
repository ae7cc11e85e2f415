/**
 * The programs: the server's, driven by redis-cli and redis-benchmark where they are installed, and the demo.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const run = promisify(execFile);

/** Starts the server, and gives its port and what it prints. */
async function started(): Promise<{ server: ChildProcess; port: string; lines: string[] }> {
  const server = spawn(execPath, [program("main.js"), "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const output = createInterface(server.stdout).on("line", (line) => lines.push(line));
  await once(output, "line");
  return { server, port: lines[0]!.split(":").at(-1)!, lines };
}

async function stopped(server: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const exit = once(server, "close");
  server.kill(signal);
  return (await exit)[0];
}

function isMissing(tool: string): string | false {
  return spawnSync(tool, ["--version"]).error === undefined ? false : `${tool} is not installed`;
}

test("main.js ends well at SIGTERM and at SIGINT", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const { server, lines } = await started();
    assert.equal(await stopped(server, signal), 0);
    assert.match(lines.join(), /^ready at 127\.0\.0\.1:\d+,stopping$/);
  }
});

test("main.js is a server that redis-cli can use", { skip: isMissing("redis-cli") }, async () => {
  const { server, port } = await started();
  try {
    const cli = (...args: string[]) => run("redis-cli", ["-p", port, ...args]).then(({ stdout }) => stdout.trimEnd());
    assert.equal(await cli("SET", "a", "one two", "EX", "100"), "OK");
    assert.equal(await cli("--no-raw", "GET", "a"), '"one two"');
    assert.match(await cli("-3", "--no-raw", "HELLO", "3"), /"proto" => \(integer\) 3/);
    assert.equal(await cli("--no-raw", "TTL", "a"), "(integer) 100");
    assert.equal(await cli("-r", "3", "INCR", "n"), "1\n2\n3");
    assert.match(await cli("--no-raw", "NO", "SUCH"), /^\(error\) ERR unknown command 'NO'/);
  } finally {
    await stopped(server, "SIGTERM");
  }
});

test(
  "main.js stands redis-benchmark, with and without pipelining",
  { skip: isMissing("redis-benchmark") },
  async () => {
    const { server, port } = await started();
    try {
      for (const pipelined of ["1", "16"]) {
        const args = ["-p", port, "-t", "ping,set,get,incr", "-n", "2000", "-c", "50", "-P", pipelined, "--csv"];
        const { stdout } = await run("redis-benchmark", args);
        const tests = stdout
          .split("\n")
          .slice(1, -1)
          .map((line) => line.split(",")[0]!.replaceAll('"', ""));
        assert.deepEqual(tests, ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR"]);
      }
    } finally {
      await stopped(server, "SIGTERM");
    }
  },
);

test("demo.js prints what the README says", async () => {
  const { stdout } = await run(execPath, [program("demo.js")]);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "greeting is hello",
    "set again, if it is new: false",
    "coupon is 10 %",
    "coupon is null",
    "visits: 1 2 3 4 5",
    "CommandError: ERR value is not an integer or out of range",
    "news: heddle speaks Redis",
    "weather: fair",
    "news: goodbye",
  ]);
});
