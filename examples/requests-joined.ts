/**
 * A4: the same four HTTP requests, joined. They wait at the same time, on the one thread that there is.
 */
import { async, joinAll } from "heddle";
import { delay, mostAtOnce, request, startSlowServer } from "./one-request.js";
import { example } from "./stage/example.js";
import { printed, stopwatch, text, threadWatch, times, within, isTimed } from "./stage/stage.js";

export const requestsJoined = example(import.meta, {
  id: "A4",
  program: "The same four requests, joined",
  expected: "×1, with no thread more",
  play: async(function* () {
    using server = yield* startSlowServer();
    const threads = threadWatch();
    const elapsed = stopwatch();
    yield* joinAll([1, 2, 3, 4].map((n) => request(n, server.port)));
    const time = elapsed();
    const more = threads();
    const most = yield* mostAtOnce(server.port);
    return {
      measured: `${text(time)}, ${times(time, delay())}; ${more === undefined ? "threads not counted here" : `${more || "no"} thread more`}`,
      checks: {
        "it takes as long as one": time >= delay() - 1 && within(time, 2.5 * delay()),
        "all begin, in order, before any ends": printed()
          .slice(0, 4)
          .every((line, i) => line === `request ${i + 1} begins`),
        "the server had all four to serve at once": most === 4 || !isTimed(),
        "no thread was started": !more,
      },
      figures: { delay: delay(), time, most },
    };
  }),
});
