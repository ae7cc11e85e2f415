/**
 * Runtime: an engine of one's own, with everything that may be asked of it.
 *
 * Runtimes on one thread are isolated from each other: each has its own tasks, timers, clock and random numbers.
 */
import { Random } from "../base/random.js";
import { printWarning } from "../base/warnings.js";
import { current } from "../future/current.js";
import { type Dump, dumpOf } from "./dump.js";
import { Engine } from "./engine.js";
import { checkOptions, type RuntimeOptions } from "./options.js";
import { watchProcess } from "./process.js";
import { shutDown, type ShutdownOptions } from "./shutdown.js";
import { within } from "./within.js";

/** What a runtime has done so far, and holds now. */
export interface Metrics {
  /** Tasks that are not over. */
  readonly liveTasks: number;
  /** Tasks that were ever spawned. */
  readonly spawnedTasks: number;
  /** Tasks that are woken and wait for their turn. */
  readonly queuedTasks: number;
  /** Polls of tasks. */
  readonly polls: number;
  /** Turns of the executor. */
  readonly turns: number;
  /** How often nothing was left to run. */
  readonly parks: number;
  /** The time spent in turns. */
  readonly busyMilliseconds: number;
  /** Timers that are set. */
  readonly timers: number;
}

/**
 * An executor and a reactor for tasks. Most programs use the one behind `run` and never make one.
 *
 * @example
 * ```ts
 * import { ready, Runtime } from "heddle";
 *
 * const runtime = new Runtime({ name: "mine", rngSeed: 1 });
 * console.log(await runtime.run(ready("ran")));
 * await runtime.shutdown();
 * // prints: ran
 * ```
 */
export class Runtime extends Engine {
  /** @throws TypeError or RangeError if an option is unknown or wrong */
  constructor(options: RuntimeOptions = {}) {
    const limits = checkOptions(options);
    const { name = "runtime", onWarning, onUnhandled, probe } = options;
    const byDefault = current.diagnostics.warnings;
    const on = options.warnings ?? (onWarning !== undefined || byDefault !== null);
    const warnings = on ? (onWarning ?? printWarning) : null;
    const { startPaused, autoAdvance = true, waitForHost = false } = options;
    const paused = { jumps: autoAdvance, waitsForHost: waitForHost };
    super({ name, limits, warnings, onUnhandled, probe, startPaused, paused });
    if (options.rngSeed !== undefined) this.random = new Random(options.rngSeed);
    watchProcess(this);
  }

  /** Runs `fn` with this runtime current, so that it can spawn, or poll by hand. */
  enter<R>(fn: () => R): R {
    return within(this, fn);
  }

  metrics(): Metrics {
    const { queued, polls, turns, parks, busyMilliseconds } = this.executor.stats;
    return {
      liveTasks: this.liveTasks,
      spawnedTasks: this.spawnedTasks,
      queuedTasks: queued,
      polls,
      turns,
      parks,
      busyMilliseconds,
      timers: this.timers.size,
    };
  }

  /** Where every task stands, and which of its calls other threads have. */
  dump(): Dump {
    return dumpOf(this);
  }

  /**
   * Aborts all tasks and waits until they are over, cleanups included. Later spawns are aborted at once.
   *
   * @throws HeddleError `runtime.nested` inside one of its tasks
   */
  shutdown(options?: ShutdownOptions): Promise<void> {
    return shutDown(this, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}
