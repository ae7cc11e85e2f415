/**
 * A8: one thread updates a value under a mutex and notifies a condition variable; another waits on it, and says what it has received. A shared
 * atomic flag stops it.
 */
import { async, spawn } from "heddle";
import { AtomicBool, Condvar, SharedMutex, SharedRing, thread } from "heddle/thread";
import { example } from "./stage/example.js";
import { hasPrinted, isTimed, print, scaled, stopwatch, text } from "./stage/stage.js";
import { receive, type Shared, update, Value } from "./threads/value.js";

const TIMES = 4;

/** Prints what comes: so many lines, or until nothing more will. */
const listen = async(function* (lines: SharedRing, count: number = Infinity) {
  const decoder = new TextDecoder();
  for (let line; count > 0 && (line = yield* lines.pop()) !== undefined; count--) print(decoder.decode(line));
});

export const valueUnderMutex = example(import.meta, {
  id: "A8",
  program: "A value under a mutex, a condition variable, and a flag that stops: two threads that take turns",
  expected: "updated, received, four times; no CPU in between",
  play: async(function* () {
    const shared: Shared = {
      mutex: new SharedMutex(new Value({ value: true })),
      changed: new Condvar(),
      isOver: new AtomicBool(),
      lines: new SharedRing({ capacity: 4, recordBytes: 64 }),
    };
    const rest = scaled(1000, 1);
    const receiving = thread.with({ name: "receives" }).spawn(receive, shared);
    const updating = thread.with({ name: "updates" }).spawn(update, shared, TIMES, rest);
    // Behind the first update both threads are there, and rest.
    yield* listen(shared.lines, 2);
    const listening = spawn(listen(shared.lines));
    const busy = process.cpuUsage();
    const elapsed = stopwatch();
    yield* updating;
    const received = yield* receiving;
    const time = elapsed();
    const { user, system } = process.cpuUsage(busy);
    shared.lines.close();
    yield* listening;

    const values = [false, true, false, true];
    const lines = values.flatMap((value) => [`Updating value to ${value}...`, `Received value: ${value}`]);
    const share = (user + system) / 1000 / time;
    return {
      measured: `${received} times; ${Math.round(100 * share)} % of a core busy in ${text(time)}`,
      checks: {
        "what is updated is received, in turns": hasPrinted(...lines),
        "both are parked in between": share < 0.5 || !isTimed(),
        "the flag stops the one that waits": received === TIMES,
      },
      figures: { received, share, rest },
    };
  }),
});
