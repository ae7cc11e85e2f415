/**
 * How a thread decides which function a reference names, where several exports have its text, and what it says where none has.
 */
import { bodyOf } from "./body.js";
import { inspected } from "./inspect.js";
import type { Reference } from "./reference.js";
import { noSuchExport, severalExports } from "./refusals.js";

/**
 * @param alike the exports that may be the one, each with one of its names
 * @throws TypeError if none is, or several may be
 */
export function decide(reference: Reference, exports: Map<string, Function>, alike: Map<Function, string>): Function {
  const { exported } = reference;
  if (exported !== null) {
    const fn = exports.get(exported);
    if (fn === undefined) throw noSuchExport(reference, `${reference.url} does not export ${JSON.stringify(exported)}`);
    return fn;
  }
  let left = alike;
  if (left.size > 1) left = narrowed(left, (fn) => isHeldBy(reference.variable, fn));
  if (left.size > 1) left = narrowed(left, (fn) => standsAt(reference, fn));
  if (left.size > 1) left = narrowed(left, (_fn, name) => reference.print === null && name === reference.name);
  if (left.size > 1) throw severalExports(reference, [...left.values()]);
  for (const fn of left.keys()) return fn;
  throw noSuchExport(reference, found(reference, exports));
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
