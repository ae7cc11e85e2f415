/**
 * Whether two values are the same, all the way down: as strict as `===` for what has no parts, except that NaN is NaN; of errors name and message
 * count, of other objects class and own enumerable fields.
 */

/** Pairs that are being compared further out: a cycle is the same if the rest is. */
type Pairs = Map<object, object>;

export function isSame(a: unknown, b: unknown, pairs: Pairs = new Map()): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (pairs.get(a) === b) return true;
  pairs.set(a, b);
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Map) return isSameMap(a, b as Map<unknown, unknown>, pairs);
  if (a instanceof Set) return isSameSet(a, b as Set<unknown>, pairs);
  if (a instanceof Error && (a.name !== (b as Error).name || a.message !== (b as Error).message)) return false;
  return hasSameFields(a, b, pairs);
}

function isSameMap(a: Map<unknown, unknown>, b: Map<unknown, unknown>, pairs: Pairs): boolean {
  if (a.size !== b.size) return false;
  const others = [...b];
  for (const [key, value] of a) {
    const same = b.has(key)
      ? isSame(value, b.get(key), pairs)
      : others.some(([otherKey, other]) => isSame(key, otherKey, pairs) && isSame(value, other, pairs));
    if (!same) return false;
  }
  return true;
}

function isSameSet(a: Set<unknown>, b: Set<unknown>, pairs: Pairs): boolean {
  if (a.size !== b.size) return false;
  const others = [...b];
  for (const value of a) if (!b.has(value) && !others.some((other) => isSame(value, other, pairs))) return false;
  return true;
}

function hasSameFields(a: object, b: object, pairs: Pairs): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSame((a as Fields)[key], (b as Fields)[key], pairs));
}

type Fields = Record<string, unknown>;
