/**
 * The errors of shared memory; that of what did not come in time is `deadline.ts`'s.
 *
 * | code                 | class        | meaning                                                    |
 * | -------------------- | ------------ | ---------------------------------------------------------- |
 * | `lock.poisoned`      | HeddleError  | a thread died while it had the lock                        |
 * | `lock.deadlock`      | HeddleError  | this thread would block until it releases what it has      |
 * | `lock.crowded`       | HeddleError  | more threads, or guards, than the lock has room for        |
 * | `lock.released`      | HeddleError  | a guard was used after its release                         |
 * | `thread.cannot-block`| HeddleError  | the host does not let this thread block                    |
 */
import type { Duration } from "../../base/duration.js";
import { HeddleError, quote } from "../../base/errors.js";

/** How long a thread blocks at most. */
export interface BlockingOptions {
  readonly timeout?: Duration | undefined;
}

export function poisoned(what: string): HeddleError {
  return new HeddleError("lock.poisoned", `Cannot lock ${what}: a thread died while it had it`, {
    help: "recover() gives a guard to put right what it protects; clearPoison() says that it is right as it is",
  });
}

export function ownLock(verb: string, what: string): HeddleError {
  return new HeddleError("lock.deadlock", `Cannot ${verb} ${what} by blocking this thread: this thread has it`, {
    help: "release the guard first, or await it, which lets other tasks of this thread go on",
  });
}

export function released(verb: string, what: string): HeddleError {
  return new HeddleError("lock.released", `Cannot ${verb} as the guard must be held: that of ${what} was released`, {
    help: "release the guard when you are done, or ask for another one",
  });
}

export function cannotBlock(cause: unknown): HeddleError {
  return new HeddleError("thread.cannot-block", "Cannot block this thread: its host does not allow it", {
    help: "await the future instead, or block in a worker",
    cause,
  });
}

/** Refuses what is no integer from `least` to `most`. */
export function checkCount(count: number, least: number, most: number, verb: string, name: string): void {
  if (Number.isSafeInteger(count) && count >= least && count <= most) return;
  throw new (typeof count === "number" ? RangeError : TypeError)(
    `Cannot ${verb} as '${name}' must be an integer from ${least} to ${most}: received ${quote(count)}`,
  );
}

export function checkFunction(fn: unknown, verb: string): void {
  if (typeof fn === "function") return;
  throw new TypeError(
    `Cannot ${verb} as 'fn' must be a function: received ${quote(fn)}\nhelp: pass a function, async or not`,
  );
}
