/**
 * Command: what a command is. And what the arguments of several have in common.
 */
import type { Bytes } from "../resp/bytes.js";
import { Fault, type Reply } from "../resp/reply.js";
import type { Session } from "../session.js";

export interface Command {
  /** In lower case. */
  readonly name: string;
  /** How many arguments it takes. */
  readonly least: number;
  readonly most?: number;
  /** May be sent by a client of RESP2 that has subscribed: it can be sent nothing else, for it could not tell replies from messages. */
  readonly isForSubscribers?: boolean;
  /** Does it, at once. A `Fault` that is thrown is what the client is told. */
  run(session: Session, args: readonly Bytes[]): Reply;
}

export const SYNTAX = new Fault("ERR syntax error");
export const NOT_AN_INTEGER = new Fault("ERR value is not an integer or out of range");

const INTEGER = /^(0|-?[1-9]\d{0,18})$/;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** A signed integer of 64 bits. */
export function integer(bytes: Bytes): bigint {
  if (!INTEGER.test(bytes)) throw NOT_AN_INTEGER;
  const value = BigInt(bytes);
  if (value < LEAST || value > MOST) throw NOT_AN_INTEGER;
  return value;
}

/** A time to live, in units of so many milliseconds. heddle's timers, and so keys here, last 30 years at most. */
export function lifetime(bytes: Bytes, unit: number): number {
  return Number(integer(bytes)) * unit;
}

export function wrongNumber(name: string): Fault {
  return new Fault(`ERR wrong number of arguments for '${name}' command`);
}
