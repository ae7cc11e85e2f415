/**
 * C8: C5's code on a runtime that was configured for exactly one thread. The clients wait together, and block one after another: 2 s + 8 s + 3 × 4 s.
 */
import { async } from "heddle";
import { onWorkers } from "./clients-on-workers.js";
import { second } from "./clients-one-by-one.js";
import { example } from "./stage/example.js";
import { printed, text, times, within } from "./stage/stage.js";

export const clientsOnOneWorker = example(import.meta, {
  id: "C8",
  program: "C5's code on a runtime with exactly one thread",
  expected: "22 s",
  play: async(function* () {
    const { time, threads, blocked, isComplete } = yield* onWorkers(1, function* (handles) {
      for (const handle of handles) yield* handle;
    });
    return {
      measured: `${text(time * second())}: ${times(time, 1)} of a second, at this speed; ${threads === 1 ? "one thread" : `${threads} threads`}`,
      checks: {
        "they wait together, and block one after another": time >= 21.9 && within(time, 26),
        "each waits, writes, is answered and finishes": isComplete && printed().length === 12,
        "each is done before the next is answered": blocked.every(
          ({ from }, i) => i === 0 || from >= blocked[i - 1]!.to,
        ),
        "all on one thread": threads === 1,
      },
      figures: { second: second(), time: time * second(), threads },
    };
  }),
});
