/**
 * Durations as callers write them, and as messages print them.
 */
import { advised, quote } from "./errors.js";

/** A time span: milliseconds, or an object that names its units. `Infinity` is allowed. */
export type Duration =
  | number
  | {
      readonly hours?: number | undefined;
      readonly minutes?: number | undefined;
      readonly seconds?: number | undefined;
      readonly milliseconds?: number | undefined;
    };

const UNITS = { hours: 3_600_000, minutes: 60_000, seconds: 1000, milliseconds: 1 };

/**
 * A duration in milliseconds.
 *
 * @param verb what the caller was asked to do: `sleep`
 * @param name the caller's name for the argument
 * @throws RangeError when a number is negative or NaN, TypeError when it is neither a number nor an
 * object of units
 */
export function toMilliseconds(duration: Duration, verb: string, name = "duration"): number {
  if (typeof duration === "number" && duration >= 0) return duration;
  let sum: number | undefined;
  if (typeof duration === "object" && duration !== null) {
    for (const [key, count] of Object.entries(duration)) {
      if (count === undefined) continue;
      const known = Object.hasOwn(UNITS, key);
      if (!known || !(typeof count === "number" && count >= 0)) {
        refuse(verb, name, known && count, `{ ${key}: ${quote(count)} }`);
      }
      sum = (sum ?? 0) + count * UNITS[key as keyof typeof UNITS];
    }
  }
  // Refuse an object without units. Options, dates and other libraries' durations look like that,
  // and 0 is a wrong guess.
  return sum ?? refuse(verb, name, duration);
}

function refuse(verb: string, name: string, value: unknown, received = quote(value)): never {
  throw new (typeof value === "number" ? RangeError : TypeError)(
    advised(`Cannot ${verb} as '${name}' must be a number of milliseconds >= 0: received ${received}`, "duration"),
  );
}

/** At most 30 years, so that deadlines stay exact integers: nobody waits for the difference. */
export function clampMilliseconds(milliseconds: number): number {
  return Math.min(milliseconds, 946_728_000_000);
}

/** For messages: `0.25 ms`, `140 ms`, `1.50 s`, `2 min 5 s`, `3 h 20 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 10) return `${+milliseconds.toFixed(2)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_995) return `${(milliseconds / 1000).toFixed(2)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return milliseconds < Infinity ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${milliseconds} ms`;
}
