/**
 * The other half of pack.ts: makes the value again, where it has arrived.
 */
import { BugError } from "../../base/errors.js";
import { receiverOf, type Sent } from "../sendable.js";

/** What the `data` of a parcel lacks. The drawing in pack.ts shows how it refers to `data`. */
export interface Extras {
  readonly sent: readonly Sent[];
  readonly places: unknown[];
  readonly fills: unknown[];
  /** Which of `sent` the value itself is; -1 if it is none. */
  readonly root: number;
}

/** Makes what `pack` made of a value into the value. */
export function unpack(data: unknown, extras: unknown): unknown {
  if (extras === null) return data;
  const { sent, places, fills, root } = extras as Extras;
  const made = sent.map(({ kind, data: parts }) => received(kind, parts));
  if (root >= 0) return made[root];
  for (let i = 0; i < places.length; i += 3)
    setField(places[i] as object, places[i + 1] as string, made[places[i + 2] as number]);
  for (let i = 0; i < fills.length; i += 2) fill(fills[i] as Map<unknown, unknown>, fills[i + 1] as unknown[]);
  return data;
}

/** Rebuilds what was sent. */
export function received(kind: string, data: unknown): unknown {
  const rebuild = receiverOf(kind);
  if (rebuild === undefined)
    throw new BugError(`Cannot receive a "${kind}" from another thread: nothing here knows its kind`);
  return rebuild(data);
}

function fill(target: Map<unknown, unknown> | Set<unknown>, items: unknown[]): void {
  if (target instanceof Set) for (const item of items) target.add(item);
  else for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
}

/** Sets a field as a clone does, whatever it is called. */
export function setField(holder: object, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
  else (holder as Record<string, unknown>)[key] = value;
}
