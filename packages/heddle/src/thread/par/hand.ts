/**
 * A hand: what runs on each thread that takes part in a parallel run.
 */
import { here } from "../here.js";
import { resolveReference } from "../reference/resolve.js";
import { task } from "../reference/task.js";
import { packError } from "../values/pack.js";
import { type Sharing, stop } from "./control.js";
import type { Call } from "./crossing.js";
import { Engine, type Yield } from "./engine.js";
import { functionsOf, type Plan } from "./plan.js";
import type { Callee } from "./reader.js";

/** What a hand is given. */
export interface Recipe {
  readonly plan: Plan<Call>;
  readonly sharing: Sharing;
}

/** What a hand answers. */
export type Report =
  | { readonly yield: Yield }
  | { readonly index: number; readonly thread: string; readonly error: unknown };

/** The functions that this thread has, by the numbers that its owner has given them. */
const known = new Map<number, Callee>();

/** Works until nothing is left. An error stops all hands. */
export const hand = task(
  import.meta,
  (recipe: Recipe): Report | Promise<Report> => {
    const missing = functionsOf(recipe.plan).filter(({ id }) => !known.has(id));
    return missing.length === 0 ? work(recipe) : learn(missing).then(() => work(recipe));
  },
  "hand",
);

async function learn(calls: readonly Call[]): Promise<void> {
  here.modulesLoading++;
  try {
    for (const { id, reference } of calls) known.set(id, (await resolveReference(reference)) as Callee);
  } finally {
    here.modulesLoading--;
  }
}

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

function use({ id, captures }: Call): Callee {
  const fn = known.get(id)!;
  return captures === null ? fn : (...args) => fn(captures, ...args);
}
