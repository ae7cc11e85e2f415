/**
 * What the compiler says of what cannot be sent to another thread: the path stands in the first line.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const { resolve } = createRequire(import.meta.url);
const tests = fileURLToPath(new URL("../", import.meta.url));

const PROGRAM = `
import type { Send, SendArgs, SendsBack } from "heddle/thread";
declare function spawn<A extends unknown[], R>(fn: ((...args: A) => R) & SendsBack<R>, ...args: NoInfer<SendArgs<A>>): R;
interface Options { retry: { onFail(): void } }
declare const options: Options;
declare function submit(job: Send<Options>): void;
spawn((name: string, of: Options) => name + of, "x", options);
spawn(() => ({ close: () => 1 }));
submit(options);
`;

test("The compiler names the path to what cannot be sent to a thread", () => {
  const folder = mkdtempSync(join(tests, "thread-types-"));
  try {
    writeFileSync(join(folder, "program.ts"), PROGRAM);
    const flags =
      "--ignoreConfig --strict --noEmit --module nodenext --target es2022 --skipLibCheck --types node".split(" ");
    const tsc = join(dirname(resolve("typescript/package.json")), "bin", "tsc");
    const { stdout } = spawnSync(execPath, [tsc, ...flags, "program.ts"], { cwd: folder, encoding: "utf8" });
    const lines = stdout.split("\n").filter((line) => line.includes("error TS"));
    const rules = [
      /^program\.ts\(7,.*CannotSend<"argument 2\.retry\.onFail is a function">/,
      /^program\.ts\(8,.*CannotSend<"its result\.close is a function">/,
      /^program\.ts\(9,.*'CannotSend<"\.retry\.onFail is a function">'/,
    ];
    assert.equal(lines.length, rules.length, stdout);
    for (const [i, rule] of rules.entries()) assert.match(lines[i]!, rule);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
