/**
 * The bridges against pipes of real processes.
 */
import assert from "node:assert/strict";
import { spawn as spawnProcess } from "node:child_process";
import { test } from "node:test";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { run } from "../runtime/run.js";
import type { AsyncRead } from "./async-read.js";
import { fromNodeReadable } from "./node-reader.js";
import { fromNodeWritable } from "./node-writer.js";

const readAll = async(function* (reader: AsyncRead) {
  const into = new Uint8Array(10_000);
  let text = "";
  for (let n; (n = yield* reader.read(into)) > 0;) text += Buffer.from(into.subarray(0, n)).toString();
  return text;
});

test("fromNodeReadable() and fromNodeWritable() talk to a child process, which ends when its input does", async () => {
  const program = "process.stdin.pipe(process.stdout)";
  const child = spawnProcess(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  const text = "0123456789".repeat(50_000);
  const writing = async(function* () {
    const writer = fromNodeWritable(child.stdin);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += yield* writer.write(bytes.subarray(at));
    yield* writer.shutdown();
  });
  const [, echoed] = await run(join(writing(), readAll(fromNodeReadable(child.stdout))));
  assert.equal(echoed, text);
});

test("NodeWriter.write() fails with DisconnectedError when the child process is gone", async () => {
  const child = spawnProcess("true", { stdio: ["pipe", "ignore", "inherit"] });
  const writing = async(function* () {
    const writer = fromNodeWritable(child.stdin);
    for (;;) {
      yield* writer.write(new Uint8Array(65_536));
      yield* writer.flush();
    }
  });
  assert.equal(await run(writing()).catch((error: { code: string }) => error.code), "io.disconnected");
});
