/**
 * What is said when the system refuses. The system's error stays in `cause`, with its own `code` (`ENOENT`), `syscall` and `path`.
 */
import { isAbsolute } from "node:path";
import process from "node:process";
import { getSystemErrorName } from "node:util";
import { BusyError, ClosedError, HeddleError } from "../base/errors.js";
import { shown } from "./path.js";

/** What was to be done. */
export interface Deed {
  /** `open` */
  readonly verb: string;
  readonly path: string;
  /** The second path of a copy, a rename or a link: ` to "b.txt"`. */
  readonly rest?: string;
  /** It makes the path: so what does not exist is the folder that it is to be in. */
  readonly makes?: boolean;
}

/** The system's name for what went wrong, `ENOENT`; undefined if it is not the system's error. */
export function codeOf(error: unknown): string | undefined {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  if (code !== undefined) return code;
  // HOST: Deno 2 leaves some errors without a code, and gives the system's number in the text.
  const number = /\(os error (\d+)\)$/.exec(message ?? "")?.[1];
  return number === undefined ? undefined : getSystemErrorName(-Number(number));
}

interface Problem {
  readonly code: string;
  readonly says: string;
  readonly help?: string;
}

const PROBLEMS: Record<string, Problem> = {
  EEXIST: { code: "fs.already-exists", says: "it exists already" },
  ENOTEMPTY: {
    code: "fs.not-empty",
    says: "the folder is not empty",
    help: "removeDirAll(…) removes what is in it as well",
  },
  EACCES: { code: "fs.permission-denied", says: "the permission is missing" },
  EPERM: { code: "fs.permission-denied", says: "the system does not permit it" },
  ENOTDIR: { code: "fs.not-a-directory", says: "it is not a folder, or a part of the path is not" },
  EISDIR: { code: "fs.is-a-directory", says: "it is a folder" },
  EMFILE: {
    code: "fs.too-many-open-files",
    says: "this process has as many files open as it may",
    help: "close files when they are no longer needed, open fewer at a time, or raise the limit (ulimit -n)",
  },
  ENFILE: { code: "fs.too-many-open-files", says: "the whole system has as many files open as it may" },
  ENOSPC: { code: "fs.no-space", says: "no space is left" },
  EDQUOT: { code: "fs.no-space", says: "the quota is used up" },
  EROFS: { code: "fs.read-only", says: "the file system can only be read" },
  EXDEV: {
    code: "fs.cross-device",
    says: "the two are on different file systems",
    help: "copy(…) it, and remove the old one",
  },
  ELOOP: { code: "fs.too-many-links", says: "too many symbolic links lead on to others" },
  ENAMETOOLONG: { code: "fs.name-too-long", says: "the name is too long" },
  EBUSY: { code: "fs.in-use", says: "the system uses it" },
  ETXTBSY: { code: "fs.in-use", says: "it is a program that runs" },
  EINVAL: { code: "fs.invalid", says: "the system finds this invalid for it" },
  ESPIPE: { code: "fs.not-seekable", says: "it is a pipe or a device, which has no positions" },
  EBADF: {
    code: "fs.wrong-mode",
    says: "it was not opened for this",
    help: "open it with OpenOptions for all that is to be done with it",
  },
};

/** The system's error in heddle's words. */
export function failed(deed: Deed, cause: unknown): HeddleError {
  const name = codeOf(cause);
  const { code, says, help } = name === "ENOENT" ? missing(deed) : (PROBLEMS[name ?? ""] ?? unknown(name, cause));
  return new HeddleError(code, `Cannot ${deed.verb} ${shown(deed.path)}${deed.rest ?? ""}: ${says}`, { cause, help });
}

function missing({ path, rest, makes }: Deed): Problem {
  const code = "fs.not-found";
  if (makes === true)
    return {
      code,
      says: "the folder that it is to be in does not exist",
      help: "make the folder first, with createDirAll(…)",
    };
  const says = rest === undefined ? "it does not exist" : "it does not exist, or the folder of the other does not";
  const help = isAbsolute(path)
    ? "correct the path, or make it first"
    : `correct the path, which is relative to ${shown(process.cwd())}, or make it first`;
  return { code, says, help };
}

/** Of `EIO: i/o error, read` what is for people, and the name, to search for. */
function unknown(name: string | undefined, cause: unknown): Problem {
  const message = (cause as Partial<Error> | null)?.message ?? String(cause);
  const says = /^\w+: (.*?)(, \w+( '.*)?)?$/s.exec(message)?.[1] ?? message;
  return { code: "fs.failed", says: name === undefined ? says : `${says} (${name})` };
}

/** A file was used after it was closed. */
export function closed(deed: Deed): ClosedError {
  return new ClosedError("fs.closed", `Cannot ${deed.verb} ${shown(deed.path)}: it was closed`, {
    help: "keep it open until nobody needs it any more",
  });
}

/** Two tasks at once use what has one position, or one listing. */
export function busy(deed: Deed): BusyError {
  return new BusyError("fs.busy", `Cannot ${deed.verb} ${shown(deed.path)}: another task is at it`, {
    help: "let one task do it and tell the others, or open it once for each",
  });
}
