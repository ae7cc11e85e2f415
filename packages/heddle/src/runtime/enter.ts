/**
 * `enter`: makes a runtime current for code that polls by hand, so that what it polls finds timers and a clock.
 */
import { defaultRuntime } from "./run.js";
import type { Engine } from "./engine.js";
import { within } from "./within.js";

/**
 * Calls `fn` with `runtime` current. Executors of your own need it around their polls: timers, `spawn` and random choices are the runtime's.
 *
 * @param runtime the default runtime if omitted
 */
export function enter<R>(fn: () => R, runtime?: Engine): R {
  return within(runtime ?? defaultRuntime(), fn);
}
