/**
 * What a thread needs before it can find functions: how it must be started, and what is to be set up in it before modules of the program are loaded.
 */
import type { WorkerOptions } from "node:worker_threads";

/**
 * What a `Worker` must be given so that modules load in it as they do here.
 *
 * No `execArgv`: a thread that is given none inherits all that concerns loading (`--import`, `--require`, `--conditions`, type stripping), also
 * what came in `NODE_OPTIONS`; one that is given the process's own fails at those which only a process can have.
 */
export function workerOptions(): WorkerOptions & { workerData: Record<string, unknown> } {
  return { workerData: {} };
}

/** To be called in a new thread, before it loads a module of the program. */
export function prepareWorker(): void {}
