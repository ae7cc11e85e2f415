/**
 * `sequencer`: forces an order between tasks, step by step, for a test of one certain interleaving.
 */
import { HeddleError, quote } from "../base/errors.js";
import type { Context, Waker } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { currentRuntime } from "../runtime/run.js";
import { type Stuckable, TestRuntime } from "./test-runtime.js";

/** Steps that tasks reach one after the other. See {@link sequencer}. */
export class Sequencer implements Stuckable {
  #reached = 0;
  /** Who waits to reach a step, by the step. */
  readonly #waiting = new Map<number, Step>();

  /** The last step that was reached; 0 before the first. */
  get reached(): number {
    return this.#reached;
  }

  /**
   * Reaches a step, once all steps before it have been reached. Steps count from 1.
   *
   * **Cancel safety**: a step whose wait is dropped has not been reached, and can still be.
   *
   * @throws HeddleError `test.step-repeated` if it has been reached, or somebody else waits to reach it
   * @throws HeddleError `test.step-unreachable` in a test runtime, when nothing can run any more and a step before it has not been reached
   * @throws RangeError if `step` is not an integer >= 1
   */
  reach(step: number): Future<void> {
    if (!Number.isInteger(step) || step < 1)
      throw new RangeError(`Cannot reach a step as 'step' must be an integer >= 1: received ${quote(step)}`);
    return new Step(this, step);
  }

  /** @internal One poll of a wait. */
  poll(wait: Step, cx: Context): Poll<void> {
    const { step } = wait;
    const other = this.#waiting.get(step);
    if (step <= this.#reached || (other !== undefined && other !== wait))
      throw new HeddleError(
        "test.step-repeated",
        `Cannot reach step ${step} a second time: ${other === undefined ? "it has been reached" : "another task waits to reach it"}`,
        { help: "give each place in the order a number of its own" },
      );
    if (step > this.#reached + 1) {
      this.#waiting.set(step, wait);
      wait.waker = cx.waker;
      const runtime = currentRuntime();
      if (runtime instanceof TestRuntime) runtime.watchStuck(this);
      return PENDING;
    }
    this.#waiting.delete(step);
    this.#reached = step;
    this.#waiting.get(step + 1)?.wake();
    return undefined;
  }

  /** @internal A wait ends before its step was reached. */
  forget(wait: Step): void {
    if (this.#waiting.get(wait.step) === wait) this.#waiting.delete(wait.step);
  }

  /** @internal Nothing can run any more: whoever waits will wait for ever. */
  stuck(): boolean {
    const waiting = [...this.#waiting.values()].sort((a, b) => a.step - b.step);
    const missing = this.#reached + 1;
    for (const wait of waiting) wait.fail(missing);
    return waiting.length > 0;
  }
}

class Step extends Leaf<void> {
  readonly step: number;
  waker: Waker | null = null;
  readonly #sequencer: Sequencer;
  /** The step that will never be reached, once that is known. */
  #missing: number | null = null;

  constructor(owner: Sequencer, step: number) {
    super();
    this.#sequencer = owner;
    this.step = step;
  }

  get label(): string {
    return `step ${this.step} of a sequencer, which is at ${this.#sequencer.reached}`;
  }

  poll(cx: Context): Poll<void> {
    if (this.#missing !== null) this.#giveUp(this.#missing);
    return this.#sequencer.poll(this, cx);
  }

  wake(): void {
    const { waker } = this;
    this.waker = null;
    waker?.wake();
  }

  fail(missing: number): void {
    this.#missing = missing;
    this.#sequencer.forget(this);
    this.wake();
  }

  #giveUp(missing: number): never {
    throw new HeddleError(
      "test.step-unreachable",
      `Cannot reach step ${this.step}: step ${missing} was never reached, and nothing can run that would reach it`,
      { help: `let a task reach step ${missing}, and look whether it waits for one that waits for a later step` },
    );
  }

  override drop(): void {
    this.waker = null;
    this.#sequencer.forget(this);
  }
}

/**
 * Makes steps that tasks reach one after the other: `yield* seq.reach(3)` waits until steps 1 and 2 have been reached.
 *
 * @example
 * ```ts
 * import { async, join } from "heddle";
 * import { sequencer, testRuntime } from "heddle/test";
 *
 * const seq = sequencer();
 * const first = async(function* () {
 *   yield* seq.reach(1);
 *   console.log("looks");
 *   yield* seq.reach(3);
 *   console.log("writes what it saw");
 * });
 * const second = async(function* () {
 *   yield* seq.reach(2);
 *   console.log("writes in between");
 * });
 * await testRuntime().run(join(first(), second()));
 * // prints: looks
 * // prints: writes in between
 * // prints: writes what it saw
 * ```
 */
export function sequencer(): Sequencer {
  return new Sequencer();
}
