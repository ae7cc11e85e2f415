/**
 * Durations as callers write them, and as messages print them.
 */
import { quote } from "./errors.js";

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
 * @throws TypeError when it is neither a number nor an object of units, RangeError when it is negative or NaN
 */
export function toMilliseconds(duration: Duration, verb: string, name = "duration"): number {
  if (typeof duration === "number" && duration >= 0) return duration;
  const help = "\nhelp: pass milliseconds, or some of { hours, minutes, seconds, milliseconds }";
  if (typeof duration !== "object" || duration === null) refuse(duration, `Cannot ${verb} as '${name}' must be a number of milliseconds`, help);
  let sum = 0;
  // Refuse an object without units. Options, dates and other libraries' durations look like that, and 0 is a wrong guess.
  const keys = Object.keys(duration);
  for (const key of keys.length ? (keys as (keyof typeof UNITS)[]) : [undefined]) {
    if (!key || !Object.hasOwn(UNITS, key)) {
      const found = key === undefined ? `${quote(duration)} without any` : `the unit ${quote(key)}`;
      throw new TypeError(`Cannot ${verb} as '${name}' must have known units: received ${found}${help}`);
    }
    const count = duration[key];
    if (count === undefined) continue;
    if (!(typeof count === "number" && count >= 0)) refuse(count, `Cannot ${verb} as '${name}.${key}' must be a number of ${key}`, help);
    sum += count * UNITS[key];
  }
  return sum;
}

function refuse(value: unknown, message: string, help: string): never {
  throw new (typeof value === "number" ? RangeError : TypeError)(`${message} >= 0: received ${quote(value)}${help}`);
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
