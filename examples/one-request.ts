/**
 * A2: one HTTP request, timed. What the next two examples are measured against.
 */
import { async } from "heddle";
import { fetch } from "heddle/http";
import { example } from "./stage/example.js";
import { startServer } from "./stage/server.js";
import { print, scaled, stopwatch, text, times, within } from "./stage/stage.js";

/** How long the server takes for an answer. Never below 100 ms: the time of a request itself must not count. */
export const delay = () => scaled(140, 100);

/** Starts the server, and asks it once: whatever is loaded at the first request of a process is not what we measure. */
export const startSlowServer = async(function* () {
  const server = yield* startServer("slow-http");
  yield* (yield* fetch(`http://127.0.0.1:${server.port}/greeting`)).text();
  yield* mostAtOnce(server.port);
  return server;
});

/** How many requests the server was serving at once since it was last asked. */
export const mostAtOnce = async(function* (port: number) {
  const response = yield* fetch(`http://127.0.0.1:${port}/stats`);
  const { most } = yield* response.json((body) => body as { most: number });
  return most;
});

/** One request, which the server answers after the delay. */
export const request = async(function* (n: number, port: number) {
  print(`request ${n} begins`);
  const response = yield* fetch(`http://127.0.0.1:${port}/greeting?delay=${delay()}`);
  const { greeting } = yield* response.json((body) => body as { greeting: string });
  print(`request ${n} ends: ${greeting}`);
});

export const oneRequest = example(import.meta, {
  id: "A2",
  program: "One HTTP request, timed",
  expected: "the server's delay: ×1",
  play: async(function* () {
    using server = yield* startSlowServer();
    const elapsed = stopwatch();
    yield* request(1, server.port);
    const time = elapsed();
    return {
      measured: `${text(time)}, ${times(time, delay())}`,
      checks: {
        "it takes as long as the server does": time >= delay() - 1 && within(time, 2.5 * delay()),
      },
      figures: { delay: delay(), time },
    };
  }),
});
