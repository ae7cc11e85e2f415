/**
 * Whole stack traces. When an error leaves a call, the calls that await it are on the native stack only if they have never
 * been suspended; the others are asked where they stand. Both are appended to the error's own stack, once each.
 *
 * The stacks are taken as the error passes and made into text when somebody reads `error.stack`: taking one costs 1 to 3 µs, the text ten
 * times that, and most errors are handled unread.
 */
import { asyncLine, lineText, ofThisDrive, userLines, withStackLimit } from "../base/stacktrace.js";
import type { Call } from "./diagnostics.js";
import { sightOf } from "./inspect.js";

const MOST_CALLS = 64;
const NATIVE_LINES = 200;

// Which errors have been traced through the calls of which stack.
const native = /* @__PURE__ */ new WeakMap<object, WeakRef<object>>();
const suspended = /* @__PURE__ */ new WeakMap<object, WeakRef<object>>();

/** Whether this is the first time that an error comes by in this stack. */
function isFirst(seen: WeakMap<object, WeakRef<object>>, error: Error, stack: object): boolean {
  if (seen.get(error)?.deref() === stack) return false;
  seen.set(error, new WeakRef(stack));
  return true;
}

/**
 * Appends the calls on the native stack. `stack` is the one being driven, if any; `left` is how many calls the error has left already, which
 * are in its own stack and no longer on the native one.
 */
export function traceNative(error: unknown, stack: object | null, left: number): void {
  if (stack === null || !(error instanceof Error) || !isFirst(native, error, stack)) return;
  const here = withStackLimit(NATIVE_LINES, () => new Error());
  append(error, () => userLines(here.stack ?? ""), left);
}

/** Appends the calls that are suspended outside of `call`, as the error leaves it. */
export function traceSuspended(error: unknown, call: Call, stack: object): void {
  if (!(error instanceof Error) || !isFirst(suspended, error, stack)) return;
  const sights: (() => string[])[] = [];
  for (let at = call.parent as Call | null; at !== null && sights.length < MOST_CALLS; at = at.parent as Call | null) {
    const sight = sightOf(at.generator as Iterator<unknown>);
    if (sight !== null) sights.push(sight.reader());
  }
  append(error, () => sights.flatMap((lines) => lines()), Infinity);
}

/** Makes `error.stack` give what it gives now, and `lines` behind it, but for those that it shows already. */
function append(error: Error, lines: () => string[], left: number): void {
  const before = Object.getOwnPropertyDescriptor(error, "stack");
  if (before !== undefined && before.configurable !== true) return;
  const text = (): string => {
    const stack = before === undefined || "value" in before ? before?.value : before.get!.call(error);
    return continued(ofThisDrive(String(stack)), lines(), left);
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

/** A stack and what lies outside of it. V8 cuts stacks at ten lines, so the two may overlap, behind the lines of the calls left. */
function continued(stack: string, outside: string[], left: number): string {
  const inside = userLines(stack).map(lineText);
  const next = outside.map(lineText);
  let overlap = Math.min(inside.length - left, next.length);
  while (overlap > 0 && !inside.slice(-overlap).every((line, i) => line === next[i])) overlap--;
  return [stack, ...outside.slice(Math.max(overlap, 0)).map(asyncLine)].join("\n");
}
