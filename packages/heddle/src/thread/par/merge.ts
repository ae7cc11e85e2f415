/**
 * Merging what threads have sorted. It runs on the calling thread, for a moment at a time: `sort-numbers.ts` has threads do it.
 */
import { hostNow } from "../../base/clock.js";
import { async } from "../../future/async.js";
import { yieldNow } from "../../task/yield-now.js";
import type { Callee } from "./reader.js";
import type { Run } from "./sinks.js";

/** After so many items it is looked whether the time is over, and for so many milliseconds it works at a time. */
const LOOK = 1024;
const SLICE = 1;

/** One list in order of several. Stable: of equal items the one that came first in the source comes first. */
export const mergeRuns = async(function* (runs: readonly Run[], compare: Callee) {
  let left = [...runs];
  while (left.length > 1) {
    const merged: Run[] = [];
    for (let i = 0; i < left.length; i += 2)
      merged.push(i + 1 === left.length ? left[i]! : yield* mergeTwo(left[i]!, left[i + 1]!, compare));
    left = merged;
  }
  return left.length === 0 ? [] : Array.from(left[0]!.items);
});

const mergeTwo = async(function* (a: Run, b: Run, compare: Callee) {
  const length = a.items.length + b.items.length;
  const items: unknown[] = [];
  const indices = new Float64Array(length);
  let until = hostNow() + SLICE;
  for (let i = 0, j = 0; i + j < length;) {
    const one = comesFirst(a, i, b, j, compare) ? a : b;
    const at = one === a ? i++ : j++;
    indices[items.length] = one.indices[at]!;
    items.push(one.items[at]);
    if (items.length % LOOK === 0 && hostNow() > until) {
      yield* yieldNow();
      until = hostNow() + SLICE;
    }
  }
  return { items, indices } satisfies Run as Run;
});

function comesFirst(a: Run, i: number, b: Run, j: number, compare: Callee): boolean {
  if (i === a.items.length) return false;
  if (j === b.items.length) return true;
  const order = compare(a.items[i], b.items[j]);
  // A comparator that answers NaN means equal, as in Array.sort().
  return order < 0 || (!(order > 0) && a.indices[i]! < b.indices[j]!);
}
