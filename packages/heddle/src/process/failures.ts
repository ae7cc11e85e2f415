/**
 * What is said when a command cannot be run. The system gives one word (`ENOENT`); what is the case is looked up here, once it has failed.
 * The system's error stays in `cause`.
 */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import process from "node:process";
import { HeddleError } from "../base/errors.js";
import { environmentOf, type Settings } from "./settings.js";

interface Problem {
  readonly code: string;
  readonly says: string;
  readonly help?: string;
}

const PROBLEMS: Record<string, Problem> = {
  EMFILE: {
    code: "process.too-many-open-files",
    says: "this process has as many files and pipes open as it may",
    help: "run fewer commands at a time, or raise the limit (ulimit -n)",
  },
  ENFILE: { code: "process.too-many-open-files", says: "the whole system has as many files open as it may" },
  EAGAIN: {
    code: "process.too-many-processes",
    says: "the system lets this user start no more processes",
    help: "run fewer commands at a time, or raise the limit (ulimit -u)",
  },
  ENOMEM: { code: "process.too-many-processes", says: "the system has no memory left for it" },
  E2BIG: {
    code: "process.too-many-arguments",
    says: "its arguments and its environment are longer than the system permits",
    help: "give what is long to its standard input, or in a file",
  },
  EPERM: { code: "process.permission-denied", says: "the system does not permit it" },
};

const DENIED: Problem = { code: "process.permission-denied", says: "the permission is missing" };

/** The system's refusal to run a command, in heddle's words. */
export function cannotRun(settings: Settings, cause: unknown): HeddleError {
  const error = cause as NodeJS.ErrnoException;
  const { code, says, help } = looked(settings, error);
  return new HeddleError(code, `Cannot run ${JSON.stringify(settings.program)}: ${says}`, { cause, help });
}

/** The problem; if it cannot be looked into, because the folder that we are in is gone for example, the system's word for it. */
function looked(settings: Settings, error: NodeJS.ErrnoException): Problem {
  try {
    return problemOf(settings, error);
  } catch {
    return { code: "process.failed", says: error.code ?? error.message };
  }
}

function problemOf(settings: Settings, { code, message }: NodeJS.ErrnoException): Problem {
  // The system does not say whether it is the program or its folder, and hosts differ in which of these words they have from it.
  if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES")
    return (
      folderProblem(settings) ??
      (hasFolder(settings.program) ? pathProblem(settings, code) : nameProblem(settings, code))
    );
  const known = PROBLEMS[code ?? ""];
  if (known === undefined) return { code: "process.failed", says: code ?? message };
  if (code !== "EPERM" || (settings.uid === null && settings.gid === null)) return known;
  return { ...known, says: "the system does not permit to run it as another user or group" };
}

function folderProblem({ cwd }: Settings): Problem | undefined {
  if (cwd === null) return undefined;
  const says = (what: string): string => `the folder that it is to run in, ${JSON.stringify(cwd)}, ${what}`;
  const help = "correct the path given to cwd(…), or make the folder first";
  const stats = statSync(cwd, { throwIfNoEntry: false });
  if (stats === undefined) return { code: "process.cwd-not-found", says: says("does not exist"), help };
  if (!stats.isDirectory()) return { code: "process.cwd-not-found", says: says("is none"), help };
  return allows(cwd, constants.X_OK)
    ? undefined
    : { code: "process.permission-denied", says: says("may not be entered") };
}

/** What is wrong with a program given by its path. */
function pathProblem(settings: Settings, word: string): Problem {
  const path = pathOf(settings);
  if (existsSync(path)) return fileProblem(path, word);
  // It may well be there, in a folder that we may not look into.
  if (word === "EACCES") return DENIED;
  const help = `correct the path, which means ${JSON.stringify(path)}`;
  return { code: "process.not-found", says: "it does not exist", help };
}

/** What is wrong with a program given by its name. */
function nameProblem(settings: Settings, word: string): Problem {
  const { PATH } = environmentOf(settings);
  const found = PATH?.split(delimiter)
    .map((folder) => resolve(folder, settings.program))
    .find((path) => existsSync(path));
  if (found !== undefined) return fileProblem(found, word);
  const says = PATH === undefined ? "its environment has no PATH to look in" : "it is not in the PATH";
  return { code: "process.not-found", says, help: adviceOn(settings) };
}

function adviceOn(settings: Settings): string {
  const { program } = settings;
  const [name, ...args] = program.trim().split(/\s+/);
  if (args.length > 0)
    return `there is no shell that takes it apart: new Command(${JSON.stringify(name)}).args(${JSON.stringify(args)})`;
  if (existsSync(pathOf(settings)))
    return `for the file of this name in its folder, write ${JSON.stringify(`./${program}`)}`;
  return "install it, correct its name, or give its path";
}

/** What is wrong with a program that is there. */
function fileProblem(path: string, word: string): Problem {
  const { code } = DENIED;
  if (statSync(path).isDirectory()) return { code, says: "it is a folder" };
  if (allows(path, constants.X_OK) && word === "EACCES") return DENIED;
  if (allows(path, constants.X_OK))
    return {
      code: "process.not-found",
      says: "it exists, but not the program that its first line names",
      help: "correct that line, or install what it names",
    };
  return {
    code,
    says: `the file ${JSON.stringify(path)} may not be executed`,
    help: "make it executable (chmod +x), or run it with the program that understands it",
  };
}

const hasFolder = (program: string): boolean => program.includes("/") || program.includes("\\");

/** HOST: the system changes to the folder first, so a relative path is meant from there. */
const pathOf = ({ program, cwd }: Settings): string => resolve(cwd ?? process.cwd(), program);

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** A signal could not be sent. */
export function cannotSignal(program: string, id: number, signal: string, cause: unknown): HeddleError {
  return new HeddleError(
    "process.not-signalled",
    `Cannot send ${signal} to ${JSON.stringify(program)}, process ${id}: ${(cause as NodeJS.ErrnoException).code === "EPERM" ? "the system does not permit it" : (cause as Error).message}`,
    { cause },
  );
}

/** The child wrote more than the caller wants to hold. */
export function tooMuchOutput(program: string, limit: number, cause: unknown): HeddleError {
  return new HeddleError(
    "process.too-much-output",
    `Cannot take the output of ${JSON.stringify(program)} as there may be at most ${limit} bytes of each: there are more, and it was killed`,
    { cause, help: "raise the limit, or spawn() it and read its output piece by piece" },
  );
}
