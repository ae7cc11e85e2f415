/**
 * Warnings: what heddle says of programs that are probably mistaken but not wrong.
 *
 * On by default in development, off when `NODE_ENV` is `production` or `HEDDLE_WARNINGS` is `off`. Every kind has a stable
 * code, listed in docs/errors.
 */

/** One warning, as an `onWarning` listener receives it. */
export interface Warning {
  /** Stable: `future.never-polled`, `task.blocked`, … */
  readonly code: string;
  readonly message: string;
}

/** Takes warnings. */
export type Warnings = (warning: Warning) => void;

/** Prints a warning to the standard error stream. */
export function printWarning(warning: Warning): void {
  console.error(`heddle: warning [${warning.code}] ${warning.message}`);
}

// What takes the warnings of this thread that no runtime of the program's takes; undefined on threads that print them.
const elsewhere: { warnings: Warnings | null | undefined } = { warnings: undefined };

/** From now on `warnings` is what takes them by default: nobody, if it is null. */
export function sendWarnings(warnings: Warnings | null): void {
  elsewhere.warnings = warnings;
}

/** The printer, or null where warnings are off by default. */
export function defaultWarnings(): Warnings | null {
  if (elsewhere.warnings !== undefined) return elsewhere.warnings;
  const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;
  return env?.["NODE_ENV"] === "production" || env?.["HEDDLE_WARNINGS"] === "off" ? null : warn;
}

// Whoever asked before `sendWarnings` was called has this one, and is heard of there from then on.
function warn(warning: Warning): void {
  const { warnings } = elsewhere;
  if (warnings === undefined) printWarning(warning);
  else warnings?.(warning);
}
