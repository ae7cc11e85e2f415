/**
 * A3: four HTTP requests, each awaited before the next is made. Nothing overlaps: that the function is asynchronous makes nothing
 * concurrent.
 */
import { async } from "heddle";
import { delay, mostAtOnce, request, startSlowServer } from "./one-request.js";
import { example } from "./stage/example.js";
import { hasPrinted, stopwatch, text, times, within } from "./stage/stage.js";

export const requestsOneByOne = example(import.meta, {
  id: "A3",
  program: "Four requests, each awaited before the next",
  expected: "×4",
  play: async(function* () {
    using server = yield* startSlowServer();
    const elapsed = stopwatch();
    for (const n of [1, 2, 3, 4]) yield* request(n, server.port);
    const time = elapsed();
    const most = yield* mostAtOnce(server.port);
    return {
      measured: `${text(time)}, ${times(time, delay())}`,
      checks: {
        "it takes four times as long as the server": time >= 4 * delay() - 4 && within(time, 8 * delay()),
        "each begins when the one before has ended": hasPrinted(
          ...[1, 2, 3, 4].flatMap((n) => [`request ${n} begins`, `request ${n} ends: hello`]),
        ),
        "the server never had two to serve at once": most === 1,
      },
      figures: { delay: delay(), time, most },
    };
  }),
});
