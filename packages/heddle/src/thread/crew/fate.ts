/**
 * What became of a thread, in words: why it ended, or was not started.
 */
import { quote } from "../../base/errors.js";
import { readFileSync } from "node:fs";

/** Why a thread ended though it had work. */
export interface Fate {
  readonly why: string;
  readonly help: string;
  readonly cause: unknown;
}

/**
 * @param error the last that was heard of it; null if nothing was
 * @param code its exit code
 * @param age in milliseconds
 */
export function fateOf(error: unknown, code: number, age: number, wasTerminated: boolean): Fate {
  const { code: kind } = (error ?? {}) as { code?: string };
  const after = ` after ${(age / 1000).toFixed(1)} s`;
  if (kind === "ERR_WORKER_OUT_OF_MEMORY")
    return {
      why: `out of memory${after}`,
      help: "raise resourceLimits.maxOldGenerationSizeMb, or send less at a time",
      cause: error,
    };
  if (error !== null)
    return {
      why: `${quote(error)}, which nobody caught${after}`,
      help: "an error in a callback, or a rejected promise that nobody awaits, ends a thread: handle it there",
      cause: error,
    };
  if (wasTerminated)
    return { why: `it was terminated${after}`, help: "what else it was doing went with it", cause: undefined };
  return {
    why: `it exited with ${code}${after}`,
    help: "do not call process.exit() in a thread: return or throw",
    cause: undefined,
  };
}

/** Of a thread that goes on though it was to end. HOST: on Deno. @param age in milliseconds */
export function givenUp(age: number): Fate {
  return {
    why: `it was given up after ${(age / 1000).toFixed(1)} s, and runs on: Deno does not end a thread that is busy`,
    help: "give it work that can be aborted, or that looks at a CancellationToken; what it holds stays taken until it is over",
    cause: undefined,
  };
}

/** Limits of the system on how many threads there can be, as far as it tells. */
export function systemLimits(): string {
  const found = [
    ["/sys/fs/cgroup/pids.max", "pids.max of the control group"],
    ["/proc/sys/kernel/threads-max", "the kernel's threads-max"],
    ["/proc/sys/vm/max_map_count", "the kernel's max_map_count"],
  ].flatMap(([path, name]) => {
    const value = contentOf(path!);
    return value === null || value === "max" ? [] : [`${name} is ${value}`];
  });
  const processes = /^Max processes +(\S+)/m.exec(contentOf("/proc/self/limits") ?? "")?.[1];
  if (processes !== undefined && processes !== "unlimited") found.push(`ulimit -u is ${processes}`);
  return found.join(", ");
}

/** HOST: only Linux has such files. */
function contentOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
