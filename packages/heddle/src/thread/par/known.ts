/**
 * The functions of the program that this thread has been sent work for.
 */
import { countModules } from "../here.js";
import { resolveReference } from "../reference/resolve.js";
import type { Call } from "./crossing.js";
import type { Callee } from "./reader.js";

/** By the numbers that the owner of this thread has given them. */
const known = new Map<number, Callee>();

/** Loads what is not known of some functions; null if all are. */
export function learn(calls: readonly Call[]): Promise<void> | null {
  const missing = calls.filter(({ id }) => !known.has(id));
  return missing.length === 0 ? null : load(missing);
}

async function load(calls: readonly Call[]): Promise<void> {
  countModules(1);
  try {
    for (const { id, reference } of calls) known.set(id, (await resolveReference(reference)) as Callee);
  } finally {
    countModules(-1);
  }
}

/** A function that is known, as the program on the other thread would call it. */
export function use({ id, captures }: Call): Callee {
  return bound(known.get(id)!, captures);
}

/** A function that was moved, with what it carries along. */
export function bound(fn: Callee, captures: object | null): Callee {
  return captures === null ? fn : (...args) => fn(captures, ...args);
}
