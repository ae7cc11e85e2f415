/**
 * Deadlines as ticks of a runtime's clock, and how one is written down that is not known yet: a delay that was given outside of any
 * runtime counts from the first poll. Until then it is kept as minus the delay, less one, which no deadline is.
 */
import type { Clock } from "../base/clock.js";
import { current } from "./current.js";

/**
 * The first tick at or after a time: deadlines are rounded up, so that nothing is early. What lies before the start of the clock is tick
 * 0, as past as any.
 */
export function toTick(milliseconds: number): number {
  return Math.max(0, Math.ceil(milliseconds));
}

/** The tick `delay` milliseconds from now; outside of a runtime not known yet. */
export function tickAfter(delay: number): number {
  const { services } = current;
  return services === null ? -delay - 1 : Math.ceil(services.clock.now() + delay);
}

/** A tick that is known from now on: one that was not counts from now, by `clock`. */
export function knownTick(when: number, clock: Clock): number {
  return when < 0 ? Math.ceil(clock.now() - when - 1) : when;
}
