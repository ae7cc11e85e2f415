/**
 * C7: the three clients in plain code that blocks, C2's, over a parallel iterator with one thread for each.
 */
import { async } from "heddle";
import { par } from "heddle/thread";
import { asOne, heardOf } from "./clients-on-workers.js";
import { second, startEchoServer } from "./clients-one-by-one.js";
import { example } from "./stage/example.js";
import { print, stopwatch } from "./stage/stage.js";
import { blockingClient } from "./threads/blocking-client.js";

export const clientsInParallel = example(import.meta, {
  id: "C7",
  program: "The same in plain code that blocks, over a parallel iterator",
  expected: "14 s",
  play: async(function* () {
    using server = yield* startEchoServer();
    const orders = [1, 2, 3].map((n) => ({ n, port: server.port, second: second() }));
    const elapsed = stopwatch();
    // As many threads as items, however many processors there are: these items do not compute, they wait.
    const one = { threads: orders.length, chunk: 1, sequentialBelow: 0 };
    const reports = yield* par(orders, one).map(blockingClient).collect();
    const time = elapsed();
    const heard = reports.flat().sort((one, other) => one.at - other.at);
    for (const { n, what } of heard) print(`task ${n} ${what}`);
    return asOne(heardOf(heard, time), false);
  }),
});
