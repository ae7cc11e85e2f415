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
import type { Waker } from "../future/context.js";
import type { Timers, TurnEnd } from "../future/current.js";
import { hostTimer, later, type HostTimer } from "./host.js";

/** What a paused clock does by itself. */
export interface Jumps {
  /** Whether it jumps to the next deadline when nothing can run. */
  jumps: boolean;
  /** Whether it stands still while something outside was begun that may yet wake a task. */
  waitsForHost: boolean;
}

export class Reactor implements Timers {
  /** @internal What the paused clock does by itself. */
  readonly paused: Jumps;
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
  #isLookDue = false;
  /** What was begun outside, and has not come to its end. */
  #outside = 0;
  /** What was put off to the end of the turn. */
  readonly #turnEnds: TurnEnd[] = [];
  /** Who waits until nothing can run before time moves. */
  readonly #idlers = new Set<Waker>();

  /** @param isIdle whether nothing can run before time passes */
  constructor(
    clock: Clock,
    isIdle: () => boolean,
    onFired: (count: number) => void,
    paused: Jumps = { jumps: true, waitsForHost: false },
  ) {
    this.paused = paused;
    this.#clock = clock;
    this.#isIdle = isIdle;
    this.#onFired = onFired;
    this.#timer = hostTimer(() => this.#fire());
  }

  /** How many timers are pending. */
  get size(): number {
    return this.#wheel.size;
  }

  /** The earliest deadline, as a tick. `Infinity` if no timer is pending. */
  get nextDeadline(): number {
    return this.#wheel.nextDeadline();
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
    if (this.#turnEnds.length > 0) this.#endTurn();
    if (this.#idlers.size > 0) this.#look();
    if (this.#wheel.size === 0) {
      if (this.#isHeld) this.#timer.release();
      this.#isHeld = false;
      return;
    }
    if (this.#clock.isPaused) {
      if (this.paused.jumps) this.#look();
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

  /** Something outside was begun that will wake a task: a paused clock may wait for it. */
  outsideBegins(): void {
    this.#outside++;
  }

  /** It has come to its end, or is not waited for any more. */
  outsideEnds(): void {
    this.#outside--;
    if (!this.#isInTurn) this.settle();
  }

  atTurnEnd(one: TurnEnd): void {
    if (this.#isInTurn) this.#turnEnds.push(one);
    else one.turnEnds();
  }

  #endTurn(): void {
    // One as a rule, and emptied by hand: setting `length` costs as much as fifty of these.
    const ends = this.#turnEnds;
    for (let one = ends.pop(); one !== undefined; one = ends.pop()) one.turnEnds();
  }

  /** How much of what was begun outside has not come to its end. */
  get outside(): number {
    return this.#outside;
  }

  /** Wakes `waker` once, when nothing can run before time moves. */
  onIdle(waker: Waker): void {
    this.#idlers.add(waker);
    if (!this.#isInTurn) this.settle();
  }

  offIdle(waker: Waker): void {
    this.#idlers.delete(waker);
  }

  /** Whether somebody waits for {@link onIdle}. */
  get hasIdlers(): boolean {
    return this.#idlers.size > 0;
  }

  get #isQuiet(): boolean {
    return this.#isIdle() && !(this.#outside > 0 && this.paused.waitsForHost);
  }

  /**
   * Once the host has looked round and still nothing can run: wakes those who wait for that. If there are none and the clock is paused, time
   * jumps to the next deadline.
   */
  #look(): void {
    if (this.#isLookDue || !this.#isQuiet) return;
    this.#isLookDue = true;
    later(() => {
      this.#isLookDue = false;
      if (this.#isQuiet) {
        if (this.#idlers.size > 0) this.wakeIdlers();
        else if (this.#clock.isPaused && this.paused.jumps) this.jump();
      }
      this.settle();
    });
  }

  /** Wakes those who wait for {@link onIdle}. */
  wakeIdlers(): void {
    const idlers = [...this.#idlers];
    this.#idlers.clear();
    for (const waker of idlers) waker.wake();
  }

  /** Moves the paused clock to the next deadline and fires what is due then. False if there is none. */
  jump(): boolean {
    if (this.#wheel.size === 0) return false;
    const ahead = this.#wheel.nextDeadline() - this.#clock.now();
    if (ahead > 0) this.#clock.advance(ahead);
    this.advance();
    return true;
  }

  /** The clock was paused, resumed or moved. */
  clockChanged(): void {
    this.#armedFor = Infinity;
    this.advance();
    if (!this.#isInTurn) this.settle();
  }
}
