/**
 * What a Command says is what the program gets, and what makes no sense is refused at once.
 */
import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { test as nodeTest } from "node:test";
import { pathToFileURL } from "node:url";
import type { Command as Commands } from "../process.js";
import { Command } from "../process.js";
import { testWith } from "../test.js";
import { sh } from "./process.kit.js";

const test = testWith(nodeTest);

const said = function* (command: Commands) {
  return (yield* command.output()).stdoutText().trimEnd();
};

test("Command.arg() and args() reach the program as they are, for there is no shell", function* () {
  const hostile = ["two words", "*", '"quoted"', "$HOME", "; exit 3", "", "-n", "ünï", "a\nb"];
  const command = new Command("printf").arg("[%s]").args(hostile);
  assert.equal(yield* said(command), hostile.map((arg) => `[${arg}]`).join(""));
});

test("Command.env(), envs() and envRemove() change what is inherited, envClear() forgets it all", function* () {
  process.env["HEDDLE_KIND"] = "inherited";
  const shown = 'echo "$HEDDLE_KIND,$HEDDLE_ONE,$HEDDLE_TWO"';
  assert.equal(yield* said(sh(shown)), "inherited,,");
  assert.equal(yield* said(sh(shown).env("HEDDLE_ONE", "1").envs({ HEDDLE_TWO: "2" })), "inherited,1,2");
  assert.equal(yield* said(sh(shown).envRemove("HEDDLE_KIND").env("HEDDLE_ONE", "=")), ",=,");
  assert.equal(yield* said(sh(shown).envs({ HEDDLE_KIND: undefined })), ",,");
  const path = process.env["PATH"]!;
  const cleared = new Command("env").env("HEDDLE_ONE", "1").envClear().env("PATH", path);
  assert.equal(yield* said(cleared), `PATH=${path}`);
  delete process.env["HEDDLE_KIND"];
});

test("Command.cwd() is the folder it runs in, as a path or a URL", function* () {
  const folder = realpathSync(tmpdir());
  assert.equal(yield* said(new Command("pwd").cwd(folder)), folder);
  assert.equal(yield* said(new Command("pwd").cwd(pathToFileURL(folder))), folder);
});

test("Command.arg0() is what the program hears as its name", function* () {
  assert.equal(yield* said(sh("echo $0").arg0("another")), "another");
});

test("Command.uid() and gid() are those of the child", function* () {
  const [uid, gid] = [process.getuid!(), process.getgid!()];
  assert.equal(yield* said(sh("id -u; id -g").uid(uid).gid(gid)), `${uid}\n${gid}`);
});

test("Command takes the same as options, in any order", function* () {
  const command = new Command("sh", {
    arg0: "named",
    env: { HEDDLE_ONE: "1", PATH: process.env["PATH"]! },
    envClear: true,
    cwd: "/",
    killOnDrop: true,
    stderr: "null",
    args: ["-c", "echo $0 $HEDDLE_ONE $HOME $PWD; echo nowhere >&2"],
  });
  const output = yield* command.output();
  assert.deepEqual([output.stdoutText(), output.stderrText()], ["named 1 /\n", ""]);
});

test("Command may be run again, and a change concerns only later runs", function* () {
  const command = new Command("echo").arg("1");
  const first = command.output();
  command.arg("2").env("HEDDLE_ONE", "1");
  assert.equal((yield* first).stdoutText(), "1\n");
  assert.equal(yield* said(command), "1 2");
  assert.equal(yield* said(command), "1 2");
});

test("Command.status() gives the exit code or the signal, and 0 alone is success", function* () {
  const seen = [];
  for (const script of ["exit 0", "exit 3", "kill -TERM $$"]) {
    const { code, signal, success } = yield* sh(script).status();
    seen.push([code, signal, success]);
  }
  assert.deepEqual(seen, [
    [0, null, true],
    [3, null, false],
    [null, "SIGTERM", false],
  ]);
  assert.deepEqual(
    [String(yield* sh("exit 3").status()), String(yield* sh("kill -9 $$").status())],
    ["exit code 3", "signal SIGKILL"],
  );
});

test("Command.status() closes pipes that nobody could use, so that the program does not wait for them", function* () {
  const status = yield* sh("cat; yes", { stdin: "pipe", stdout: "pipe", stderr: "null" }).status();
  assert.equal(status.success, false);
});

test("Command.output() leaves alone what was set: standard error may go elsewhere", function* () {
  const output = yield* sh("echo out; echo err >&2", { stderr: "null" }).output();
  assert.deepEqual([output.stdoutText(), output.stderr.length], ["out\n", 0]);
});

test("Command.output() gives bytes, and text in which what is no UTF-8 is replaced", function* () {
  const output = yield* new Command("printf").arg("\\101\\377\\n").output();
  assert.deepEqual([...output.stdout], [65, 255, 10]);
  assert.equal(output.stdoutText(), "A\uFFFD\n");
});

test("Command.output() has nothing to read for the program, unless there is input", function* () {
  assert.equal(yield* said(new Command("cat")), "");
  const { stdout } = yield* new Command("cat").output({ input: new Uint8Array([1, 0, 255]) });
  assert.deepEqual([...stdout], [1, 0, 255]);
  assert.equal((yield* new Command("cat").output({ input: "ünï" })).stdoutText(), "ünï");
  assert.equal((yield* new Command("cat").output({ input: "" })).stdoutText(), "");
});

test("Command.output() is content with a program that does not read its input to the end", function* () {
  const input = "x".repeat(1_000_000);
  const { status, stdout } = yield* new Command("head").args(["-c", "3"]).output({ input });
  assert.deepEqual([status.success, stdout.length], [true, 3]);
  assert.equal((yield* new Command("true").output({ input })).status.success, true);
});

nodeTest("Command refuses what makes no sense, and says what would", () => {
  const refused = (build: () => unknown): string => {
    try {
      build();
    } catch (error) {
      assert.ok(error instanceof TypeError || error instanceof RangeError);
      return error.message;
    }
    return assert.fail("it was not refused");
  };
  const make = (options: object): unknown => new Command("ls", options as never);
  const ls = new Command("ls");
  assert.deepEqual(
    [
      () => new Command(5 as never),
      () => new Command(""),
      () => new Command("a\0b"),
      () => ls.arg(5 as never),
      () => ls.arg("a\0b"),
      () => ls.args("-l"),
      () => ls.args(["-l", 5 as never]),
      () => ls.env("A=B", "1"),
      () => ls.env("A", undefined as never),
      () => ls.envs(["A=1"] as never),
      () => ls.cwd(""),
      () => ls.cwd(new URL("http://localhost/") as never),
      () => ls.stdout("ignore" as never),
      () => ls.stdin(1 as never),
      () => ls.uid(-1),
      () => ls.gid(2 ** 31),
      () => ls.killOnDrop(1 as never),
      () => make(["-l"]),
      () => make({ shell: true }),
      () => make({ argz: [] }),
      () => ls.output({ limit: -1 }),
      () => ls.output({ input: 5 as never }),
    ].map(refused),
    [
      "Cannot make a command as 'program' must be a string: received 5\nhelp: String(5)",
      `Cannot make a command as 'program' must be a name or a path: received ""`,
      String.raw`Cannot make a command as 'program' must be without NUL characters: received "a\u0000b"`,
      `Cannot add an argument to "ls" as 'arg' must be a string: received 5\nhelp: String(5)`,
      String.raw`Cannot add an argument to "ls" as 'arg' must be without NUL characters: received "a\u0000b"`,
      `Cannot add arguments to "ls" as 'args' must be an array of strings: received "-l"\nhelp: arg(…) adds one`,
      `Cannot add an argument to "ls" as 'arg' must be a string: received 5\nhelp: String(5)`,
      `Cannot set a variable of "ls" as 'name' must be a name without "=": received "A=B"`,
      `Cannot set a variable of "ls" as 'value' must be a string: received undefined`,
      'Cannot set variables of "ls" as they must be an object of strings: received an instance of Array',
      `Cannot set the folder of a command as 'cwd' must be a path or a file: URL: received ""`,
      "Cannot set the folder of a command as 'cwd' must be a string: received an instance of URL",
      'Cannot set stdout of a command as it must be "pipe", "inherit" or "null": received "ignore"\nhelp: "null" leads nowhere',
      'Cannot set stdin of a command as it must be "pipe", "inherit" or "null": received 1',
      "Cannot set 'uid' of a command as it must be an integer from 0 to 2147483647: received -1",
      "Cannot set 'gid' of a command as it must be an integer from 0 to 2147483647: received 2147483648",
      "Cannot set 'killOnDrop' of a command as it must be true or false: received 1",
      "Cannot make a command as its options must be an object: received an instance of Array\nhelp: new Command(program).args([…])",
      'Cannot make a command as there is no option "shell"\nhelp: say it: new Command("sh").args(["-c", line])',
      'Cannot make a command as there is no option "argz"\nhelp: the options are args, arg0, cwd, stdin, stdout, stderr, uid, gid, processGroup, killOnDrop, env, envClear',
      "Cannot take the output of a command as 'limit' must be an integer >= 0: received -1",
      "Cannot give a command its input as 'input' must be a string or a Uint8Array: received 5",
    ],
  );
});
