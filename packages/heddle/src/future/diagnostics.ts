/**
 * Diagnostics: what the engine has somebody say for it, so that it need not carry the words.
 *
 * Two can: `terse`, below, which answers with codes, for production builds; and `development.ts`, which knows the whole story: advice, stitched
 * traces, futures that nobody polled. The front door puts the second one in place; a bundler that asks for the condition `production` gets
 * the first.
 */
import { BusyError, HeddleError } from "../base/errors.js";
import type { ProbedTask } from "../base/probe.js";
import type { Warnings } from "../base/warnings.js";

/** A call, as far as messages need to know it. */
export interface Call {
  readonly label: string;
  readonly state: number;
  readonly generator: object | null;
  readonly parent: object | null;
}

/** A future that can be asked whether it was ever polled, or whether what it gave was given back. */
export interface Unpolled {
  /** Whether it would be a mistake to forget it as it is now: it was never polled, or has the {@link fault}. */
  isUnpolled(): boolean;
  /** Told that it is under watch: it must call `unwatch` at its first poll. */
  watched(): void;
  readonly label: string;
  /** Told that it will never be polled, and that this is no mistake. */
  closeUnpolled?(): void;
  /** What photographs calls like the one that made it. */
  readonly film: Film | undefined;
  /** The code of what is wrong with it as it is now, if that is not that it was never polled: see `words.ts`. */
  readonly fault?: string | undefined;
  /** Of what becomes a guard: who holds what with it. Null as long as nobody does, undefined when that is over. */
  holding?(): Holding | null | undefined;
}

/** That a task holds a part of something; null: somebody who is no task does. */
export interface Holding {
  readonly resource: object;
  readonly task: object | null;
}

/** A mistake that shows when a future is collected: what is said of it. */
export interface Fault {
  readonly text: (label: string) => string;
  readonly help: string;
  /** Whether it is one too if the process ends before the future is collected. */
  readonly atExit: boolean;
  /** How many more calls like the one that was caught are photographed. */
  readonly photos: number;
}

/** Has photographs of what may become a guard. */
export interface Keeper {
  keep(future: object, photo: Error): void;
  /** Where a task asked for what it holds of a resource; empty if it is not known. */
  takenAt(resource: object, task: object): string;
}

/** How many more calls of one function are photographed. */
export interface Film {
  photos: number;
  /** How many of them are photographed in each turn when there is no film left. */
  readonly perTurn?: number;
}

/** What is asked of the one who speaks. */
export interface Diagnostics {
  /** Where warnings go unless a runtime says otherwise; null where there are none. */
  readonly warnings: Warnings | null;
  /** A call was awaited that cannot be: it awaits itself, somebody else awaits it, or it is over. */
  misuse(call: Call): Error;
  /** A generator said `yield` where only `yield*` suspends. */
  bareYield(value: unknown, call: Call): Error;
  /** Something was passed that cannot be awaited. */
  notAFuture(verb: string, value: unknown): Error;
  /**
   * `label` was called with a future, or should have been: throws if it is clear at the call that it is none. With a name `given`
   * is that parameter; otherwise it is a list of futures, which several names are those of.
   */
  check(label: string, given: unknown, names?: string | readonly string[]): void;
  /**
   * Throws if a future is used as none may be. Asked of a generator, before a stack takes it: has another one taken it? Of whatever is polled without a
   * budget, and answers that it is pending: does nobody mind the answer?
   */
  doubt(future: object): void;
  /** A plain generator that its caller awaits inline was dropped, and its `finally` awaits. `line`: where it stands. */
  inlinedCleanup(line: string): Error;
  /** A `finally` awaited again each time it was ended by force. */
  unstoppable(call: Call): Error;
  /** An error leaves a call: adds what its text does not say. */
  advise(error: unknown): void;
  /** Appends the calls on the native stack to the error's own. See `trace.ts`. */
  traceNative(error: unknown, stack: object | null, left: number): void;
  /** Appends the calls that are suspended outside of `call`. See `trace.ts`. */
  traceSuspended(error: unknown, call: Call, stack: object): void;
  /** A future was made, while warnings are on. See `unpolled.ts`. */
  born(future: Unpolled, film: Film): void;
  /** A future has come to where it would be a mistake to forget it, again. The line that made it still counts. */
  noteAgain(future: Unpolled): void;
  /** A watched future is being polled after all, or what it gave was given back. */
  unwatch(future: Unpolled): void;
  /** A turn ends: what is new and not polled comes under watch. */
  sweep(): void;
  /** Where a task asked for what it holds of a resource; empty if that is not known. See `words.ts`. */
  takenAt(resource: object, task: object): string;
  /** The program's innermost line of an error; empty if it is not known. */
  siteOf(error: Error): string;
  /** A span of time, for messages. */
  duration(milliseconds: number): string;
  /** A runtime was built. */
  built(runtime: object): void;
  /** What to say of tasks one of which blocked the thread. */
  blocked(milliseconds: number, tasks: readonly ProbedTask[]): string;
}

const DONE = 9;

function silent(): void {}

function nowhere(): string {
  return "";
}

const help = "a development build says more";

/** Says codes. */
export const terse: Diagnostics = {
  warnings: null,
  misuse: (call) => {
    const [Class, code] = call.state === DONE ? [HeddleError, "future.completed"] : [BusyError, "future.busy"];
    return new Class(code, `Cannot await the future of ${call.label}`, { help });
  },
  bareYield: (_value, call) => new TypeError(`Cannot suspend ${call.label} with a bare yield\nhelp: ${help}`),
  notAFuture: (verb) => new TypeError(`Cannot ${verb} a value as it must be a future\nhelp: ${help}`),
  check: silent,
  doubt: silent,
  inlinedCleanup: (line) => new HeddleError("future.inlined-cleanup", `Cannot finish the cleanup${line}`, { help }),
  unstoppable: (call) => new HeddleError("task.unstoppable", `Cannot end ${call.label}`, { help }),
  advise: silent,
  traceNative: silent,
  traceSuspended: silent,
  born: silent,
  noteAgain: silent,
  unwatch: silent,
  sweep: silent,
  siteOf: nowhere,
  takenAt: nowhere,
  duration: (milliseconds) => `${milliseconds} ms`,
  built: silent,
  blocked: (milliseconds) => `A task blocked the thread for ${milliseconds} ms`,
};
