/**
 * What is said to those who use a future in a way it cannot be used. One function for each mistake.
 */
import { HeddleError, BusyError, quote } from "../base/errors.js";
import { lineText } from "../base/stacktrace.js";
import { generatorSite } from "../base/generator-site.js";
import { current } from "./current.js";
import type { Call } from "./diagnostics.js";

const RUNNING = 3;
const DONE = 9;

/** A call was awaited that cannot be: it awaits itself, somebody else awaits it, or it is over. */
export function misuseError(call: Call): Error {
  const { label } = call;
  if (call.state === DONE)
    return new HeddleError("future.completed", `Cannot await the future of ${label} again: it is over`, {
      help: `call ${label} again for a new future, or share one outcome with shared(…) or spawn(…)`,
    });
  let awaitsItself = call.state === RUNNING;
  for (let at = current.stack?.top ?? null; at !== null; at = at.parent) awaitsItself ||= at === call;
  if (awaitsItself)
    return new HeddleError("future.awaits-itself", `Cannot await ${label} inside itself: it would wait for ever`, {
      help: `call ${label} again for a new future`,
    });
  return new BusyError("future.busy", `Cannot await the future of ${label} from two places: another one awaits it`, {
    help: "share one outcome with shared(…) or spawn(…)",
  });
}

/** A generator said `yield` where only `yield*` suspends. */
export function bareYieldError(value: unknown, call: Call): TypeError {
  const site = generatorSite(call.generator!);
  const { label } = (value ?? {}) as { label?: unknown };
  const received = typeof label === "string" ? `the future of ${label}` : quote(value);
  const error = new TypeError(
    `Cannot suspend ${call.label} with a bare yield as only futures suspend: received ${received}` +
      (site === "" ? "" : `\n    at ${site}`) +
      `\nhelp: ${isPromise(value) ? "write yield* fromPromise(promise)" : "write yield* with a future"}`,
  );
  // Nothing of the program is on the stack here: its line is where the generator stands.
  if (site !== "") error.stack = `TypeError: ${error.message}\n    at ${site}`;
  return error;
}

/** A plain generator that its caller awaits inline was dropped, and its `finally` awaits. `line`: where it stands. */
export function inlinedCleanupError(line: string): Error {
  return new HeddleError(
    "future.inlined-cleanup",
    `Cannot finish the cleanup of ${lineText(line)} as it is a plain generator that its caller awaits inline: ` +
      "its finally awaits while it is dropped, and the language cannot unwind past it",
    { help: `wrap it in async(…), so that the runtime owns its frame` },
  );
}

/** A `finally` awaited again each time it was ended by force. */
export function unstoppableError(call: Call): Error {
  return new HeddleError(
    "task.unstoppable",
    `Cannot end ${call.label}: its finally awaits again whenever it is ended`,
    { help: "let the finally block come to an end" },
  );
}

/** Something was passed that cannot be awaited. */
export function notAFutureError(verb: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot ${verb} a value as it must be a future: received ${quote(value)}` + `\nhelp: ${adviceFor(value)}`,
  );
}

function adviceFor(value: unknown): string {
  if (isPromise(value)) return "wrap the promise in fromPromise(…)";
  if (Array.isArray(value)) return "pass futures, not an array of them; joinAll(…), race(…) and any(…) take arrays";
  if (typeof value === "function") return "call the function: pass what it returns";
  return "pass what an async(function* …) returns, or any other future";
}

function isPromise(value: unknown): boolean {
  return typeof (value as PromiseLike<unknown> | null)?.then === "function";
}

/** Adds advice to the engine's own words when `yield*` was given something that is not iterable. */
export function adviseNotIterable(error: unknown): void {
  if (!(error instanceof TypeError) || error.message.includes("\nhelp:")) return;
  // HOST: the second form of each is JavaScriptCore's.
  if (/not (an )?iterable|Symbol\.iterator|^yield\* .* is not a function/.test(error.message))
    error.message += "\nhelp: yield* awaits futures; wrap a native promise in fromPromise(…)";
  else if (/(provide|have) a 'throw' method/.test(error.message))
    error.message += "\nhelp: yield* awaits futures; for an array of them write yield* joinAll(array)";
}
