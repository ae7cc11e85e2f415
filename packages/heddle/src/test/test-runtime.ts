/**
 * TestRuntime: a runtime for one test. Its clock stands still, its random choices come from a seed, it notices when the test is stuck, and at the
 * end it fails the test for what was left behind.
 *
 *     run(test) ──► ended ──► finish(): let run what can, time standing still
 *                               └──► tasks left?  ──► shut down ──► timers, guards, scripts left? errors that nobody took?
 */
import { type Duration, formatDuration, toMilliseconds } from "../base/duration.js";
import { HeddleError, quote } from "../base/errors.js";
import { hostNow } from "../base/clock.js";
import { observeResources, type Resource, type ResourceObserver } from "../base/resource.js";
import { printWarning, type Warning } from "../base/warnings.js";
import type { Future } from "../future/poll.js";
import { reportUnpolled } from "../future/unpolled.js";
import { later } from "../reactor/host.js";
import type { RunOptions } from "../runtime/engine.js";
import { Runtime } from "../runtime/runtime.js";
import { Findings } from "./findings.js";
import { watchRuntime } from "./patience.js";
import { onRejection } from "./rejections.js";
import { seedFor } from "./seed.js";

export interface TestRuntimeOptions {
  /** Shown in messages: the test's. */
  name?: string | undefined;
  /** Makes every random choice reproducible. By default the variable HEDDLE_SEED of the environment, or else a fresh one. */
  seed?: number | string | undefined;
  /** Whether the clock stands still, and jumps to the next deadline when nothing can run. True. */
  startPaused?: boolean | undefined;
  /** Whether the clock that stands still jumps. True. False: time moves only by `advance`. */
  autoAdvance?: boolean | undefined;
  /** Whether it jumps only while no task waits for a promise or callback from outside. True. */
  waitForHost?: boolean | undefined;
  /** What warnings do: fail the test, print, or nothing. "fail". Of those that depend on the speed of the machine, "fail" prints. */
  warnings?: "fail" | "print" | "off" | undefined;
  /**
   * How long, in real time, nothing may be able to run before the test counts as stuck. 1 second, and four times as long while a promise or callback from
   * outside is awaited.
   */
  patience?: Duration | undefined;
}

/** Something that knows, when a test is stuck, who waits in vain. */
export interface Stuckable {
  /** Fails those who wait. False if nobody does. */
  stuck(): boolean;
}

const KNOWN = ["name", "seed", "startPaused", "autoAdvance", "waitForHost", "warnings", "patience"];

// Virtual time that cleanups have at the end of a test.
const LAST_CLEANUPS = 24 * 3_600_000;

/** A runtime for one test. See {@link testRuntime}. */
export class TestRuntime extends Runtime {
  /** What makes its random choices repeat. */
  readonly seed: number | string;
  readonly #findings: Findings;
  readonly #patience: number;
  /** What tasks of this test have touched. */
  readonly #resources = new Set<Resource>();
  readonly #observer: ResourceObserver = { touched: (resource) => void this.#resources.add(resource) };
  readonly #stuckables = new Set<Stuckable>();
  readonly #endings: (() => void)[] = [];
  readonly #rests: (() => void)[] = [];
  /** While it runs something, until it has finished. */
  #stopListening: (() => void) | null = null;
  #restoreResources: (() => void) | null = null;
  #isStuck = false;
  #finished: Promise<void> | null = null;

  /** @internal */
  constructor(options: TestRuntimeOptions) {
    checkOptions(options);
    const { name = "test runtime", warnings = "fail", startPaused = true, autoAdvance, waitForHost = true } = options;
    const seed = seedFor(options.seed);
    const findings = new Findings();
    super({
      name,
      startPaused,
      autoAdvance: autoAdvance !== false,
      waitForHost,
      rngSeed: seed,
      warnings: warnings !== "off",
      onWarning: (warning) => warn(warning, warnings === "fail", findings),
      onUnhandled: (error, { task }) => findings.error(`${task} failed, and nobody joined it`, error),
    });
    this.seed = seed;
    this.#findings = findings;
    this.#patience = toMilliseconds(options.patience ?? 1000, "make a test runtime", "patience");
  }

  /** Milliseconds by its clock. */
  now(): number {
    return this.clock.now();
  }

  /** A random number in [0, 1), decided by the seed. */
  randomNumber(): number {
    return this.random!.next();
  }

  /**
   * As `Runtime.run`; fails when nothing can run any more and the task has not ended.
   *
   * @throws HeddleError `test.stuck`, with a dump of what every task waits for
   */
  override run<T>(future: Future<T>, options?: RunOptions): Promise<T> {
    const outcome = super.run(future, options);
    this.#stopListening ??= onRejection((reason) =>
      this.#findings.error("a promise was rejected, and nobody handled it", reason),
    );
    return new Promise((resolve, reject) => {
      const stop = watchRuntime(this, this.#patience, () => {
        if (this.#failStuck()) return;
        stop();
        this.#isStuck = true;
        reject(this.#stuckError());
      });
      outcome.then(resolve, reject).finally(stop);
    });
  }

  /** Whether somebody knew who waits in vain, and failed them: their error says more. */
  #failStuck(): boolean {
    const stuckables = [...this.#stuckables];
    this.#stuckables.clear();
    return stuckables.map((stuckable) => stuckable.stuck()).includes(true);
  }

  #stuckError(): HeddleError {
    const { timers, clock } = this;
    const pending = timers.size > 0 && clock.isPaused;
    const [fact, help] =
      timers.outside > 0
        ? [
            `what it awaits from outside has not come for ${formatDuration(4 * this.#patience)}`,
            pending
              ? "time stands still meanwhile: with { waitForHost: false } it passes"
              : "look for a promise that is never settled",
          ]
        : pending
          ? [
              `nothing can run before time moves, and it moves only by advance(…)`,
              "advance the clock in another task, or leave autoAdvance on",
            ]
          : [
              "nothing can run, and no time can pass that would change it",
              "look for a lost wake-up, a channel whose other end is gone, or a lock that is never released",
            ];
    return new HeddleError("test.stuck", `Cannot go on with ${JSON.stringify(this.name)}: ${fact}\n${this.dump()}`, {
      help,
    });
  }

  /** @internal When the test is stuck, this one is asked first. */
  watchStuck(stuckable: Stuckable): void {
    this.#stuckables.add(stuckable);
  }

  /** Calls `check` when the test has ended. What it throws fails the test. */
  atEnd(check: () => void): void {
    this.#endings.push(check);
  }

  /** @internal Calls `stop` when the test has ended and no task is left: what goes on by itself is stopped, so that it is no leak. */
  atRest(stop: () => void): void {
    this.#rests.push(stop);
  }

  /**
   * Ends the test: lets run what can run without time moving, looks what is left, and shuts down, which runs all cleanups.
   *
   * @throws HeddleError `test.unclean` that lists what was left: tasks with where they stand, timers, guards, errors of tasks that nobody joined,
   *   unhandled rejections, futures that were never awaited, scripts that were not used up, and what `atEnd` found
   */
  finish(): Promise<void> {
    return (this.#finished ??= this.#finish(false));
  }

  /** @internal As `finish`, of a test that has failed by itself: what it would have cleaned up later is not held against it. */
  finishFailed(): Promise<void> {
    return (this.#finished ??= this.#finish(true));
  }

  async #finish(hasFailed: boolean): Promise<void> {
    const findings = this.#findings;
    const { paused } = this.timers;
    paused.jumps = false;
    await this.#rest();
    if (!hasFailed && !this.#isStuck) this.#lookForLeft();
    // Cleanups have all the time there is, and nobody comes from outside to help them.
    paused.jumps = true;
    paused.waitsForHost = false;
    const wasPaused = this.clock.isPaused;
    if (this.metrics().liveTasks > 0) this.timers.settle();
    await this.shutdown({ timeout: wasPaused ? LAST_CLEANUPS : this.#patience });
    paused.jumps = false;
    this.#stopRests();
    this.enter(reportUnpolled);
    // The host tells of rejections after its own turn.
    await new Promise<void>((resolve) => later(resolve));
    this.#stopListening?.();
    if (!hasFailed) this.#lookAround();
    if (!findings.isEmpty) throw findings.toError(this.name);
  }

  /** Tasks that are still there; or, if there are none, timers, which then belong to nobody. */
  #lookForLeft(): void {
    const findings = this.#findings;
    const { timers, clock } = this;
    const { tasks } = this.dump();
    for (const task of tasks) findings.task(task);
    if (tasks.length > 0) return;
    this.#stopRests();
    if (timers.size > 0) findings.timers(timers.size, timers.nextDeadline - clock.now());
  }

  #stopRests(): void {
    for (const stop of this.#rests.splice(0)) stop();
  }

  /** What can be seen when all tasks are over. */
  #lookAround(): void {
    const findings = this.#findings;
    for (const resource of this.#resources) if (resource.holders.length > 0) findings.held(resource);
    for (const check of this.#endings) {
      try {
        check();
      } catch (error) {
        if (error instanceof HeddleError) findings.text(error.message);
        else findings.error("a check at the end failed", error);
      }
    }
  }

  /** Waits until nothing can run. Time stands still meanwhile; a task that never rests is not waited for longer than the patience lasts. */
  async #rest(): Promise<void> {
    const start = hostNow();
    do await new Promise<void>((resolve) => later(resolve));
    while (!this.executor.isParked && hostNow() - start < this.#patience);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
  }

  /** @internal */
  override enterTurn(): void {
    super.enterTurn();
    this.#restoreResources = observeResources(this.#observer);
  }

  /** @internal */
  override leaveTurn(): void {
    this.#restoreResources?.();
    super.leaveTurn();
  }
}

function warn(warning: Warning, fails: boolean, findings: Findings): void {
  // That a poll took long is the machine's doing as well.
  if (fails && warning.code !== "task.blocked") findings.text(`warning [${warning.code}] ${warning.message}`);
  else printWarning(warning);
}

function checkOptions(options: TestRuntimeOptions): void {
  const unknown = Object.keys(options).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined)
    throw new TypeError(
      `Cannot make a test runtime as '${unknown}' is not an option\nhelp: the options are ${KNOWN.join(", ")}`,
    );
  const { warnings } = options;
  if (warnings !== undefined && !["fail", "print", "off"].includes(warnings))
    throw new TypeError(
      `Cannot make a test runtime as 'warnings' must be "fail", "print" or "off": received ${quote(warnings)}`,
    );
}

/**
 * Makes a runtime for one test. With {@link testWith} you need not make it yourself.
 *
 * Its clock stands still while something can run, and jumps to the next deadline when nothing can: a test that sleeps for an hour takes no time. While a
 * task waits for a promise or callback from outside, the clock waits as well. Random choices come from `seed`.
 *
 * Call `finish()` at the end, or declare it with `await using`: it fails for what the test left behind.
 *
 * @throws TypeError if an option is unknown or wrong
 *
 * @example
 * ```ts
 * import { async, sleep, spawn } from "heddle";
 * import { testRuntime } from "heddle/test";
 *
 * const runtime = testRuntime({ name: "the one that forgets" });
 * const forgetful = async(function* () {
 *   spawn(sleep({ hours: 1 }), { name: "alarm" });
 * });
 * await runtime.run(forgetful());
 * const problem = await runtime.finish().catch((error) => error.message);
 * for (const line of problem.split("\n").slice(0, 3)) console.log(line.trim());
 * // prints: Cannot pass "the one that forgets" as a test must leave nothing behind:
 * // prints: - task "alarm" (#2) is still alive
 * // prints: waits for sleep(…)
 * ```
 */
export function testRuntime(options: TestRuntimeOptions = {}): TestRuntime {
  return new TestRuntime(options);
}
