/**
 * The production build: it runs as the development build does and only says less. Whole programs, in processes of their own.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";

test("production: a mistake keeps its class and its code, and says where the whole message is", async () => {
  const { stdout } = await runProduction(`
    import { async, join, pending, run } from "heddle";
    const said = async (future) => run(future).catch(({ name, code, message }) => console.log(name, code, message));
    const late = async(function* late() { yield* pending(); });
    const twice = late();
    await said(join(twice, twice));
    const once = async(function* once() {});
    const over = once();
    await run(over);
    await said(async(function* () { yield* over; })());
    await said(async(function* bare() { yield 1; })());
    await said(async(function* () { yield* join([]); })());
  `);
  const help = "help: run a development build, which says what and where";
  assert.deepEqual(stdout.trim().split("\n"), [
    "BusyError future.busy Cannot await the future of late()",
    help,
    "HeddleError future.completed Cannot await the future of once()",
    help,
    "TypeError undefined Cannot suspend bare() with a bare yield",
    help,
    "TypeError undefined Cannot join a value as it must be a future",
    help,
  ]);
});

test("production: a failure that nobody joined is reported, and the process ends with code 1", async () => {
  const { code, stderr } = await runProduction(`
    import { async, run, spawn } from "heddle";
    await run(async(function* () { spawn(async(function* lost() { throw new Error("gone"); })()); })());
  `);
  assert.equal(code, 1);
  assert.match(stderr, /task "lost" \(#2\) failed, and nobody joined it: Error: gone/);
});

test("production: a main that can never be woken again ends with code 13 and a dump", async () => {
  const { code, stderr } = await runProduction(`
    import { async, main, pending } from "heddle";
    main(async(function* waitingForGodot() { yield* pending(); })());
  `);
  assert.equal(code, 13);
  assert.match(stderr, /at waitingForGodot/);
});

test("production: there are no warnings unless a runtime is told where they go", async () => {
  const program = (options: string): string => `
    import { async, Runtime } from "heddle";
    const runtime = new Runtime(${options});
    const block = async(function* () { for (const end = Date.now() + 120; Date.now() < end; ); });
    await runtime.run(async(function* () { block(); yield* block(); })());
  `;
  assert.deepEqual(await runProduction(program("")), { code: 0, stdout: "", stderr: "" });
  const { stdout } = await runProduction(program("{ onWarning: ({ code }) => console.log(code) }"));
  assert.equal(stdout, "task.blocked\n");
});

test("production: the laws of cancellation hold as in development", async () => {
  const laws = new URL("laws/cancellation.test.js", import.meta.url).pathname;
  const { code, stdout } = await execute(["--conditions=production", laws]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /[#ℹ] pass 5/);
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function runProduction(program: string): Promise<Ended> {
  return execute(["--conditions=production", "--input-type=module", "--eval", program]);
}

function execute(args: string[]): Promise<Ended> {
  // Without this a test process that is started by a test process reports to it, instead of printing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: import.meta.dirname, env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
