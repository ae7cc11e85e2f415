/**
 * References: how a function is named to another thread, found out on the thread that has it.
 *
 * A function cannot cross. But the other thread can load the same module and find the function among its exports. Here is found out which module
 * that is, without loading anything, and refused what no export can be. Whether it is one, and under which name, the other thread decides
 * (`resolve.ts`): to ask a module for its exports here would wait for ever while the module is still being loaded, as the main module of a
 * program is while it awaits at its top level.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { siteOf } from "../../base/stacktrace.js";
import { bodyOf, definitionOf, printOf, textOf } from "./body.js";
import { capturedIn, mayExport } from "./captures.js";
import { canInspect, type Inspected, inspected } from "./inspect.js";
import type { Reference } from "./reference.js";
import { noPlace, notAFunction, notExported, unnameable } from "./refusals.js";

/** What the program itself said of a function. */
interface Said {
  readonly url: string;
  readonly exported: string | null;
}

const said = new WeakMap<Function, Said>();
const references = new WeakMap<Function, Reference>();

/** Notes what the program says of a function. */
export function say(fn: Function, url: string, exported: string | null): void {
  const before = said.get(fn);
  if (before?.url === url && before.exported === exported) return;
  said.set(fn, { url, exported });
  references.delete(fn);
}

/**
 * The reference by which another thread finds `fn`. The first time it takes 0.2 ms, and some more for the first function of all; from then on
 * the same object is answered at once.
 *
 * @throws TypeError if `fn` cannot be an export of a module, or the host cannot say of which
 */
export function referenceOf(fn: Function): Reference {
  let reference = typeof fn === "function" ? references.get(fn) : undefined;
  if (reference === undefined) {
    reference = refer(fn);
    references.set(fn, reference);
  }
  return reference;
}

function refer(fn: Function): Reference {
  if (typeof fn !== "function") throw notAFunction(fn);
  const what = unnameableAs(fn);
  if (what !== null) throw unnameable(fn, what);
  const body = bodyOf(fn);
  const told = said.get(fn) ?? said.get(body);
  const reference = {
    name: fn.name || null,
    exported: told?.exported ?? null,
    variable: null,
    line: 0,
    column: 0,
    captured: [],
    print: told?.exported == null ? printOf(fn) : null,
  };
  if (told?.exported != null) return { ...reference, url: told.url };
  const found = inspected(body, (known) => ({ ...reference, ...locate(fn, known, told) }));
  if (found !== null) return found;
  const url = told?.url ?? definedIn(fn);
  if (url === null) throw noPlace(fn, canInspect());
  return { ...reference, url };
}

/** Where it stands. Refuses it if it is certainly no export. */
function locate(fn: Function, known: Inspected, told: Said | undefined): Partial<Reference> & { url: string } {
  const { script, line, column } = known.place;
  const url = told?.url ?? script;
  if (!/^(file|data|https?|blob):/.test(url) || /\/\[eval\d*\]$/.test(url))
    throw unnameable(fn, `comes from ${url === "" ? "text that was evaluated" : `"${url}"`}, which is no module`);
  const scopes = known.scopes(fn);
  const around = scopes.find(({ kind }) => kind === "module");
  const variable = around?.holds ?? null;
  const common = around === undefined ? inCommonJs(fn, url) : undefined;
  if (common?.exported !== undefined) return { url, line, column, exported: common.exported, print: null };
  // The function that Node wraps around a CommonJS module has no name.
  if (common !== undefined && scopes.at(-1)?.owner === "") scopes.pop();
  const captured = variable === null ? capturedIn(textOf(bodyOf(fn)), scopes) : [];
  const isCertain = around === undefined ? common?.isComplete === true : !mayExport(url, variable, fn.name);
  // What `task` was told of another module than the function was written in is the exporting module's own affair.
  if (script === url && isCertain) throw notExported(fn, `${url}:${line}`, captured);
  return { url, variable, line, column, captured };
}

/** Why no module can export it as a function to be called; null if one can. */
function unnameableAs(fn: Function): string | null {
  const text = textOf(fn);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text))
    return fn.name.startsWith("bound ")
      ? "was made by bind(), so nothing tells what it is bound to"
      : "is native code, which is in no module";
  if (/^class\b/.test(text)) return "is a class, which is not called but made with new";
  if (Object.prototype.toString.call(fn) === "[object AsyncGeneratorFunction]")
    return "is an async generator function, which has many results and not one";
  return null;
}

// HOST: Bun and Deno do not tell where a function was written. An async function of heddle knows it by itself.
function definedIn(fn: Function): string | null {
  const site = definitionOf(fn)?.site;
  const place = site === undefined ? "" : siteOf(site);
  const file = /\(?([^()\s]+):\d+:\d+\)?$/.exec(place)?.[1];
  if (file === undefined) return null;
  return /^[a-z]{2,}:/.test(file) ? file : `file://${encodeURI(file).replace(/[?#]/g, encodeURIComponent)}`;
}

/** What a CommonJS module exports a function as, and whether it exports all that it will; undefined if it is none that is loaded here. */
function inCommonJs(fn: Function, url: string): { exported: string | undefined; isComplete: boolean } | undefined {
  if (!url.startsWith("file:")) return undefined;
  const module = createRequire(import.meta.url).cache?.[fileURLToPath(url)];
  if (module === undefined) return undefined;
  try {
    const { exports, loaded } = module;
    const named = Object.entries((exports ?? {}) as object).find(([, value]) => value === fn)?.[0];
    return { exported: exports === fn ? "default" : named, isComplete: loaded };
  } catch {
    // A getter of it throws.
    return undefined;
  }
}
