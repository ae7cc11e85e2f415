/**
 * Whole stack traces. When an error leaves a call, the calls that await it are on the native stack only if they have never
 * been suspended; the others are asked where they stand. Both are appended to the error's own stack, once each.
 *
 * The error path alone pays: 10 to 20 µs for each error.
 */
import { asyncLine, lineText, userLines, withoutOwnLines, withStackLimit } from "../base/stacktrace.js";
import type { Suspended } from "./current.js";
import { sightOf } from "./inspect.js";

const MOST_LINES = 64;
const NATIVE_LINES = 200;

/** A suspended call that can be asked where it stands. */
interface Call extends Suspended {
  readonly generator: Iterator<unknown> | null;
}

// Which errors have been traced through the calls of which stack.
const native = /* @__PURE__ */ new WeakMap<object, object | null>();
const suspended = /* @__PURE__ */ new WeakMap<object, object>();

/** Appends the calls on the native stack, as the error leaves the innermost of them. `stack` is the one being driven. */
export function traceNative(error: unknown, stack: object | null): void {
  if (!(error instanceof Error) || native.get(error) === stack) return;
  native.set(error, stack);
  let here = "";
  withStackLimit(NATIVE_LINES, () => (here = new Error().stack ?? ""));
  append(error, userLines(here), true);
}

/** Appends the calls that are suspended outside of `call`, as the error leaves it. */
export function traceSuspended(error: unknown, call: Suspended, stack: object): void {
  if (!(error instanceof Error) || suspended.get(error) === stack) return;
  suspended.set(error, stack);
  const lines: string[] = [];
  for (let at = call.parent as Call | null; at !== null && lines.length < MOST_LINES; at = at.parent as Call | null)
    lines.push(...(sightOf(at.generator!)?.lines ?? []));
  append(error, lines, false);
}

function append(error: Error, lines: string[], onlyNew: boolean): void {
  try {
    let stack = withoutOwnLines(error.stack ?? "");
    for (const line of lines)
      if (!onlyNew || !stack.includes(lineText(line))) stack += "\n" + asyncLine(line);
    error.stack = stack;
  } catch {
    // Frozen, or its stack is not ours to write: it keeps what it has.
  }
}
