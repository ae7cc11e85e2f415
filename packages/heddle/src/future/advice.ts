/**
 * What development says of mistakes with what stands on the engine: what to do about each, and what can be wrong with a future that is collected.
 * The folders that make such futures bring the words, in a `development.ts` of their own, which their front door imports.
 */
import type { Fault, Keeper } from "./diagnostics.js";

const advices = /* @__PURE__ */ new Map<string, string>();
const faults = /* @__PURE__ */ new Map<string, Fault>();
const keepers: Keeper[] = [];

/** Adds what to do, by name. */
export function addAdvice(texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) advices.set(name, text);
}

/** What to do, by name. */
export function advice(name: string): string | undefined {
  return advices.get(name);
}

/** Adds what can be wrong. */
export function addFault(fault: Fault): void {
  faults.set(fault.code, fault);
}

/** What is wrong, by code. */
export function faultOf(code: string): Fault | undefined {
  return faults.get(code);
}

/** Shows `keeper` the photographs that are taken from now on. */
export function addKeeper(keeper: Keeper): void {
  keepers.push(keeper);
}

/** A future was photographed that may become a guard. */
export function photographed(future: object, photo: Error): void {
  for (const keeper of keepers) keeper.keep(future, photo);
}

/** Where a task asked for what it holds of a resource; empty if that was not photographed. */
export function takenAt(resource: object, task: object): string {
  for (const keeper of keepers) {
    const at = keeper.takenAt(resource, task);
    if (at !== "") return at;
  }
  return "";
}
