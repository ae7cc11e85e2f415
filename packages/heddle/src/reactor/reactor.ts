/**
 * Reactor: the timers of a runtime. One wheel over one timer of the host's.
 *
 * Guarantees
 * - Never early: the host's timer may be, so the clock decides.
 * - The host's timer is set when the executor parks or ends a turn, not when a timer is made: a timeout that is made and dropped within a
 *   turn never touches the host.
 * - A pending timer keeps the process alive; none does not.
 */
import type { Clock } from "../base/clock.js";
import { type TimerEntry, Wheel } from "../base/wheel.js";
import type { Timers } from "../future/current.js";
import { hostTimer, later, type HostTimer } from "./host.js";

export class Reactor implements Timers {
  readonly #clock: Clock;
  readonly #wheel = new Wheel();
  readonly #timer: HostTimer;
  readonly #onFired: (count: number) => void;
  readonly #isIdle: () => boolean;
  /** The tick the host's timer is set for. */
  #armedFor = Infinity;
  #isHeld = false;
  /** Whether `settle` will be called when the turn ends. */
  #isInTurn = false;
  #isJumpDue = false;

  /** @param isIdle whether nothing can run before time passes */
  constructor(clock: Clock, isIdle: () => boolean, onFired: (count: number) => void) {
    this.#clock = clock;
    this.#isIdle = isIdle;
    this.#onFired = onFired;
    this.#timer = hostTimer(() => this.#fire());
  }

  /** How many timers are pending. */
  get size(): number {
    return this.#wheel.size;
  }

  /** The tick up to which timers have fired. A deadline that is not behind it can be inserted. */
  get now(): number {
    return this.#wheel.now;
  }

  insert(entry: TimerEntry): void {
    // An empty wheel may stand far in the past: everything would be filed too high and cascade for nothing.
    if (this.#wheel.size === 0) this.#wheel.now = Math.max(this.#wheel.now, Math.min(this.#tick(), entry.when - 1));
    this.#wheel.insert(entry);
    if (!this.#isInTurn) this.settle();
  }

  remove(entry: TimerEntry): void {
    this.#wheel.remove(entry);
    if (!this.#isInTurn && this.#wheel.size === 0) this.settle();
  }

  /** A turn begins: host timers are left as they are until {@link settle}. */
  beginTurn(): void {
    this.#isInTurn = true;
  }

  /** Brings the host's timer in line with the wheel. */
  settle(): void {
    this.#isInTurn = false;
    if (this.#wheel.size === 0) {
      if (this.#isHeld) this.#timer.release();
      this.#isHeld = false;
      return;
    }
    if (this.#clock.isPaused) {
      this.#askForJump();
      return;
    }
    const next = this.#wheel.nextExpiry();
    if (next < this.#armedFor) {
      this.#armedFor = next;
      this.#timer.arm(Math.max(0, Math.ceil(next - this.#clock.now())));
    } else if (!this.#isHeld) this.#timer.hold();
    this.#isHeld = true;
  }

  #fire(): void {
    this.#armedFor = Infinity;
    this.#isHeld = false;
    if (!this.#clock.isPaused) this.advance();
    this.settle();
  }

  // A paused clock that was moved to a deadline in fractions may stand a rounding error before it.
  #tick(): number {
    return Math.floor(this.#clock.now() + 1e-6);
  }

  /** Fires what is due by the clock. */
  advance(): void {
    const fired = this.#wheel.advance(Math.max(this.#wheel.now, this.#tick()));
    if (fired > 0) this.#onFired(fired);
  }

  /** Paused: once the host has looked round and still nothing can run, time jumps to the next deadline. */
  #askForJump(): void {
    if (this.#isJumpDue || !this.#isIdle()) return;
    this.#isJumpDue = true;
    later(() => {
      this.#isJumpDue = false;
      if (!this.#clock.isPaused || !this.#isIdle() || this.#wheel.size === 0) return this.settle();
      const ahead = this.#wheel.nextDeadline() - this.#clock.now();
      if (ahead > 0) this.#clock.advance(ahead);
      this.advance();
      this.settle();
    });
  }

  /** The clock was paused, resumed or moved. */
  clockChanged(): void {
    this.#armedFor = Infinity;
    this.advance();
    if (!this.#isInTurn) this.settle();
  }
}
