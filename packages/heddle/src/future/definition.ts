/**
 * How async functions of heddle and futures are told from other functions and values. It imports nothing: whoever only asks loads nothing else.
 */
import type { Film } from "./diagnostics.js";
import type { Pending } from "./poll.js";

/** A generator that awaits: what an async function is made of. */
export type AsyncGenerator<T> = Iterator<Pending, T, any>;

/** What all calls of one async function share. */
export interface Definition extends Film {
  readonly fn: (...args: any[]) => AsyncGenerator<any>;
  /** The function's name; empty if it has none. */
  readonly name: string;
  /** Where it was made, short, for those that have none. */
  place: string | undefined;
  /** Taken where the function was made. */
  readonly site: Error;
}

/** Under this an async function keeps its {@link Definition}, for whoever must know the body that it is made of. The same in every copy of heddle. */
export const DEFINITION: unique symbol = /* @__PURE__ */ Symbol.for("heddle.definition") as any;

/** Whether it is a future or a plain generator: its own iterator, that can be unwound. Collections, which iterate too, are values. */
export function isFuture(value: object): boolean {
  const { next, return: close } = value as Partial<Iterator<unknown>>;
  return typeof next === "function" && typeof close === "function";
}
