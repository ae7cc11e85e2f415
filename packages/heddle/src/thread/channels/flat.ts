/**
 * Copies of small messages. What waits in a batch must not change under the hands of who sent it, and a copy of what is flat costs a tenth of a post
 * of its own.
 */
import { SEND } from "../sendable.js";
import { isPrimitive } from "../values/plain.js";
import { types } from "node:util";

const MOST_ITEMS = 32;

/** A copy of a plain object or an array that holds a few primitives and nothing else; null if it is none. */
export function flatCopy(value: object): object | null {
  if (typeof value !== "object" || types.isProxy(value)) return null;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return flatObject(value as Record<string, unknown>);
  return prototype === Array.prototype && Array.isArray(value) ? flatArray(value) : null;
}

function flatObject(value: Record<string, unknown>): object | null {
  if ((value as { [SEND]?: unknown })[SEND] !== undefined) return null;
  let left = MOST_ITEMS;
  for (const key in value) if (--left < 0 || !isPrimitive(value[key])) return null;
  return { ...value };
}

function flatArray(value: readonly unknown[]): object | null {
  if (value.length > MOST_ITEMS || Object.keys(value).length !== value.length) return null;
  for (const item of value) if (!isPrimitive(item)) return null;
  return value.slice();
}
