/**
 * Command: what is to be run, and how. The builder, and the three ways to run what it says.
 */
import { quote } from "../base/errors.js";
import { async } from "../future/async.js";
import type { Future } from "../future/poll.js";
import { Child, toItsEnd } from "./child.js";
import type { ExitStatus } from "./exit-status.js";
import { launch } from "./launch.js";
import { checkOutputOptions, type Output, type OutputOptions } from "./output.js";
import {
  checkBoolean,
  checkId,
  checkName,
  checkStdio,
  checkText,
  folderOf,
  type Settings,
  settingsFor,
  snapshot,
  type Stdio,
} from "./settings.js";

/** What the methods of {@link Command} of the same names say, in one object. */
export interface CommandOptions {
  /** The arguments, each as it is to arrive. */
  args?: Iterable<string> | undefined;
  /** The name by which the program sees itself called. */
  arg0?: string | undefined;
  /** Added to the environment; `undefined` removes a variable. It does not replace the environment: `envClear` does. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Whether it has nothing of this program's environment. */
  envClear?: boolean | undefined;
  /** The folder that it runs in; this program's by default. */
  cwd?: string | URL | undefined;
  /** Its standard input. By default nothing for `output()`, this program's own otherwise. */
  stdin?: Stdio | undefined;
  /** Its standard output. By default taken by `output()`, this program's own otherwise. */
  stdout?: Stdio | undefined;
  /** Its standard error. By default as `stdout`. */
  stderr?: Stdio | undefined;
  /** The user that it runs as, by number. */
  uid?: number | undefined;
  /** The group that it runs as, by number. */
  gid?: number | undefined;
  /** Whether it leads a group of its own: signals go to it and to all that it has started. */
  processGroup?: boolean | undefined;
  /** Whether it is killed when it is dropped, or left behind by its task. */
  killOnDrop?: boolean | undefined;
}

/**
 * A program to be run, and how. It may be run any number of times; what is changed afterwards concerns only later runs.
 *
 * There is no shell: arguments reach the program as they are, with their spaces, stars and quotes. Who wants a shell says so:
 * `new Command("sh").args(["-c", "ls *.ts | wc -l"])`.
 *
 * Unless told otherwise, the child has this program's environment, folder, and standard input, output and error.
 *
 * @example
 * ```ts
 * import { async, run } from "heddle";
 * import { Command } from "heddle/process";
 *
 * const program = async(function* () {
 *   const { status, stdout } = yield* new Command("echo").arg("hello, world").output();
 *   console.log(String(status), stdout.length);
 *
 *   const sorted = yield* new Command("sort", { args: ["-r"], killOnDrop: true }).output({ input: "a\nb\n" });
 *   console.log(sorted.stdoutText().trim().split("\n"));
 * });
 * await run(program());
 * // prints: exit code 0 13
 * // prints: [ 'b', 'a' ]
 * ```
 */
export class Command {
  readonly #settings: Settings;

  /**
   * @param program its name, to be found in the PATH, or its path. HOST: the PATH of the child's environment counts
   * @throws TypeError if it is no name, or an option is none
   */
  constructor(program: string, options: CommandOptions = {}) {
    this.#settings = settingsFor(program);
    this.#take(options);
  }

  #take(options: CommandOptions): void {
    if (typeof options !== "object" || options === null || Symbol.iterator in options)
      throw new TypeError(
        `Cannot make a command as its options must be an object: received ${quote(options)}\nhelp: new Command(program).args([…])`,
      );
    const { envClear, env, ...others } = options;
    if (envClear !== undefined && (checkBoolean(envClear, "envClear"), envClear)) this.envClear();
    if (env !== undefined) this.envs(env);
    for (const [name, value] of Object.entries(others)) {
      if (!OPTIONS.has(name))
        throw new TypeError(
          `Cannot make a command as there is no option ${quote(name)}\nhelp: ${ADVICE[name] ?? `the options are ${[...OPTIONS, "env", "envClear"].join(", ")}`}`,
        );
      if (value !== undefined) (this as unknown as Record<string, (value: unknown) => void>)[name]!(value);
    }
  }

  /** Adds one argument. */
  arg(arg: string): this {
    checkText(arg, `add an argument to ${this.#name}`, "arg");
    this.#settings.args.push(arg);
    return this;
  }

  /** Adds arguments. */
  args(args: Iterable<string>): this {
    if (typeof args === "string" || typeof args?.[Symbol.iterator] !== "function")
      throw new TypeError(
        `Cannot add arguments to ${this.#name} as 'args' must be an array of strings: received ${quote(args)}` +
          (typeof args === "string" ? "\nhelp: arg(…) adds one" : ""),
      );
    for (const arg of args) this.arg(arg);
    return this;
  }

  /** What the program is told that its own name is: by default the name that it is run by. */
  arg0(name: string): this {
    checkText(name, `name ${this.#name}`, "arg0");
    this.#settings.arg0 = name;
    return this;
  }

  /** Sets a variable of its environment. */
  env(name: string, value: string): this {
    const verb = `set a variable of ${this.#name}`;
    checkName(name, verb);
    checkText(value, verb, "value");
    this.#settings.env.set(name, value);
    return this;
  }

  /** Sets variables of its environment, and removes those that are `undefined`. */
  envs(variables: Readonly<Record<string, string | undefined>>): this {
    if (typeof variables !== "object" || variables === null || Symbol.iterator in variables)
      throw new TypeError(
        `Cannot set variables of ${this.#name} as they must be an object of strings: received ${quote(variables)}`,
      );
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined) this.envRemove(name);
      else this.env(name, value);
    }
    return this;
  }

  /** Removes a variable of its environment. */
  envRemove(name: string): this {
    checkName(name, `remove a variable of ${this.#name}`);
    this.#settings.env.set(name, null);
    return this;
  }

  /** Empties its environment, also of what was set before. */
  envClear(): this {
    this.#settings.env.clear();
    this.#settings.envClear = true;
    return this;
  }

  /** The folder that it runs in. A program given by a relative path is looked for from there. */
  cwd(folder: string | URL): this {
    this.#settings.cwd = folderOf(folder);
    return this;
  }

  /** Its standard input: `"inherit"` by default, for `output()` `"null"`. */
  stdin(stdio: Stdio): this {
    checkStdio(stdio, "stdin");
    this.#settings.stdin = stdio;
    return this;
  }

  /** Its standard output: `"inherit"` by default, for `output()` `"pipe"`. */
  stdout(stdio: Stdio): this {
    checkStdio(stdio, "stdout");
    this.#settings.stdout = stdio;
    return this;
  }

  /** Its standard error: `"inherit"` by default, for `output()` `"pipe"`. */
  stderr(stdio: Stdio): this {
    checkStdio(stdio, "stderr");
    this.#settings.stderr = stdio;
    return this;
  }

  /** The user that it runs as, by number. POSIX only; only root may choose. */
  uid(id: number): this {
    checkId(id, "uid");
    this.#settings.uid = id;
    return this;
  }

  /** The group of users that it runs as, by number. POSIX only; only root may choose. */
  gid(id: number): this {
    checkId(id, "gid");
    this.#settings.gid = id;
    return this;
  }

  /**
   * Whether it leads a process group of its own: signals go to all that it starts as well, and Ctrl-C at the terminal reaches none of them. Once it is
   * over itself, no signal is sent to those that are left of it: its number may be another's by then. Off by default.
   *
   * HOST: Node makes it the leader of a session too, so it has no terminal. On Windows there are no such groups: signals go to it alone.
   */
  processGroup(isGroup = true): this {
    checkBoolean(isGroup, "processGroup");
    this.#settings.processGroup = isGroup;
    return this;
  }

  /**
   * Whether it is killed with whoever uses it, instead of running on. Off by default. It is killed when
   *
   * - `output()`, `status()` or `waitWithOutput()` are dropped, which wait until it is over;
   * - its {@link Child} is disposed of, as `using` does;
   * - the task that spawned it ends, at the latest. Who gives a child to another task leaves this off.
   */
  killOnDrop(kills = true): this {
    checkBoolean(kills, "killOnDrop");
    this.#settings.killOnDrop = kills;
    return this;
  }

  /**
   * Starts it. The future is ready when the program runs.
   *
   * **Cancel safety**: dropped before its first poll, nothing is started.
   *
   * @throws HeddleError `process.not-found`, `process.cwd-not-found`, `process.permission-denied`, `process.too-many-open-files`,
   * `process.too-many-processes`, `process.too-many-arguments`, `process.failed`
   */
  spawn(): Future<Child> {
    return spawn(snapshot(this.#settings));
  }

  /**
   * Runs it to its end. Pipes that were asked for are closed at once: nobody can use them.
   *
   * **Cancel safety**: with `killOnDrop` it is killed, and the task that dropped this is not over before it is. Otherwise it runs on.
   *
   * @throws HeddleError as {@link spawn} does. That it ends with another code than 0 is no error: look at `success`
   */
  status(): Future<ExitStatus> {
    return status(snapshot(this.#settings));
  }

  /**
   * Runs it to its end, and gives what it wrote. Its standard input is empty unless `input` is given or `stdin` was set.
   *
   * **Cancel safety**: what it wrote is lost. With `killOnDrop` it is killed, and the task that dropped this is not over before it is. Otherwise
   * it runs on, with nobody to read what it writes.
   *
   * @throws HeddleError as {@link spawn} does; `process.too-much-output` if there is more than `limit`. That it ends with another code than 0 is no
   * error: look at `status.success`
   */
  output(options: OutputOptions = {}): Future<Output> {
    checkOutputOptions(options);
    const settings = snapshot(this.#settings);
    settings.stdin = options.input === undefined ? (settings.stdin ?? "null") : "pipe";
    settings.stdout ??= "pipe";
    settings.stderr ??= "pipe";
    return output(settings, { ...options });
  }

  get #name(): string {
    return JSON.stringify(this.#settings.program);
  }
}

/** All that is set by a method of its own name. */
const OPTIONS = /* @__PURE__ */ new Set([
  "args",
  "arg0",
  "cwd",
  "stdin",
  "stdout",
  "stderr",
  "uid",
  "gid",
  "processGroup",
  "killOnDrop",
]);

/** For those who come from `node:child_process`. */
const ADVICE: Record<string, string> = {
  shell: 'say it: new Command("sh").args(["-c", line])',
  detached: "processGroup: true makes it the leader of a group of its own",
  stdio: "stdin, stdout and stderr are options of their own",
  timeout: "timeout(command.output(), duration), with killOnDrop",
  signal: "dropping the future is what ends it, with killOnDrop",
  maxBuffer: "output({ limit })",
  input: "output({ input })",
  argv0: "arg0",
};

const spawn = async(function* spawn(settings: Settings) {
  return new Child(yield* launch(settings), settings);
});

const status = async(function* status(settings: Settings) {
  return yield* toItsEnd(spawn(settings), (child) => {
    // Close what nobody is there to read or write, or it might wait for us for ever.
    Child.closePipes(child);
    return child.wait();
  });
});

const output = async(function* output(settings: Settings, options: OutputOptions) {
  return yield* toItsEnd(spawn(settings), (child) => Child.collecting(child, options));
});
