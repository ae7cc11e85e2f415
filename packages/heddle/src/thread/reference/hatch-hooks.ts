/**
 * The hook that adds hatches, as Node wants it where hooks run on a thread of their own.
 */
import { type LoadResult, withHatch } from "./hatch-line.js";

export async function load(
  url: string,
  context: unknown,
  next: (url: string, context: unknown) => Promise<LoadResult>,
): Promise<LoadResult> {
  return withHatch(url, await next(url, context));
}
