/**
 * How long a dump waits for threads.
 */
import { type Duration, toMilliseconds } from "../base/duration.js";
import { checkTypes } from "../runtime/options.js";

export interface DumpOptions {
  /** How long a thread may take to answer before it is said to be busy. 250 ms. */
  timeout?: Duration | undefined;
}

/** In milliseconds. */
export function patience(options: DumpOptions = {}): number {
  checkTypes(options, { timeout: "number object" }, "dump");
  return toMilliseconds(options.timeout ?? 250, "dump", "timeout");
}
