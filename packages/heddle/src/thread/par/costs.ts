/**
 * What items were measured to cost, by the functions they go through: so that what threads would not speed up stays on the calling thread.
 */
import { type Entry, entryOf } from "../crew/functions.js";
import { functionsOf, type Plan } from "./plan.js";
import type { Callee } from "./reader.js";

/** In milliseconds an item, of the last runs with that function. Each is charged with all that the others in its plan cost: too much rather than too little. */
const costs = new WeakMap<Entry, number>();

/** What an item costs that goes through no function of the program's: an addition, a comparison. */
const LEAST = 5e-6;

/** What an item of a plan costs, in milliseconds; 0 if nobody knows. */
export function costOf(plan: Plan<Callee>): number {
  let cost = LEAST;
  for (const fn of functionsOf(plan)) {
    const known = costs.get(entryOf(fn));
    if (known === undefined) return 0;
    cost += known;
  }
  return cost;
}

/** Notes what an item has cost. Dearer ones count at once, cheaper ones by halves. */
export function noteCost(plan: Plan<Callee>, cost: number): void {
  for (const fn of functionsOf(plan)) {
    const entry = entryOf(fn);
    const before = costs.get(entry);
    costs.set(entry, before === undefined || cost > before ? cost : (before + cost) / 2);
  }
}
