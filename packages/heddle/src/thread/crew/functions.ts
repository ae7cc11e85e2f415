/**
 * The functions that this thread has sent work for, numbered. Threads are told a number's function once, and its number from then on.
 */
import { quote } from "../../base/errors.js";
import { nameOf } from "../../future/frame.js";
import { definitionOf } from "../reference/body.js";
import { captured } from "../reference/move.js";
import { referenceOf } from "../reference/refer.js";
import type { Reference } from "../reference/reference.js";
import { check, pack, type Parcel } from "../values/pack.js";

/** A function that can be sent. */
export interface Entry {
  readonly id: number;
  readonly name: string;
  /** Whether calls of it are futures for certain, so that they can be aborted. */
  readonly isAsync: boolean;
  /** Whether calls of it leave their thread to others while they wait. */
  readonly suspends: boolean;
}

const entries = new WeakMap<Function, Entry>();
// Closures made in one place are one function, with other values each time.
const sameReference = new WeakMap<Reference, Entry>();

/** What threads are told, by number. */
export const references: Reference[] = [];

/** @throws TypeError if `fn` cannot be found by another thread */
export function entryOf(fn: Function): Entry {
  const known = entries.get(fn);
  if (known !== undefined) return known;
  const reference = referenceOf(fn);
  let entry = sameReference.get(reference);
  if (entry === undefined) {
    const definition = definitionOf(fn);
    const isAsync = definition !== undefined || fn.constructor?.name === "GeneratorFunction";
    const suspends = isAsync || fn.constructor?.name === "AsyncFunction";
    const name =
      (definition ?? fn).name ||
      (reference.variable ?? reference.exported ?? (definition === undefined ? "(anonymous)" : nameOf(definition)));
    entry = { id: references.length, name, isAsync, suspends };
    references.push(reference);
    sameReference.set(reference, entry);
  }
  entries.set(fn, entry);
  return entry;
}

/**
 * Packs what {@link argumentsOf} gave.
 *
 * @throws TypeError that says whether it is an argument that cannot be sent, or what the function carries along
 */
export function packArguments(fn: Function, args: readonly unknown[], all: readonly unknown[], name: string): Parcel {
  const what = `the arguments of ${quote(name)}`;
  try {
    return pack(all, what);
  } catch (error) {
    if (all === args) throw error;
    // Whose place is not the one in the list that is sent.
    check(captured(fn), `what ${quote(name)} captures`);
    check(args, what);
    throw error;
  }
}

/** The arguments of a call, behind what a function that was moved carries along. */
export function argumentsOf(fn: Function, args: readonly unknown[]): readonly unknown[] {
  const captures = captured(fn);
  return captures === null ? args : [captures, ...args];
}
