/**
 * How a thread finds the function that a reference names: it loads the module, and looks at what it exports.
 *
 * The text decides, because a wrong function must never run: one with the same name that the program did not mean, or of another version of the
 * file. Where several exports have the same text, as what one function made has, the variable that held the function on the other thread
 * decides, then the place (`doubts.ts`).
 */
import { defaultWarnings } from "../../base/warnings.js";
import { hostTimer } from "../../reactor/host.js";
import { printOf } from "./body.js";
import { whenPrepared } from "./prepare.js";
import type { Reference } from "./reference.js";

const resolved = new Map<string, Promise<Function>>();
/** The exports of the modules that were loaded to find functions in. */
const modules = new Map<string, Map<string, Function>>();
const foundThere = new Map<string, Function>();
/** What decides between functions that are alike, and says what is wrong. Few threads ever need it. */
let doubts: typeof import("./doubts.js") | null = null;

/**
 * Loads the module of a reference and finds the function. The second time it is known.
 *
 * @throws HeddleError with code `thread.module` if the module does not load; TypeError if it does not export the function
 */
export function resolveReference(reference: Reference): Promise<Function> {
  const key = JSON.stringify(reference);
  let answer = resolved.get(key);
  if (answer === undefined) {
    answer = reference.text === null ? find(reference) : rebuild(reference, reference.text);
    resolved.set(key, answer);
    // A file may be there, or be right, the next time.
    answer.catch(() => resolved.delete(key));
  }
  return answer;
}

/** How long a module may take to load before that is said, in milliseconds. */
const PATIENCE = 5_000;

/** Waits for a module. What it throws is explained; if it does not end, that is said. */
async function loaded<T>(reference: Reference, load: () => Promise<T>): Promise<T> {
  let isOver = false;
  const timer = hostTimer(() => {
    if (!isOver) void warnOf(reference);
  });
  timer.arm(PATIENCE);
  timer.release();
  try {
    await whenPrepared();
    return await load();
  } catch (error) {
    const { moduleFailed } = await import("./refusals.js");
    throw moduleFailed(reference, error);
  } finally {
    isOver = true;
  }
}

async function warnOf(reference: Reference): Promise<void> {
  const { stillLoading } = await import("./refusals.js");
  defaultWarnings()?.(stillLoading(reference, PATIENCE));
}

/** Makes a function again of its text. */
async function rebuild(reference: Reference, text: string): Promise<Function> {
  const { rebuilt } = await import("./rebuild.js");
  return rebuilt(reference, text, (load) => loaded(reference, load));
}

async function find(reference: Reference): Promise<Function> {
  const module = await loaded(reference, () => import(/* @vite-ignore */ /* webpackIgnore: true */ reference.url));
  const exports = exportsOf(module);
  modules.set(reference.url, exports);
  return (
    certain(reference, exports) ??
    (doubts ??= await import("./doubts.js")).decide(reference, exports, alike(reference, exports))
  );
}

/** Finds a function in a module that was loaded already, to find another one there; null if it cannot be found without waiting. */
export function resolvedAlready(reference: Reference): Function | null {
  const key = JSON.stringify(reference);
  const known = foundThere.get(key);
  if (known !== undefined) return known;
  const answer = foundAmong(reference, modules.get(reference.url));
  if (answer !== null) foundThere.set(key, answer);
  return answer;
}

function foundAmong(reference: Reference, exports: Map<string, Function> | undefined): Function | null {
  if (exports === undefined || reference.text !== null) return null;
  const answer = certain(reference, exports);
  if (answer !== null || doubts === null) return answer;
  try {
    return doubts.decide(reference, exports, alike(reference, exports));
  } catch {
    // Where one can wait for it, it is said what is wrong.
    return null;
  }
}

/** All functions that a module exports, by their names. */
function exportsOf(module: Record<string, unknown>): Map<string, Function> {
  const found = new Map<string, Function>();
  const add = (name: string, value: unknown): void => {
    if (typeof value === "function" && !found.has(name)) found.set(name, value);
  };
  for (const name of Object.keys(module)) add(name, module[name]);
  // What a CommonJS module exports is all there, but not all of it has a name as well.
  const { default: all } = module;
  if (typeof all === "object" && all !== null)
    for (const name of Object.keys(all)) add(name, (all as Record<string, unknown>)[name]);
  return found;
}

/** The function that a reference names, if that is beyond doubt; else null. */
function certain(reference: Reference, exports: Map<string, Function>): Function | null {
  const { exported } = reference;
  if (exported !== null) return exports.get(exported) ?? null;
  const left = alike(reference, exports);
  if (left.size !== 1) return null;
  for (const fn of left.keys()) return fn;
  return null;
}

/** The functions that may be the one, each with one of its names. */
function alike({ name, print, isLoose }: Reference, exports: Map<string, Function>): Map<Function, string> {
  const left = new Map<Function, string>();
  for (const [exported, fn] of exports) {
    const isNamed = (fn.name || null) === name;
    if (print === null ? isNamed || exported === name : isNamed && printOf(fn, isLoose) === print)
      left.set(fn, exported);
  }
  return left;
}
