/**
 * When a program with threads ends: each test runs one.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const resolve = (file: string): string => import.meta.resolve(file);

/** Runs a program that has `work` (the kit), `thread` and `spawnBlocking`. */
function program(body: string): { status: number | null; stdout: string; stderr: string } {
  const text = `
    import { spawnBlocking, thread } from ${JSON.stringify(resolve("../thread.js"))};
    import * as work from ${JSON.stringify(resolve("./work.kit.js"))};
    const gate = new Int32Array(new SharedArrayBuffer(8));
    ${body}`;
  return spawnSync(process.execPath, ["--input-type=module", "--eval", text], { encoding: "utf8", timeout: 60_000 });
}

for (const spawn of ["thread.spawn", "spawnBlocking"]) {
  test(`${spawn}() keeps the process until the work is over, whether anybody waits for it or not`, () => {
    const { status, stdout } = program(`
      ${spawn}(work.printLater, gate);
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      process.on("exit", () => console.log("exit"));
      console.log("the main module is over");`);
    assert.deepEqual([status, stdout], [0, "the main module is over\nprinted by the thread\nexit\n"]);
  });

  test(`${spawn}() lets the process end when the thread was ended that had the last work`, () => {
    const { status, stdout, stderr } = program(`
      const handle = ${spawn}(work.block, gate);
      await Atomics.waitAsync(gate, 1, 0).value;
      handle.abort("enough", { terminate: true });
      console.log((await handle.catch((error) => error)).cause);`);
    assert.deepEqual([status, stdout], [0, "enough\n"], stderr);
  });

  test(`${spawn}() lets the process end when the last work has ended its thread itself`, () => {
    const { status, stdout, stderr } = program(
      `console.log((await ${spawn}(work.exit, 3).catch((error) => error)).code);`,
    );
    assert.deepEqual([status, stdout], [0, "thread.ended\n"], stderr);
  });
}
