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
  const help = "help: a development build says more";
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

test("production: an error of a channel keeps its class, its code and what was not sent", async () => {
  const { stdout } = await runProduction(`
    import { async, run, timeout, pending } from "heddle";
    import { mpsc } from "heddle/sync";
    const said = ({ name, code, value, message }) => console.log(name, code, value, message);
    const tried = (act) => { try { act(); } catch (error) { said(error); } };
    tried(() => mpsc.channel(0));
    const [tx, rx] = mpsc.channel(1);
    tried(() => tx.tryReserveMany(2));
    const permit = tx.tryReserve();
    tried(() => tx.trySend("full"));
    await run(tx.sendTimeout("late", { milliseconds: 5 })).catch(said);
    await run(timeout(pending(), 2)).catch(said);
    permit.send("first");
    tried(() => permit.send("again"));
    rx.close();
    await run(tx.send("closed")).catch(said);
    await run(tx.reserve()).catch(said);
    tx.close();
    tried(() => tx.reserve());
  `);
  assert.deepEqual(stdout.trim().split("\n"), [
    "RangeError undefined undefined Cannot create a channel as 'capacity' must be an integer >= 1: received 0",
    "RangeError undefined undefined Cannot reserve room for messages as 'count' must be an integer from 0 to 1: received 2",
    "SendError channel.full full Cannot send a message without waiting: its room for 1 is taken",
    "SendError channel.elapsed late Cannot send a message in time: 5 ms passed and there was no room",
    "ElapsedError time.elapsed undefined Cannot finish in time: 2 ms passed",
    "SendError channel.closed again Cannot send a message: this permit was used or given back",
    "SendError channel.disconnected closed Cannot send a message: the channel is closed",
    "DisconnectedError channel.disconnected undefined Cannot reserve room for a message: the channel is closed",
    "ClosedError channel.closed undefined Cannot reserve room for a message: this sender was closed",
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
