/**
 * How a thread finds the function that a reference names: it loads the module, and looks at what it exports.
 *
 * The text decides, because a wrong function must never run: one with the same name that the program did not mean, or of another version of the
 * file. Where several exports have the same text, as what one function made has, the variable that held the function on the other thread
 * decides, then the place.
 */
import { defaultWarnings } from "../../base/warnings.js";
import { async } from "../../future/async.js";
import { hostTimer } from "../../reactor/host.js";
import { bodyOf, printOf } from "./body.js";
import { evaluateAt, hatchOf } from "./hatch.js";
import { inspected } from "./inspect.js";
import type { Reference } from "./reference.js";
import { whenPrepared } from "./worker.js";
import { moduleFailed, noHatch, noSuchExport, severalExports, stillLoading } from "./refusals.js";

const resolved = new Map<string, Promise<Function>>();
/** The exports of the modules that were loaded to find functions in. */
const modules = new Map<string, Map<string, Function>>();
const foundThere = new Map<string, Function>();

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
    if (!isOver) defaultWarnings()?.(stillLoading(reference, PATIENCE));
  });
  timer.arm(PATIENCE);
  timer.release();
  try {
    await whenPrepared();
    return await load();
  } catch (error) {
    throw moduleFailed(reference, error);
  } finally {
    isOver = true;
  }
}

/** Makes a function again of its text. */
async function rebuild(reference: Reference, text: string): Promise<Function> {
  const { url, line, column, isBody } = reference;
  const evaluate = await loaded(reference, () => hatchOf(url));
  if (evaluate === null) throw noHatch(reference);
  const fn = evaluateAt(evaluate, text, url, line, column);
  return isBody ? async(fn as any) : fn;
}

async function find(reference: Reference): Promise<Function> {
  const module = await loaded(reference, () => import(/* @vite-ignore */ /* webpackIgnore: true */ reference.url));
  const exports = exportsOf(module);
  modules.set(reference.url, exports);
  return choose(reference, exports);
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
  try {
    return choose(reference, exports);
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

function choose(reference: Reference, exports: Map<string, Function>): Function {
  const { exported } = reference;
  if (exported !== null) {
    const fn = exports.get(exported);
    if (fn === undefined) throw noSuchExport(reference, `${reference.url} does not export ${JSON.stringify(exported)}`);
    return fn;
  }
  let left = alike(reference, exports);
  if (left.size > 1) left = narrowed(left, (fn) => isHeldBy(reference.variable, fn));
  if (left.size > 1) left = narrowed(left, (fn) => standsAt(reference, fn));
  if (left.size > 1) left = narrowed(left, (_fn, name) => reference.print === null && name === reference.name);
  if (left.size > 1) throw severalExports(reference, [...left.values()]);
  for (const fn of left.keys()) return fn;
  throw noSuchExport(reference, found(reference, exports));
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

/** Those that pass; all of them if none does. */
function narrowed(left: Map<Function, string>, passes: (fn: Function, name: string) => boolean): Map<Function, string> {
  const those = [...left].filter(([fn, name]) => passes(fn, name));
  return those.length === 0 ? left : new Map(those);
}

function isHeldBy(variable: string | null, fn: Function): boolean {
  if (variable === null) return false;
  const holding = inspected(bodyOf(fn), (known) => known.scopes(fn).find(({ kind }) => kind === "module")?.holds);
  return holding === variable;
}

function standsAt({ line, column }: Reference, fn: Function): boolean {
  return line > 0 && inspected(bodyOf(fn), ({ place }) => place.line === line && place.column === column) === true;
}

/** What is the case when no export is the one. */
function found({ name, url }: Reference, exports: Map<string, Function>): string {
  return name !== null && exports.has(name)
    ? `what ${url} exports as ${JSON.stringify(name)} is another one`
    : "is not exported";
}
