/**
 * DEL, EXISTS, EXPIRE, PEXPIRE, TTL, PTTL: what can be done with a key whatever its value is.
 */
import type { Bytes } from "../resp/bytes.js";
import type { Session } from "../session.js";
import { type Command, lifetime } from "./command.js";

/** How many of the keys pass. */
function count(keys: readonly Bytes[], passes: (key: Bytes) => boolean): number {
  return keys.reduce((sum, key) => sum + (passes(key) ? 1 : 0), 0);
}

function expire({ db }: Session, [key, time]: readonly Bytes[], unit: number): number {
  return db.expire(key!, lifetime(time!, unit)) ? 1 : 0;
}

/** -2: there is no such key, -1: it is to stay. */
function timeLeft({ db }: Session, [key]: readonly Bytes[], unit: number): number {
  const left = db.timeLeft(key!);
  if (left === undefined) return -2;
  return left === null ? -1 : Math.round(left / unit);
}

export const keys: readonly Command[] = [
  { name: "del", least: 1, run: ({ db }, args) => count(args, (key) => db.delete(key)) },
  { name: "exists", least: 1, run: ({ db }, args) => count(args, (key) => db.has(key)) },
  { name: "expire", least: 2, most: 2, run: (session, args) => expire(session, args, 1000) },
  { name: "pexpire", least: 2, most: 2, run: (session, args) => expire(session, args, 1) },
  { name: "ttl", least: 1, most: 1, run: (session, args) => timeLeft(session, args, 1000) },
  { name: "pttl", least: 1, most: 1, run: (session, args) => timeLeft(session, args, 1) },
];
