/**
 * C4: the same three clients, all pushed into a `FuturesUnordered`, which is drained on one thread. They wait together; what they compute cannot
 * overlap, for there is one thread: 2 s + 8 s + 3 × 4 s.
 */
import { threadId } from "node:worker_threads";
import { async, END, FuturesUnordered } from "heddle";
import { client, second, startEchoServer } from "./clients-one-by-one.js";
import { example } from "./stage/example.js";
import { printed, stopwatch, text, times, within } from "./stage/stage.js";

export const clientsUnordered = example(import.meta, {
  id: "C4",
  program: "The same, in a FuturesUnordered that is drained on one thread",
  expected: "22 s: they wait together; finished 4 s after one another",
  play: async(function* () {
    using server = yield* startEchoServer();
    const elapsed = stopwatch();
    const clients = new FuturesUnordered<number>();
    for (const n of [1, 2, 3]) clients.push(client(n, server.port));
    const ends: number[] = [];
    for (let end; (end = yield* clients.next()) !== END;) ends.push(end);
    const time = elapsed();

    const gaps = ends.slice(1).map((end, i) => end - ends[i]!);
    const lines = printed();
    const written = lines.slice(3, 6).map((line) => line.replace(/\d/, "n"));
    const finished = lines.filter((line) => line.endsWith(`finished on thread ${threadId}`));
    return {
      measured: `${text(time)}: ${times(time, second())} of a second, at this speed; gaps ${gaps.map((gap) => text(gap)).join(", ")}`,
      checks: {
        "they wait together, and compute one after another": time >= 22 * second() - 4 && within(time, 33 * second()),
        "all start at once, in order": lines.slice(0, 3).join() === "task 1 started,task 2 started,task 3 started",
        "all have written before any is answered": written.every((line) => line === "task n has written"),
        "each finishes 4 s after the one before": gaps.every((gap) => gap >= 4 * second() && within(gap, 6 * second())),
        "all on one thread": finished.length === 3,
      },
      figures: { second: second(), time, gap: Math.max(...gaps) },
    };
  }),
});
