/**
 * Whole stack traces. When an error leaves a call, the calls that await it are on the native stack only if they have never
 * been suspended; the others are asked where they stand. Both are appended to the error's own stack, once each.
 *
 * The stacks are taken as the error passes and made into text when somebody reads `error.stack`: taking one costs 1 to 3 µs, the text ten
 * times that, and most errors are handled unread.
 */
import { asyncLine, lineText, userLines, withoutOwnLines, withStackLimit } from "../base/stacktrace.js";
import type { Suspended } from "./current.js";
import { sightOf } from "./inspect.js";

const MOST_CALLS = 64;
const NATIVE_LINES = 200;

/** A suspended call that can be asked where it stands. */
interface Call extends Suspended {
  readonly generator: Iterator<unknown>;
}

// Which errors have been traced through the calls of which stack.
const native = /* @__PURE__ */ new WeakMap<object, object | null>();
const suspended = /* @__PURE__ */ new WeakMap<object, object>();

/** Appends the calls on the native stack, as the error leaves the innermost of them. `stack` is the one being driven. */
export function traceNative(error: unknown, stack: object | null): void {
  if (!(error instanceof Error) || native.get(error) === stack) return;
  native.set(error, stack);
  const here = withStackLimit(NATIVE_LINES, () => new Error());
  append(error, () => userLines(here.stack ?? ""), true);
}

/** Appends the calls that are suspended outside of `call`, as the error leaves it. */
export function traceSuspended(error: unknown, call: Suspended, stack: object): void {
  if (!(error instanceof Error) || suspended.get(error) === stack) return;
  suspended.set(error, stack);
  const sights: (() => string[])[] = [];
  for (let at = call.parent as Call | null; at !== null && sights.length < MOST_CALLS; at = at.parent as Call | null) {
    const sight = sightOf(at.generator);
    if (sight !== null) sights.push(() => sight.lines);
  }
  append(error, () => sights.flatMap((lines) => lines()), false);
}

/** Makes `error.stack` give what it gives now, and `lines` behind it. */
function append(error: Error, lines: () => string[], onlyNew: boolean): void {
  const before = Object.getOwnPropertyDescriptor(error, "stack");
  if (before !== undefined && before.configurable !== true) return;
  const text = (): string => {
    let stack = withoutOwnLines(String(before === undefined || "value" in before ? before?.value : before.get!.call(error)));
    for (const line of lines()) if (!onlyNew || !stack.includes(lineText(line))) stack += `\n${asyncLine(line)}`;
    return stack;
  };
  const define = (value: unknown): void => {
    Object.defineProperty(error, "stack", { value, writable: true, configurable: true });
  };
  Object.defineProperty(error, "stack", {
    configurable: true,
    get: () => {
      const stack = text();
      define(stack);
      return stack;
    },
    set: define,
  });
}

