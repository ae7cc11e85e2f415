/**
 * How a thread must be started that is to find functions. What is set up in it afterwards: `prepare.ts`.
 */
import process from "node:process";
import { workerData, type WorkerOptions } from "node:worker_threads";
import { MOVES } from "./prepare.js";
import { refersToTexts } from "./refer.js";

/**
 * What a `Worker` must be given so that modules load in it as they do here.
 *
 * As a rule no `execArgv`: a thread that is given none inherits all that concerns loading (`--import`, `--require`, `--conditions`, type
 * stripping), and one that is given the process's own fails at those that only a process can have.
 */
export function workerOptions(): WorkerOptions & { workerData: Record<string, unknown> } {
  const flags = process.execArgv;
  const isText = flags.some((flag) => /^(--input-type\b|--eval\b|--print\b|-[pe]+$)/.test(flag));
  const moves = refersToTexts() || (workerData as Record<string, unknown> | null)?.[MOVES] === true;
  return { workerData: { [MOVES]: moves }, ...(isText ? { execArgv: loadingFlags(flags) } : {}) };
}

/** Those of the flags that say how modules are loaded. A program that was given as text has others, which a thread with a file refuses. */
function loadingFlags(flags: readonly string[]): string[] {
  const kept: string[] = [];
  for (const [at, flag] of flags.entries()) {
    if (!/^(--(import|require|loader|experimental-loader|conditions)|-[rC])(=|$)/.test(flag)) continue;
    kept.push(flag);
    if (!flag.includes("=")) kept.push(flags[at + 1]!);
  }
  return kept;
}
