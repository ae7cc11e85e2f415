/**
 * Bell: what waiters in any thread are woken by, when what they wait for is in other words than this one (an event count).
 *
 *     waiter:  announce ──► look ──► there? done. Not there? sleep on the state announced ──► look again …
 *     ringer:  change what is waited for ──► ring: does anybody listen? count, and wake
 *
 * INVARIANT: no wake-up is lost. The waiter writes its flag and then looks; the ringer changes and then reads the flag. Atomics have one order for all: either
 * the look comes behind the change, or the ringer reads the flag. In the second case it changes the state, so whoever is not asleep yet does not fall
 * asleep on the old one, and whoever is, is woken.
 *
 * Threads that block sleep on the state. Tasks wait through the pump of their thread, on a word of its own (`pump.ts`): a thread that is busy or blocked
 * takes no wake-up from one that could go on.
 */
import type { Deadline } from "./deadline.js";
import { here } from "./here.js";
import { BELL_RINGS, ONE_RING, PUMPS, SLEEPERS } from "./layout.js";

export class Bell {
  readonly words: Int32Array;
  readonly at: number;

  constructor(words: Int32Array, at: number) {
    this.words = words;
    this.at = at;
  }

  /** Says that somebody is about to wait, before a last look. Answers the state to sleep on. */
  announce(flag: typeof SLEEPERS | typeof PUMPS): number {
    const { words, at } = this;
    for (;;) {
      const state = Atomics.load(words, at);
      if ((state & flag) !== 0) return state;
      if (Atomics.compareExchange(words, at, state, state | flag) === state) return state | flag;
    }
  }

  /** Whether anybody may be waiting. */
  get isHeard(): boolean {
    return (Atomics.load(this.words, this.at) & (SLEEPERS | PUMPS)) !== 0;
  }

  /** Wakes one thread that sleeps here, and every pump. Of those who are about to sleep, all look again. */
  ringOne(): void {
    const { words, at } = this;
    for (;;) {
      const state = Atomics.load(words, at);
      if ((state & (SLEEPERS | PUMPS)) === 0) return;
      // The flag of sleepers stays: others may sleep behind the one that is woken.
      const next = (state + ONE_RING) & ~PUMPS;
      if (Atomics.compareExchange(words, at, state, next) !== state) continue;
      if ((state & PUMPS) !== 0) ringPumps(words, at + BELL_RINGS);
      if ((state & SLEEPERS) !== 0 && Atomics.notify(words, at, 1) === 0) {
        // Nobody was there, so the flag can go. That is a ring as well, for all: somebody may have found it set since, and think that it is heard
        // of everything from now on; and may have fallen asleep already.
        const silent = (next + ONE_RING) & ~SLEEPERS;
        if (Atomics.compareExchange(words, at, next, silent) === next) Atomics.notify(words, at);
      }
      return;
    }
  }

  /** Wakes all who wait here. */
  ringAll(): void {
    const { words, at } = this;
    for (;;) {
      const state = Atomics.load(words, at);
      if ((state & (SLEEPERS | PUMPS)) === 0) return;
      const next = (state + ONE_RING) & ~(SLEEPERS | PUMPS);
      if (Atomics.compareExchange(words, at, state, next) !== state) continue;
      if ((state & PUMPS) !== 0) ringPumps(words, at + BELL_RINGS);
      if ((state & SLEEPERS) !== 0) Atomics.notify(words, at);
      return;
    }
  }

  /**
   * Blocks the thread until `attempt` succeeds.
   *
   * @param isDear whether an attempt costs so much that it is not tried again and again before the thread sleeps
   * @returns false if the deadline has passed and a last attempt failed
   */
  block(attempt: () => boolean, deadline: Deadline, isDear = false): boolean {
    for (let spin = isDear ? 0 : here.spins; spin > 0; spin--) if (attempt()) return true;
    for (;;) {
      const state = this.announce(SLEEPERS);
      if (attempt()) return true;
      if (!deadline.sleep(this.words, this.at, state)) return false;
    }
  }
}

/** Wakes the pumps that wait on a word. */
export function ringPumps(words: Int32Array, rings: number): void {
  Atomics.add(words, rings, 1);
  Atomics.notify(words, rings);
}
