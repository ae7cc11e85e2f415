/**
 * A hand: what runs on each thread that takes part in a parallel run.
 */
import { here } from "../here.js";
import { task } from "../reference/task.js";
import { packError } from "../values/pack.js";
import { type Sharing, stop } from "./control.js";
import type { Call } from "./crossing.js";
import { Engine, type Yield } from "./engine.js";
import { learn, use } from "./known.js";
import { functionsOf, type Plan } from "./plan.js";

/** What a hand is given. */
export interface Recipe {
  readonly plan: Plan<Call>;
  readonly sharing: Sharing;
}

/** What a hand answers. */
export type Report =
  | { readonly yield: Yield }
  | { readonly index: number; readonly thread: string; readonly error: unknown };

/** Works until nothing is left. An error stops all hands. */
export const hand = task(
  import.meta,
  (recipe: Recipe): Report | Promise<Report> => {
    return learn(functionsOf(recipe.plan))?.then(() => work(recipe)) ?? work(recipe);
  },
  "hand",
);

function work({ plan, sharing }: Recipe): Report {
  here.jobs++;
  let engine: Engine<Call> | null = null;
  try {
    engine = new Engine(plan, sharing, use);
    engine.work();
    return { yield: engine.yield() };
  } catch (error) {
    stop(sharing);
    return { index: engine?.index ?? 0, thread: here.name ?? "a thread", error: packError(error) };
  } finally {
    here.jobs--;
  }
}
