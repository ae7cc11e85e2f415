/**
 * What the threads of some hosts cannot do, and how that is refused. The support matrix in docs/hosts.md lists it.
 *
 * HOST: Deno 2.9 ends a thread only between two turns of its loop: what blocks or computes runs on, though the host says at once that it is
 * over. Neither Deno nor Bun 1.4 keeps to limits of memory: on Bun a thread grows past them, on Deno it stops and nobody is told.
 */
import { HeddleError } from "../base/errors.js";

export const isDeno: boolean = "Deno" in globalThis;

const isBun: boolean = "Bun" in globalThis;

/** Whether a thread ends whatever it is doing. */
export const canEndThreads: boolean = !isDeno;

/** What cannot be done here. `what` goes on after "Cannot". */
function unsupported(what: string, why: string, help: string): HeddleError {
  return new HeddleError("thread.unsupported", `Cannot ${what}: ${why}`, { help });
}

/** @throws HeddleError `thread.unsupported` where a thread cannot be ended while it is busy */
export function refuseToEnd(thread: string): void {
  if (canEndThreads) return;
  throw unsupported(
    `end ${thread}`,
    "Deno does not end a thread that is busy, it would run on",
    "make the work an async function of heddle's, which can be aborted; or pass it a CancellationToken, and look at it now and then",
  );
}

/** @throws HeddleError `thread.unsupported` where threads do not keep to limits */
export function refuseLimits(limits: object | undefined): void {
  if (limits === undefined || !(isDeno || isBun)) return;
  throw unsupported(
    "limit the memory of a thread",
    `${isDeno ? "Deno" : "Bun"} does not keep to 'resourceLimits'`,
    "leave 'resourceLimits' out on this host, and have less work at a time: maxBlockingThreads, workerThreads, maxQueued",
  );
}
