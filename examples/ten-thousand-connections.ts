/**
 * C9: ten thousand connections at once to the echo server of C1. What waits is not a thread but a task, an object of some hundred bytes: most of
 * what a connection costs is its socket.
 */
import { async } from "heddle";
import { askAtOnce } from "./echo-server.js";
import { example } from "./stage/example.js";
import { startServer } from "./stage/server.js";
import { print, scaled, stopwatch, text, times, within, isTimed } from "./stage/stage.js";

/** How long the server takes for an answer. Never below 1 s: one takes a while to be woken among so many. */
const answerDelay = () => scaled(8000, 1000);

export const tenThousandConnections = example(import.meta, {
  id: "C9",
  program: "10,000 connections to that server at once",
  expected: "×1, on one thread; memory per connection",
  play: async(function* () {
    const delay = answerDelay();
    // As many fewer as the time is shorter, so that what each of them costs remains as small beside it.
    const count = Math.round(10_000 * Math.min(1, delay / 8000));
    using server = yield* startServer("slow-echo", delay);
    const elapsed = stopwatch();
    const { time, most, answered, moreThreads, bytes } = yield* askAtOnce(server, count, delay);
    const each = `${(bytes / 1024).toFixed(1)} KiB`;
    print(`${count.toLocaleString("en-US")} connections were made in ${text(elapsed() - time)}`);
    print(`all were answered in ${text(time)}; the server's process held ${each} for each`);
    return {
      measured: `${count.toLocaleString("en-US")}: ${text(time)}, ${times(time, delay)}; ${each} each, ${moreThreads || "no"} thread more`,
      checks: {
        "all are answered": answered === count,
        "they take as long as one": time >= delay - 1 && within(time, 2 * delay),
        "the server had all of them to serve at once": most === count || !isTimed(),
        "it started no threads for them": moreThreads <= 0,
      },
      figures: { delay, count, time, most, answered, moreThreads, bytes },
    };
  }),
});
