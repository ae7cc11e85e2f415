/**
 * What a command is to be run with, and the checks of it. Whatever the system would misunderstand in silence is refused here: a NUL cuts a
 * text short, and a name with `=` becomes another variable.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { quote } from "../base/errors.js";

/**
 * Where an input or output of the child leads.
 *
 * | | |
 * | --- | --- |
 * | `"pipe"` | to this program, which reads or writes it |
 * | `"inherit"` | where this program's own leads |
 * | `"null"` | nowhere: nothing can be read, what is written goes |
 */
export type Stdio = "pipe" | "inherit" | "null";

/** @internal All that is said of a command. `null` is what was not said. */
export interface Settings {
  readonly program: string;
  args: string[];
  arg0: string | null;
  /** What differs from the environment that it begins with: a value, or null for what is removed. */
  env: Map<string, string | null>;
  /** Whether it begins with an empty environment, not with ours. */
  envClear: boolean;
  cwd: string | null;
  stdin: Stdio | null;
  stdout: Stdio | null;
  stderr: Stdio | null;
  uid: number | null;
  gid: number | null;
  processGroup: boolean;
  killOnDrop: boolean;
}

/** @throws TypeError if it is no name of a program */
export function settingsFor(program: string): Settings {
  checkText(program, "make a command", "program");
  if (program === "") throw new TypeError(`Cannot make a command as 'program' must be a name or a path: received ""`);
  return {
    program,
    args: [],
    arg0: null,
    env: new Map(),
    envClear: false,
    cwd: null,
    stdin: null,
    stdout: null,
    stderr: null,
    uid: null,
    gid: null,
    processGroup: false,
    killOnDrop: false,
  };
}

/** As it is now: what is changed later does not concern what was begun. */
export function snapshot(settings: Settings): Settings {
  return { ...settings, args: [...settings.args], env: new Map(settings.env) };
}

/** The child's whole environment. */
export function environmentOf({ env, envClear }: Settings): Record<string, string> {
  const all: Record<string, string> = {};
  if (!envClear) Object.assign(all, process.env);
  for (const [name, value] of env) {
    if (value === null) delete all[name];
    else all[name] = value;
  }
  return all;
}

/** @throws TypeError if it is no text, or has a NUL in it */
export function checkText(value: unknown, verb: string, name: string): asserts value is string {
  if (typeof value !== "string")
    throw new TypeError(
      `Cannot ${verb} as '${name}' must be a string: received ${quote(value)}` +
        (typeof value === "number" ? `\nhelp: String(${value})` : ""),
    );
  if (value.includes("\0"))
    throw new TypeError(`Cannot ${verb} as '${name}' must be without NUL characters: received ${quote(value)}`);
}

/** @throws TypeError if it can be no name of a variable */
export function checkName(name: unknown, verb: string): asserts name is string {
  checkText(name, verb, "name");
  if (name === "" || name.includes("="))
    throw new TypeError(`Cannot ${verb} as 'name' must be a name without "=": received ${quote(name)}`);
}

/** @throws TypeError if it is none of the three */
export function checkStdio(value: unknown, name: string): asserts value is Stdio {
  if (value === "pipe" || value === "inherit" || value === "null") return;
  const help = value === "ignore" || value === null ? '\nhelp: "null" leads nowhere' : "";
  throw new TypeError(
    `Cannot set ${name} of a command as it must be "pipe", "inherit" or "null": received ${quote(value)}${help}`,
  );
}

/** HOST: Node takes no more, though the system has twice as many. */
const MOST_ID = 0x7f_ff_ff_ff;

/** @throws RangeError if it can be no number of a user or a group */
export function checkId(value: unknown, name: "uid" | "gid"): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > MOST_ID)
    throw new RangeError(
      `Cannot set '${name}' of a command as it must be an integer from 0 to ${MOST_ID}: received ${quote(value)}`,
    );
}

/** @throws TypeError if it is neither true nor false */
export function checkBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== "boolean")
    throw new TypeError(`Cannot set '${name}' of a command as it must be true or false: received ${quote(value)}`);
}

/** @returns the path of a folder. @throws TypeError if it can be none */
export function folderOf(value: string | URL): string {
  const verb = "set the folder of a command";
  const path = value instanceof URL && value.protocol === "file:" ? fileURLToPath(value) : value;
  checkText(path, verb, "cwd");
  if (path === "") throw new TypeError(`Cannot ${verb} as 'cwd' must be a path or a file: URL: received ""`);
  return path;
}
