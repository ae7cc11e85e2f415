/**
 * C7: the three clients in plain code that blocks, C2's, each on a thread of its own.
 */
import { async } from "heddle";
import { thread } from "heddle/thread";
import { asOne, hear } from "./clients-on-workers.js";
import { example } from "./stage/example.js";
import { blockingClient } from "./threads/blocking-client.js";

export const clientsOnThreads = example(import.meta, {
  id: "C7",
  program: "The same in plain code that blocks, one thread for each",
  expected: "14 s",
  play: async(function* () {
    const heard = yield* hear(
      (n, ...args) => thread.with({ name: `client ${n}` }).spawn(blockingClient, n, ...args),
      function* (handles) {
        for (const handle of handles) yield* handle;
      },
    );
    return asOne(heard);
  }),
});
