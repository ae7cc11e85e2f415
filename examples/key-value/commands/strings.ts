/**
 * GET, SET, INCR, DECR.
 */
import type { Bytes } from "../resp/bytes.js";
import { Fault, OK, type Reply } from "../resp/reply.js";
import type { Session } from "../session.js";
import { type Command, integer, lifetime, SYNTAX } from "./command.js";

/** What may follow `SET key value`. */
interface SetOptions {
  only?: "NX" | "XX";
  milliseconds?: number;
  keepsTime?: boolean;
  givesOld?: boolean;
}

function setOptions(args: readonly Bytes[]): SetOptions {
  const options: SetOptions = {};
  for (let i = 2; i < args.length; i++) {
    const word = args[i]!.toUpperCase();
    const hasTime = options.milliseconds !== undefined || options.keepsTime === true;
    if ((word === "NX" || word === "XX") && options.only === undefined) options.only = word;
    else if (word === "GET") options.givesOld = true;
    else if (word === "KEEPTTL" && !hasTime) options.keepsTime = true;
    else if ((word === "EX" || word === "PX") && !hasTime && i + 1 < args.length) {
      options.milliseconds = lifetime(args[++i]!, word === "EX" ? 1000 : 1);
      if (options.milliseconds <= 0) throw new Fault("ERR invalid expire time in 'set' command");
    } else throw SYNTAX;
  }
  return options;
}

function set({ db }: Session, args: readonly Bytes[]): Reply {
  const [key, value] = args as [Bytes, Bytes];
  if (args.length === 2) {
    db.set(key, value);
    return OK;
  }
  const { only, milliseconds, keepsTime, givesOld } = setOptions(args);
  const old = db.get(key);
  if (only === undefined || (only === "XX") === (old !== undefined)) {
    if (keepsTime === true) db.replace(key, value);
    else db.set(key, value, milliseconds);
    return givesOld === true ? (old ?? null) : OK;
  }
  return givesOld === true ? (old ?? null) : null;
}

const TOO_FAR = new Fault("ERR increment or decrement would overflow");

function add({ db }: Session, key: Bytes, amount: bigint): Reply {
  const sum = integer(db.get(key) ?? "0") + amount;
  if (BigInt.asIntN(64, sum) !== sum) throw TOO_FAR;
  db.replace(key, String(sum));
  return sum;
}

export const strings: readonly Command[] = [
  { name: "get", least: 1, most: 1, run: ({ db }, [key]) => db.get(key!) ?? null },
  { name: "set", least: 2, run: set },
  { name: "incr", least: 1, most: 1, run: (session, [key]) => add(session, key!, 1n) },
  { name: "decr", least: 1, most: 1, run: (session, [key]) => add(session, key!, -1n) },
];
