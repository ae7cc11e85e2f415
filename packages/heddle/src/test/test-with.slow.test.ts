/**
 * Real processes with a runner of five lines: node:test listens to rejections itself.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { commandOf } from "../base/program.kit.js";

const heddle = new URL("../index.js", import.meta.url).href;
const kit = new URL("../test.js", import.meta.url).href;

/** Runs a module whose `test` prints what became of each test. */
function run(body: string, env: Record<string, string> = {}): { status: number | null; lines: string[] } {
  const source = `
    import { fromPromise, sleep } from ${JSON.stringify(heddle)};
    import { testWith } from ${JSON.stringify(kit)};
    const test = testWith(async (name, fn) => {
      await fn().then(
        () => console.log(name, "passed"),
        (error) => console.log(name, "failed", error.code, error.message.split("\\n")[1] ?? ""),
      );
    });
    ${body}`;
  const { status, stdout } = spawnSync(...commandOf(source), {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, lines: stdout.trimEnd().split("\n") };
}

test("a test fails for promises that were rejected and that nobody handles, and the process lives on", () => {
  const { status, lines } = run(`
    await test("careless", function* () {
      void Promise.reject(new Error("lost"));
      yield* sleep(5);
    });
    await test("the next", function* () {
      yield* sleep(5);
    });`);
  assert.deepEqual(lines, [
    "careless failed test.unclean     - a promise was rejected, and nobody handled it: Error: lost",
    "the next passed",
  ]);
  assert.equal(status, 0);
});

test("a process ends when its tests have, whatever they left, and a stuck one says so", () => {
  const { status, lines } = run(`
    await test("stuck", function* () { yield* fromPromise(new Promise(() => {})); }, { patience: 10 });
    await test("leaves a timer", function* (kit) { kit.spawn(sleep({ hours: 9 })); }, { startPaused: false, patience: 10 });`);
  assert.deepEqual(lines, [
    'stuck failed test.stuck task "stuck" (#1) waiting',
    'leaves a timer failed test.unclean     - task "task" (#2) is still alive',
  ]);
  assert.equal(status, 0);
});

test("HEDDLE_SEED is the seed of every test that has none of its own", () => {
  const { lines } = run(
    `
    await test("a", function* (kit) { console.log(kit.seed); });
    await test("b", function* (kit) { console.log(kit.seed); }, { seed: 5 });`,
    { HEDDLE_SEED: "77" },
  );
  assert.deepEqual(lines, ["77", "a passed", "5", "b passed"]);
});
