/**
 * Deadlines as callers give them.
 */
import { advised, quote } from "../base/errors.js";
import { toTick } from "../future/tick.js";
import type { Instant } from "./instant.js";

/**
 * The first tick at or after a deadline.
 *
 * @param verb what the caller was asked to do: `sleep`
 * @throws TypeError if it is not an Instant: a number, or a date, is of another clock
 */
export function tickOf(deadline: Instant, verb: string): number {
  const milliseconds = (deadline as Partial<Instant> | null | undefined)?.milliseconds;
  if (typeof milliseconds === "number") return toTick(milliseconds);
  throw new TypeError(
    advised(`Cannot ${verb} as 'deadline' must be an Instant: received ${quote(deadline)}`, "instant"),
  );
}
