/**
 * The few plain values of which JSON makes what a clone would be: for those that are small it is the fastest way to another thread.
 *
 * | JSON lacks                                  | so such a value                            |
 * | ------------------------------------------- | ------------------------------------------ |
 * | undefined, bigint, NaN, infinities, -0      | is refused here                            |
 * | holes of arrays, and what else they have    | is refused: it has more or fewer keys      |
 * | objects that are met twice, cycles          | is refused: `seen` remembers all           |
 * | all that is neither object nor array        | is refused, by its prototype               |
 */
import { types } from "node:util";
import { SEND } from "../sendable.js";

const MOST_OBJECTS = 64;

// Who has been met. Empty again after each look, so that it keeps nothing.
const seen: object[] = [];
// How many characters there still are.
let left = 0;

/** `value` as JSON of at most `room` characters; null if that would be longer, or not all there is to it. */
export function jsonOf(value: object, room: number): string | null {
  left = room;
  const isWhole = isExactObject(value);
  seen.length = 0;
  if (!isWhole) return null;
  const text = JSON.stringify(value);
  return text.length <= room ? text : null;
}

function isExactObject(value: object): boolean {
  if (seen.length >= MOST_OBJECTS || types.isProxy(value) || seen.includes(value)) return false;
  seen.push(value);
  return Array.isArray(value) ? isExactArray(value) : hasExactFields(value);
}

function isExactArray(array: readonly unknown[]): boolean {
  if (Object.getPrototypeOf(array) !== Array.prototype || (left -= 2 * array.length) < 0) return false;
  for (let i = 0; i < array.length; i++) if (!isExact(array[i])) return false;
  return Object.keys(array).length === array.length;
}

function hasExactFields(value: object): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype || (value as { [SEND]?: unknown })[SEND] !== undefined)
    return false;
  for (const key in value)
    if ((left -= key.length + 4) < 0 || !isExact((value as Record<string, unknown>)[key])) return false;
  return true;
}

function isExact(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return (left -= value.length + 2) >= 0;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "boolean":
      return true;
    case "object":
      return value === null || isExactObject(value);
    default:
      return false;
  }
}
