/**
 * How long a dump waits for threads.
 */
import { type Duration, toMilliseconds } from "../base/duration.js";

export interface DumpOptions {
  /** How long a thread may take to answer before it is said to be busy. 250 ms. */
  timeout?: Duration | undefined;
}

/** In milliseconds. */
export function patience(options: DumpOptions = {}): number {
  return toMilliseconds(options.timeout ?? 250, "dump", "timeout");
}
