/**
 * The clock of a runtime: the only reader of the host's time. Everything else is handed a `Clock`,
 * so that tests can stop time and step it.
 *
 * A clock starts at 0 and counts milliseconds with fractions. It never goes back, and resuming goes
 * on from where it stood. The wall clock is not involved, so setting the machine's date changes
 * nothing.
 */
import { HeddleError } from "./errors.js";

// HOST: on Node the global is a getter, which costs a third of a reading.
const host = performance;

/**
 * Real time in fractional milliseconds, also while clocks are paused: for measuring how long code
 * ran.
 */
export function hostNow(): number {
  return host.now();
}

export class Clock {
  #paused: boolean;
  /** Running: what to add to the host's time. Paused: the time itself. */
  #base: number;

  constructor(paused = false) {
    this.#paused = paused;
    this.#base = paused ? 0 : -host.now();
  }

  /** Milliseconds since this clock was made, as it counts. */
  now(): number {
    return this.#paused ? this.#base : host.now() + this.#base;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /**
   * Stops time.
   *
   * @throws HeddleError `clock.paused`
   */
  pause(): void {
    this.#mustBePaused(false, "pause");
    this.#base = this.now();
    this.#paused = true;
  }

  /**
   * Lets time run on from where it stands.
   *
   * @throws HeddleError `clock.running`
   */
  resume(): void {
    this.#mustBePaused(true, "resume");
    this.#base -= host.now();
    this.#paused = false;
  }

  /**
   * Moves a paused clock forward by `milliseconds` >= 0; fractions add up.
   *
   * @throws HeddleError `clock.running`
   */
  advance(milliseconds: number): void {
    this.#mustBePaused(true, "advance");
    this.#base += milliseconds;
  }

  #mustBePaused(paused: boolean, verb: string): void {
    if (this.#paused === paused) return;
    const state = paused ? "running" : "paused";
    throw new HeddleError(`clock.${state}`, `Cannot ${verb} the clock: it is ${state}`);
  }
}
