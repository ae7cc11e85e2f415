/**
 * What the ten rules say of whole programs: those run in processes of their own.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";

test("rule 9: no error is lost — a main that can never be woken again is reported with a dump, and exits non-zero", async () => {
  const program = `
    import { async, main, pending } from "heddle";
    main(async(function* waitingForGodot() { yield* pending(); })());
  `;
  const { code, stderr } = await runProgram(program);
  assert.equal(code, 13);
  assert.match(stderr, /Cannot go on/);
  assert.match(stderr, /task "main" \(#1\) waiting/);
  assert.match(stderr, /at waitingForGodot/);
});

function runProgram(program: string): Promise<{ code: number; stderr: string }> {
  const args = ["--input-type=module", "--eval", program];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: import.meta.dirname }, (_error, _stdout, stderr) =>
      resolve({ code: child.exitCode!, stderr }),
    );
  });
}
