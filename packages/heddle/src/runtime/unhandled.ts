/**
 * Errors of tasks that nobody took. Each is reported once: when the task was detached, when its handle was collected, when the runtime has no
 * task left to join it, at shutdown, or when the process ends, whichever is first.
 */
import { later } from "../reactor/host.js";
import type { Failure } from "../task/task.js";

/** What `onUnhandled` is told besides the error. */
export interface UnhandledInfo {
  /** The task as messages call it: `task "resize" (#81)`. */
  readonly task: string;
}

/** Takes errors that nobody joined. */
export type OnUnhandled = (error: unknown, info: UnhandledInfo) => void;

/** Prints the error, and makes the process end with a code that is not 0. */
export function printUnhandled(error: unknown, info: UnhandledInfo): void {
  console.error(`heddle: ${info.task} failed, and nobody joined it:`, error);
  const { process } = globalThis as { process?: { exitCode?: number | string | undefined } };
  if (process !== undefined) process.exitCode ??= 1;
}

/** A callback of the user's. What it throws is an uncaught exception of its own, instead of getting in the way of the task that is just ending. */
export function aside<A extends unknown[]>(fn: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      fn(...args);
    } catch (error) {
      later(() => {
        throw error;
      });
    }
  };
}

/** What an error may belong to that nobody joins: a task, or work elsewhere that has a handle here. */
export interface Joinable {
  readonly isDetached: boolean;
}

/** The failures of one runtime that nobody has taken yet. */
export class Unhandled {
  readonly #failures = new Set<Failure>();
  readonly #collected = new FinalizationRegistry<Failure>((failure) => this.#report(failure));
  readonly #onUnhandled: OnUnhandled;

  constructor(onUnhandled: OnUnhandled) {
    this.#onUnhandled = onUnhandled;
  }

  add(task: Joinable, failure: Failure): void {
    this.#failures.add(failure);
    if (task.isDetached) this.#report(failure);
    else {
      // Make text of the stack now. Until then it keeps what was on it alive, and the task is among that.
      void (failure.error as Error | null | undefined)?.stack;
      this.#collected.register(task, failure);
    }
  }

  /** Reports all that are left: nobody is there any more who could take them. */
  reportAll(): void {
    for (const failure of this.#failures) this.#report(failure);
  }

  #report(failure: Failure): void {
    if (!this.#failures.delete(failure) || failure.isTaken) return;
    failure.isTaken = true;
    this.#onUnhandled(failure.error, { task: failure.label });
  }
}
