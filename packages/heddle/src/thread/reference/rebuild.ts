/**
 * How a thread makes a function again that was moved to it as text.
 */
import { async } from "../../future/async.js";
import { evaluateAt, hatchOf } from "./hatch.js";
import type { Reference } from "./reference.js";
import { noHatch } from "./refusals.js";

/** @param loaded waits for the module that the function is to be part of */
export async function rebuilt(
  reference: Reference,
  text: string,
  loaded: <T>(load: () => Promise<T>) => Promise<T>,
): Promise<Function> {
  const { url, line, column, isBody } = reference;
  const evaluate = await loaded(() => hatchOf(url));
  if (evaluate === null) throw noHatch(reference);
  const fn = evaluateAt(evaluate, text, url, line, column);
  return isBody ? async(fn as any) : fn;
}
