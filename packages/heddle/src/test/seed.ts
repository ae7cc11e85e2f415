/**
 * The seed of a test: its own, that of the environment to replay a failure, or a fresh one.
 */
import { randomSeed } from "../base/random.js";

/** The variable of the environment that holds the seed of a run to be repeated. */
export const SEED_VARIABLE = "HEDDLE_SEED";

/** @param own what the test asks for */
export function seedFor(own: number | string | undefined): number | string {
  if (own !== undefined) return own;
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const replayed = process?.env?.[SEED_VARIABLE];
  return replayed === undefined || replayed === "" ? randomSeed() : replayed;
}

/** How to run a test again with the same random choices. */
export function replayHelp(seed: number | string): string {
  return `${SEED_VARIABLE}=${/^[\w.-]+$/.test(`${seed}`) ? seed : JSON.stringify(seed)} repeats its random choices`;
}
