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
import { types } from "node:util";
import { siteOf } from "../../base/stacktrace.js";
import { bodyOf, definitionOf, isRewritten, printOf, textOf } from "./body.js";
import { capturedIn, declaresExport, mayExport } from "./captures.js";
import { type Uses, usesOf } from "./free.js";
import { canInspect, type Inspected, inspected, type Scope } from "./inspect.js";
import { type Moved, movedOf } from "./move.js";
import type { Reference } from "./reference.js";
import { noPlace, notAFunction, notExported, notListed, notMovable, unnameable } from "./refusals.js";

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
    reference = shared(refer(fn));
    references.set(fn, reference);
  }
  return reference;
}

// Functions made in one place are one function to other threads, which number them and keep the numbers.
const byContent = new Map<string, Reference>();

function shared(reference: Reference): Reference {
  const key = JSON.stringify(reference);
  const before = byContent.get(key);
  if (before !== undefined) return before;
  byContent.set(key, reference);
  if (reference.text !== null) texts.count++;
  return reference;
}

const texts = { count: 0 };

/** Whether this thread has referred to functions by their texts. */
export function refersToTexts(): boolean {
  return texts.count > 0;
}

function refer(fn: Function): Reference {
  if (typeof fn !== "function") throw notAFunction(fn);
  const moved = movedOf(fn);
  return moved === undefined ? referToExport(fn) : referToMoved(fn, moved);
}

/** What is known of a function before anything is looked up. */
function blank(fn: Function): Omit<Reference, "url"> {
  return {
    name: fn.name || null,
    exported: null,
    variable: null,
    line: 0,
    column: 0,
    print: null,
    isLoose: false,
    captured: [],
    text: null,
    isBody: false,
  };
}

function referToExport(fn: Function): Reference {
  const what = unnameableAs(fn);
  if (what !== null) throw unnameable(fn, what);
  const told = said.get(fn) ?? said.get(bodyOf(fn));
  if (told?.exported != null) return { ...blank(fn), ...told };
  const reference = { ...blank(fn), print: printOf(fn, false) };
  const found = inspected(bodyOf(fn), (known) => ({ ...reference, ...locate(fn, known, told) }));
  if (found !== null) return found;
  const url = told?.url ?? definedIn(fn);
  if (url === null) throw noPlace(fn, canInspect());
  return { ...reference, url };
}

function referToMoved(outer: Function, { fn, captures }: Moved): Reference {
  const what = unnameableAs(fn);
  if (what !== null) throw unnameable(fn, what);
  const told = said.get(fn) ?? said.get(bodyOf(fn));
  if (told?.exported != null) return referenceOf(fn);
  const text = textOf(bodyOf(fn));
  if (isRewritten(text)) throw notMovable(fn, "whatever runs the program has rewritten its text");
  const found = inspected(bodyOf(fn), (known) => ({
    place: known.place,
    script: known.script(),
    scopes: known.scopes(fn),
  }));
  if (found === null) throw notMovable(fn, "this host cannot evaluate it inside its module");
  const { place, script, scopes } = found;
  const url = said.get(outer)?.url ?? told?.url ?? moduleOf(fn, script);
  if (!isEsModule(scopes)) dropModule(scopes, inCommonJs(fn, url) !== undefined);
  refuseUses(fn, text, `${url}:${place.line}`, scopes, Object.keys(captures));
  const { line, column } = place;
  return { ...blank(fn), url, line, column, text, isBody: definitionOf(fn) !== undefined };
}

/** Refuses a function that uses what it will not find. */
function refuseUses(
  fn: Function,
  text: string,
  place: string,
  scopes: readonly Scope[],
  listed: readonly string[],
): void {
  const among = scopes.filter(({ kind }) => kind === "local").flatMap(({ names }) => names);
  let uses: Uses;
  try {
    uses = usesOf(text, [...new Set(among)].sort());
  } catch (error) {
    if (error instanceof SyntaxError)
      throw notMovable(fn, "it is a method, or uses `super` or a private name: its text says nothing by itself");
    // The host forbids evaluating text. It will on the other thread.
    throw notMovable(fn, "this process forbids to evaluate text");
  }
  if (uses.isBoundToThis) throw notListed(fn, ["this"], listed, place);
  if (uses.names.length > 0) throw notListed(fn, uses.names, listed, place);
}

/** The URL of a module that another thread can load. */
function moduleOf(fn: Function, script: string): string {
  if (/^(file|data|https?|blob):/.test(script) && !/\/\[eval\d*\]$/.test(script)) return script;
  const from = script === "" ? "text that was evaluated" : `"${script}"`;
  throw unnameable(fn, `comes from ${from}, which is no module`);
}

/** Where it stands. Refuses it if it is certainly no export. */
function locate(fn: Function, known: Inspected, told: Said | undefined): Partial<Reference> & { url: string } {
  const { line, column } = known.place;
  const script = told === undefined ? known.script() : null;
  const url = told?.url ?? moduleOf(fn, script!);
  // Another function of that name and text, inside of one, that uses nothing of what is around it would be as good.
  if (fn.name !== "" && declaresExport(url, fn.name) && known.isAtTop()) return { url, line, column };
  const scopes = known.scopes(fn);
  const around = scopes.find(({ kind }) => kind === "module");
  const variable = around?.holds ?? null;
  const common = around === undefined ? inCommonJs(fn, url) : undefined;
  if (common?.exported !== undefined) return { url, line, column, exported: common.exported, print: null };
  if (around === undefined) dropModule(scopes, common !== undefined);
  const captured = variable === null ? capturedIn(textOf(bodyOf(fn)), scopes) : [];
  const isCertain = around === undefined ? common?.isComplete === true : !mayExport(url, variable, fn.name);
  // What `task` was told of another module than the function was written in is the exporting module's own affair.
  if (isCertain && (script ?? known.script()) === url) throw notExported(fn, `${url}:${line}`, captured);
  // Neither an ES module nor CommonJS: a test runner has loaded it in a way of its own, and made another text of it than a thread will find.
  if (around === undefined && common === undefined)
    return { url, line, column, captured, isLoose: true, print: printOf(fn, true) };
  return { url, variable, line, column, captured };
}

function isEsModule(scopes: readonly Scope[]): boolean {
  return scopes.some(({ kind }) => kind === "module");
}

/** Drops the scopes that stand for the module: of the function that is wrapped around it, which has no name, and of a block in that. */
function dropModule(scopes: Scope[], isCommonJs: boolean): void {
  if (scopes.at(-1)?.owner === "") scopes.pop();
  if (!isCommonJs && scopes.at(-1)?.owner === "Block") scopes.pop();
}

/** Why no module can export it as a function to be called; null if one can. */
function unnameableAs(fn: Function): string | null {
  if (types.isProxy(fn)) return "is a Proxy, behind which no export can be seen";
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
