/**
 * Errors that ended a thread when it had no job that could have failed with them.
 */
import { hostProcess } from "../../runtime/process.js";

/** Prints the error, and makes the process end with a code that is not 0. */
export function printLost(error: unknown, thread: string): void {
  console.error(
    `heddle: ${thread} ended by an error that nobody caught, and had no job that could fail with it:`,
    error,
  );
  const process = hostProcess();
  if (process !== undefined) process.exitCode ??= 1;
}
