/**
 * What an error is expected to be, as `assertThrows` takes it, and whether one is that.
 */
import { HeddleError } from "../base/errors.js";
import { isSame } from "./same.js";
import { show } from "./show.js";

/**
 * What an error is expected to be: a class; the `code` of an error of heddle; a pattern of its message; fields that it has; or a function that
 * says whether it is the one.
 */
export type ExpectedError =
  | (abstract new (...args: any[]) => unknown)
  | string
  | RegExp
  | { readonly [field: string]: unknown }
  | ((error: any) => boolean);

/** Whether `error` is what was expected. */
export function isExpected(error: unknown, expected: ExpectedError): boolean {
  if (typeof expected === "string") return error instanceof HeddleError && error.code === expected;
  if (expected instanceof RegExp) return expected.test(`${(error as Error | null)?.message ?? error}`);
  if (isClass(expected)) return error instanceof expected;
  if (typeof expected === "function") return (expected as (error: unknown) => boolean)(error);
  return Object.entries(expected).every(([field, value]) => isSame((error as Fields | null)?.[field], value));
}

/** An expected error for messages: `with code "time.elapsed"`. */
export function showExpected(expected: ExpectedError): string {
  if (typeof expected === "string") return `an error with code ${show(expected)}`;
  if (expected instanceof RegExp) return `an error whose message matches ${expected}`;
  if (isClass(expected)) return `an instance of ${expected.name}`;
  if (typeof expected === "function") return `an error that ${expected.name || "the function given"} accepts`;
  return `an error like ${show(expected)}`;
}

/** A class, as opposed to a function that decides. */
function isClass(expected: unknown): expected is new () => unknown {
  if (typeof expected !== "function") return false;
  return expected === Error || expected.prototype instanceof Error || /^class\b/.test(String(expected));
}

type Fields = Record<string, unknown>;
