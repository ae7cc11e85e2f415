/**
 * When a program with threads ends: each test runs one.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { commandOf } from "../base/program.kit.js";
import { endsNoThreads } from "./hosts.kit.js";

const resolve = (file: string): string => import.meta.resolve(file);

/** Runs a program that has `work` (the kit), `thread` and `spawnBlocking`. */
function program(body: string): { status: number | null; stdout: string; stderr: string } {
  const text = `
    import { Runtime, spawnBlocking, thread } from ${JSON.stringify(resolve("../thread.js"))};
    import { async, main, sleep } from ${JSON.stringify(resolve("../index.js"))};
    import * as work from ${JSON.stringify(resolve("./work.kit.js"))};
    const gate = new Int32Array(new SharedArrayBuffer(8));
    ${body}`;
  // How long something blocks is the machine's affair.
  const env = { ...process.env, HEDDLE_WARNINGS: "off" };
  return spawnSync(...commandOf(text), { encoding: "utf8", timeout: 60_000, env });
}

test("main() ends what a Runtime does that was never shut down, here and on its threads alike", () => {
  const { status, stdout, stderr } = program(`
    const [here, there] = [new Int32Array(new SharedArrayBuffer(4)), new Int32Array(new SharedArrayBuffer(4))];
    main(async(function* () {
      const runtime = new Runtime({ workerThreads: 1 });
      runtime.spawn(work.waitThere(here, 60_000));
      runtime.spawnOn(work.waitThere, there, 60_000);
      while (here[0] === 0 || Atomics.load(there, 0) === 0) yield* sleep(1);
    })());
    process.on("exit", () => console.log(here[0], there[0]));`);
  assert.deepEqual([status, stdout, stderr], [0, "5 5\n", ""], "both began, did not go on, and cleaned up");
});

test("a thread that ends shuts down the runtimes that were left on it", () => {
  const { status, stdout, stderr } = program(`
    const marks = new Int32Array(new SharedArrayBuffer(4));
    await thread.spawn(work.leaveARuntime, marks);
    const runtime = new Runtime({ workerThreads: 1 });
    const more = new Int32Array(new SharedArrayBuffer(4));
    await runtime.spawnOn(work.leaveARuntime, more);
    while (Atomics.load(more, 0) === 0) await new Promise(setImmediate);
    await runtime.shutdown();
    console.log(more[0]);
    process.on("exit", () => console.log(marks[0] & ~1));`);
  assert.deepEqual([status, stdout, stderr], [0, "5\n4\n", ""]);
});

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

  test(
    `${spawn}() lets the process end when the thread was ended that had the last work`,
    { skip: endsNoThreads },
    () => {
      const { status, stdout, stderr } = program(`
      const handle = ${spawn}(work.block, gate);
      await Atomics.waitAsync(gate, 1, 0).value;
      handle.abort("enough", { terminate: true });
      console.log((await handle.catch((error) => error)).cause);`);
      assert.deepEqual([status, stdout], [0, "enough\n"], stderr);
    },
  );

  test(`${spawn}() lets the process end when the last work has ended its thread itself`, () => {
    const { status, stdout, stderr } = program(
      `console.log((await ${spawn}(work.exit, 3).catch((error) => error)).code);`,
    );
    assert.deepEqual([status, stdout], [0, "thread.ended\n"], stderr);
  });
}
