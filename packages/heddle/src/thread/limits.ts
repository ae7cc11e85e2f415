/**
 * Limits of memory, checked: the host takes what it does not know for no limit, without a word.
 */
import type { ResourceLimits } from "node:worker_threads";
import { quote } from "../base/errors.js";
import { checkTypes } from "../runtime/options.js";

const KNOWN: Record<keyof ResourceLimits, string> = {
  maxOldGenerationSizeMb: "number",
  maxYoungGenerationSizeMb: "number",
  codeRangeSizeMb: "number",
  stackSizeMb: "number",
};

/** @throws TypeError or RangeError if a limit is unknown or wrong */
export function checkLimits(limits: ResourceLimits | undefined, verb: string): void {
  if (limits === undefined) return;
  checkTypes(limits, KNOWN, `${verb} with resourceLimits`);
  for (const [key, value] of Object.entries(limits))
    if (value !== undefined && !(value > 0))
      throw new RangeError(`Cannot ${verb} as resourceLimits.${key} must be a number > 0: received ${quote(value)}`);
}
