/**
 * The house of this thread: the runtime behind `run`, and what becomes of it. It imports nothing, so that a thread can ask whether there is anything to end
 * without loading what runs tasks.
 */
import type { Limits } from "../executor/executor.js";
import type { Engine } from "./engine.js";

// Made at the first use, so that importing heddle does nothing.
export const house: {
  /** The runtime behind `run`. `run.ts` writes it. */
  runtime: Engine | null;
  /** What it keeps to; null: the usual. */
  limits: Limits | null;
  /** Whether there was a main. `run.ts` writes it. */
  hasMain: boolean;
  /** Whether there is something that must be ended when what the thread is for is over. `run.ts` and `process.ts` write it. */
  mustEnd: boolean;
} = {
  runtime: null,
  limits: null,
  hasMain: false,
  mustEnd: false,
};

/**
 * What a thread has whose program is only loaded. Do not keep it in `house`: the program's heddle may be another copy than the thread's, in a bundle
 * say, and would start the program on the thread, which starts threads, and so on.
 */
const LEAVES_MAIN_OUT = /* @__PURE__ */ Symbol.for("heddle.leaves-main-out");

/**
 * From now on `main` does nothing here: this thread serves another, whose program it only loads to find functions in it. The runtime behind `run` has the
 * limits of the one that is served.
 */
export function leaveMainOut(limits: Limits): void {
  Object.defineProperty(globalThis, LEAVES_MAIN_OUT, { value: true, configurable: true });
  house.limits = limits;
}

export function leavesMainOut(): boolean {
  return LEAVES_MAIN_OUT in globalThis;
}
