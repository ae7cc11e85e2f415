/**
 * Programs with threads, run as processes: what they print, how they end, and that they end.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const LIMIT = 60_000;

interface Ended {
  readonly code: number | null;
  readonly out: string[];
  readonly err: string;
}

/** Runs one of the programs. @param meanwhile is told what it prints, and may signal it */
async function run(
  file: string,
  args: string[] = [],
  meanwhile?: (line: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  const path = fileURLToPath(new URL(`threads/${file}.js`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    // How long something blocks is the machine's affair.
    env: { ...process.env, HEDDLE_WARNINGS: "off" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT,
    killSignal: "SIGKILL",
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    meanwhile?.(text.trim(), (signal) => child.kill(signal));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  assert.equal(signal, null, `it did not end by itself:\n${out}${err}`);
  return { code, out: out.split("\n").filter((line) => line !== ""), err };
}

const program = (name: string): Promise<Ended> => run("program", [name]);

describe("A program with threads", () => {
  test("prints all that its threads have printed before it ends", async () => {
    const { code, out, err } = await program("output");
    assert.deepEqual(out, [
      "from a thread",
      "from a pool",
      "twice",
      ...Array.from({ length: 500 }, (_, i) => `line ${i}`),
    ]);
    assert.deepEqual([code, err], [0, ""]);
  });

  test("drops what it left to other threads when main is over, and waits for cleanups and for what cannot be dropped", async () => {
    const { code, out, err } = await program("forgotten");
    assert.deepEqual([code, out.sort(), err], [0, ["cleaned up", "of a pool", "of a thread"], ""]);
  });

  test("ends though threads of its pool are idle", async () => {
    const { code, out, err } = await program("idle");
    assert.deepEqual([code, out, err], [0, ["over"], ""]);
  });

  test("ends with 1 by an error of a thread, and prints where it was thrown and where it was awaited", async () => {
    const { code, err } = await program("error");
    assert.equal(code, 1);
    assert.match(
      err,
      /^TypeError: there\n(.|\n)*at fail \(.*program\.(js|ts):\d+(.|\n)*at thread (.|\n)*program\.(js|ts):\d+/,
    );
  });

  test("reports an error of a thread that nobody joined, and ends with 1", async () => {
    const { code, err } = await program("unjoined");
    assert.equal(code, 1);
    assert.match(err, /^heddle: thread task "fail" \(#\d+\) failed, and nobody joined it: TypeError: there/);
  });

  test("reports an error that ended a thread which had no work", async () => {
    const { code, err } = await program("lost");
    assert.equal(code, 1);
    assert.match(
      err,
      /blocking 1 ended by an error that nobody caught, and had no job that could fail with it: \[?Error: left behind/,
    );
  });

  test("can have a thread block on another", async () => {
    const { code, out } = await program("nested");
    assert.deepEqual([code, out], [0, ["41", "3"]]);
  });

  const keepsNoLimits = ("Bun" in globalThis || "Deno" in globalThis) && "this host does not keep to limits of memory";

  test("goes on when a thread runs out of memory, with an error that says so", { skip: keepsNoLimits }, async () => {
    const { code, out } = await program("memory");
    assert.match(out[0]!, /^Cannot finish thread task "small" \(#\d+\) as small ended: out of memory after \d+\.\d s$/);
    assert.match(out[1]!, /^help: raise resourceLimits\.maxOldGenerationSizeMb/);
    assert.deepEqual([code, out[2]], [0, "8"]);
  });

  test("ends at SIGTERM though a worker has something to do", async () => {
    const { code } = await run("program", ["signal"], (line, kill) => {
      if (line === "waiting") kill("SIGTERM");
    });
    assert.equal(code, 143);
  });

  test("is told that it starts threads when it is loaded, instead of starting ever more of them", async () => {
    const { out } = await run("starts-at-import");
    assert.match(
      out.join("\n"),
      /^HeddleError: Cannot load \S+starts-at-import\.js on a thread to find a function in it: it starts work when it is imported/,
    );
  });

  test("needs no main when the functions are in another file", async () => {
    const { code, out } = await run("top-level");
    assert.deepEqual([code, out], [0, ["42"]]);
  });
});
