import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath, platform } from "node:process";
import { test } from "node:test";

const LEAKS = new URL("leaks.mjs", import.meta.url).href;

/** What the look at the end of `program` writes. */
function leftBehind(program) {
  const folder = mkdtempSync(join(tmpdir(), "leaks-"));
  const destination = join(folder, "leaks");
  const args = [`--import=${LEAKS}`, "--input-type=module", "--eval", program];
  const { status, stderr } = spawnSync(execPath, args, {
    env: { ...process.env, HEDDLE_LEAKS: destination },
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const text = existsSync(destination) ? readFileSync(destination, "utf8") : "";
  rmSync(folder, { recursive: true });
  return text.replaceAll(/\d+/g, "N");
}

test("leaks: a program that closes what it opens leaves nothing", () => {
  const program = `
    import { closeSync, openSync } from "node:fs";
    import { spawnSync } from "node:child_process";
    closeSync(openSync("package.json"));
    spawnSync("true");
    const listener = () => {};
    process.on("SIGUSR2", listener).off("SIGUSR2", listener);
    process.on("exit", listener);
  `;
  assert.equal(leftBehind(program), "");
});

test("leaks: an open file, a child that runs on and a listener are found", { skip: platform !== "linux" }, () => {
  const program = `
    import { openSync } from "node:fs";
    import { spawn } from "node:child_process";
    openSync("package.json");
    const child = spawn("sleep", ["1"], { stdio: "ignore" });
    child.unref();
    process.on("uncaughtException", () => {});
  `;
  const lines = leftBehind(program).trimEnd().split("\n");
  assert.equal(lines.length, 4);
  assert.equal(lines[0], "N handles of type process");
  assert.match(lines[1], /^descriptor N: .*package\.json$/);
  assert.equal(lines[2], "child process N");
  assert.equal(lines[3], "listener for uncaughtException");
});

test("leaks: timers and handles are found that do not keep the program alive, and none that are over", () => {
  const program = `
    import { createSocket } from "node:dgram";
    import { watch, watchFile, unwatchFile } from "node:fs";
    import { connect, createServer } from "node:net";
    watch(".").unref();
    watch(".").close();
    watchFile("package.json", { persistent: false }, () => {});
    watchFile("README.md", () => {});
    unwatchFile("README.md");
    createSocket("udp4").bind(0).unref();
    createServer().listen(0).unref();
    const server = createServer().listen(0, () => server.close());
    setInterval(() => {}, 1000).unref();
    setTimeout(function late() {}, 100_000).unref();
    clearTimeout(setTimeout(() => {}, 100_000));
    setTimeout(() => {}, 1);
  `;
  const lines = leftBehind(program).trimEnd().split("\n");
  assert.equal(lines.filter((line) => /^timer set at .*eval/.test(line)).length, 2, lines.join("\n"));
  const handles = lines.filter((line) => line.includes("handles")).sort();
  assert.deepEqual(
    handles,
    ["fs_event", "fs_poll", "tcp", "udp"].map((type) => `N handles of type ${type}`),
  );
});
