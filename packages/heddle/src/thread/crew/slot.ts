/**
 * A slot: one job on a desk, as its owner and the thread that has it see it. Only this file and `layout.ts` know how a state is written.
 *
 *     31 ──────────── ticket ──────────── 12 11 ── member ── 3 2 ─ phase ─ 0
 *
 * | phase    | meaning                                    | written by | next                                    |
 * | -------- | ------------------------------------------ | ---------- | --------------------------------------- |
 * | FREE     | no job                                     | owner      | QUEUED, POSTED                          |
 * | QUEUED   | on the board: any member may take it        | owner      | RUNNING (a member), FREE (called off)   |
 * | POSTED   | sent to one member, which has not begun it  | owner      | RUNNING (that member), FREE (called off) |
 * | RUNNING  | taken: it cannot be called off any more     | member     | TASK, DONE, FREE (its outcome was mailed) |
 * | TASK     | the same, and it can be aborted            | member     | DONE, FREE (its outcome was mailed)     |
 * | DONE     | over; the value is in the slot             | member     | FREE (owner)                            |
 *
 * The ticket counts the jobs that a slot has had. It is part of every compare-and-exchange, so what is left over of an earlier job (an
 * entry on a board, a message) never meets a later one. 20 bits: it would have to come round within the steps of one exchange.
 */
import { type Desk, SLOT_VALUES } from "./layout.js";

export const FREE = 0;
export const QUEUED = 1;
export const POSTED = 2;
export const RUNNING = 3;
export const TASK = 4;
export const DONE = 5;

const PHASE = 7;
const MEMBER_SHIFT = 3;
const MEMBER = 511;
const TICKET_SHIFT = 12;
const TICKET = 0xfffff;

export const phaseOf = (state: number): number => state & PHASE;
export const memberOf = (state: number): number => (state >>> MEMBER_SHIFT) & MEMBER;
export const ticketOf = (state: number): number => state >>> TICKET_SHIFT;

export function stateOf(ticket: number, member: number, phase: number): number {
  return (ticket << TICKET_SHIFT) | (member << MEMBER_SHIFT) | phase;
}

export const nextTicket = (ticket: number): number => (ticket + 1) & TICKET;

// An entry on a board: 11 bits of slot, 20 of ticket.
const SLOT_BITS = 11;

export const entryOf = (slot: number, ticket: number): number => (ticket << SLOT_BITS) | slot;
export const slotOfEntry = (entry: number): number => entry & ((1 << SLOT_BITS) - 1);
export const ticketOfEntry = (entry: number): number => (entry >>> SLOT_BITS) & TICKET;

// What can lie in a slot: three bits each, the count in the four lowest.
const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;
const COUNT = 15;
const BITS = 3;
// 4 + 9 × 3 bits: as many as fit a word without its sign.
const MOST = Math.min(9, SLOT_VALUES);

/** How a value is marked that has place in a slot; -1 for all others. */
function typeOf(value: unknown): number {
  if (typeof value === "number") return NUMBER;
  if (value === undefined) return UNDEFINED;
  if (value === true) return TRUE;
  if (value === false) return FALSE;
  return value === null ? NULL : -1;
}

/** Whether values have place in a slot. */
export function fits(values: readonly unknown[]): boolean {
  if (values.length > MOST) return false;
  for (let i = 0; i < values.length; i++) if (typeOf(values[i]) < 0) return false;
  return true;
}

/** Puts values that fit into a slot. Call it while the slot is one's own. */
export function putValues(desk: Desk, slot: number, values: readonly unknown[]): void {
  let shape = values.length;
  for (let i = 0; i < values.length; i++) {
    shape |= typeOf(values[i]) << (4 + BITS * i);
    if (typeof values[i] === "number") desk.values[desk.value(slot) + i] = values[i] as number;
  }
  desk.words[desk.shape(slot)] = shape;
}

/** Puts one value into a slot. False if it has no place there. */
export function putValue(desk: Desk, slot: number, value: unknown): boolean {
  const type = typeOf(value);
  if (type < 0) return false;
  if (type === NUMBER) desk.values[desk.value(slot)] = value as number;
  desk.words[desk.shape(slot)] = 1 | (type << 4);
  return true;
}

/** How many values lie in a slot. */
export function countOf(desk: Desk, slot: number): number {
  return desk.words[desk.shape(slot)]! & COUNT;
}

/** Value `i` of a slot. */
export function valueOf(desk: Desk, slot: number, i: number): number | boolean | null | undefined {
  switch ((desk.words[desk.shape(slot)]! >>> (4 + BITS * i)) & 7) {
    case NUMBER:
      return tagged(desk.values[desk.value(slot) + i]!);
    case TRUE:
      return true;
    case FALSE:
      return false;
    case NULL:
      return null;
    default:
      return undefined;
  }
}

/**
 * A number as the engine would have it, had it not come out of memory for fractions: whoever computes with it is compiled for integers if it is one. Without this
 * a recursive Fibonacci takes 1.7 times as long.
 */
function tagged(number: number): number {
  const integer = number | 0;
  return integer === number && (integer !== 0 || !Object.is(number, -0)) ? integer : number;
}

/** All values of a slot. */
export function valuesOf(desk: Desk, slot: number): unknown[] {
  const values = [];
  for (let i = 0; i < countOf(desk, slot); i++) values.push(valueOf(desk, slot, i));
  return values;
}
