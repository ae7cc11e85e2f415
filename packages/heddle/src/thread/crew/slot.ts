/**
 * A slot: one job on a desk, as its owner and the thread that has it see it. Only this file and `layout.ts` know how a state is written.
 *
 *     31 ──────────── ticket ──────────── 12 11 ── member ── 3 2 ─ phase ─ 0
 *
 * | phase    | meaning                                    | written by | next                                    |
 * | -------- | ------------------------------------------ | ---------- | --------------------------------------- |
 * | FREE     | no job                                     | owner      | QUEUED, SEALED, POSTED                  |
 * | QUEUED   | on the board: any member may take it        | owner      | RUNNING (a member), FREE (called off)   |
 * | SEALED   | on the board: any member may ask for it     | owner      | POSTED, FREE (called off)               |
 * | POSTED   | sent to one member, which has not begun it  | owner      | RUNNING (that member), FREE (called off) |
 * | RUNNING  | taken: it cannot be called off any more     | member     | TASK, DONE, FREE (its outcome was mailed) |
 * | TASK     | the same, and it can be aborted            | member     | DONE, FREE (its outcome was mailed)     |
 * | DONE     | over; the value is in the slot             | member     | FREE (owner)                            |
 *
 * The ticket counts the jobs that a slot has had. It is part of every compare-and-exchange, so what is left over of an earlier job (an
 * entry on a board, a message) never meets a later one. 20 bits: it would have to come round within the steps of one exchange.
 */
import { jsonOf } from "../values/json.js";
import { type Desk, SLOT_TEXT, SLOT_VALUES } from "./layout.js";

export const FREE = 0;
export const QUEUED = 1;
export const POSTED = 2;
export const RUNNING = 3;
export const TASK = 4;
export const DONE = 5;
export const SEALED = 6;

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

// What can lie in a slot: three bits each, the count in the four lowest. Of texts, the slot has where in its text they begin and how long they are.
const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const NUMBER = 4;
const TEXT = 5;
const JSON_TEXT = 6;
const COUNT = 15;
const BITS = 3;
// 4 + 9 × 3 bits: as many as fit a word without its sign.
const MOST = Math.min(9, SLOT_VALUES);
const LENGTH = 2 ** 16;

/** What lies in a slot instead of a plain object or an array. */
export class Json {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** How a value is marked. */
function typeOf(value: unknown): number {
  switch (typeof value) {
    case "number":
      return NUMBER;
    case "string":
      return TEXT;
    case "boolean":
      return value ? TRUE : FALSE;
    case "undefined":
      return UNDEFINED;
    default:
      return value === null ? NULL : JSON_TEXT;
  }
}

/**
 * What values lie in a slot as, whatever becomes of their fields afterwards: themselves, or JSON in place of objects. Null if they have no place there,
 * all together.
 */
export function small(values: readonly unknown[]): readonly unknown[] | null {
  if (values.length > MOST) return null;
  let room = SLOT_TEXT;
  let all: unknown[] | null = null;
  for (let i = 0; i < values.length; i++) {
    const type = typeOf(values[i]);
    if (type < TEXT) continue;
    const text = textFor(values[i], room);
    if (text === null) return null;
    room -= text.length;
    if (type === TEXT) continue;
    all ??= [...values];
    all[i] = new Json(text);
  }
  return all ?? values;
}

/** The text that lies in a slot for a value that is no small one itself; null if it has none, or not of so many characters. */
function textFor(value: unknown, room: number): string | null {
  if (typeof value === "string") return value.length <= room ? value : null;
  return typeof value === "object" ? jsonOf(value!, room) : null;
}

/** Puts what `small` has answered into a slot. Call it while the slot is one's own. */
export function putValues(desk: Desk, slot: number, values: readonly unknown[]): void {
  let shape = values.length;
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const type = typeOf(value);
    shape |= type << (4 + BITS * i);
    if (type === NUMBER) desk.values[desk.value(slot) + i] = value as number;
    else if (type === TEXT) at = putText(desk, slot, i, at, value as string);
    else if (type === JSON_TEXT) at = putText(desk, slot, i, at, (value as Json).text);
  }
  desk.words[desk.shape(slot)] = shape;
}

/** Puts one value into a slot, whatever it is. False if it has no place there. */
export function putValue(desk: Desk, slot: number, value: unknown): boolean {
  const type = typeOf(value);
  if (type === NUMBER) desk.values[desk.value(slot)] = value as number;
  else if (type >= TEXT) {
    const text = textFor(value, SLOT_TEXT);
    if (text === null) return false;
    putText(desk, slot, 0, 0, text);
  }
  desk.words[desk.shape(slot)] = 1 | (type << 4);
  return true;
}

/** Puts the text of value `i` at a place in the slot's text, and answers which is the next. */
function putText(desk: Desk, slot: number, i: number, at: number, text: string): number {
  desk.putText(slot, at, text);
  desk.values[desk.value(slot) + i] = at * LENGTH + text.length;
  return at + text.length;
}

function textOf(desk: Desk, slot: number, i: number): string {
  const where = desk.values[desk.value(slot) + i]!;
  return desk.textOf(slot, Math.floor(where / LENGTH), where % LENGTH);
}

/** How many values lie in a slot. */
export function countOf(desk: Desk, slot: number): number {
  return desk.words[desk.shape(slot)]! & COUNT;
}

/** Value `i` of a slot. */
export function valueOf(desk: Desk, slot: number, i: number): unknown {
  switch ((desk.words[desk.shape(slot)]! >>> (4 + BITS * i)) & 7) {
    case NUMBER:
      return tagged(desk.values[desk.value(slot) + i]!);
    case TRUE:
      return true;
    case FALSE:
      return false;
    case NULL:
      return null;
    case TEXT:
      return textOf(desk, slot, i);
    case JSON_TEXT:
      return JSON.parse(textOf(desk, slot, i));
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
