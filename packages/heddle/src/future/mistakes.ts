/**
 * What is said to those who use a future in a way it cannot be used. One function for each mistake.
 */
import { HeddleError, BusyError, quote } from "../base/errors.js";
import { lineText } from "../base/stacktrace.js";
import { generatorSite } from "../base/generator-site.js";
import { current } from "./current.js";
import type { Call } from "./diagnostics.js";
import { Frame } from "./frame.js";
import { Leaf } from "./leaf.js";

const RUNNING = 3;
const WAITING = 4;
const UNWINDING = 6;
const DONE = 9;

/** The label of a frame that was made for a generator. */
const PLAIN = "the generator";

/** A call was awaited that cannot be: it awaits itself, somebody else awaits it, or it is over. */
export function misuseError(call: Call): Error {
  const { label } = call;
  const isPlain = label === PLAIN;
  const what = isPlain ? label : `the future of ${label}`;
  if (call.state === DONE)
    return new HeddleError("future.completed", `Cannot await ${what} again: it is over`, {
      help: `call ${isPlain ? "its function" : label} again for a new future, or share one outcome with shared(…) or spawn(…)`,
    });
  // Whoever runs was put there by the driver, and nobody was linked since: unless a call was asked without its answer having been passed on.
  if (call.state === WAITING && current.last !== null) return iteratedError(call);
  let awaitsItself = call.state === RUNNING;
  for (let at = current.stack?.top ?? null; at !== null; at = at.parent) awaitsItself ||= at === call;
  if (awaitsItself)
    return new HeddleError("future.awaits-itself", `Cannot await ${label} inside itself: it would wait for ever`, {
      help: `call ${label} again for a new future`,
    });
  return new BusyError("future.busy", `Cannot await ${what} from two places: another one awaits it`, {
    help: "share one outcome with shared(…) or spawn(…)",
  });
}

/** A plain generator was given to two stacks. It keeps the first, which says what became of it. */
export function refuseTakenTwice(call: Call): void {
  const generator = call.generator as (object & { [TAKEN]?: Call; [Symbol.toStringTag]?: string }) | null;
  // Not any other iterator: it may be made for being awaited again.
  if (generator?.[Symbol.toStringTag] !== "Generator") return;
  const first = generator[TAKEN];
  if (first !== undefined) throw current.diagnostics.misuse(first);
  generator[TAKEN] = call;
}

const TAKEN: unique symbol = Symbol("heddle.taken");

// A future that is asked again and again within one poll: by then it has suspended so many times that nobody else does it.
const ANSWERS = 1000;

let answers = 0;
let budget = 0;

/** Ends a loop that takes a future for a collection. It would go round for ever, as nothing else comes to run. */
export function refuseEndlessly(future: object): void {
  // Each of these answers costs one operation, and if nobody minds them, nothing else is charged in between.
  answers = current.budget === budget - 1 ? answers + 1 : 0;
  budget = current.budget;
  if (answers < ANSWERS) return;
  answers = 0;
  throw iteratedError(future);
}

/** Has the iterator of futures refuse to be closed by anyone but the driver: it is a loop that was left, or a list that was taken apart. */
export function refuseClosing(future: { return: (this: any) => unknown }): void {
  const close = future.return;
  future.return = function (this: object): unknown {
    const top = current.stack?.top as (Call & object) | null | undefined;
    const isUnwound = top?.state === UNWINDING || (this as Partial<Call>).state === DONE;
    const answer = close.call(this);
    if (!isUnwound) throw iteratedError(this);
    return answer;
  };
}

function iteratedError(future: object): HeddleError {
  const { label } = future as { readonly label?: string };
  return new HeddleError(
    "future.iterated",
    `Cannot iterate over ${label === undefined ? "a future" : `the future of ${label}`} as it is no collection: ` +
      "loops, spread and destructuring do not await it",
    { help: "await it with yield* first" },
  );
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

/** What was given to a combinator, or to `run`, is no future, if that can be told without asking for its iterator. See `Diagnostics.check`. */
export function refuseValues(label: string, given: unknown, names?: string | readonly string[]): void {
  if (typeof names === "string") {
    if (!mayBeFuture(given)) refuseValue(label, given, `'${names}'`);
    return;
  }
  const futures = given as unknown[];
  for (let i = 0; i < futures.length; i++)
    if (!mayBeFuture(futures[i])) refuseValue(label, futures[i], placeOf(label, i, names));
}

function placeOf(label: string, at: number, names: readonly string[] | undefined): string {
  if (names !== undefined) return `branch ${quote(names[at])}`;
  return label === "join(…)" ? `argument ${at + 1}` : `'futures[${at}]'`;
}

function refuseValue(label: string, given: any, where: string): void {
  // A branch with a condition.
  const value: unknown = given instanceof Object && "future" in given ? given.future : given;
  if (mayBeFuture(value)) return;
  throw new TypeError(
    `Cannot call ${label} as ${where} must be a future: received ${quote(value)}\nhelp: ${adviceFor(value)}`,
  );
}

function mayBeFuture(value: any): boolean {
  if (value instanceof Frame || value instanceof Leaf) return true;
  if (typeof value === "string" || Array.isArray(value) || value instanceof Map || value instanceof Set) return false;
  return typeof value?.[Symbol.iterator] === "function" || typeof value?.poll === "function";
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
  if (error.message.startsWith("function is not iterable"))
    error.message += "\nhelp: call the function: yield* awaits what an async function returns";
  else if (/not (an )?iterable|Symbol\.iterator|^yield\* .* is not a function/.test(error.message))
    error.message += "\nhelp: yield* awaits futures; wrap a native promise in fromPromise(…)";
  else if (/(provide|have) a 'throw' method/.test(error.message))
    error.message += "\nhelp: yield* awaits futures; for an array of them write yield* joinAll(array)";
}
