/**
 * What the ten rules say of threads, and of whole programs: those run in processes of their own.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { async, CancellationToken, END, run, sleep, spawn } from "heddle";
import { mpsc } from "heddle/sync";
import { thread } from "heddle/thread";
import * as there from "./threads/rule-8.js";

// ---------------------------------------------------------------- 8

test("rule 8: threads share nothing but what says so — arguments are copies, and variables are each thread's own", async () => {
  const list = [1, 2, 3];
  assert.equal(await thread.spawn(there.append, list, 4), 4);
  assert.deepEqual(list, [1, 2, 3]);

  there.count();
  assert.equal(await thread.spawn(there.count), 1, "a thread has loaded the module for itself");
  assert.equal(there.box.count, 1);
});

test("rule 8: threads share nothing but what says so — shared memory is the same on both sides", async () => {
  const memory = new Int32Array(new SharedArrayBuffer(4));
  assert.equal(sum(await Promise.all([0, 1].map(() => thread.spawn(there.add, memory)))), 1);
  assert.equal(memory[0], 2);
});

test("rule 8: threads share nothing but what says so — channels, cancellation tokens and handles work on both sides", async () => {
  const main = async(function* () {
    const [numbers, received] = mpsc.channel<number>(1);
    const [sent, doubles] = mpsc.channel<number>(1);
    const token = new CancellationToken();
    const task = spawn(
      async(function* () {
        yield* token.cancelled();
        yield* sleep(1);
        return "joined";
      })(),
    );
    const handle = thread.spawn(there.work, received, sent, token, task);
    const got: number[] = [];
    for (const n of [1, 2, 3]) {
      yield* numbers.send(n);
      got.push((yield* doubles.recv()) as number);
    }
    numbers.close();
    assert.equal(yield* doubles.recv(), END);
    assert.equal(handle.isFinished, false);
    token.cancel();
    return [got, yield* handle];
  });
  assert.deepEqual(await run(main()), [[2, 4, 6], "stopped, and joined"]);
});

test("rule 8: threads share nothing but what says so — anything else is refused by the compiler, and by the call", () => {
  const order = { id: 7, onDone: () => {} };
  // @ts-expect-error: a function cannot be sent
  assert.throws(() => thread.spawn(there.same<typeof order>, order), {
    name: "TypeError",
    message: /^Cannot send the arguments of "same" to a thread: \[0\]\.onDone is a function\nhelp: /,
  });
  // A function that is no export has no name on another thread.
  assert.throws(() => thread.spawn(() => order.id), {
    name: "TypeError",
    // HOST: Bun and Deno do not tell of which module a function is.
    message:
      "Bun" in globalThis || "Deno" in globalThis
        ? /its module must be known/
        : /is not exported, and it uses "order" of what is around it/,
  });
});

const sum = (numbers: number[]): number => numbers.reduce((one, other) => one + other);

// ---------------------------------------------------------------- 9

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
  // HOST: Deno has a command for it.
  const args = "Deno" in globalThis ? ["eval", program] : ["--input-type=module", "--eval", program];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: import.meta.dirname }, (_error, _stdout, stderr) =>
      resolve({ code: child.exitCode!, stderr }),
    );
  });
}
