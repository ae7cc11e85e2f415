/**
 * What a parallel iterator may be told.
 */
import { quote } from "../../base/errors.js";

export interface ParOptions {
  /**
   * How many threads take part at most. As many as processors; on threads that heddle has started 1, which is the calling one. More than processors are of use where
   * items block: then they are those of `spawnBlocking`.
   */
  threads?: number | undefined;
  /** How many items a thread claims at a time. By default that follows from what items turn out to cost. */
  chunk?: number | undefined;
  /** Fewer items than this are done on the calling thread, others are not. By default that follows from what items have cost before. */
  sequentialBelow?: number | undefined;
}

/** The same, checked. */
export interface How {
  readonly threads: number | undefined;
  /** 0: as it comes. */
  readonly chunk: number;
  readonly sequentialBelow: number | undefined;
}

const KNOWN = { threads: 1, chunk: 1, sequentialBelow: 0 };

/** @throws TypeError or RangeError */
export function howOf(options: ParOptions): How {
  for (const [name, value] of Object.entries(options)) {
    const least = (KNOWN as Record<string, number>)[name];
    if (least === undefined)
      throw new TypeError(
        `Cannot iterate in parallel as '${name}' is not an option\nhelp: the options are ${Object.keys(KNOWN).join(", ")}`,
      );
    if (value === undefined || (name === "sequentialBelow" && value === Infinity)) continue;
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(
        `Cannot iterate in parallel as '${name}' must be an integer >= ${least}: received ${quote(value)}`,
      );
  }
  const { threads, chunk = 0, sequentialBelow } = options;
  return { threads, chunk, sequentialBelow };
}
