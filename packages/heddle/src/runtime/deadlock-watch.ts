/**
 * The watch for deadlocks, in development: while a runtime has something to do, it is looked now and then whether some of its tasks wait for each
 * other, although others go on.
 *
 *     parked ──► in a second ──► look ──► parked again? ──► in a second, or a hundred times as long as the look took
 *
 * Who does nothing is not looked at. A clock that stands still is a test's, which notices by itself when it is stuck.
 */
import { hostNow } from "../base/clock.js";
import { hostTimer } from "../reactor/host.js";
import { cycleText, dumpCycle } from "./deadlock.js";
import type { Engine } from "./engine.js";
import { findCycles } from "./wait-graph.js";
import { tasksOf } from "./tasks.js";

// Milliseconds.
const SHORTEST_PAUSE = 1000;
// So a look takes at most a hundredth of the time, however many tasks there are.
const PAUSE_FOR_LOOK = 100;

/** From now on deadlocks are warned of, if warnings are on. */
export function watchDeadlocks(engine: Engine): void {
  const { warnings } = engine;
  if (warnings === null) return;
  const told = new WeakSet<object>();
  let isArmed = false;
  let pause = SHORTEST_PAUSE;
  const look = (): void => {
    isArmed = false;
    const start = hostNow();
    for (const cycle of findCycles(tasksOf(engine))) {
      if (cycle.some(({ site }) => told.has(site.awaited!))) continue;
      for (const { site } of cycle) told.add(site.awaited!);
      const dumped = dumpCycle(cycle);
      const code = dumped.isFuturelock ? "task.futurelock" : "task.deadlock";
      warnings({ code, message: `Cannot go on: ${cycleText(dumped)}` });
    }
    pause = Math.max(SHORTEST_PAUSE, PAUSE_FOR_LOOK * (hostNow() - start));
  };
  const timer = hostTimer(look);
  engine.onPark = () => {
    if (isArmed || engine.liveTasks === 0 || engine.clock.isPaused) return;
    isArmed = true;
    timer.arm(pause);
    timer.release();
  };
}
