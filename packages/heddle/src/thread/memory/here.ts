/**
 * What the protocols know of the thread they run on and of its host: the one place that a test may replace, to run them step by step.
 *
 * Their other way to the outside are the functions of `Atomics`, and `set` of typed arrays for bytes. Both are called by their global names, so that
 * the engine compiles them to single instructions, and so that a test can put its own in their place: see `explorer.kit.ts`.
 */
import { hostNow } from "../../base/clock.js";
import { Hold } from "../../reactor/hold.js";
import { isOver, onThreadEnd, ownThreadId } from "../life.js";
import { rememberShared, type Shared } from "./endings.js";

/** Tasks of this thread that wait for something shared. */
export interface Waiting {
  /** Called when a thread has ended that this one had started. */
  lookAgain(): void;
}

const waiting = new Set<Waiting>();
const hold = /* @__PURE__ */ new Hold();
let isListening = false;

function begins(tasks: Waiting): void {
  // `Atomics.waitAsync` does not keep the process alive.
  hold.add();
  waiting.add(tasks);
  if (isListening) return;
  isListening = true;
  onThreadEnd(() => {
    // Of a copy: those that get what they wait for leave.
    for (const each of Array.from(waiting)) each.lookAgain();
  });
}

function ends(tasks: Waiting): void {
  waiting.delete(tasks);
  hold.remove();
}

export const here: {
  /** Of this thread. Read by constructors, so that it is a constant of each object. */
  id: number;
  /** Whether that thread has ended. */
  isOver: (id: number) => boolean;
  /** Real milliseconds, for timeouts of blocked threads: a paused clock does not block. */
  now: () => number;
  /** How often a thread looks again before it sleeps. */
  spins: number;
  begins: (tasks: Waiting) => void;
  ends: (tasks: Waiting) => void;
  /** What may be in the hands of other threads from now on. */
  shares: (shared: Shared) => void;
} = { id: ownThreadId, isOver, now: hostNow, spins: 40, begins, ends, shares: rememberShared };

/**
 * A wait is cut into slices, the first this long, each twice as long as the one before, and after each the waiter looks for itself. So a thread that
 * was killed between changing a word and ringing for it, or just after it had been woken, leaves nobody asleep.
 */
export const FIRST_SLICE = 20;
/** The longest slice, in milliseconds. */
const LAST_SLICE = 500;

/** The slice behind one that was over, or cut short by a wake-up. */
export function sliceAfter(slice: number, isWoken: boolean): number {
  return isWoken ? FIRST_SLICE : Math.min(2 * slice, LAST_SLICE);
}
