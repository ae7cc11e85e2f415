/**
 * Commands that cannot be run: each error names the command, says why, and keeps the system's own. Nothing is left of them.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test as nodeTest } from "node:test";
import { HeddleError, joinAll, joinSettled, run } from "../index.js";
import { Command } from "../process.js";
import { testWith } from "../test.js";
import { children, pipes, refusal, sh, until } from "./process.kit.js";

const test = testWith(nodeTest);
const folder = mkdtempSync(join(tmpdir(), "heddle-process-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string, mode: number): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};

test("Command.spawn() says why the system refuses, and what to do", function* () {
  const plain = file("plain", "text", 0o644);
  const orphan = file("orphan", "#!/no/such/interpreter\n", 0o755);
  const PATH = `${process.env["PATH"]}:${folder}`;
  const errors: HeddleError[] = [];
  for (const command of [
    new Command("no-such-program"),
    new Command("echo hello 'world'"),
    new Command("plain").cwd(folder),
    new Command("no-such-program").envClear(),
    new Command("./missing").cwd(folder),
    new Command(orphan),
    new Command(plain),
    new Command("plain").env("PATH", PATH),
    new Command("orphan").env("PATH", PATH),
    new Command(folder),
    new Command("true").cwd(join(folder, "missing")),
    new Command("true").cwd(plain),
    new Command("true").arg("x".repeat(4_000_000)),
  ]) {
    const [result] = yield* joinSettled([command.spawn()]);
    errors.push((result as PromiseRejectedResult).reason as HeddleError);
  }
  assert.ok(errors.every((error) => error instanceof HeddleError));
  // Which word it was, the hosts do not agree on.
  assert.ok(errors.every(({ cause }) => /^E[A-Z0-9]+$/.test((cause as NodeJS.ErrnoException).code!)));
  const quoted = (path: string): string => JSON.stringify(path);
  assert.deepEqual(
    errors.map(({ code, message }) => [code, message]),
    [
      [
        "process.not-found",
        'Cannot run "no-such-program": it is not in the PATH\nhelp: install it, correct its name, or give its path',
      ],
      [
        "process.not-found",
        `Cannot run "echo hello 'world'": it is not in the PATH\nhelp: there is no shell that takes it apart: new Command("echo").args(["hello","'world'"])`,
      ],
      [
        "process.not-found",
        'Cannot run "plain": it is not in the PATH\nhelp: for the file of this name in its folder, write "./plain"',
      ],
      [
        "process.not-found",
        'Cannot run "no-such-program": its environment has no PATH to look in\nhelp: install it, correct its name, or give its path',
      ],
      [
        "process.not-found",
        `Cannot run "./missing": it does not exist\nhelp: correct the path, which means ${quoted(join(folder, "missing"))}`,
      ],
      [
        "process.not-found",
        `Cannot run ${quoted(orphan)}: it exists, but not the program that its first line names\nhelp: correct that line, or install what it names`,
      ],
      [
        "process.permission-denied",
        `Cannot run ${quoted(plain)}: the file ${quoted(plain)} may not be executed\nhelp: make it executable (chmod +x), or run it with the program that understands it`,
      ],
      [
        "process.permission-denied",
        `Cannot run "plain": the file ${quoted(plain)} may not be executed\nhelp: make it executable (chmod +x), or run it with the program that understands it`,
      ],
      [
        "process.not-found",
        'Cannot run "orphan": it exists, but not the program that its first line names\nhelp: correct that line, or install what it names',
      ],
      ["process.permission-denied", `Cannot run ${quoted(folder)}: it is a folder`],
      [
        "process.cwd-not-found",
        `Cannot run "true": the folder that it is to run in, ${quoted(join(folder, "missing"))}, does not exist\nhelp: correct the path given to cwd(…), or make the folder first`,
      ],
      [
        "process.cwd-not-found",
        `Cannot run "true": the folder that it is to run in, ${quoted(plain)}, is none\nhelp: correct the path given to cwd(…), or make the folder first`,
      ],
      [
        "process.too-many-arguments",
        'Cannot run "true": its arguments and its environment are longer than the system permits\nhelp: give what is long to its standard input, or in a file',
      ],
    ],
  );
});

test("Command.spawn() has a code also where it cannot find out what is wrong", function* () {
  const gone = mkdtempSync(join(folder, "gone-"));
  const before = process.cwd();
  process.chdir(gone);
  rmSync(gone, { recursive: true });
  const error = yield* refusal(new Command("./missing").spawn());
  process.chdir(before);
  assert.deepEqual([error.code, error.says], ["process.failed", 'Cannot run "./missing": ENOENT']);
});

nodeTest("Command.spawn() gives an error with the line that awaits it", async () => {
  const error = await run(new Command("no-such-program").status()).catch((error: Error) => error);
  assert.match((error as Error).stack!, /at (async )?spawn .*\n.*status/s);
});

test("Command.spawn() that fails leaves no process and no pipe, and harms no other command", function* () {
  const before = pipes().length;
  const missing = new Command("no-such-program", { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  const [output, first, second] = yield* joinAll([
    sh("echo well").output(),
    refusal(missing.spawn()),
    refusal(missing.output({ input: "x".repeat(100_000) })),
  ] as const);
  assert.equal((output as { stdoutText(): string }).stdoutText(), "well\n");
  assert.deepEqual(
    [first, second].map((error) => (error as { code: string }).code),
    ["process.not-found", "process.not-found"],
  );
  yield* until("the pipes are closed", () => pipes().length <= before);
  assert.deepEqual(children(), []);
});
