/**
 * Patience: notices that a test will never end. A runtime with nothing to run and no time that could pass can still be woken by something that
 * heddle does not know of, so it is given a while of real time.
 */
import { hostTimer } from "../reactor/host.js";
import type { Runtime } from "../runtime/runtime.js";

// Looks that find nothing changed before the runtime counts as stuck; more of them while something outside is known to be awaited.
const LOOKS = 4;
const OUTSIDE_FACTOR = 4;

/**
 * Calls `onStuck` once the runtime has stood still for `milliseconds` of real time, and again after each further such while.
 *
 * @returns how to stop
 */
export function watchRuntime(runtime: Runtime, milliseconds: number, onStuck: () => void): () => void {
  let isStopped = false;
  let polls = -1;
  let looks = 0;
  const timer = hostTimer(() => {
    if (isStopped) return;
    const before = polls;
    ({ polls } = runtime.metrics());
    const canWait = runtime.timers.size > 0 && !runtime.clock.isPaused;
    looks = polls === before && runtime.executor.isParked && !canWait ? looks + 1 : 0;
    if (looks >= LOOKS * (runtime.timers.outside > 0 ? OUTSIDE_FACTOR : 1)) {
      looks = 0;
      onStuck();
    }
    if (!isStopped) timer.arm(milliseconds / LOOKS);
  });
  timer.arm(milliseconds / LOOKS);
  return () => {
    isStopped = true;
    timer.release();
  };
}
