/**
 * How a plan crosses to other threads: its functions by reference, what it reads in shared memory where that can be.
 *
 * | a list of               | crosses as                                       | costs the calling thread               |
 * | ----------------------- | ------------------------------------------------ | -------------------------------------- |
 * | numbers                 | numbers in shared memory                         | some ns each                           |
 * | primitives, plain data  | pieces, serialised into shared memory; a thread makes the items of those that it claims | what a clone costs |
 * | anything else           | the whole list, to each thread                   | what a clone costs, for each thread    |
 */
import { serialize } from "node:v8";
import { entryOf, references } from "../crew/functions.js";
import { captured } from "../reference/move.js";
import type { Reference } from "../reference/reference.js";
import { check } from "../values/pack.js";
import { isPlain } from "../values/plain.js";
import { isShared, numbersOf, shared } from "./numbers.js";
import { type Indexed, mapPlan, type Plan } from "./plan.js";
import type { Callee } from "./reader.js";

/** A function of a plan on its way to another thread. */
export interface Call {
  readonly id: number;
  readonly reference: Reference;
  /** What `move` was given. */
  readonly captures: object | null;
}

/** How many pieces there are for each thread: enough to balance. */
const PIECES = 32;

/** Makes of a plan what threads can be given. */
export function crossing(plan: Plan<Callee>, threads: number): Plan<Call> {
  return mapPlan(plan, callOf, (of) => crossingSource(of, threads));
}

/** How a function crosses. */
export function callOf(fn: Callee): Call {
  const { id } = entryOf(fn);
  return { id, reference: references[id]!, captures: captured(fn) };
}

function crossingSource(of: Indexed<Callee>, threads: number): Indexed<Call> {
  if (of.kind === "numbers") return isShared(of.data) ? of : { ...of, data: shared(of.data) };
  if (of.kind !== "list") return of as Indexed<any>;
  const numbers = numbersOf(of.items);
  if (numbers !== null) return { kind: "numbers", data: numbers, length: of.length };
  const pieces = piecesOf(of.items, threads);
  if (pieces === null) check(of.items, "the items");
  return pieces ?? of;
}

/** Whether a list is quick to send. */
export function isQuick(items: readonly unknown[]): boolean {
  return items.every((item) => typeof item === "number");
}

/** The items in pieces; null if there are some that cannot be serialised. */
function piecesOf(items: readonly unknown[], threads: number): Indexed<Call> | null {
  const size = Math.max(1, Math.ceil(items.length / (PIECES * threads)));
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < items.length; i += size) {
    const piece = items.slice(i, i + size);
    if (!piece.every(isPlain)) return null;
    pieces.push(serialize(piece));
  }
  const ends = new Float64Array(new SharedArrayBuffer(8 * pieces.length));
  let end = 0;
  pieces.forEach((piece, i) => (ends[i] = end += piece.length));
  const bytes = new Uint8Array(new SharedArrayBuffer(end));
  pieces.forEach((piece, i) => bytes.set(piece, ends[i]! - piece.length));
  return { kind: "pieces", bytes, ends, size, length: items.length };
}
