/**
 * Hatches: how the text of a function is evaluated inside a module, where it finds what it found where it was written.
 *
 * While a thread loads modules, a hook of the host's loader adds a line to each that may move functions: it hands out an `eval` of the module's
 * own. It costs the module nothing that could be measured, and changes no line and no column of it.
 */
import * as host from "node:module";
import { type LoadResult, REGISTRY, withHatch } from "./hatch-line.js";

type Evaluate = (text: string) => Function;

/** HOST: Node 22.15+. */
interface SynchronousHooks {
  load(url: string, context: unknown, next: (url: string, context: unknown) => LoadResult): LoadResult;
}
const registerHooks = (host as unknown as { registerHooks?: (hooks: SynchronousHooks) => unknown }).registerHooks;

/** By the URL of the module. Written by the modules, as they are loaded. */
const hatches = new Map<string, Evaluate>();

let isReady = false;

/** Has the modules that are loaded from now on open a hatch. @param force also where that makes the thread start slowly */
export function openHatches(force: boolean): void {
  if (isReady) return;
  if (registerHooks === undefined && !force) return;
  isReady = true;
  (globalThis as unknown as Record<symbol, unknown>)[REGISTRY] = (url: string, evaluate: Evaluate): void =>
    void hatches.set(url, evaluate);
  if (registerHooks !== undefined) registerHooks({ load: (url, context, next) => withHatch(url, next(url, context)) });
  // HOST: before, hooks run on a thread of their own, which takes 50 to 100 ms to start.
  else host.register(new URL("./hatch-hooks.js", import.meta.url));
}

/**
 * The hatch of a module, which it loads. Where the module was loaded before there were hooks it is loaded again, and what is moved into it
 * has variables of its own there.
 *
 * @returns null if the module has none: its host does not let it
 */
export async function hatchOf(url: string): Promise<Evaluate | null> {
  openHatches(true);
  await import(url);
  if (!hatches.has(url)) await import(`${url}${url.includes("?") ? "&" : "?"}heddle`);
  return hatches.get(url) ?? null;
}

/**
 * Evaluates the text of a function inside a module, such that its errors show where it was written.
 *
 * @param line where it stands in the module, from 1
 */
export function evaluateAt(evaluate: Evaluate, text: string, url: string, line: number, column: number): Function {
  // The engine says where the parameters begin; the text begins at the word before.
  const start = column - 1 - (/^(async\s+)?function\b/.test(text) ? text.indexOf("(") : 0);
  return evaluate(`${"\n".repeat(line - 1)}${" ".repeat(Math.max(0, start - 1))}(${text}\n)\n//# sourceURL=${url}`);
}
